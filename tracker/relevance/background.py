"""What the stream looks like apart from the subject: how many items, how many hold a word, how present each country is.

Items that passed a watch are counted a second time under that watch and left out of its statistics; otherwise a feed
about the subject teaches that the subject's own words are common. The same increments go to memory and to the store,
so a restart loses nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from tracker.model import Relevance
from tracker.relevance.analysis import Analysed
from tracker.relevance.concepts import CONCEPT, concept_share
from tracker.relevance.memo import Memo
from tracker.relevance.places import MARK, place_share
from tracker.relevance.prior import share

__all__ = ["Background", "Frequencies", "increments_of", "presence"]

_STREAM: Final = ""
_ITEMS: Final = "#"
"""Key of the number of items; "#CN" is the sum of China's presence. No word begins so."""
_HALF_PRESENT: Final = 2.0
_PLACE_PRIOR: Final = 30.0
_RAREST: Final = -math.log(2e-6)


def presence(weight: float) -> float:
    """Turn weighted mentions of a country into 0..1; two late mentions, or one in the lead, make a half."""
    return weight / (weight + _HALF_PRESENT)


@cache
def _prior_shares(languages: tuple[str, ...]) -> Memo[float]:
    """Return the share of stories expected to hold a word, a concept or a country, before any was seen."""

    def expected(term: str) -> float:
        if term[0] == MARK:
            return place_share(term[1:])
        return concept_share(term, languages) if term[0] == CONCEPT else share(term, languages)

    return Memo(expected)


@dataclass(slots=True)
class Background:
    """The statistics in memory: (scope, key) -> n, scope "" for the stream and a watch's name for what passed it."""

    counts: dict[str, dict[str, float]] = field(default_factory=lambda: {_STREAM: {}})
    _logs: dict[tuple[tuple[str, ...], float], Memo[float]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @classmethod
    def from_counts(cls, counts: Mapping[tuple[str, str], float]) -> Background:
        """Make it from what the store accumulated."""
        background = cls()
        background.observe(counts)
        return background

    def observe(self, increments: Mapping[tuple[str, str], float]) -> None:
        """Add what one item, or many, contribute."""
        for (scope, key), value in increments.items():
            counts = self.counts.setdefault(scope, {})
            counts[key] = counts.get(key, 0.0) + value
            if scope == _STREAM:
                for logs in self._logs.values():
                    logs.pop(key, None)

    def logs(self, languages: tuple[str, ...], prior_weight: float) -> Memo[float]:
        """Return ln(items that hold a word + those the language lets expect) by word, the same for every watch."""
        known = self._logs.get((languages, prior_weight))
        if known is None:
            stream, prior = self.stream(), _prior_shares(languages)
            known = Memo(lambda word: math.log(stream.get(word, 0.0) + prior_weight * prior[word]))
            self._logs[languages, prior_weight] = known
        return known

    def stream(self) -> Mapping[str, float]:
        """Return the counts of all items."""
        return self.counts[_STREAM]

    def passed(self, watch: str) -> Mapping[str, float]:
        """Return the counts of items that passed a watch."""
        return self.counts.get(watch, {})

    def items(self) -> float:
        """Return the number of items seen."""
        return self.stream().get(_ITEMS, 0.0)

    def usual_presence(self, watch: str, code: str) -> float:
        """Return how present a country is in an average item that did not pass, leaning on its names' frequency."""
        stream, passed = self.stream(), self.passed(watch)
        total = stream.get(_ITEMS + code, 0.0) - passed.get(_ITEMS + code, 0.0)
        seen = stream.get(_ITEMS, 0.0) - passed.get(_ITEMS, 0.0)
        expected = min(0.6, max(0.03, 1.3 * place_share(code)))
        return (max(0.0, total) + _PLACE_PRIOR * expected) / (max(0.0, seen) + _PLACE_PRIOR)


def increments_of(analysed: Analysed, relevances: Iterable[Relevance]) -> dict[tuple[str, str], float]:
    """Return what storing this item adds to the statistics, given its scores for every watch."""
    counts = dict.fromkeys(analysed.terms, 1.0)
    counts[_ITEMS] = 1.0
    counts |= {_ITEMS + code: presence(weight) for code, weight in analysed.places.items()}
    scopes = [_STREAM, *(relevance.watch for relevance in relevances if relevance.passes)]
    return {(scope, key): value for scope in scopes for key, value in counts.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequencies:
    """Document frequency of words for one watch: prior, stream without what passed, and the watch's own seeds.

    `seeds` counts the seeds that hold a word, `size` is how many seeds there are.
    """

    background: Background
    watch: str
    seeds: Mapping[str, int]
    size: int
    languages: tuple[str, ...]
    prior_weight: float

    def idf_of(self, found: Iterable[str]) -> dict[str, float]:
        """Return -ln of the share of stories that hold each word, the share kept within 2e-6 and 1."""
        found = set(found)
        stream, passed = self.background.stream(), self.background.passed(self.watch)
        whole = math.log(stream.get(_ITEMS, 0.0) - passed.get(_ITEMS, 0.0) + self.size + self.prior_weight)
        logs, prior = self.background.logs(self.languages, self.prior_weight), _prior_shares(self.languages)
        rare = {word: whole - logs[word] for word in found}
        for word in (passed.keys() & found) | (self.seeds.keys() & found):
            held = stream.get(word, 0.0) - passed.get(word, 0.0) + self.seeds.get(word, 0)
            rare[word] = whole - math.log(held + self.prior_weight * prior[word])
        if min(rare.values(), default=0.0) >= 0 and max(rare.values(), default=0.0) <= _RAREST:
            return rare
        return {word: max(0.0, min(_RAREST, value)) for word, value in rare.items()}
