"""When a feed brings new entries: learned by hour and weekday, and how long to wait by what was learned.

Arrivals are counted as events (entries within five minutes are one: they come in one poll anyway), forgotten over four
weeks, or over twelve gaps of a slower feed. The intensity is the mean rate times the hour's and the weekday's share,
both smoothed and drawn towards an even week while there is little to go by. During a silence nothing is forgotten;
instead the rate is taken with a gamma-distributed factor, whose mean after `x` missed events is a / (a + x), so that a
feed that died is slowly left alone and one that sleeps at night is not taken for dead.

Waiting: look when the events expected since now will together have waited for the budget. With an even rate r that is
every sqrt(2 budget / r), the interval that for a given number of requests over many feeds makes the mean delay least
(requests in proportion to the square root of the change rate; Cho and Garcia-Molina, Effective page refresh policies
for web crawlers, TODS 28 (2003), section 4, treat the same question for freshness).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from tracker.model import FeedState, Rhythm

__all__ = ["EVENT", "LEARNED", "expected_events", "learned", "missed_events", "rate_of", "slowed", "wait_by"]

LEARNED = 5.0  # events counted before a silence is judged by the rhythm
_MEMORY = timedelta(days=28)
_MEMORY_GAPS = 12.0
_LONGEST_MEMORY = timedelta(days=730)
_PAUSE_GAPS = 20.0
EVENT = timedelta(minutes=5)  # what arrives within this comes in one poll anyway
_PRIOR_GAP = timedelta(hours=1)  # taken for the gap before anything is known ...
_PRIOR = 0.5  # ... with this many events' worth of belief
_EVEN = 12.0  # events' worth of belief in an even week ...
_EVEN_SHARE = 0.1  # ... and this share of all that was counted, so that no hour is ever taken for impossible
_PATIENCE = 3.0  # shape of the rate's gamma factor
_HOUR = 3600.0
_DIGITS = 4
_NOTHING = Rhythm(hours=(0.0,) * 24, weekdays=(0.0,) * 7, weight=0.0, span=timedelta(0))


def learned(rhythm: Rhythm | None, arrivals: Iterable[datetime], since: datetime, until: datetime) -> Rhythm:
    """The rhythm with what arrived from `since` to `until` counted; what was counted before is as much older."""
    old = rhythm or _NOTHING
    window = _window(old, max(until - since, timedelta(0)))
    events = list(_events(arrivals, until - window, until))
    tau = _memory(old, sum(weight for _, weight in events), window)
    fading = math.exp(-window / tau)
    hours, weekdays = [n * fading for n in old.hours], [n * fading for n in old.weekdays]
    total = old.weight * fading
    for at, weight in events:
        decayed = weight * math.exp(-max(until - at, timedelta(0)) / tau)
        hours[at.hour] += decayed
        weekdays[at.weekday()] += decayed
        total += decayed
    return Rhythm(
        hours=tuple(round(n, _DIGITS) for n in hours),
        weekdays=tuple(round(n, _DIGITS) for n in weekdays),
        weight=round(total, _DIGITS),
        span=old.span * fading + tau * (1 - fading),
    )


def rate_of(rhythm: Rhythm) -> float:
    """Mean events in an hour; one an hour while nothing is known."""
    hours = (rhythm.span + _PRIOR_GAP * _PRIOR).total_seconds() / _HOUR
    return (rhythm.weight + _PRIOR) / max(hours, 1 / 60)


def expected_events(rhythm: Rhythm, since: datetime, until: datetime) -> float:
    """How many events the rhythm expects in a period, however long."""
    if until <= since:
        return 0.0
    week = _week(rhythm, rate_of(rhythm))
    weeks, rest = divmod(until - since, timedelta(days=7))
    pieces = _pieces(week, until - rest, rest)
    return weeks * sum(week) + sum(rate * hours for rate, hours in pieces)


def missed_events(state: FeedState, until: datetime) -> float:
    """How many events the feed's rhythm expected since the last new entry; 0 while there is no rhythm."""
    if state.last_new_at is None:
        return 0.0
    if state.rhythm is not None:
        return expected_events(state.rhythm, state.last_new_at, until)
    return max(until - state.last_new_at, timedelta(0)) / state.mean_gap if state.mean_gap else 0.0


