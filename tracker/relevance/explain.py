"""Reasons in words a person can check against the article, each with its exact part of the log-odds."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tracker.model import Reason
from tracker.relevance.analysis import Analysed, in_order
from tracker.relevance.facets import PhraseHit, PlaceScore
from tracker.relevance.forms import form_of
from tracker.relevance.learn import Judged
from tracker.relevance.meaning import Meaning
from tracker.relevance.places import MARK, place_name
from tracker.relevance.profile import CompiledProfile
from tracker.relevance.wording import WordingScore

__all__ = ["Evidence", "explain"]

_PHRASES_SHOWN: Final = 5
_WORDS_SHOWN: Final = 5
_OTHERS_SHOWN: Final = 3
_PAIRS_SHOWN: Final = 3
_ABSENT_SHOWN: Final = 3
_SHORT: Final = 100
_WORTH_TELLING: Final = 0.05
"""Strength from which a phrase that is there only in part is told."""
_SPOKEN_OF: Final = 0.3
"""Strength from which topics, or presence from which a country, count as there when a rejection is put in words."""
_MUCH: Final = -0.5
"""Log-odds from which other countries are named as the cause of a rejection."""
_PLACE_TELLS: Final = 0.2
_PHRASE_TELLS: Final = 0.1
"""What a place asked for, and a word of a topic, add to the wording when telling passages are looked for."""
_WORTH_A_FACTOR: Final = -0.1
_NUMBERS: Final = ("none", "one", "two", "three", "four", "five", "six")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was found in an article: topics' hits, their joint strength, places; wording and meaning where compared.

    `terms` are parts of the log-odds by kind of reason, which sum to those of `score`.
    """

    analysed: Analysed
    hits: Sequence[PhraseHit]
    topics: float
    places: PlaceScore
    wording: WordingScore | None
    meaning: Meaning | None
    judged: Judged
    terms: Mapping[str, float]
    score: float
    passes: bool

    def words(self, profile: CompiledProfile) -> dict[str, float]:
        """Return the terms that spoke for the article, weighed: wording, core words, places and topic words."""
        telling = dict(self.wording.shares) if self.wording else {}
        for core in profile.wording.core:
            telling[core.term] = telling.get(core.term, 0.0) + core.share
        for code in self.places.present:
            telling[MARK + code] = telling.get(MARK + code, 0.0) + _PLACE_TELLS
        for topic in profile.topics:
            for phrase in topic.phrases:
                for word in phrase.words:
                    telling[word] = telling.get(word, 0.0) + _PHRASE_TELLS * phrase.specificity
        return telling


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def _hit_text(hit: PhraseHit) -> str:
    if not hit.found:
        return f"{hit.phrase} (in part)"
    more = hit.found - 1
    if hit.in_title:
        return f"{hit.phrase} (title, {more} more)" if more else f"{hit.phrase} (title)"
    return f"{hit.phrase} ({hit.found} times)" if more else hit.phrase


def _topics_text(profile: CompiledProfile, evidence: Evidence) -> str:
    if not profile.topics:
        return "No topics are named, so a text in another language cannot be matched"
    whole = [hit for hit in evidence.hits if hit.found]
    hits = whole or [hit for hit in evidence.hits if hit.strength >= _WORTH_TELLING]
    if not hits:
        return "None of your topic phrases"
    strongest = heapq.nlargest(_PHRASES_SHOWN, hits, key=lambda hit: hit.strength)
    more = len(hits) - len(strongest)
    tail = f", and {more} more" if more else ""
    return "About your topics: " + ", ".join(map(_hit_text, strongest)) + tail


def _factor(weight: float) -> str:
    """Say by what a term multiplies the odds, where that is worth saying."""
    return f": x{math.exp(weight):.2g}" if weight < _WORTH_A_FACTOR else ""


def _place_text(code: str, analysed: Analysed) -> str:
    return place_name(code) + (" (title)" if MARK + code in analysed.title else "")


def _places_text(profile: CompiledProfile, evidence: Evidence) -> str:
    asked = [place.code for place in profile.places]
    there = [code for code in asked if evidence.places.present[code] > 0]
    whose = "you named" if profile.places_named else "your seeds share"
    if not there:
        absent = _listed([place_name(code) for code in asked])
        return f"Places: no mention of {absent}{_factor(evidence.terms['places'])}"
    shown = ", ".join(_place_text(code, evidence.analysed) for code in there)
    if len(asked) == 1:
        return f"Places: {shown}, the one {whose}"
    if len(there) == len(asked):
        every = "both of the two" if len(asked) == 2 else f"all {_number(len(asked))}"
        return f"Places: {shown}: {every} {whose}"
    missing = _listed([place_name(code) for code in asked if code not in there])
    counted = f"{_number(len(there))} of the {_number(len(asked))} {whose}"
    return f"Places: {shown}: {counted}, no mention of {missing}{_factor(evidence.terms['places'])}"


def _others_text(places: PlaceScore) -> str:
    return ", ".join(map(place_name, places.others[:_OTHERS_SHOWN]))


def _wording_text(profile: CompiledProfile, wording: WordingScore) -> str:
    words = wording.shares
    strongest = heapq.nlargest(_WORDS_SHOWN, words, key=lambda word: (words[word], word))
    several = len(profile.seeds) > 1
    own = f", your own seeds score {profile.cohesion:.2f} against each other" if several else ""
    return f"Wording: {wording.alike:.2f}{own}" + (
        f" ({', '.join(form_of(word, profile.forms) for word in strongest)})" if strongest else ""
    )


def _pair_text(pair: str, profile: CompiledProfile, analysed: Analysed) -> str:
    return " ".join(form_of(word, profile.forms) for word in in_order(pair, analysed))


