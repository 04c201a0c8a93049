"""What is believed of a count, as a handful of equally likely values that can be added and divided without dice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

__all__ = ["Spread", "combined", "quantile", "unseen_relevant"]

Spread = tuple[float, ...]
"""Equally likely values, ascending."""
_POINTS: Final = 60
_FINEST: Final = 1500
"""Counts beyond this are reckoned in steps of more than one."""


def unseen_relevant(unseen: int, yes: float, no: float) -> Spread:
    """Spread the number of relevant ones among `unseen`, when their share is Beta(yes, no): a beta-binomial.

    Gelman et al., Bayesian Data Analysis, 3rd ed., section 2.2; by the ratio of neighbouring probabilities.
    """
    if unseen <= 0:
        return (0.0,)
    trials = min(unseen, _FINEST)
    chances, highest = [1.0], 1.0
    for count in range(trials):
        ratio = (trials - count) * (yes + count) / ((count + 1) * (no + trials - count - 1))
        chances.append(chances[-1] * ratio)
        highest = max(highest, chances[-1])
        if highest > 1e200:
            chances = [chance / highest for chance in chances]
            highest = 1.0
    return _compressed(
        ((count * unseen / trials, chance) for count, chance in enumerate(chances)), sum(chances)
    )


def combined(one: Sequence[float], other: Sequence[float], how: Callable[[float, float], float]) -> Spread:
    """Spread a value made of two independent ones."""
    values = sorted(how(a, b) for a in one for b in other)
    return _compressed(((value, 1.0) for value in values), float(len(values)))


def quantile(spread: Sequence[float], share: float) -> float:
    """The value that `share` of the spread lies under, between the two nearest points."""
    place = share * len(spread) - 0.5
    low = max(0, min(len(spread) - 1, int(place)))
    high = min(len(spread) - 1, low + 1)
    return spread[low] + max(0.0, min(1.0, place - low)) * (spread[high] - spread[low])


def _compressed(weighed: Iterable[tuple[float, float]], total: float) -> Spread:
    """The values at the middles of `_POINTS` equal shares."""
    found: list[float] = []
    passed, last = 0.0, 0.0
    for value, weight in weighed:
        passed, last = passed + weight / total, value
        while len(found) < _POINTS and passed > (len(found) + 0.5) / _POINTS:
            found.append(value)
    return tuple(found + [last] * (_POINTS - len(found)))
