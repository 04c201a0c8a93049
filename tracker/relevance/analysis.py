"""A text as relevance sees it, made once for all watches: normalised words with their weights and places.

Hyphens split, prefixes that stand alone are dropped, "counternarcotics" and "antinarcotics" are both "narcotic", and
every country is one word whatever it is called. Title and the first 400 words of the body are read; a mention counts
4 in the title and 1 in the body, and one more among the first 50 words of the body where places and phrases are
counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from tracker.relevance.concepts import concepts_of
from tracker.relevance.language import language_of
from tracker.relevance.memo import Memo
from tracker.relevance.places import MARK, Gazetteer, PlaceWords, gazetteer
from tracker.relevance.prior import zipf
from tracker.text.tokens import base_word, is_spaceless, stem, words

__all__ = ["BODY_WORDS", "LEAD_WORDS", "Analysed", "analyse", "in_order", "normal_word", "normal_words"]

BODY_WORDS: Final = 400
"""Words of the body that are read."""
LEAD_WORDS: Final = 50
"""Words that count, from the body's beginning, whose places and phrases weigh double; twice as many characters where a
script has no spaces, since its words have two."""
_TITLE_WEIGHT: Final = 4
_GLUED: Final = ("counter", "anti")
_REST: Final = 5
_COMMON: Final = 2.5
"""Zipf frequency from which the rest of a glued word counts as a word of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """One text, ready to be scored for any watch.

    `counts`: 4 x mentions in the title + mentions in the body, by normalised word, and `plain` the same with the title
    counted once. `terms`: `counts` with the concepts of the words added; `head`: 4 x mentions in the title + mentions
    in the lead, and `lead` the latter alone, concepts added to both. `title`, `body`: the normalised words in order
    (characters where a script has no spaces), of which the first `lead_size` of the body are its lead. `length`: words
    of the body as written. `language`: "" if unknown.
    `pairs`: two words, or their concepts, that stand next to each other or with one between, whichever comes first.
    `written`: title and body as they were given. `meaning`: what a sentence encoder makes of them; empty without one.
    """

    language: str
    counts: Mapping[str, int]
    plain: Mapping[str, int]
    terms: Mapping[str, int]
    head: Mapping[str, int]
    lead: Mapping[str, int]
    title: tuple[str, ...]
    body: tuple[str, ...]
    vocabulary: frozenset[str]
    pairs: frozenset[str]
    lead_size: int
    length: int
    written: tuple[str, str]
    meaning: tuple[float, ...] = ()

    def weight_of(self, term: str) -> int:
        """Return the mentions of a word or concept, weighing 4 in the title, 2 in the lead, 1 later."""
        return self.terms.get(term, 0) + self.lead.get(term, 0)

    @property
    def places(self) -> dict[str, int]:
        """The mentions of every country by code, weighing 4, 2 and 1."""
        return {word[1:]: self.weight_of(word) for word in self.counts if word[0] == MARK}


@lru_cache(maxsize=1 << 16)
def normal_word(word: str) -> str:
    """Return the form a single word is counted in, "" if it never counts."""
    plain = base_word(word)
    for prefix in _GLUED:
        rest = plain.removeprefix(prefix)
        if rest != plain and len(rest) >= _REST:
            commonness = max(zipf(rest), zipf(rest + "s"))
            if commonness >= _COMMON and commonness > max(zipf(plain), zipf(plain + "s")):
                return stem(rest)
    return plain


@cache
def _entries(language: str) -> Memo[tuple[str, tuple[PlaceWords, ...]]]:
    """Return, by word as written, the form it is counted in and the names of places it may begin."""
    starts = gazetteer(language).starts
    return Memo(lambda word: (word if is_spaceless(word) else normal_word(word), starts(word)))


def normal_words(found: Sequence[str], language: str) -> list[str]:
    """Normalise words as written; returns those that count, in order."""
    normal: list[str] = []
    beyond = 0
    for at, (word, names) in enumerate(map(_entries(language).__getitem__, found)):
        if at < beyond:
            continue
        place = Gazetteer.longest(names, found, at) if names else None
        if place:
            normal.append(MARK + place[0])
            beyond = at + place[1]
        elif word:
            normal.append(word)
    return normal


def counted(normal: Sequence[str]) -> list[str]:
    """Turn characters of scripts without spaces into overlapping pairs; other words stay as they are."""
    if 1 not in map(len, normal):
        return list(normal)
    return [
        word + after if is_spaceless(word) else word
        for word, after in pairwise([*normal, ""])
        if not is_spaceless(word) or is_spaceless(after)
    ]


def _with_concepts(counts: Mapping[str, int]) -> dict[str, int]:
    """Add to each word's mentions those of the concepts it stands for."""
    terms = dict(counts)
    for word, count in counts.items():
        for concept in concepts_of(word):
            terms[concept] = terms.get(concept, 0) + count
    return terms


def _added(
    counts: Mapping[str, int], title: Mapping[str, int], weight: int = _TITLE_WEIGHT
) -> dict[str, int]:
    """Add the title's mentions, `weight` times each."""
    both = dict(counts)
    for word, count in title.items():
        both[word] = both.get(word, 0) + weight * count
    return both


def _meant(word: str) -> str:
    """Return the first concept of a word, itself where it has none."""
    return next(iter(concepts_of(word)), word)


def _neighbours(terms: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield every two words, or their concepts, of which the second follows at once or after one other."""
    meant = list(map(_meant, terms))
    for distance in (1, 2):
        yield from zip(meant, meant[distance:], strict=False)


def _pairs(terms: Sequence[str]) -> set[str]:
    """Return the pairs of a text, written in order of the alphabet.

    Concepts stand for their words, so that an electric car and an electric vehicle make the same pair.
    """
    return {
        f"{one} {other}" if one < other else f"{other} {one}"
        for one, other in _neighbours(terms)
        if one != other
    }


def in_order(pair: str, analysed: Analysed) -> tuple[str, str]:
    """Return the words of a pair in the order in which a text has them first."""
    one, other = pair.split(" ")
    neighbours = (found for terms in (analysed.title, analysed.body) for found in _neighbours(terms))
    return next((found for found in neighbours if set(found) == {one, other}), (one, other))


def analyse(title: str, text: str, language: str | None) -> Analysed:
    """Split and normalise a text. `language` is what its source declares, if anything."""
    head, tail = words(title), words(text, BODY_WORDS)
    spoken = language_of(head + tail[:LEAD_WORDS], language)
    title_words = normal_words(head, spoken)
    body_words = normal_words(tail, spoken)
    title_terms, body_terms = counted(title_words), counted(body_words)
    in_title, in_body = Counter(title_terms), Counter(body_terms)
    lead_size = LEAD_WORDS * (2 if any(map(is_spaceless, body_words[:3])) else 1)
    lead = _with_concepts(Counter(counted(body_words[:lead_size])))
    counts = _added(in_body, in_title)
    return Analysed(
        language=spoken,
        counts=counts,
        plain=_added(in_body, in_title, 1),
        terms=_with_concepts(counts),
        head=_added(lead, _with_concepts(in_title)),
        lead=lead,
        title=tuple(title_words),
        body=tuple(body_words),
        vocabulary=frozenset(title_words).union(body_words),
        pairs=frozenset(_pairs(title_terms) | _pairs(body_terms)),
        lead_size=lead_size,
        length=len(tail),
        written=(title, text),
    )
