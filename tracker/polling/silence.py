"""Whether a feed is silent against its own rhythm.

The measure is the number of events that the learned hours and weekdays expected since the last new entry, so that
nights and weekends count for nothing. The line is 6 + ln(1 + events a week), which an even stream passes about once in
several years whatever its rate (a pause of x expected events has the probability e^-x). Real streams are heavier-tailed
(holidays, summer), so it also lies beyond one and a half times the longest pause the feed came back from, and two days;
four while the rhythm is younger than two weeks and knows no weekends.
Measured on recorded streams: see docs/polling.md.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from tracker.model import FeedState
from tracker.polling.rhythm import LEARNED, missed_events

__all__ = ["is_silent", "silence_line"]

_BASE = 6.0
_LONGEST_TIMES = 1.5
_AT_LEAST = timedelta(days=2)
_YOUNG = timedelta(
    days=11
)  # the decayed span of two weeks: before, a weekend cannot be told from a silence ...
_YOUNG_AT_LEAST = timedelta(days=4)  # ... so a long one is waited out
_WEEK = timedelta(days=7)
_STALE = timedelta(days=90)  # a feed too young to have a rhythm is called silent after this


def is_silent(state: FeedState, now: datetime) -> bool:
    """Whether more was missed than the feed's own past explains."""
    if state.last_new_at is None:
        return False
    quiet = now - state.last_new_at
    if state.rhythm is not None and state.rhythm.weight < LEARNED:
        return quiet > max(_STALE, (state.mean_gap or _STALE) * _BASE)
    is_young = state.rhythm is not None and state.rhythm.span < _YOUNG
    return quiet > (_YOUNG_AT_LEAST if is_young else _AT_LEAST) and missed_events(state, now) > silence_line(
        state
    )


def silence_line(state: FeedState) -> float:
    """How many expected events may fail to come before the feed is called silent."""
    weekly = _WEEK / state.mean_gap if state.mean_gap else 0.0
    return max(_BASE + math.log1p(weekly), state.longest_silence * _LONGEST_TIMES)
