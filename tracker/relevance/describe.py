"""A compiled profile in words and figures a person can agree or quarrel with."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Final

from tracker.relevance.concepts import CONCEPT
from tracker.relevance.forms import form_of
from tracker.relevance.places import place_name
from tracker.relevance.profile import CompiledProfile

__all__ = ["Description", "describe_profile"]

_ALIKE: Final = 0.06
"""Seed cohesion under which the seeds hardly share a subject: two sets of five seeds on one subject each have 0.13, any
two neighbours of one set at least 0.07, any two seeds of different sets less than 0.05."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What a profile holds: its mode, heaviest words, required places, seed cohesion, and one sentence."""

    mode: str
    version: str
    terms: tuple[tuple[str, float], ...]
    places: tuple[tuple[str, float], ...]
    cohesion: float
    sentence: str


def describe_profile(profile: CompiledProfile, *, limit: int) -> Description:
    """Describe a profile by its `limit` heaviest words."""
    centre = {term: weight for term, weight in profile.wording.centre.items() if term[0] != CONCEPT}
    heaviest = heapq.nlargest(limit, centre, key=lambda word: (centre[word], word))
    return Description(
        mode="facets" if profile.facets else "plain",
        version=profile.version,
        terms=tuple((form_of(word, profile.forms), centre[word]) for word in heaviest),
        places=tuple((place_name(place.code), place.weight) for place in profile.places),
        cohesion=profile.cohesion,
        sentence=_sentence(profile),
    )


def _sentence(profile: CompiledProfile) -> str:
    places = ", ".join(place_name(place.code) for place in profile.places)
    if profile.facets and places:
        whose = "You named the places" if profile.places_named else "Your articles share these places:"
        start = f"{whose} {places}. Articles without them, or without your topic words, rank low."
    elif profile.named:
        start = "Articles without your topic words rank low. No places are asked for."
    elif profile.topics or places:
        start = 'Articles are ranked by their wording alone, as facets = "off" asks.'
    else:
        start = "Articles are ranked by their wording alone: no topics are named and the seeds share no firm places."
    if len(profile.seeds) > 1 and profile.cohesion < _ALIKE:
        start += " The seeds are not much alike; check whether one of them is about something else."
    return start
