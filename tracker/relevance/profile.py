"""A watch compiled for scoring: seeds, topics and places turned into weights that need no seed text any more.

A profile can be stored and read back without loss, so a restart changes no score. It goes stale as the stream grows.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Final

from tracker.errors import SeedError
from tracker.model import Seed, Watch
from tracker.relevance.analysis import Analysed, analyse
from tracker.relevance.background import Background, Frequencies
from tracker.relevance.facets import (
    Phrase,
    Place,
    TopicPhrases,
    choose_places,
    compile_topic,
    place_strength,
    topics_spoken,
    usual_presence,
)
from tracker.relevance.forms import forms_of
from tracker.relevance.meaning import usual_closeness
from tracker.relevance.policy import RelevancePolicy
from tracker.relevance.wording import Core, Wording, build_wording, compare_seeds

__all__ = ["CompiledProfile", "build_profile"]

_RULES: Final = "relevance-8"
"""Version of tokeniser, formulas and constants together: profiles made under another one are rebuilt."""
_DESCRIBED: Final = 200
"""Terms of the centroid whose spelling is kept: more than a description of a profile shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledProfile:
    """Everything scoring needs of a watch.

    `inputs` names what it was made from and `items` how many items the stream had then; `growth` more make it stale.
    `facets`: whether places are asked for, or topics; `places_named`: by the person, not found in the seeds. `named`:
    whether there are topics to ask for. `languages`: the seeds'. `seeds`: their titles. `cohesion`: how like each
    other the seeds' wording is, 0..1, and `own`: what each has, as a logarithm, of the core words of the others,
    reckoned when the stream had `reckoned` items. `spoken`: how far, as a logarithm, the seeds themselves speak of
    the topics. `usual`: presence of countries in the seeds. `held`: seeds that hold a term. `meanings`: the seeds'
    vectors where there is a sentence encoder, and `meant` how close to the nearest of them a text is for which
    meaning speaks neither way. `forms`: how the seeds write words that explanations name.
    """

    watch: str
    inputs: str
    items: float
    threshold: float
    facets: bool
    languages: tuple[str, ...]
    seeds: tuple[str, ...]
    named: bool
    wording: Wording
    cohesion: float
    own: float
    reckoned: float
    topics: tuple[TopicPhrases, ...]
    spoken: float
    places: tuple[Place, ...]
    places_named: bool
    usual: Mapping[str, float]
    held: Mapping[str, int]
    meanings: tuple[tuple[float, ...], ...]
    meant: float
    forms: Mapping[str, str]
    growth: float

    @property
    def version(self) -> str:
        """Name the inputs, rules among them, and the size of the stream this was built on."""
        return f"{self.inputs}.{self.items:.0f}"

    @property
    def strength(self) -> float:
        """Return how much it means, 0..1, that a text has all the places; 0 when they are not asked for."""
        return place_strength(self.places) if self.facets else 0.0

    def is_of(self, watch: Watch, policy: RelevancePolicy) -> bool:
        """Whether this was made from the watch as it is now, under the present rules."""
        return self.inputs == _inputs(watch, policy)

    def compares(self, watch: Watch, background: Background, policy: RelevancePolicy) -> bool:
        """Whether how the seeds compare with each other still stands: it costs as much as all the rest to learn."""
        return self.is_of(watch, policy) and background.items() < max(1, 2 * self.reckoned)

    def is_stale(self, background: Background) -> bool:
        """Whether the stream has grown enough since to build anew."""
        return abs(background.items() - self.items) >= self.growth

    def frequencies(self, background: Background, policy: RelevancePolicy) -> Frequencies:
        """Return the document frequencies this watch reckons with."""
        return Frequencies(
            background=background,
            watch=self.watch,
            seeds=self.held,
            size=len(self.seeds),
            languages=self.languages,
            prior_weight=policy.prior_weight,
        )

    def to_json(self) -> str:
        """Write as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, body: str) -> CompiledProfile:
        """Read what `to_json` wrote. Raises `ValueError`, `KeyError` or `TypeError` for anything else."""
        fields: dict[str, Any] = json.loads(body)
        fields["languages"] = tuple(fields["languages"])
        fields["seeds"] = tuple(fields["seeds"])
        fields["meanings"] = tuple(map(tuple, fields["meanings"]))
        fields["wording"] = _wording(fields["wording"])
        fields["places"] = tuple(Place(**place) for place in fields["places"])
        fields["topics"] = tuple(
            TopicPhrases(name=topic["name"], phrases=tuple(_phrase(phrase) for phrase in topic["phrases"]))
            for topic in fields["topics"]
        )
        return cls(**fields)


def _phrase(fields: dict[str, Any]) -> Phrase:
    return Phrase(**fields | {name: tuple(fields[name]) for name in ("words", "rarity", "wanted")})


def _postings(fields: dict[str, Any]) -> dict[str, tuple[tuple[int, float], ...]]:
    return {term: tuple((at, value) for at, value in found) for term, found in fields.items()}


def _wording(fields: dict[str, Any]) -> Wording:
    return Wording(
        centre=fields["centre"],
        heavy=fields["heavy"],
        pairs=fields["pairs"],
        told=_postings(fields["told"]),
        postings=_postings(fields["postings"]),
        lengths=tuple(fields["lengths"]),
        core=tuple(Core(**core) for core in fields["core"]),
    )


def _inputs(watch: Watch, policy: RelevancePolicy) -> str:
    """Name a watch's inputs and the rules in sixteen characters."""
    inputs = json.dumps([_RULES, asdict(watch), asdict(policy)], default=str, ensure_ascii=False)
    return hashlib.sha256(inputs.encode()).hexdigest()[:16]


