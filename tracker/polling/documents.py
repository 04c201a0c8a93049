"""What a document's entries tell about the feed: gaps, republishing, emptiness, and when it brings news."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tracker.model import FeedState
from tracker.polling.observed import PollOutcome, Sighting
from tracker.polling.reach import with_reach
from tracker.polling.rhythm import LEARNED, expected_events, learned, missed_events, rate_of
from tracker.polling.silence import unevenness_after

__all__ = ["is_gap", "is_republished", "with_document"]

_BURST = 200
_BURST_TIMES = (
    3.0  # of what the rhythm expected since the last look: after an outage much is new in good faith
)
_LONG_DOCUMENT = 10
_REPUBLISHED_SHARE = 0.6
_OLD = timedelta(days=2)
_GAP_AT_LEAST = 3  # a feed that lists one or two entries always shares none with its last document
_HARDLY_FORGOTTEN = 0.98  # of the longest silence, per arrival
_FIRST_WINDOW = timedelta(hours=1)


def with_document(state: FeedState, outcome: PollOutcome) -> FeedState:
    """The state with what a document's entries say; unchanged when none was read."""
    sighting = outcome.sighting
    if sighting is None or not outcome.complete:
        return state
    state = _with_incidents(state, outcome, sighting)
    if sighting.listed:
        state = replace(state, listed=sighting.listed, empty_since_at=None)
    elif state.empty_since_at is None:
        state = replace(state, empty_since_at=outcome.polled_at)
    if not sighting.new:
        return state
    return with_reach(_with_arrivals(state, outcome, sighting), outcome, sighting)


def is_republished(state: FeedState, outcome: PollOutcome, sighting: Sighting) -> bool:
    """A known feed brings old entries as new: most of a long document, or a burst beyond anything it ever did."""
    last = state.last_success_at
    if last is None or not state.listed:
        return False
    expected = expected_events(state.rhythm, last, outcome.polled_at) if state.rhythm else 0.0
    if sighting.new > max(_BURST, _BURST_TIMES * expected):
        return True
    old = sum(1 for at in sighting.arrived_at if at < last - _OLD)
    is_most = sighting.new > _REPUBLISHED_SHARE * sighting.listed and old > _REPUBLISHED_SHARE * sighting.new
    return sighting.listed >= _LONG_DOCUMENT and is_most


def is_gap(state: FeedState, sighting: Sighting) -> bool:
    """Two documents in a row share no entry, and nothing in the newer one is from before the last look."""
    last = state.last_success_at
    if last is None or not state.listed or sighting.listed < _GAP_AT_LEAST:
        return False
    shares_none = sighting.new >= sighting.listed and not sighting.known and not sighting.changed
    return shares_none and all(at >= last for at in sighting.arrived_at)


def _with_incidents(state: FeedState, outcome: PollOutcome, sighting: Sighting) -> FeedState:
    if is_republished(state, outcome, sighting):
        return replace(state, republished=sighting.new, republished_at=outcome.polled_at)
    if is_gap(state, sighting):
        return replace(state, gaps=state.gaps + 1, last_gap_at=outcome.polled_at)
    return state


def _with_arrivals(state: FeedState, outcome: PollOutcome, sighting: Sighting) -> FeedState:
    """Count new entries; republished ones are no arrivals."""
    if state.republished_at == outcome.polled_at:
        return state
    is_first = state.last_new_at is None
    since, times = _first_window(outcome, sighting) if is_first else _window(state, outcome, sighting)
    last = max(times, default=outcome.polled_at)
    rhythm = learned(state.rhythm, times, since, last)
    silence = missed_events(state, last) if state.rhythm and state.rhythm.weight >= LEARNED else 0.0
    return replace(
        state,
        rhythm=rhythm,
        last_new_at=last,
        mean_gap=timedelta(hours=1 / rate_of(rhythm)),
        longest_silence=round(max(state.longest_silence * _HARDLY_FORGOTTEN, silence), 3),
        unevenness=unevenness_after(state, rhythm, times),
    )


def _first_window(outcome: PollOutcome, sighting: Sighting) -> tuple[datetime, list[datetime]]:
    """A first document is its feed's recent history, the oldest entry the beginning of it."""
    times = sorted(at for at in sighting.arrived_at if at <= outcome.polled_at)
    if not times:
        return outcome.polled_at, []
    if times[-1] - times[0] < _FIRST_WINDOW:
        return times[-1], [times[-1]]
    return times[0], times[1:]


def _window(state: FeedState, outcome: PollOutcome, sighting: Sighting) -> tuple[datetime, list[datetime]]:
    """New entries came between the last look and this one, whatever date they bear; the middle when they bear none."""
    floor = state.last_success_at or outcome.polled_at
    middle = outcome.polled_at - max(outcome.polled_at - floor, timedelta(0)) / 2
    times = [min(max(at, floor), outcome.polled_at) for at in sighting.arrived_at or (middle,)]
    return state.last_new_at or outcome.polled_at, times
