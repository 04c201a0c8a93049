"""Whether a feed is silent against its own rhythm.

The measure is the number of events that the learned hours and weekdays expected since the last new entry, so that
nights and weekends count for nothing. In that unit the pauses of every feed have the mean 1 (Brown et al., The time-
rescaling theorem, Neural Computation 14, 2002); what differs is how uneven they are. A feed like clockwork is missed
after three, one that comes in bursts long after. So their variance is learned, the pauses are taken for
gamma-distributed, and the line is what a feed that is well passes once in `_YEARS` years (by the approximation of
Wilson and Hilferty, PNAS 17, 1931). The fewer pauses were seen, the further it lies.

Real streams have holidays as well: the line also lies beyond twice the longest pause the feed came back from, and two
days; four while the rhythm is younger than two weeks and knows no weekends. Measured: see docs/measurements.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import NormalDist

from tracker.model import FeedState, Rhythm
from tracker.polling.rhythm import EVENT, LEARNED, expected_events, missed_events

__all__ = ["is_silent", "silence_line", "unevenness_after"]

_YEARS = 2.0  # of one false alarm, were the pauses as they are taken to be
_AT_LEAST_EVENTS = 3.0
_PRIOR_PAUSES = 4.0  # worth of belief in a variance of 1, as dice would have it
_DOUBT = 3.0  # pauses' worth of doubt about rate and variance
_LARGEST_SPREAD = 3.0  # the approximation holds no further
_LONGEST_TIMES = 2.0
_AT_LEAST = timedelta(days=2)
_YOUNG = timedelta(
    days=11
)  # the decayed span of two weeks: before, a weekend cannot be told from a silence ...
_YOUNG_AT_LEAST = timedelta(days=4)  # ... so a long one is waited out
_YEAR = timedelta(days=365)
_STALE = timedelta(days=90)  # a feed too young to have a rhythm is called silent after this
_STALE_GAPS = 6.0
_DIGITS = 4


def is_silent(state: FeedState, now: datetime) -> bool:
    """Whether more was missed than the feed's own past explains."""
    if state.last_new_at is None:
        return False
    quiet = now - state.last_new_at
    if state.rhythm is not None and state.rhythm.weight < LEARNED:
        return quiet > max(_STALE, (state.mean_gap or _STALE) * _STALE_GAPS)
    is_young = state.rhythm is not None and state.rhythm.span < _YOUNG
    return quiet > (_YOUNG_AT_LEAST if is_young else _AT_LEAST) and missed_events(state, now) > silence_line(
        state
    )


def silence_line(state: FeedState) -> float:
    """How many expected events may fail to come before the feed is called silent."""
    yearly = _YEAR / state.mean_gap if state.mean_gap else 0.0
    seen = max(state.rhythm.weight if state.rhythm else LEARNED, 1.0)
    spread = min(math.sqrt(state.unevenness * (1 + _DOUBT / seen) + _DOUBT / seen), _LARGEST_SPREAD)
    rare = NormalDist().inv_cdf(1 - min(1 / (_YEARS * yearly), 0.5)) if yearly else 0.0
    line = (1 - spread**2 / 9 + rare * spread / 3) ** 3
    return max(line, _AT_LEAST_EVENTS, state.longest_silence * _LONGEST_TIMES)


def unevenness_after(state: FeedState, rhythm: Rhythm, arrivals: Sequence[datetime]) -> float:
    """The variance of the pauses, each in events expected, with those before `arrivals` counted.

    They are measured by the rhythm known before, so that surprise counts; a first document's by what it taught.
    """
    before_all = [state.last_new_at] if state.last_new_at else []
    known = state.rhythm if state.rhythm and state.last_new_at else rhythm
    if known.weight < LEARNED:
        return state.unevenness
    variance, seen = state.unevenness, known.weight if before_all else 0.0
    for before, at in pairwise(sorted({*before_all, *arrivals})):
        if at - before < EVENT:
            continue
        seen += 1
        surprise = expected_events(known, before, at) - 1
        variance += (surprise**2 - variance) / (_PRIOR_PAUSES + seen)
    return round(variance, _DIGITS)