@lru_cache(maxsize=512)
def _analysed(seed: Seed) -> Analysed:
    return analyse(seed.title, seed.text, seed.language)


def _named_terms(watch: Watch) -> dict[str, float]:
    """Return the terms of the topics' names and the share of the topics that has each."""
    found = Counter(term for topic in watch.topics for term in analyse(topic.name, "", None).terms)
    return {term: count / len(watch.topics) for term, count in found.items()}


def _frequencies_of(
    watch: Watch, seeds: Sequence[Analysed], background: Background, policy: RelevancePolicy
) -> Frequencies:
    return Frequencies(
        background=background,
        watch=watch.name,
        seeds=Counter(term for seed in seeds for term in seed.terms),
        size=len(seeds),
        languages=tuple(sorted({seed.language for seed in seeds if seed.language})) or ("en",),
        prior_weight=policy.prior_weight,
    )


def _analysed_seeds(watch: Watch) -> list[Analysed]:
    if not watch.seeds:
        raise SeedError(
            f"The watch {watch.name} has no seeds", hint="Put at least one example article in its folder"
        )
    return [_analysed(seed) for seed in watch.seeds]


def _named_in_reasons(wording: Wording) -> set[str]:
    """Return the words that explanations and descriptions name: heavy ones, those of pairs, core and centre."""
    heaviest = heapq.nlargest(_DESCRIBED, wording.centre, key=wording.centre.__getitem__)
    paired = (word for pair in wording.told for word in pair.split())
    return {*wording.heavy, *paired, *(word.term for word in wording.core), *heaviest}


def build_profile(
    watch: Watch,
    background: Background,
    policy: RelevancePolicy,
    *,
    previous: CompiledProfile | None = None,
    meanings: Sequence[tuple[float, ...]] = (),
) -> CompiledProfile:
    """Compile a watch against the stream's statistics.

    `previous` is the profile this one replaces, if any: how the seeds compare with each other is taken from there until
    the stream has doubled. `meanings` are the seeds' vectors from a sentence encoder. Raises `SeedError` without seeds.
    """
    seeds = _analysed_seeds(watch)
    frequencies, named = _frequencies_of(watch, seeds, background, policy), _named_terms(watch)
    idf = frequencies.idf_of(frequencies.seeds.keys() | named.keys())
    topics = tuple(compile_topic(topic, frequencies.languages) for topic in watch.topics)
    places = choose_places(seeds, watch.places, background, watch.name)
    kept = previous if previous and previous.compares(watch, background, policy) else None
    cohesion, own = (kept.cohesion, kept.own) if kept else compare_seeds(seeds, idf)
    wording = build_wording(seeds, named, idf, policy.name_weight)
    return CompiledProfile(
        watch=watch.name,
        inputs=_inputs(watch, policy),
        items=background.items(),
        threshold=policy.threshold if watch.threshold is None else watch.threshold,
        facets=watch.facets != "off" and bool(places or watch.facets == "on"),
        languages=frequencies.languages,
        seeds=tuple(seed.title or seed.name for seed in watch.seeds),
        named=watch.facets != "off" and any(topic.phrases for topic in topics),
        wording=wording,
        cohesion=cohesion,
        own=own,
        reckoned=kept.reckoned if kept else background.items(),
        topics=topics,
        spoken=sum(topics_spoken(topics, seed) for seed in seeds) / len(seeds),
        places=places,
        places_named=bool(watch.places),
        usual=usual_presence(seeds),
        held=dict(frequencies.seeds),
        meanings=tuple(meanings),
        meant=usual_closeness(meanings),
        forms=forms_of(seeds, _named_in_reasons(wording)),
        growth=max(policy.rebuild_items, policy.rebuild_share * background.items()),
    )
