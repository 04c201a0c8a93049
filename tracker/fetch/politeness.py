"""Whose turn it is: per-host queues with a limit on concurrency and a distance between starts. Pure bookkeeping.

Times are seconds on the event loop's clock, given by the caller. One queue per host means that thousands of waiting
requests cost nothing until their host is free.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["HostLimiter"]

Job = TypeVar("Job")

_SWEEP_EVERY = 2000  # releases
_LONGEST_REST = 24 * 3600.0  # seconds; nobody may silence a host for longer by one answer


@dataclass(slots=True)
class _Host(Generic[Job]):
    """One host's queue and clock."""

    spacing: float
    queue: deque[tuple[float, Job]] = field(default_factory=deque)
    running: int = 0
    next_at: float = 0.0
    held_until: float = 0.0
    is_listed: bool = False


class HostLimiter(Generic[Job]):
    """Jobs in, in their hosts' order; jobs out when their host may be asked again."""

    def __init__(self, *, concurrency: int, spacing: float, patience: float) -> None:
        """A host that asks for at most `patience` seconds of rest is waited for; longer rests fail its jobs."""
        self._concurrency = concurrency
        self._spacing = spacing
        self._patience = patience
        self._hosts: dict[str, _Host[Job]] = {}
        self._ready: list[tuple[float, int, str]] = []
        self._order = itertools.count()
        self._releases = 0

    def add(self, host: str, job: Job, now: float = 0.0) -> None:
        """Queue a job."""
        entry = self._entry(host)
        entry.queue.append((now, job))
        self._list(host, entry)

    def take(self, now: float) -> Job | None:
        """Start the job that has been ready longest; None when none is. Every start needs one `release`."""
        while self._ready and self._ready[0][0] <= now:
            _, _, host = heapq.heappop(self._ready)
            entry = self._hosts[host]
            entry.is_listed = False
            if entry.next_at <= now and entry.queue:
                entry.running += 1
                entry.next_at = now + entry.spacing
                _, job = entry.queue.popleft()
                self._list(host, entry)
                return job
            self._list(host, entry)
        return None

    def drop_before(self, host: str, at: float) -> list[Job]:
        """Take the host's jobs out of its queue that were added before an instant."""
        queue = self._entry(host).queue
        dropped = []
        while queue and queue[0][0] < at:
            dropped.append(queue.popleft()[1])
        return dropped

    def reserve(self, host: str, now: float, longest: float) -> float | None:
        """Seconds until a request that was not queued may go there, its turn kept; None when beyond `longest`."""
        entry = self._entry(host)
        start = max(now, entry.next_at)
        if start - now > longest:
            return None
        entry.next_at = start + entry.spacing
        return start - now

    def next_at(self) -> float | None:
        """When `take` may succeed next, as far as time alone decides."""
        return self._ready[0][0] if self._ready else None

    def release(self, host: str, now: float) -> None:
        """A started job of this host has ended."""
        entry = self._hosts[host]
        entry.running -= 1
        self._list(host, entry)
        self._releases += 1
        if self._releases >= _SWEEP_EVERY:
            self._forget_idle(now)

    def hold(self, host: str, seconds: float, now: float) -> None:
        """The host asked for rest (RFC 6585 section 4, 429): all its jobs wait, or fail if it is a long one."""
        entry = self._entry(host)
        seconds = min(seconds, _LONGEST_REST)
        if seconds <= self._patience:
            entry.next_at = max(entry.next_at, now + seconds)
        else:
            entry.held_until = max(entry.held_until, now + seconds)

    def lift(self, host: str, now: float) -> None:
        """Forget a rest the host asked for; the distance between requests stays."""
        entry = self._entry(host)
        entry.held_until = 0.0
        entry.next_at = min(entry.next_at, now + entry.spacing)

    def held_for(self, host: str, now: float) -> float:
        """How many seconds of a long rest are left; 0 when the host may be asked."""
        entry = self._hosts.get(host)
        return max(0.0, entry.held_until - now) if entry else 0.0

    def widen(self, host: str, seconds: float) -> None:
        """Keep at least this distance between starts from now on (a crawl-delay)."""
        entry = self._entry(host)
        entry.next_at += max(0.0, seconds - entry.spacing)
        entry.spacing = max(entry.spacing, seconds)

    def _entry(self, host: str) -> _Host[Job]:
        entry = self._hosts.get(host)
        if entry is None:
            entry = self._hosts[host] = _Host(spacing=self._spacing)
        return entry

    def _list(self, host: str, entry: _Host[Job]) -> None:
        """Put the host on the heap, once, if one of its jobs could start."""
        if entry.queue and entry.running < self._concurrency and not entry.is_listed:
            entry.is_listed = True
            heapq.heappush(self._ready, (entry.next_at, next(self._order), host))

    def _forget_idle(self, now: float) -> None:
        """Keep memory flat over months of new hosts; what a host asked of us is kept until it is over."""
        for host in [name for name, entry in self._hosts.items() if _is_over(entry, now)]:
            del self._hosts[host]
        self._releases = 0


def _is_over(entry: _Host[Job], now: float) -> bool:
    return not (entry.queue or entry.running or entry.next_at > now or entry.held_until > now)