def wait_by(
    rhythm: Rhythm, missed: float, *, now: datetime, budget: timedelta, longest: timedelta
) -> timedelta:
    """How long until the expected new events have waited `budget` together; `missed`: events expected and not come."""
    week = _week(rhythm, rate_of(rhythm) * _PATIENCE / (_PATIENCE + missed))
    left, events, waited = budget.total_seconds() / _HOUR, 0.0, 0.0
    for rate, hours in _pieces(week, now, longest):
        cost = events * hours + rate * hours * hours / 2
        if cost >= left:
            return timedelta(hours=waited + _root(rate, events, left, hours))
        left, events, waited = left - cost, events + rate * hours, waited + hours
    return longest


def slowed(wait: timedelta, missed: float) -> timedelta:
    """A wait without a rhythm, stretched as `wait_by` would after so many missed events."""
    return wait * math.sqrt((_PATIENCE + missed) / _PATIENCE)


def _events(
    arrivals: Iterable[datetime], since: datetime, until: datetime
) -> Iterator[tuple[datetime, float]]:
    """One event for each five minutes with an arrival; an instant outside the period is drawn to its nearer end."""
    clamped = sorted(min(max(at, since), until).astimezone(UTC) for at in arrivals)
    found = {int(at.timestamp() // EVENT.total_seconds()): at for at in clamped}
    yield from ((at, 1.0) for at in found.values())


def _window(old: Rhythm, window: timedelta) -> timedelta:
    """How much of the time since the last arrival counts: a long pause is no rhythm, the feed resumes its old one."""
    if old.weight < LEARNED:
        return window
    return min(window, old.span / old.weight * _PAUSE_GAPS)


def _memory(old: Rhythm, events: float, window: timedelta) -> timedelta:
    gap = (old.span + window) / max(old.weight + events, 1.0)
    memory: timedelta = min(max(_MEMORY, gap * _MEMORY_GAPS), _LONGEST_MEMORY)
    return memory


def _week(rhythm: Rhythm, rate: float) -> list[float]:
    """Events in an hour for each of the 168 hours of a week from Monday 0:00 UTC."""
    even = _EVEN + _EVEN_SHARE * rhythm.weight
    hours = _shares(_smoothed(rhythm.hours), even)
    days = _shares(rhythm.weekdays, even)
    return [rate * day * hour for day in days for hour in hours]


def _smoothed(counts: Sequence[float]) -> list[float]:
    """Half from the hour itself and a quarter from either neighbour: summer time moves a feed by one hour."""
    n = len(counts)
    return [counts[i] / 2 + (counts[i - 1] + counts[(i + 1) % n]) / 4 for i in range(n)]


def _shares(counts: Sequence[float], even: float) -> list[float]:
    n, total = len(counts), sum(counts) + even
    return [(count + even / n) / total * n for count in counts]


def _pieces(week: Sequence[float], start: datetime, length: timedelta) -> Iterator[tuple[float, float]]:
    """(rate, hours) for each clock hour, or part of one, that a period touches."""
    utc = start.astimezone(UTC)
    hour = utc.weekday() * 24 + utc.hour
    into = (utc.minute * 60 + utc.second + utc.microsecond / 1e6) / _HOUR
    left = length.total_seconds() / _HOUR
    while left > 0:
        part = min(1 - into, left)
        yield week[hour % len(week)], part
        hour, into, left = hour + 1, 0.0, left - part


def _root(rate: float, events: float, cost: float, longest: float) -> float:
    """The x at which events * x + rate * x**2 / 2 reaches `cost`."""
    if rate <= 0:
        return min(cost / events, longest) if events > 0 else longest
    return min((math.sqrt(events * events + 2 * rate * cost) - events) / rate, longest)
