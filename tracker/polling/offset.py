"""Feeds whose clock is wrong: dates that lie ahead by a constant, learned and taken off.

Local time written as GMT is the usual cause, so the amount is a multiple of a quarter of an hour and under fifteen
hours. Three agreeing polls are asked for: announcements of future events scatter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.model import FeedState
from tracker.polling.observed import PollOutcome

__all__ = ["Offset", "learned_offset", "without_offset"]

_STEP = timedelta(minutes=15)
_LARGEST = timedelta(hours=15)
_SLACK = timedelta(minutes=30)  # an entry seen late is ahead by that much less
_POLLS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """The offset in force, and another one that `sightings` polls in a row spoke for."""

    offset: timedelta = timedelta(0)
    seen: timedelta = timedelta(0)
    sightings: int = 0


def learned_offset(state: FeedState, outcome: PollOutcome) -> Offset:
    """The offset after a poll. Dates as the feed writes them are compared, so it is unlearned the same way."""
    before = Offset(offset=state.offset, seen=state.offset_seen, sightings=state.offset_sightings)
    found = _found(state, outcome)
    if found is None:
        return before
    agrees = before.sightings > 0 and abs(found - before.seen) <= _SLACK
    seen = max(found, before.seen) if agrees and found else found
    sightings = min(before.sightings + 1, _POLLS) if agrees else 1
    offset = seen if sightings >= _POLLS else before.offset
    return Offset(offset=offset, seen=seen, sightings=sightings)


def without_offset(at: datetime, offset: timedelta, seen_at: datetime) -> datetime:
    """A date with the feed's offset taken off; what still lies after `seen_at` becomes `seen_at`."""
    return min(at - offset, seen_at)


def _found(state: FeedState, outcome: PollOutcome) -> timedelta | None:
    """The offset this poll speaks for: zero when an offset would date entries before a poll that did not list them."""
    sighting, last = outcome.sighting, state.last_success_at
    if sighting is None or not sighting.new or last is None:
        return None
    ahead = [by for by in sighting.ahead if timedelta(0) < by < _LARGEST]
    if ahead:
        return -(-max(ahead) // _STEP) * _STEP
    is_timely = state.offset and any(last - state.offset < at for at in sighting.arrived_at)
    would_be_early = all(at - state.offset < last for at in sighting.arrived_at)
    return timedelta(0) if is_timely and would_be_early else None
