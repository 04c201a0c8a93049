"""The two questions a subject asks beside wording: WHAT (the topics' phrases) and WHERE (the countries seeds share).

A phrase counts by how often it stands in the text word for word (4 in the title, 2 in the lead, 1 later) and by how
rare its words are in the language at large, never in the stream: a stream full of the subject makes its words common.
A country is required when even the seeds that speak of it least speak of it plainly.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tracker.model import Topic
from tracker.relevance.analysis import Analysed, counted, normal_words
from tracker.relevance.background import Background, presence
from tracker.relevance.concepts import concepts_of
from tracker.relevance.language import language_of
from tracker.relevance.places import MARK, code_of, members_of, place_share
from tracker.relevance.prior import rarity
from tracker.text.tokens import is_spaceless, words

__all__ = [
    "Phrase",
    "PhraseHit",
    "Place",
    "PlaceScore",
    "TopicPhrases",
    "choose_places",
    "compile_topic",
    "find_phrases",
    "place_strength",
    "score_places",
    "topic_strength",
    "topics_spoken",
]

_CEILING: Final = 0.95
_SPECIFIC: Final = 5.0
"""Prior idf from which a phrase counts in full; "working group" has 3."""
_REQUIRED: Final = 0.5
_FEWEST_SEEDS: Final = 3
_FOREIGN: Final = 0.15
_STAND_IN: Final = 0.7
"""What a word of the same concept is worth for one of a phrase."""
_PLAIN: Final = 0.6
"""Presence, three mentions or one early and one late, from which a word of a phrase is fully there."""
_UNSAID: Final = 0.05
_BEST: Final = 3
"""Phrases that decide how far a text speaks of the topics."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One way to say a topic. `rarity` has the prior idf of each word, empty where it counts only as a whole.

    `wanted` are the terms without any of which a text does not speak of it: words and their concepts, pairs of
    characters where a script has no spaces.
    """

    text: str
    words: tuple[str, ...]
    specificity: float
    rarity: tuple[float, ...] = ()
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicPhrases:
    """A topic with its name and phrases compiled."""

    name: str
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseHit:
    """A phrase found in a text: `strength` 0..1; where it stood as a whole (`found` times, `in_title`), or in part."""

    phrase: str
    strength: float
    found: int
    in_title: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A country the subject requires: `weight` of asking for it, and its `usual` presence in the seeds."""

    code: str
    weight: float
    usual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceScore:
    """How far a text has the required places (`met`, 0..1) and how much of its geography is foreign to the seeds."""

    met: float
    foreign: float
    present: Mapping[str, float]
    others: tuple[str, ...]


# ---------------------------------------------------------------- WHAT


def _rarity(word: str, languages: tuple[str, ...]) -> float:
    return -math.log(place_share(word[1:])) if word[0] == MARK else rarity(word, languages)


def compile_phrase(text: str, languages: tuple[str, ...]) -> Phrase | None:
    """Normalise a phrase as texts are; None when nothing of it counts."""
    found = words(text)
    normal = normal_words(found, language_of(found, None))
    if not normal:
        return None
    if any(is_spaceless(word) for word in normal):
        specificity = min(1.0, rarity(text, ("zh",)) / _SPECIFIC) ** 3
        wanted = tuple(dict.fromkeys([*counted(normal), *normal]))
        return Phrase(text=text, words=tuple(normal), specificity=specificity, wanted=wanted)
    rare = tuple(_rarity(word, languages) for word in normal)
    specificity = min(1.0, max(rare) / _SPECIFIC) ** 3
    concepts = (concept for word in normal for concept in concepts_of(word))
    wanted = tuple(dict.fromkeys([*normal, *concepts]))
    return Phrase(text=text, words=tuple(normal), specificity=specificity, rarity=rare, wanted=wanted)


@lru_cache(maxsize=512)
def compile_topic(topic: Topic, languages: tuple[str, ...] = ("en",)) -> TopicPhrases:
    """Compile a topic; its name is a phrase too. Phrases that come to the same words count once."""
    compiled = [compile_phrase(text, languages) for text in (topic.name, *topic.phrases)]
    by_words = {phrase.words: phrase for phrase in reversed(compiled) if phrase}
    return TopicPhrases(name=topic.name, phrases=tuple(reversed(by_words.values())))


def _occurrences(wanted: tuple[str, ...], sequence: tuple[str, ...]) -> list[int]:
    """Return where a run of words begins."""
    found: list[int] = []
    size, at = len(wanted), -1
    while True:
        try:
            at = sequence.index(wanted[0], at + 1)
        except ValueError:
            return found
        if sequence[at : at + size] == wanted:
            found.append(at)


def _partly(phrase: Phrase, counts: Mapping[str, int]) -> float:
    """Return the strength of a phrase of several words whose words stand apart."""
    held = [(value, word) for value, word in zip(phrase.rarity, phrase.words, strict=True) if word in counts]
    rarest = max(phrase.rarity)
    best = max((counts[word] for value, word in held if value >= rarest / 2), default=0)
    share = sum(value for value, _ in held) / (sum(phrase.rarity) or 1.0)
    return share**2 * best / (best + 1)


def find_phrase(phrase: Phrase, analysed: Analysed) -> PhraseHit | None:
    """Look for one phrase of which the text has a word; None when no part of it counts."""
    in_title = _occurrences(phrase.words, analysed.title)
    in_body = _occurrences(phrase.words, analysed.body)
    weight = 4 * len(in_title) + sum(2 if at < analysed.lead_size else 1 for at in in_body)
    value = weight / (weight + 1)
    if len(phrase.rarity) > 1:
        value = max(value, _partly(phrase, analysed.counts))
    if value == 0:
        return None
    return PhraseHit(
        phrase=phrase.text,
        strength=_CEILING * phrase.specificity * value,
        found=len(in_title) + len(in_body),
        in_title=bool(in_title),
    )


