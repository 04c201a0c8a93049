"""When to look again, and a feed's state after a poll. Pure: takes the instant and the jitter as arguments.

Rhythm: half the mean gap between new entries (exponential average), between the bounds; the publisher's own wishes
(max-age, Expires, ttl, Retry-After) can only make it later. Failure: doubling from the feed's interval to the
longest, never stopping; 410 ends polling at the longest interval and says so (RFC 9110 section 15.5.11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from tracker.model import FeedHealth, FeedState, FetchReason, Validators
from tracker.polling.policy import PollPolicy

__all__ = ["PollOutcome", "Sighting", "freshness", "next_state"]

_GAP_WEIGHT = 0.25  # of the newest gap in the running mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What sifting one document found: entries listed, never seen, seen with other content, and seen before.

    `arrived_at`: publication instants of the new ones, as far as the feed gives them and they are not in the future.
    `ahead`: how far the dates of those new entries that lie in the future are ahead of the clock.
    """

    listed: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    arrived_at: tuple[datetime, ...] = ()
    ahead: tuple[timedelta, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What one poll learned, as far as the next one is concerned.

    `failed` is None on success. `complete`: the body can be vouched for, so its validators may be kept. `sighting` is
    None when no document was read (304, or the same bytes as before). `is_offline`: our own network was down, so the
    failure is nobody's. `is_damaged`: bytes did not fit the declared characters. `used_validators`: the request was
    conditional. `shares_entries`: the document at `permanent_url` lists entries this feed had before.
    """

    polled_at: datetime
    failed: FetchReason | str | None = None
    detail: str = ""
    protection: str = ""
    sighting: Sighting | None = None
    complete: bool = True
    is_offline: bool = False
    is_damaged: bool = False
    used_validators: bool = False
    shares_entries: bool = False
    notice: str = ""
    headers: Mapping[str, str]
    ttl: timedelta | None = None
    validators: Validators | None = None
    body_hash: str = ""
    not_modified: bool = False
    retry_after: timedelta | None = None
    permanent_url: str | None = None
    jitter: float = 0.0


def next_state(state: FeedState, outcome: PollOutcome, policy: PollPolicy) -> FeedState:
    """A feed's state after a poll; `next_poll_at` is always later than the poll."""
    after = _after_failure(state, outcome) if outcome.failed else _after_success(state, outcome)
    wait = _clamped(_wait(after, outcome, policy), policy)
    spread = wait * (
        0.1 * outcome.jitter
    )  # only ever later: polling early would break a promise to the server
    return replace(after, next_poll_at=outcome.polled_at + wait + spread)


def freshness(headers: Mapping[str, str]) -> timedelta:
    """How long the response says it stays fresh, by the server's own clock (RFC 9111 sections 4.2.1 and 5.3)."""
    directives = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    for directive in directives:
        name, _, value = directive.partition("=")
        if name == "max-age" and re.fullmatch(r'"?[0-9]+"?', value):
            return timedelta(seconds=min(int(value.strip('"')[:12]), 10**8))
    if {"no-cache", "no-store"} & set(directives):
        return timedelta(0)
    expires, date = _http_date(headers.get("expires")), _http_date(headers.get("date"))
    return max(expires - date, timedelta(0)) if expires and date else timedelta(0)


def _after_success(state: FeedState, outcome: PollOutcome) -> FeedState:
    keep = outcome.complete and not outcome.not_modified
    moved = outcome.permanent_url
    return replace(
        state,
        last_polled_at=outcome.polled_at,
        last_success_at=outcome.polled_at,
        last_full_at=state.last_full_at if outcome.not_modified else outcome.polled_at,
        failures=0,
        error="",
        error_detail="",
        health=FeedHealth.OK if outcome.complete else FeedHealth.DEGRADED,
        problem="" if outcome.complete else outcome.detail,
        validators=outcome.validators if keep else state.validators,
        body_hash=outcome.body_hash if keep else state.body_hash,
        moved_to=moved,
        moved_sightings=state.moved_sightings + 1 if moved and moved == state.moved_to else int(bool(moved)),
        last_new_at=outcome.polled_at if (outcome.sighting and outcome.sighting.new) else state.last_new_at,
        mean_gap=_mean_gap(state, outcome),
    )


def _after_failure(state: FeedState, outcome: PollOutcome) -> FeedState:
    gone = outcome.failed == FetchReason.GONE
    return replace(
        state,
        last_polled_at=outcome.polled_at,
        failures=state.failures + 1,
        error=str(outcome.failed),
        error_detail=outcome.detail,
        health=FeedHealth.GONE if gone else FeedHealth.FAILING,
        problem=outcome.detail,
    )


def _mean_gap(state: FeedState, outcome: PollOutcome) -> timedelta | None:
    """Running mean time between new entries; a poll with n new entries since the last new one counts its gap n-fold."""
    new = outcome.sighting.new if outcome.sighting else 0
    if not new or state.last_new_at is None:
        return state.mean_gap
    gap = (outcome.polled_at - state.last_new_at) / new
    return gap if state.mean_gap is None else state.mean_gap * (1 - _GAP_WEIGHT) + gap * _GAP_WEIGHT


def _wait(state: FeedState, outcome: PollOutcome, policy: PollPolicy) -> timedelta:
    rhythm = policy.default_interval if state.mean_gap is None else state.mean_gap / 2
    asked = min(outcome.retry_after or timedelta(0), policy.retry_after_cap)
    if state.health is FeedHealth.GONE:
        return policy.max_interval
    if outcome.failed:
        doubled = _clamped(rhythm, policy) * (1 << min(state.failures - 1, 12))
        return max(doubled, asked)
    return max(rhythm, freshness(outcome.headers), outcome.ttl or timedelta(0), asked)


def _clamped(wait: timedelta, policy: PollPolicy) -> timedelta:
    longest: timedelta = policy.max_interval
    return min(max(wait, policy.min_interval), longest)


def _http_date(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        at = parsedate_to_datetime(value)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):  # a date that is none, or beyond the calendar
        return None
