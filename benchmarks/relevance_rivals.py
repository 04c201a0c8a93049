"""What a person could use instead: the scorers that relevance is measured beside, each as good as it comes.

They are given the same seeds, topics and earlier items. `threshold` is None for those that only rank.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tracker.relevance.prior import share
from tracker.text.tokens import base_word, words

Item = Mapping[str, Any]
_TERMS = 30
_KEYWORDS = 8
_ENOUGH = 3
FILTERS: dict[str, Callable[[str], bool]] = {
    "topic": lambda text: _has(text, "fentanyl") and _has(text, "china|chinese|beijing"),
    "topic2": lambda text: all(
        _has(text, part)
        for part in (
            r"electric (car|vehicle)s?|evs?", "china|chinese", r"tariffs?|dut(y|ies)|lev(y|ies)", "eu|europe|brussels",
        )
    ),
    "topic3": lambda text: _has(text, "pfas|pfoa|pfos|forever chemicals?") and _has(text, "water|tap"),
}  # fmt: skip
"""The boolean filters that a person would write for the graded subjects."""


def _has(text: str, pattern: str) -> bool:
    return re.search(rf"\b({pattern})", text.lower()) is not None


def _text(item: Item) -> str:
    return f"{item.get('title') or ''}\n{item.get('text') or ''}"


def tokens(text: str) -> list[str]:
    """Return the words of a text that count, plural taken off."""
    return [base for base in map(base_word, words(text)) if base]


class Rival:
    """Counts words like everybody: idf from the language's word frequencies and the items seen."""

    def __init__(self, seeds: Sequence[Item], earlier: Iterable[Item]) -> None:
        self.seeds = [Counter(tokens(_text(seed))) for seed in seeds]
        seen = [set(seed) for seed in self.seeds] + [set(tokens(_text(item))) for item in earlier]
        self.items = len(seen)
        self.holding = Counter(word for found in seen for word in found)

    def idf(self, word: str) -> float:
        return -math.log((self.holding[word] + 500 * share(word)) / (self.items + 500))

    def vector(self, counts: Counter[str]) -> dict[str, float]:
        found = {word: math.log1p(count) * self.idf(word) for word, count in counts.items()}
        length = math.sqrt(sum(value * value for value in found.values())) or 1.0
        return {word: value / length for word, value in found.items()}


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    return sum(value * other[word] for word, value in one.items() if word in other)


class NearestSeed(Rival):
    """TF-IDF, cosine to the most similar seed."""

    threshold = None

    def score(self, item: Item) -> float:
        vector = self.vector(Counter(tokens(_text(item))))
        return max(_cosine(vector, self.vector(seed)) for seed in self.seeds)


class Centroid(Rival):
    """TF-IDF, cosine to the mean of the seeds."""

    threshold = None

    def score(self, item: Item) -> float:
        vector = self.vector(Counter(tokens(_text(item))))
        return sum(_cosine(vector, self.vector(seed)) for seed in self.seeds) / len(self.seeds)


class Bm25(Rival):
    """BM25 with the 30 heaviest words of the seeds as query (k1 1.2, b 0.4, mean length 300 words)."""

    threshold = None

    def score(self, item: Item) -> float:
        weights = Counter[str]()
        for seed in self.seeds:
            weights.update(self.vector(seed))
        counts = Counter(tokens(_text(item)))
        length = 1.2 * (0.6 + 0.4 * sum(counts.values()) / 300)
        total = sum(
            weight * self.idf(word) * counts[word] * 2.2 / (counts[word] + length)
            for word, weight in weights.most_common(_TERMS)
        )
        return total / 1000


class Keywords(Rival):
    """An alert rule: at least three of the eight heaviest words of the seeds."""

    threshold = _ENOUGH / _KEYWORDS

    def score(self, item: Item) -> float:
        weights = Counter[str]()
        for seed in self.seeds:
            weights.update(self.vector(seed))
        present = set(tokens(_text(item)))
        return sum(word in present for word, _ in weights.most_common(_KEYWORDS)) / _KEYWORDS


class Filter:
    """The boolean filter of a graded subject."""

    threshold = 0.5

    def __init__(self, subject: str) -> None:
        self._accepts = FILTERS[subject]

    def score(self, item: Item) -> float:
        return float(self._accepts(_text(item)))


RANKERS: dict[str, type[Any]] = {
    "keyword rule (3 of 8)": Keywords,
    "BM25, 30 seed words": Bm25,
    "TF-IDF, nearest seed": NearestSeed,
    "TF-IDF, centroid": Centroid,
}
