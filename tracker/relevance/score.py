"""How relevant an article is to a watch, to which of its topics, and why.

A text in the seeds' language is measured nine ways (`measure`) and the measures, weighed, sum to the log-odds; one in
another language is matched by topics and places alone. Every reason's weight is its exact term in that sum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from tracker.model import Reason, Relevance, TopicScore, WatchName
from tracker.relevance.analysis import Analysed, analyse
from tracker.relevance.background import Background
from tracker.relevance.explain import Evidence, explain
from tracker.relevance.facets import (
    PhraseHit,
    PlaceScore,
    find_phrases,
    score_places,
    topic_strength,
    topics_spoken,
)
from tracker.relevance.learn import NOTHING_JUDGED, Judged
from tracker.relevance.meaning import Meaning, score_meaning
from tracker.relevance.passages import find_passages
from tracker.relevance.policy import RelevancePolicy, weights_of
from tracker.relevance.profile import CompiledProfile
from tracker.relevance.wording import WordingScore, score_wording

__all__ = ["Measured", "measure", "probability_of", "score_article"]

_LEAST: Final = 1e-3
"""Topics or places below this are taken for absent in a text of another language."""
_ABSENT_PLACE: Final = 0.1
"""What the share of places met is raised by before its logarithm is taken."""
_USUAL_NEAREST: Final = -2.16
"""Logarithm of the share of its pairs, 0.1 added, from which on the nearest seed speaks for a text and not
against it."""

_USUAL_SAME: Final = -1.8
"""The same for its likeness in all words, near 0.16."""
_SEEDS_SAY: Final = 2 / 3
"""How much of what the seeds themselves leave unsaid of the topics is not held against a text. More makes a watch
whose seeds never say its topics pass what is merely like them."""
_PLENTY: Final = 50.0
_TITLE_WORDS: Final = 10.0
"""A text shorter than these words, its title's included, cannot hold all that a longer one would, and is pardoned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured in one text of `length` words for one watch.

    `wording` is None where the languages differ, `meaning` there and without a sentence encoder.
    """

    length: int
    wording: WordingScore | None
    topics: float
    places: PlaceScore
    meaning: Meaning | None

    def features(self, profile: CompiledProfile) -> dict[str, float]:
        """Return the numbers that `policy.Weights` weighs, by its names. Only where there is wording."""
        if self.wording is None:
            return {}
        likeness = self.wording.likeness
        return {
            "whole": likeness.whole,
            "head": likeness.head,
            "nearest": likeness.nearest - _USUAL_NEAREST,
            "core": (likeness.core - profile.own) * (1 - 1 / len(profile.seeds)),
            "same": (likeness.same - _USUAL_SAME) * (1 - profile.strength),
            "brief": max(0.0, math.log(_PLENTY / (self.length + _TITLE_WORDS))),
            "topics": self.topics - _SEEDS_SAY * profile.spoken if profile.named else 0.0,
            "places": profile.strength * math.log((self.places.met + _ABSENT_PLACE) / (1 + _ABSENT_PLACE)),
            "foreign": -profile.strength * self.places.foreign,
        }


def measure(
    profile: CompiledProfile, analysed: Analysed, background: Background, policy: RelevancePolicy
) -> Measured:
    """Measure a text for a watch."""
    foreign = bool(analysed.language) and analysed.language not in profile.languages
    wording = None
    if not foreign:
        idf = profile.frequencies(background, policy).idf_of(analysed.plain.keys() | analysed.head.keys())
        wording = score_wording(profile.wording, analysed, idf)
    return Measured(
        length=analysed.length,
        wording=wording,
        topics=topics_spoken(profile.topics, analysed) if wording and profile.named else 0.0,
        places=score_places(profile.places, profile.usual, analysed),
        meaning=score_meaning(profile.meanings, profile.meant, analysed) if wording else None,
    )


def _foreign_terms(spoken: float, places: PlaceScore) -> dict[str, float]:
    """Return the log-odds of topics x places x (1 - half of the foreign share), taken apart."""
    spoken = min(1 - _LEAST, max(_LEAST, spoken))
    met = max(_LEAST, places.met)
    native = 1 - places.foreign / 2
    return {
        "topics": math.log(spoken),
        "places": math.log(met),
        "also": math.log(native),
        "language": -math.log(1 - spoken * met * native),
    }


def _terms(profile: CompiledProfile, measured: Measured, spoken: float) -> dict[str, float]:
    """Return the log-odds of the score by kind of reason."""
    if measured.wording is None:
        return _foreign_terms(spoken, measured.places)
    weights = weights_of(named=profile.named)
    found = measured.features(profile)
    terms = {
        "wording": weights.whole * found["whole"] + weights.head * found["head"] + weights.offset,
        "nearest": weights.nearest * found["nearest"] + weights.same * found["same"],
        "core": weights.core * found["core"],
        "length": weights.brief * found["brief"],
    }
    if profile.named:
        terms["topics"] = weights.topics * found["topics"]
    if measured.meaning:
        terms["meaning"] = measured.meaning.term
    if profile.facets:
        terms |= {"places": weights.places * found["places"], "also": weights.foreign * found["foreign"]}
    return terms


def _sigmoid(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


@dataclass(frozen=True, slots=True)
class _Judge:
    """One watch and its surroundings, asked about one text after another."""

    profile: CompiledProfile
    background: Background
    policy: RelevancePolicy
    judged: Judged

    def evidence(self, analysed: Analysed) -> tuple[Evidence, list[tuple[str, tuple[PhraseHit, ...]]]]:
        """Return what was found and how it weighs, and the phrases found by topic."""
        by_topic = [(topic.name, find_phrases(topic, analysed)) for topic in self.profile.topics]
        hits = [hit for _, found in by_topic for hit in found]
        spoken = topic_strength(hits)
        measured = measure(self.profile, analysed, self.background, self.policy)
        terms = _terms(self.profile, measured, spoken) | {"judged": self.judged.shift}
        score = _sigmoid(sum(terms.values()))
        evidence = Evidence(
            analysed=analysed, hits=hits, topics=spoken, places=measured.places, wording=measured.wording,
            meaning=measured.meaning, judged=self.judged, terms=terms, score=score,
            passes=score >= self.profile.threshold,
        )  # fmt: skip
        return evidence, by_topic

    def probability(self, analysed: Analysed) -> float:
        """Return the score alone; phrases are looked for only where the text is in another language."""
        measured = measure(self.profile, analysed, self.background, self.policy)
        spoken = 0.0
        if measured.wording is None:
            topics = self.profile.topics
            spoken = topic_strength(hit for topic in topics for hit in find_phrases(topic, analysed))
        return _sigmoid(sum(_terms(self.profile, measured, spoken).values()) + self.judged.shift)

    def score_without(self, whole: Analysed, title: str, text: str) -> float:
        """Return the score of a text with parts taken out; language and meaning stay what the whole text's were."""
        return self.probability(replace(analyse(title, text, whole.language), meaning=whole.meaning))


def probability_of(
    profile: CompiledProfile, analysed: Analysed, background: Background, policy: RelevancePolicy
) -> float:
    """Return the score of an article as `score_article` gives it, without reasons: half the work."""
    return _Judge(profile, background, policy, NOTHING_JUDGED).probability(analysed)


def score_article(
    profile: CompiledProfile,
    analysed: Analysed,
    background: Background,
    policy: RelevancePolicy,
    *,
    judged: Judged = NOTHING_JUDGED,
) -> Relevance:
    """Score one analysed article for one watch; `judged` is what the person's verdicts taught."""
    judge = _Judge(profile, background, policy, judged)
    evidence, by_topic = judge.evidence(analysed)
    passages: tuple[Reason, ...] = ()
    if evidence.passes:
        passages = find_passages(
            evidence.words(profile), analysed, partial(judge.score_without, analysed), profile.threshold
        )
    return Relevance(
        watch=WatchName(profile.watch),
        score=evidence.score,
        threshold=profile.threshold,
        topics=tuple(TopicScore(topic=name, score=topic_strength(found)) for name, found in by_topic),
        reasons=explain(profile, evidence) + passages,
        profile_version=profile.version,
    )
