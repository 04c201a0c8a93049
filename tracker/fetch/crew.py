"""The workers on the event loop: each takes a job whose host is free, makes the exchange, hands over its value.

All state here belongs to the loop's thread. A job's future always ends in a value, also when the crew is dismissed or
a fault of our own ends a worker: that fault is logged and the worker replaced.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin

from tracker.fetch.exchange import Deadline, Exchange, FetchRefused, Letter, Wire, failed
from tracker.fetch.failures import Refusal
from tracker.fetch.policy import FetchPolicy
from tracker.fetch.politeness import HostLimiter
from tracker.fetch.robots import RobotsCache
from tracker.fetch.target import Target, check_url
from tracker.model import Access, FetchFailed, FetchReason, FetchRequest, FetchResult

__all__ = ["CUT_OFF", "Crew", "Job"]

_log = logging.getLogger(__name__)
_ROBOTS_DEADLINE_S = 10.0
_LONGEST_TURN_S = 90.0  # more than the longest crawl-delay; a worker waits with the request

CUT_OFF = Refusal(
    reason=FetchReason.STOPPED,
    detail="This was cut off before its end, because the program stopped; the next run asks again.",
)

_BUSY = Refusal(
    reason=FetchReason.NO_TURN,
    detail="It leads to a host that many other requests of ours are waiting for; the next poll tries again.",
)
_BROKEN = Refusal(
    reason=FetchReason.PROTOCOL_ERROR,
    detail="Asking for this met an error in the program; the log tells more.",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Job:
    """A request with its checked target and the future that someone waits on."""

    request: FetchRequest
    target: Target
    future: Future[FetchResult]

    def settle(self, result: FetchResult) -> None:
        """Hand over the value, unless the asker has cancelled."""
        if self.future.running() or self.future.set_running_or_notify_cancel():
            self.future.set_result(result)


class Crew:
    """A fixed number of workers over per-host queues."""

    def __init__(self, policy: FetchPolicy, wire: Wire, clock_now: Callable[[], datetime]) -> None:
        self._policy = policy
        self._exchange = Exchange(policy=policy, wire=wire, courtesy=self, clock_now=clock_now)
        self._robots = RobotsCache(policy.user_agent)
        self._limiter: HostLimiter[Job] = HostLimiter(
            concurrency=policy.per_host_concurrency,
            spacing=policy.per_host_spacing.total_seconds(),
            patience=policy.total_deadline.total_seconds(),
        )
        self._loop = asyncio.get_running_loop()
        self._open: set[Job] = set()
        self._idle: list[asyncio.Future[Job]] = []
        self._workers: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.TimerHandle | None = None

    def hire(self) -> None:
        """Start the workers."""
        while len(self._workers) < self._policy.workers:
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._replace)

    def add(self, jobs: Iterable[Job]) -> None:
        """Queue jobs."""
        for job in jobs:
            self._open.add(job)
            self._limiter.add(job.target.host, job, self._loop.time())
        self._assign()

    async def dismiss(self) -> None:
        """Cut what runs and settle everything that is open."""
        workers, self._workers = self._workers, set()
        for worker in workers:
            worker.remove_done_callback(self._replace)
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if self._alarm:
            self._alarm.cancel()
        for job in tuple(self._open):
            self._finish(job, failed(job.request, CUT_OFF))

    async def turn(self, host: str, deadline: Deadline) -> FetchRefused | None:
        """Keep the host's distance for a request that did not come through its queue; the wait is not its time."""
        rest = self._limiter.held_for(host, self._loop.time())
        if rest:
            return FetchRefused(refusal=_resting(host), rest=timedelta(seconds=rest))
        wait = self._limiter.reserve(host, self._loop.time(), _LONGEST_TURN_S)
        if wait is None:
            return FetchRefused(refusal=_BUSY)
        until = deadline.when()
        deadline.reschedule(until + wait if until is not None else None)
        await asyncio.sleep(wait)
        return None

    async def refusal_for(self, target: Target, access: Access, deadline: Deadline) -> FetchRefused | None:
        """Ask the site's robots.txt about a page; its crawl-delay widens our distance.

        Loading the file uses up the turn of the page, which then waits for the next.
        """
        if not self._policy.respect_robots:
            return None
        was_known = self._robots.knows(target)
        rules = await self._robots.rules_for(target, lambda: self._load_robots(target, access))
        if not rules.allows(target.url):
            return FetchRefused(refusal=_kept_out(target.host))
        refused = None if was_known else await self.turn(target.host, deadline)
        self._limiter.widen(target.host, rules.crawl_delay.total_seconds())
        return refused

    def lift(self, host: str) -> None:
        """Forget the rest a host has asked for."""
        self._limiter.lift(host, self._loop.time())
        self._assign()

    def rest(self, host: str, seconds: float) -> None:
        """Leave a host alone that answered 429, whichever address it was asked for."""
        self._limiter.hold(host, seconds, self._loop.time())

    def _replace(self, worker: asyncio.Task[None]) -> None:
        """A worker never ends by itself: log the fault and hire another."""
        self._workers.discard(worker)
        _log.error("fetch worker failed", exc_info=worker.exception())
        self.hire()

    async def _work(self) -> None:
        while True:
            job = await self._next_job()
            result: FetchResult = failed(job.request, _BROKEN)
            try:
                result = await self._fetch(job)
            except asyncio.CancelledError:
                result = failed(job.request, CUT_OFF)
                raise
            finally:
                self._limiter.release(job.target.host, self._loop.time())
                self._finish(job, result)

    async def _next_job(self) -> Job:
        turn: asyncio.Future[Job] = self._loop.create_future()
        self._idle.append(turn)
        self._assign()
        return await turn

    def _assign(self) -> None:
        """Give ready jobs to idle workers; when none is ready, look again when the first one will be."""
        while self._idle and (job := self._limiter.take(self._loop.time())):
            self._idle.pop().set_result(job)
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        next_at = self._limiter.next_at()
        if self._idle and next_at is not None:
            self._alarm = self._loop.call_at(next_at, self._assign)

    async def _fetch(self, job: Job) -> FetchResult:
        limit = self._policy.queue_limit.total_seconds()
        for late in self._limiter.drop_before(job.target.host, self._loop.time() - limit):
            self._finish(late, failed(late.request, _waited(late.target.host, limit)))
        rest = self._limiter.held_for(job.target.host, self._loop.time())
        if rest:
            return failed(job.request, _resting(job.target.host), rest=timedelta(seconds=rest))
        return await self._run(job.request, job.target, self._policy.total_deadline.total_seconds())

    async def _run(self, request: FetchRequest, target: Target, seconds: float) -> FetchResult:
        letter = Letter(request.body) if request.purpose == "post" else None
        try:
            async with asyncio.timeout(seconds) as deadline:
                result = await self._exchange.run(request, target, deadline, letter)
        except TimeoutError:
            detail = f"No complete answer came within {seconds:g} seconds; the next poll tries again."
            result = failed(request, Refusal(reason=FetchReason.TIMEOUT_TOTAL, detail=detail))
        if letter and letter.has_left and isinstance(result, FetchFailed):
            return replace(result, handed_over=True)
        return result

    async def _load_robots(self, target: Target, access: Access) -> FetchResult:
        request = FetchRequest(url=urljoin(target.url, "/robots.txt"), purpose="robots", access=access)
        robots = check_url(request.url, self._policy)
        if isinstance(robots, Refusal):
            return failed(request, robots)
        seconds = min(_ROBOTS_DEADLINE_S, self._policy.total_deadline.total_seconds() / 3)
        return await self._run(request, robots, seconds)

    def _finish(self, job: Job, result: FetchResult) -> None:
        self._open.discard(job)
        job.settle(result)


def _kept_out(host: str) -> Refusal:
    detail = f"The robots.txt of {host} asks programs not to read this page; the feed's own text is used."
    return Refusal(reason=FetchReason.ROBOTS, detail=detail)


def _waited(host: str, seconds: float) -> Refusal:
    detail = f"Too many other requests to {host} were waiting: no turn came within {seconds / 60:g} minutes."
    return Refusal(reason=FetchReason.NO_TURN, detail=detail)


def _resting(host: str) -> Refusal:
    detail = f"{host} has asked us to pause (429), so it was not asked now."
    return Refusal(reason=FetchReason.RATE_LIMITED, detail=detail)