def find_phrases(topic: TopicPhrases, analysed: Analysed) -> tuple[PhraseHit, ...]:
    """Look for all phrases of a topic, strongest first."""
    vocabulary = analysed.vocabulary
    hits = (
        find_phrase(phrase, analysed) for phrase in topic.phrases if not vocabulary.isdisjoint(phrase.words)
    )
    return tuple(sorted((hit for hit in hits if hit), key=lambda hit: -hit.strength))


def topic_strength(hits: Iterable[PhraseHit]) -> float:
    """Return how surely a text speaks of it: one minus the chance that every phrase is there by accident."""
    return 1 - math.prod(1 - hit.strength for hit in hits)


def _presence_of(term: str, analysed: Analysed) -> float:
    """Return the presence of a word, or somewhat less where another word of its concept stands in for it."""
    held = presence(analysed.weight_of(term))
    for concept in concepts_of(term):
        held = max(held, _STAND_IN * presence(analysed.weight_of(concept)))
    return held


def _spoken(phrase: Phrase, analysed: Analysed) -> float:
    """Return how far all words of a phrase are there, wherever they stand: a geometric mean, the rare ones leading."""
    if not phrase.rarity:
        in_title, in_body = (
            len(_occurrences(phrase.words, part)) for part in (analysed.title, analysed.body)
        )
        return phrase.specificity * (min(1.0, presence(4 * in_title + in_body) / _PLAIN) + _UNSAID)
    logs = total = 0.0
    for word, weight in dict(zip(phrase.words, phrase.rarity, strict=True)).items():
        logs += weight * math.log(min(1.0, _presence_of(word, analysed) / _PLAIN) + _UNSAID)
        total += weight
    return phrase.specificity * math.exp(logs / (total or 1.0))


def topics_spoken(topics: Iterable[TopicPhrases], analysed: Analysed) -> float:
    """Return, as a logarithm, how far a text speaks of the topics: the mean of the three best phrases of all."""
    terms = analysed.terms.keys()
    spoken = {
        phrase.words: phrase.specificity * _UNSAID
        if terms.isdisjoint(phrase.wanted)
        else _spoken(phrase, analysed)
        for topic in topics
        for phrase in topic.phrases
    }
    best = heapq.nlargest(_BEST, spoken.values())
    return math.log((sum(best) / len(best) if best else 0.0) + _UNSAID)


# ---------------------------------------------------------------- WHERE


def _mentions_of(code: str, places: Mapping[str, float]) -> float:
    """Return the weighted mentions of a country, or of a union, for which those of its members count half."""
    members = members_of(code)
    return places.get(code, 0) + sum(weight for place, weight in places.items() if place in members) / 2


def _usual(code: str, seeds: Sequence[Analysed]) -> tuple[float, float]:
    """Return (lowest, mean) presence of a country in the seeds; of five and more the two lowest are averaged."""
    found = sorted(presence(_mentions_of(code, seed.places)) for seed in seeds)
    lowest = found[0] if len(found) < 5 else (found[0] + found[1]) / 2
    return lowest, sum(found) / len(found)


def usual_presence(seeds: Sequence[Analysed]) -> dict[str, float]:
    """Return the mean presence of every country the seeds mention."""
    named = {code for seed in seeds for code in seed.places}
    return {code: _usual(code, seeds)[1] for code in sorted(named)}


def _weight(lowest: float, background: float) -> float:
    return lowest * max(0.0, math.log((lowest + 0.05) / (background + 0.05)))


def choose_places(
    seeds: Sequence[Analysed], named: Sequence[str], background: Background, watch: str
) -> tuple[Place, ...]:
    """Choose the countries to ask for: those the person named, else those the seeds agree on; heaviest first."""
    codes = [code for code in (code_of(place) for place in named) if code]
    chosen = []
    for code in codes or usual_presence(seeds):
        lowest, usual = _usual(code, seeds)
        if codes:
            lowest, usual = 1.0, max(usual, _REQUIRED)
        elif len(seeds) < _FEWEST_SEEDS or lowest < _REQUIRED:
            continue
        chosen.append(
            Place(code=code, weight=_weight(lowest, background.usual_presence(watch, code)), usual=usual)
        )
    return tuple(
        sorted((place for place in chosen if place.weight > 0), key=lambda place: (-place.weight, place.code))
    )


def place_strength(places: Iterable[Place]) -> float:
    """Return how much it means, 0..1, that a text has all the places."""
    return 1 - math.exp(-sum(place.weight for place in places))


def score_places(places: Sequence[Place], usual: Mapping[str, float], analysed: Analysed) -> PlaceScore:
    """Measure a text's geography against the places asked for; `usual` is the presence of countries in the seeds."""
    if not places:
        return PlaceScore(met=1.0, foreign=0.0, present={}, others=())
    mentions = analysed.places
    present = {
        place.code: min(1.0, presence(_mentions_of(place.code, mentions)) / place.usual) for place in places
    }
    asked = {code for place in places for code in (place.code, *members_of(place.code))}
    others = {
        code: weight
        for code, weight in mentions.items()
        if code not in asked and usual.get(code, 0.0) < _FOREIGN
    }
    total = sum(place.weight for place in places)
    return PlaceScore(
        met=sum(place.weight * present[place.code] for place in places) / total,
        foreign=sum(others.values()) / (sum(mentions.values()) + 2),
        present=present,
        others=tuple(sorted(others, key=lambda code: (-others[code], code))),
    )
