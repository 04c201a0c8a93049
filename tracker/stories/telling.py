"""One article as grouping sees it: a unit vector of its text's words, its title's words and the names in it.

Names (runs of capitalised words that do not begin a sentence) tell events of one kind apart: two floods share their
words, not their rivers. They count alike, common or rare: their rarity in the language says little about the event.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from tracker.stories.policy import StoryPolicy
from tracker.text.tokens import base_word, words

__all__ = ["names_in", "unit", "vector_of"]

_READ_CHARS: Final = 2_600
"""About as much of a text as its words are counted in."""
_UPPER: Final = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻĽŁŃŅŇŌŐŒŔŘŚŞŠŢŤŪŮŰŲŹŻŽΑ-ΩА-Я"
_NAME: Final = re.compile(
    rf"(?<![.!?:\n“\"”„«] )(?<![.!?\n“\"”„«])(?<!\w)[{_UPPER}][\w’'-]{{2,}}(?: [{_UPPER}][\w’'-]+)*"
)


def names_in(text: str) -> Counter[str]:
    """Count names, in lower case; a capital at the beginning of a sentence says nothing."""
    found = (match[0].lower() for match in _NAME.finditer(f". {text[:_READ_CHARS]}"))
    return Counter(name for name in found if any(map(base_word, words(name))))


def vector_of(
    body: Mapping[str, float], title: Mapping[str, float], names: Mapping[str, int], policy: StoryPolicy
) -> dict[str, float]:
    """Make the vector from word weights and name counts; what an article lacks (names in Chinese) counts nothing."""
    named = {name: math.log1p(count) for name, count in names.items()}
    shares = (1 - policy.title_share - policy.name_share, policy.title_share, policy.name_share)
    parts = (unit(body, policy.words), unit(title, policy.words), unit(named, policy.names))
    mixed: defaultdict[str, float] = defaultdict(float)
    for mark, share, part in zip(("", "", "n:"), shares, parts, strict=True):
        for term, weight in part.items():
            mixed[mark + term] += math.sqrt(share) * weight
    return unit(mixed)


def unit(weights: Mapping[str, float], limit: int | None = None) -> dict[str, float]:
    """Keep the weightiest terms, scaled to length one; none if all weigh nothing."""
    top = weightiest(weights.items(), limit)
    norm = math.sqrt(sum(weight * weight for _, weight in top))
    return {term: weight / norm for term, weight in top} if norm else {}


def weightiest(weights: Iterable[tuple[str, float]], limit: int | None) -> list[tuple[str, float]]:
    """Sort by weight, then by term, so that the order words came in decides nothing."""
    return sorted(weights, key=lambda pair: (-pair[1], pair[0]))[:limit]