def _nearest_text(profile: CompiledProfile, evidence: Evidence, wording: WordingScore) -> str:
    """Name the nearest seed and the words that it and the article put together."""
    there = {
        pair: share
        for pair in profile.wording.told.keys() & evidence.analysed.pairs
        for at, share in profile.wording.told[pair]
        if at == wording.nearest
    }
    line = f"Nearest seed: {profile.seeds[wording.nearest]}"
    if not there:
        return f"{line} (no two words together alike)"
    strongest = heapq.nlargest(_PAIRS_SHOWN, there, key=lambda pair: (there[pair], pair))
    both = ", ".join(_pair_text(pair, profile, evidence.analysed) for pair in strongest)
    more = len(there) - len(strongest)
    return f"{line} (both say {both}{f', and {more} more' if more else ''})"


def _core_text(profile: CompiledProfile, wording: WordingScore, factor: float) -> str:
    """Say which of the words that all seeds share are there, which are not, and by what that changes the odds.

    The seeds lack some themselves, each left out in turn: what they lack is not held against a text.
    """
    core = zip(profile.wording.core, wording.present, strict=True)
    names = [(form_of(word.term, profile.forms), present) for word, present in core]
    there = [name for name, present in names if present >= _SPOKEN_OF]
    faint = [name for name, present in names if present < _SPOKEN_OF]
    line = f"What your seeds share: {', '.join(there) or 'nothing'}"
    told = f"x{factor:.2f}" if factor < 1 else "no more than your seeds lack themselves"
    return line + (f"; little or no {', '.join(faint)}: {told}" if faint else "")


def _language_text(analysed: Analysed) -> str:
    return f"Matched by topic words and places, text not compared (language: {analysed.language})"


def _judged_text(judged: Judged) -> str:
    return f"Your judgements: {judged.relevant} relevant, {judged.irrelevant} not"


def _unlike(profile: CompiledProfile, evidence: Evidence) -> str:
    """Say what of the seeds' wording is missing: the words that weigh most in them and are not there."""
    if not evidence.wording:
        return "only faintly"
    heavy = profile.wording.heavy
    absent = [word for word in heavy if word not in evidence.analysed.plain]
    heaviest = heapq.nlargest(_ABSENT_SHOWN, absent, key=lambda word: (heavy[word], word))
    named = f": no {', '.join(form_of(word, profile.forms) for word in heaviest)}" if heaviest else ""
    return f"the wording is unlike your seeds{named}"


def _why_rejected(profile: CompiledProfile, evidence: Evidence) -> str:
    """Put a rejection in one sentence: what is there and what is missing."""
    present = evidence.places.present
    missing = [place_name(code) for code, value in present.items() if value < _SPOKEN_OF]
    there = [place_name(code) for code, value in present.items() if value >= _SPOKEN_OF]
    if not (evidence.wording or profile.topics):
        return f"In another language ({evidence.analysed.language}), and no topics are named to match it by"
    if profile.topics and evidence.topics < _SPOKEN_OF:
        if there:
            return f"{_listed(there)} yes, but not your topic words"
        return "Neither your topic words nor your places" if missing else "None of your topic words"
    yes = "Your topic words yes, but " if profile.topics else ""
    if missing:
        return f"{yes}{_listed(missing)} {'is' if len(missing) == 1 else 'are'} missing"
    if evidence.places.others and evidence.terms.get("also", 0.0) < _MUCH:
        return f"Your topic words and places yes, but {_others_text(evidence.places)} as well"
    return f"Your topic words and places yes, but {_unlike(profile, evidence)}"


def _likeness_lines(profile: CompiledProfile, evidence: Evidence) -> dict[str, str]:
    """Return what is said of the seeds' wording and meaning."""
    if not evidence.wording:
        return {}
    wording, meaning = evidence.wording, evidence.meaning
    lines = {
        "wording": _wording_text(profile, wording),
        "nearest": _nearest_text(profile, evidence, wording),
    }
    if evidence.terms["core"]:
        lines["core"] = _core_text(profile, wording, math.exp(evidence.terms["core"]))
    if meaning:
        lines["meaning"] = (
            f"Nearest seed in meaning: {profile.seeds[meaning.nearest]} "
            f"({meaning.cosine:.2f}; what is under {profile.meant:.2f} speaks against an article)"
        )
    return lines


def _lines(profile: CompiledProfile, evidence: Evidence) -> dict[str, str]:
    """Return the text of every reason that has something to say, by kind, in reading order."""
    lines: dict[str, str] = {}
    weighed = "places" in evidence.terms
    if weighed and not evidence.passes:
        lines["rejected"] = _why_rejected(profile, evidence)
    if evidence.hits or evidence.terms.get("topics"):
        lines["topics"] = _topics_text(profile, evidence)
    if weighed and profile.places:
        lines["places"] = _places_text(profile, evidence)
    if weighed and evidence.places.others:
        lines["also"] = f"Also about: {_others_text(evidence.places)}"
    lines |= _likeness_lines(profile, evidence)
    if evidence.analysed.length < _SHORT:
        lines["length"] = f"Short text, {evidence.analysed.length} words"
    if "language" in evidence.terms:
        lines["language"] = _language_text(evidence.analysed)
    if evidence.judged.shift:
        lines["judged"] = _judged_text(evidence.judged)
    return lines


def explain(profile: CompiledProfile, evidence: Evidence) -> tuple[Reason, ...]:
    """Return the reasons in reading order; their weights sum to the log-odds of the score."""
    lines = _lines(profile, evidence)
    return tuple(
        Reason(kind=kind, text=text, weight=evidence.terms.get(kind, 0.0)) for kind, text in lines.items()
    )
