"""How relevant an article is to a watch, to which of its topics, and why.

Three ways, chosen by profile and language: plain (wording alone), facets (wording, and topics and places asked for
as well) and foreign (the text is in another language than the seeds: topics and places alone). The score's log-odds
are a sum, and every reason's weight is its exact term in that sum.
"""

from __future__ import annotations

import math
from typing import Final

from tracker.model import Relevance, TopicScore, WatchName
from tracker.relevance.analysis import Analysed
from tracker.relevance.background import Background
from tracker.relevance.explain import Evidence, explain
from tracker.relevance.facets import PlaceScore, find_phrases, score_places, topic_strength
from tracker.relevance.learn import NOTHING_JUDGED, Judged
from tracker.relevance.policy import Calibration, RelevancePolicy, calibration_of
from tracker.relevance.profile import CompiledProfile
from tracker.relevance.wording import WordingScore, nearest_seed, score_wording

__all__ = ["score_article"]

_FLOOR: Final = 0.01
_TOPIC_WEIGHT: Final = 0.7
_LENGTH_WEIGHT: Final = 0.2
_SHORTEST: Final = 10
_FULL: Final = 250
_MOST_SEEDS: Final = 8
"""More seeds than this no longer raise the bar: measured with 12 and 25."""
_LEAST: Final = 1e-3
"""Topics or places below this are taken for absent in a text of another language."""
_COMPARED_FROM: Final = 0.05
"""Score from which the nearest seed is worth looking for."""


def _sigmoid(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _wording_term(profile: CompiledProfile, wording: float, calibration: Calibration) -> float:
    """Return the log-odds of wording, calibrated by how many the seeds are and how like each other."""
    term = calibration.slope * math.log(wording + _FLOOR) + calibration.offset
    if len(profile.seeds) > 1:
        term += calibration.cohesion * math.log(profile.cohesion + _FLOOR)
        term += calibration.seeds * math.log(min(len(profile.seeds), _MOST_SEEDS))
    return term


def _facet_terms(
    profile: CompiledProfile, analysed: Analysed, topics: float, places: PlaceScore, slope: float
) -> dict[str, float]:
    """Return the log-odds that topics, places and length add to wording."""
    obedience, strength = profile.obedience, profile.strength
    length = min(_FULL, max(_SHORTEST, len(analysed.body)))
    terms = {
        "topics": _TOPIC_WEIGHT * obedience * math.log((topics + 0.1) / (obedience + 0.1)),
        "places": strength * math.log((places.met + 0.1) / 0.9),
        "also": -strength * places.foreign,
        "length": -_LENGTH_WEIGHT * math.log(length / _FULL),
    }
    return {kind: slope * term for kind, term in terms.items()}


def _foreign_terms(topics: float, places: PlaceScore) -> dict[str, float]:
    """Return the log-odds of topics x places x (1 - half of the foreign share), taken apart."""
    spoken = min(1 - _LEAST, max(_LEAST, topics))
    met = max(_LEAST, places.met)
    native = 1 - places.foreign / 2
    return {
        "topics": math.log(spoken),
        "places": math.log(met),
        "also": math.log(native),
        "language": -math.log(1 - spoken * met * native),
    }


def _terms(
    profile: CompiledProfile,
    analysed: Analysed,
    topics: float,
    places: PlaceScore,
    wording: WordingScore | None,
) -> dict[str, float]:
    """Return the log-odds of the score by kind of reason."""
    if wording is None:
        return _foreign_terms(topics, places)
    calibration = calibration_of(facets=profile.facets, named=profile.named, seeds=len(profile.seeds))
    terms = {"wording": _wording_term(profile, wording.score, calibration)}
    if profile.facets:
        terms |= _facet_terms(profile, analysed, topics, places, calibration.slope)
    return terms


def _nearest(
    profile: CompiledProfile, analysed: Analysed, wording: WordingScore, idf: dict[str, float]
) -> tuple[str, float]:
    at, cosine = nearest_seed(profile.wording, profile.seeds, analysed.counts, idf, wording.length)
    seed = profile.seeds[at]
    return seed.title or seed.name, cosine


def score_article(
    profile: CompiledProfile,
    analysed: Analysed,
    background: Background,
    policy: RelevancePolicy,
    *,
    judged: Judged = NOTHING_JUDGED,
) -> Relevance:
    """Score one analysed article for one watch; `judged` is what the person's verdicts taught."""
    by_topic = [(topic.name, find_phrases(topic, analysed)) for topic in profile.topics]
    hits = [hit for _, found in by_topic for hit in found]
    topics = topic_strength(hits)
    places = score_places(profile.places, profile.usual, analysed)
    foreign = bool(analysed.language) and analysed.language not in profile.languages
    idf = {} if foreign else profile.frequencies(background, policy).idf_of(analysed.counts)
    wording = None if foreign else score_wording(profile.wording, analysed.counts, analysed.total, idf)
    terms = _terms(profile, analysed, topics, places, wording) | {"judged": judged.shift}
    score = _sigmoid(sum(terms.values()))
    evidence = Evidence(
        analysed=analysed,
        hits=hits,
        topics=topics,
        places=places,
        wording=wording,
        nearest=_nearest(profile, analysed, wording, idf) if wording and score >= _COMPARED_FROM else None,
        judged=judged,
        terms=terms,
        passes=score >= profile.threshold,
    )
    return Relevance(
        watch=WatchName(profile.watch),
        score=score,
        threshold=profile.threshold,
        topics=tuple(TopicScore(topic=name, score=topic_strength(found)) for name, found in by_topic),
        reasons=explain(profile, evidence),
        profile_version=profile.version,
    )
