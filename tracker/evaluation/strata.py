"""Which articles to judge so that precision and recall can be told: a stratified random sample with known chances.

Strata are made by the score, as log-odds from the line: what was kept in two, what was not in three, from the near
misses to the rest. Near the line a verdict teaches most; far below it, where hardly anything is relevant but nearly
everything lies, a few verdicts say how much was missed. In each stratum the sample is the beginning of a random order,
so it can be drawn further at any time and stays a simple random sample.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from tracker.model import ArticleId, Stratum

__all__ = ["draw_more", "draw_strata", "layer_of"]

_EDGES: Final = (1.5, 0.0, -1.0, -2.5)
"""Log-odds from the line at which one stratum ends and the next begins."""
_SHARES: Final = (0.2, 0.2, 0.25, 0.2, 0.15)
"""Part of the sample that each stratum gets while it lasts, from the top."""
_NAMES: Final = ("well above", "just above", "just below", "below", "far below")
_RESERVE: Final = 20_000
"""Articles of a stratum whose order is kept: enough to say how many of the stratum another line would keep."""
_TINY: Final = 1e-9

Shuffle = Callable[[list[ArticleId]], None]


def draw_strata(scores: Sequence[tuple[ArticleId, float, float]], shuffle: Shuffle) -> tuple[Stratum, ...]:
    """Divide articles (id, score, threshold) into strata, each in random order; nothing is drawn yet."""
    groups: list[list[tuple[ArticleId, float, float]]] = [[] for _ in _NAMES]
    for row in scores:
        groups[_place(row[1], row[2])].append(row)
    return tuple(_stratum(group, shuffle) for group in groups if group)


def draw_more(strata: Sequence[Stratum], count: int) -> tuple[Stratum, ...]:
    """Draw `count` more articles, or all that are left, each from the stratum that lags most behind its share."""
    drawn = list(strata)
    for _ in range(count):
        open_places = [at for at, one in enumerate(drawn) if one.drawn < len(one.order)]
        if not open_places:
            break
        at = min(open_places, key=lambda place: (drawn[place].drawn + 1) / _weight(drawn[place]))
        drawn[at] = replace(drawn[at], drawn=drawn[at].drawn + 1)
    return tuple(drawn)


def layer_of(score: float, threshold: float) -> str:
    """Say how far from the line a score lies, as "just below"."""
    return _NAMES[_place(score, threshold)]


def _weight(stratum: Stratum) -> float:
    """A stratum's part of the sample; it depends on nothing but where the stratum lies."""
    return _SHARES[_NAMES.index(stratum.name)]


def _place(score: float, threshold: float) -> int:
    distance = _log_odds(score) - _log_odds(threshold)
    if score >= threshold:
        return 0 if distance >= _EDGES[0] else 1
    return next((place for place, edge in enumerate(_EDGES[2:], start=2) if distance >= edge), len(_EDGES))


def _log_odds(score: float) -> float:
    kept = min(1 - _TINY, max(_TINY, score))
    return math.log(kept / (1 - kept))


def _stratum(group: Sequence[tuple[ArticleId, float, float]], shuffle: Shuffle) -> Stratum:
    scores = [score for _, score, _ in group]
    order = [article_id for article_id, _, _ in group]
    shuffle(order)
    return Stratum(
        name=layer_of(group[0][1], group[0][2]),
        kept=group[0][1] >= group[0][2],
        low=min(scores),
        high=max(scores),
        mean=sum(scores) / len(scores),
        size=len(group),
        order=tuple(order[:_RESERVE]),
    )
