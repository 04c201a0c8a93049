"""Is the installation doing its work now? Cheap enough to be asked every half minute, and without any network.

`tracker health` prints it for containers and monitors; `tracker doctor` adds what costs time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.app.diagnosis import Finding, Level, fail, ok, since, warn, worst
from tracker.model import FeedHealth, OwedDigest, Presence, Undelivered

__all__ = ["Health", "Pulse", "health_of", "judge_daemon", "judge_digests", "judge_feeds"]

_LATE = timedelta(minutes=30)
_VERY_LATE = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What the store says of the work: who does it, what was done last, and what waits since when.

    `due_since_at`: since when the longest waiting feed that may be polled is due. `digest_due_since_at`: the same for a
    digest that somebody is to get.
    """

    at: datetime
    daemon: Presence | None
    feeds: Sequence[FeedHealth]
    last_poll_at: datetime | None
    due_since_at: datetime | None
    digest_due_since_at: datetime | None
    last_digest_at: datetime | None
    owed: Sequence[OwedDigest]
    given_up: Sequence[Undelivered]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The verdict for a monitor: the worst level, the findings behind it, and the figures they rest on."""

    status: Level
    at: datetime
    findings: tuple[Finding, ...]
    daemon: Presence | None = None
    last_poll_at: datetime | None = None
    last_digest_at: datetime | None = None
    feeds: int = 0
    troubled: int = 0
    owed: int = 0
    given_up: int = 0


def health_of(pulse: Pulse, *, wants_daemon: bool) -> Health:
    """Judge the pulse; without `wants_daemon` it is nobody's fault that none runs."""
    findings = (
        judge_daemon(pulse, wants_daemon=wants_daemon),
        judge_feeds(pulse),
        judge_digests(pulse),
    )
    return Health(
        status=worst(findings),
        at=pulse.at,
        findings=findings,
        daemon=pulse.daemon,
        last_poll_at=pulse.last_poll_at,
        last_digest_at=pulse.last_digest_at,
        feeds=len(pulse.feeds),
        troubled=sum(not one.is_well for one in pulse.feeds),
        owed=sum(len(one.recipients) for one in pulse.owed),
        given_up=len(pulse.given_up),
    )


def judge_daemon(pulse: Pulse, *, wants_daemon: bool) -> Finding:
    """Whether somebody does the work, and in time."""
    waiting = pulse.at - pulse.due_since_at if pulse.due_since_at else timedelta(0)
    idle = pulse.at - pulse.last_poll_at if pulse.last_poll_at else timedelta.max
    stands = waiting > _LATE and idle > _LATE and bool(pulse.feeds)
    late = f"feeds are due since {since(pulse.at - waiting, pulse.at)}" if stands else ""
    if pulse.daemon is None:
        if wants_daemon or stands:
            said = f"No daemon runs{f', and {late}' if late else ''}."
            judge = fail if wants_daemon or waiting > _VERY_LATE else warn
            return judge("daemon", said, "tracker run, or tracker run --once from cron (docs/daemon.md)")
        return ok("daemon", "No daemon runs; what is due is polled by hand or by cron.")
    running = f"It runs since {since(pulse.daemon.since_at, pulse.at)} as process {pulse.daemon.pid}"
    if stands:
        return fail("daemon", f"{running}, but {late}.", f"kill {pulse.daemon.pid}, then: tracker run -v")
    return ok("daemon", f"{running}.")


def judge_feeds(pulse: Pulse) -> Finding:
    """How the feeds do, together."""
    if not pulse.feeds:
        return warn("feeds", "No feed is followed.", "tracker feeds add ADDRESS")
    troubled = sum(not one.is_well for one in pulse.feeds)
    last = f"last poll {since(pulse.last_poll_at, pulse.at)}" if pulse.last_poll_at else "none polled yet"
    if not troubled:
        return ok("feeds", f"{len(pulse.feeds)} followed, none in trouble; {last}.")
    said = f"{troubled} of {len(pulse.feeds)} need attention; {last}."
    judge = fail if troubled == len(pulse.feeds) else warn
    return judge("feeds", said, "tracker feeds list --troubled")


def judge_digests(pulse: Pulse) -> Finding:
    """Whether the digests are made and arrive."""
    late = pulse.at - pulse.digest_due_since_at if pulse.digest_due_since_at else timedelta(0)
    if late > _LATE:
        said = f"A digest is due since {since(pulse.at - late, pulse.at)} and was not made."
        judge = fail if late > _VERY_LATE else warn
        return judge("digest", said, "tracker run, or tracker digest --send")
    owed = [one for one in pulse.owed if one.attempts]
    if owed:
        count = sum(len(one.recipients) for one in owed)
        said = f"{count} deliveries are still owed after up to {max(one.attempts for one in owed)} attempts."
        return warn("digest", said, "tracker status tells why; tracker digest --send tries at once")
    if pulse.given_up:
        names = ", ".join(dict.fromkeys(one.delivery.recipient for one in pulse.given_up))
        return warn("digest", f"Mail to {names} was given up.", "tracker status tells why")
    last = f"last digest {since(pulse.last_digest_at, pulse.at)}" if pulse.last_digest_at else "none made yet"
    return ok("digest", f"Nothing is owed; {last}.")
