"""Words that news uses for one another ("tariff", "duty", "levy"): each group is a concept, one word more, ~tariff.

The table `concepts.txt` beside this module was written by hand: general news vocabulary, a group for each line, in the
form words are counted in. A text that holds a word holds its concepts too, so two texts that tell the same thing in
other words still meet.
"""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import Final

from tracker.relevance.prior import share

__all__ = ["CONCEPT", "concept_share", "concepts_of"]

CONCEPT: Final = "~"
"""First character of a concept's word; no word of a text begins so."""


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    """Return the words of every concept."""
    table = files("tracker.relevance").joinpath("concepts.txt").read_text(encoding="utf-8")
    lines = (line.split() for line in table.splitlines() if not line.startswith("#"))
    return {CONCEPT + group[0]: tuple(group) for group in lines if group}


@cache
def _concepts() -> dict[str, tuple[str, ...]]:
    """Return the concepts of every word that has some."""
    found: dict[str, tuple[str, ...]] = {}
    for concept, group in _groups().items():
        for word in group:
            found[word] = (*found.get(word, ()), concept)
    return found


def concepts_of(word: str) -> tuple[str, ...]:
    """Return the concepts a normalised word stands for; most words have none."""
    return _concepts().get(word, ())


@cache
def concept_share(concept: str, languages: tuple[str, ...]) -> float:
    """Return the share of stories expected to hold at least one word of a concept."""
    return min(0.97, 1 - math.prod(1 - share(word, languages) for word in _groups()[concept]))
