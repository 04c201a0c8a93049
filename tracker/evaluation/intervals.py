"""Precision and recall of what was kept, with 95 % intervals, from a stratified random sample that a person judged.

In each stratum the share of relevant articles is believed to be Beta distributed, beginning with a weak belief (that of
Jeffreys above the line, a little of the mean score below it), updated by the verdicts; what was not judged is then
beta-binomial, so a stratum judged to the last article is certain. Chosen by simulation against intervals by normal
approximation, which are too narrow where all verdicts of a stratum are alike: `benchmarks/evaluate_coverage.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Final

from tracker.evaluation.spread import Spread, combined, quantile, unseen_relevant

__all__ = ["Counted", "Estimate", "Interval", "estimate"]

_JEFFREYS: Final = 0.5
"""Belief above the line, added to both sides: the scores have no say in how precise they are."""
_COIN: Final = 0.1
_WEIGHT: Final = 0.5
"""Belief below the line: nearly nothing of a coin, since in many strata nothing is relevant and small doubts add up,
and half a judgement's worth of the stratum's mean score."""
_TAIL: Final = 0.025
_TAIL_CROSSED: Final = 0.005
"""What is left out at either end. Less where strata have parts on both sides of a line that moved: with few verdicts in
each part the belief, more than they, decides, and in simulation a plain tail held the truth in 90 of 100 runs only."""
_LEAST: Final = 5
"""Judgements on either side of the line without which nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A stratum: whether it passes, its size and mean score, and how many of it were judged and found relevant.

    `moved`: how many of the judged a person's word has put on the other side, `moved_relevant` of them relevant.
    `crossed`: whether it stood on the other side of the line when it was drawn; then `mean` is the one of that time.
    """

    kept: bool
    size: int
    mean: float
    judged: int
    relevant: int
    moved: int = 0
    moved_relevant: int = 0
    crossed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A share, 0..1, and the range that holds it with 95 %."""

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """How far apart its ends are."""
        return self.high - self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What few judgements tell of all originals: `precision` and `recall` None where too few were judged.

    `wanting`: judgements still missing, above and below the line, before there can be any figure. How many make an
    interval so narrow is not foretold: it depends on what they will say.
    """

    kept: int
    below: int
    judged_kept: int
    judged_below: int
    precision: Interval | None
    recall: Interval | None
    wanting_kept: int
    wanting_below: int


def estimate(strata: Sequence[Counted]) -> Estimate:
    """Estimate from what was judged in each stratum; in each it must be a random part."""
    above, below = ([one for one in strata if one.kept is side] for side in (True, False))
    kept, judged = (_standing(above, below, count) for count in (_size, _judged))
    missed, looked = (_standing(below, above, count) for count in (_size, _judged))
    crossed = sum(one.moved_relevant for one in below) - sum(one.moved_relevant for one in above)
    found = [value + crossed for value in _total(above)]
    lost = [value - crossed for value in _total(below)]
    tail = _TAIL_CROSSED if any(one.crossed for one in strata) else _TAIL
    precision = _interval([value / kept for value in found], tail) if kept and _enough(judged, kept) else None
    recall = None
    if precision is not None and _enough(looked, missed):
        recall = _interval(combined(found, lost, lambda a, b: a / (a + b) if a + b > 0 else 1.0), tail)
    return Estimate(
        kept=kept,
        below=missed,
        judged_kept=judged,
        judged_below=looked,
        precision=precision,
        recall=recall,
        wanting_kept=_wanting(judged, kept),
        wanting_below=_wanting(looked, missed),
    )


def _size(one: Counted) -> int:
    return one.size


def _judged(one: Counted) -> int:
    return one.judged


def _standing(here: Sequence[Counted], there: Sequence[Counted], count: Callable[[Counted], int]) -> int:
    """How many stand on this side: those whose score is, but for those that a word has moved, either way."""
    return sum(count(one) - one.moved for one in here) + sum(one.moved for one in there)


def _enough(judged: int, size: int) -> bool:
    return judged >= min(_LEAST, size)


def _total(strata: Sequence[Counted]) -> Spread:
    """Spread the number of relevant articles over all of these strata."""
    return reduce(lambda one, other: combined(one, other, add), map(_relevant, strata), (0.0,))


def _relevant(one: Counted) -> Spread:
    plain = one.kept is not one.crossed  # what is believed without verdicts is what was believed at the draw
    yes = _JEFFREYS if plain else _COIN + _WEIGHT * one.mean
    no = _JEFFREYS if plain else _COIN + _WEIGHT * (1 - one.mean)
    yes, no = yes + one.relevant, no + one.judged - one.relevant
    return tuple(one.relevant + value for value in unseen_relevant(one.size - one.judged, yes, no))


def _interval(spread: Sequence[float], tail: float) -> Interval:
    return Interval(
        value=sum(spread) / len(spread), low=quantile(spread, tail), high=quantile(spread, 1 - tail)
    )


def _wanting(judged: int, size: int) -> int:
    return max(0, min(_LEAST, size) - judged)
