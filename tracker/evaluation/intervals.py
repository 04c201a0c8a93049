"""Precision and recall of what was kept, with 95 % intervals, from a stratified random sample that a person judged.

In each stratum the share of relevant articles is believed to be Beta distributed, beginning with a weak belief (that of
Jeffreys above the line, a little of the mean score below it), updated by the verdicts; what was not judged is then
beta-binomial, so a stratum judged to the last article is certain. Chosen by simulation against intervals by normal
approximation, which are too narrow where all verdicts of a stratum are alike: `benchmarks/evaluate_coverage.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
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
_LEAST: Final = 5
"""Judgements on either side of the line without which nothing is said."""
_WIDTH: Final = 0.2
"""An interval no wider than this, ten points to either side, is called precise enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A stratum: whether it was kept, its size and mean score, and how many of it were judged and found relevant."""

    kept: bool
    size: int
    mean: float
    judged: int
    relevant: int


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

    `wanting`: judgements still missing for intervals of ten points to either side, above and below the line.
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
    kept, judged = sum(one.size for one in above), sum(one.judged for one in above)
    missed, looked = sum(one.size for one in below), sum(one.judged for one in below)
    found, lost = _total(above), _total(below)
    precision = _interval([value / kept for value in found]) if kept and _enough(judged, kept) else None
    recall = None
    if precision is not None and _enough(looked, missed):
        recall = _interval(combined(found, lost, lambda a, b: a / (a + b) if a + b > 0 else 1.0))
    return Estimate(
        kept=kept,
        below=missed,
        judged_kept=judged,
        judged_below=looked,
        precision=precision,
        recall=recall,
        wanting_kept=_wanting(precision, judged, kept),
        wanting_below=_wanting(recall, looked, missed),
    )


def _enough(judged: int, size: int) -> bool:
    return judged >= min(_LEAST, size)


def _total(strata: Sequence[Counted]) -> Spread:
    """Spread the number of relevant articles over all of these strata."""
    return reduce(lambda one, other: combined(one, other, add), map(_relevant, strata), (0.0,))


def _relevant(one: Counted) -> Spread:
    yes = _JEFFREYS if one.kept else _COIN + _WEIGHT * one.mean
    no = _JEFFREYS if one.kept else _COIN + _WEIGHT * (1 - one.mean)
    yes, no = yes + one.relevant, no + one.judged - one.relevant
    return tuple(one.relevant + value for value in unseen_relevant(one.size - one.judged, yes, no))


def _interval(spread: Sequence[float]) -> Interval:
    return Interval(
        value=sum(spread) / len(spread), low=quantile(spread, 0.025), high=quantile(spread, 0.975)
    )


def _wanting(found: Interval | None, judged: int, size: int) -> int:
    """Judgements missing for an interval of the wanted width: it narrows with the root of their number."""
    if found is None:
        return max(0, min(_LEAST, size) - judged)
    if found.width <= _WIDTH:
        return 0
    needed = math.ceil(max(judged, 1) * (found.width / _WIDTH) ** 2)
    return min(needed, size) - judged
