"""How far back a feed's list goes at its shortest, and how often it must therefore be looked at.

A list of fixed length that once turned over within twenty minutes will do so again, at an hour that no rhythm tells:
looked at less often than that, it loses entries. So the shortest time ever covered by a list is remembered, for as
long as the rhythm is, and is the longest wait, with room for jitter.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tracker.model import FeedState
from tracker.polling.observed import PollOutcome, Sighting
from tracker.polling.policy import PollPolicy

__all__ = ["longest_by_reach", "with_reach"]

_MEMORY = timedelta(days=28)
_LIST_AT_LEAST = 3  # a list of one or two reaches back to the last entry only
_SEEN_AGAIN = 1.5  # a list that reaches back little more confirms the shortest
_ROOM = 0.8  # for the jitter, and for the ticks of whoever looks
_ALL_AT_ONCE = timedelta(
    minutes=3
)  # such a list comes in one piece, or bears the date of its making: no help
_SHORTEST_TIMES = 2  # of the shortest interval: what turns over faster cannot be followed by looking


def with_reach(state: FeedState, outcome: PollOutcome, sighting: Sighting) -> FeedState:
    """The state with how far back this list goes, if that is less than any other lately."""
    covers = sighting.covers
    if covers is None or covers < _ALL_AT_ONCE or sighting.listed < _LIST_AT_LEAST:
        return state
    if state.republished_at == outcome.polled_at:
        return state
    known = _known(state, outcome.polled_at)
    if known is not None and covers > known * _SEEN_AGAIN:
        return state
    return replace(state, reach=min(covers, known or covers), reach_at=outcome.polled_at)


def longest_by_reach(state: FeedState, now: datetime, policy: PollPolicy) -> timedelta | None:
    """The longest wait after which the list still reaches back to this look; None while nothing is known of it."""
    known = _known(state, now)
    return None if known is None else max(known * _ROOM, policy.min_interval * _SHORTEST_TIMES)


def _known(state: FeedState, now: datetime) -> timedelta | None:
    if state.reach is None or state.reach_at is None or now - state.reach_at > _MEMORY:
        return None
    return state.reach
