"""A watch compiled for scoring: seeds, topics and places turned into weights that need no seed text any more.

A profile can be stored and read back without loss, so a restart changes no score. It goes stale as the stream grows.
"""

from __future__ import annotations

import hashlib
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
    find_phrases,
    place_strength,
    topic_strength,
    usual_presence,
)
from tracker.relevance.policy import RelevancePolicy
from tracker.relevance.wording import Counted, Wording, build_wording, cohesion_of

__all__ = ["CompiledProfile", "build_profile"]

_RULES: Final = "relevance-1"
"""Version of tokeniser, formulas and constants together: profiles made under another one are rebuilt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledProfile:
    """Everything scoring needs of a watch.

    `inputs` names what it was made from and `items` how many items the stream had then; `growth` more make it stale.
    `facets`: whether topics and places are asked for; `places_named`: by the person, not found in the seeds.
    `languages`: the seeds'. `cohesion`: how the seeds' wording scores against each other. `obedience`: how far the
    seeds themselves speak of the topics. `usual`: presence of countries in the seeds. `held`: seeds that hold a word.
    """

    watch: str
    inputs: str
    items: float
    threshold: float
    facets: bool
    languages: tuple[str, ...]
    seeds: tuple[Counted, ...]
    named: bool
    wording: Wording
    cohesion: float
    topics: tuple[TopicPhrases, ...]
    obedience: float
    places: tuple[Place, ...]
    places_named: bool
    usual: Mapping[str, float]
    held: Mapping[str, int]
    growth: float

    @property
    def version(self) -> str:
        """Name the inputs, rules among them, and the size of the stream this was built on."""
        return f"{self.inputs}.{self.items:.0f}"

    @property
    def strength(self) -> float:
        """Return how much it means, 0..1, that a text has all the places."""
        return place_strength(self.places)

    def is_of(self, watch: Watch, policy: RelevancePolicy) -> bool:
        """Whether this was made from the watch as it is now, under the present rules."""
        return self.inputs == _inputs(watch, policy)

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
        fields["seeds"] = tuple(Counted(**seed) for seed in fields["seeds"])
        fields["wording"] = Wording(**fields["wording"] | {"lengths": tuple(fields["wording"]["lengths"])})
        fields["places"] = tuple(Place(**place) for place in fields["places"])
        fields["topics"] = tuple(
            TopicPhrases(name=topic["name"], phrases=tuple(_phrase(phrase) for phrase in topic["phrases"]))
            for topic in fields["topics"]
        )
        return cls(**fields)


def _phrase(fields: dict[str, Any]) -> Phrase:
    return Phrase(**fields | {"words": tuple(fields["words"]), "rarity": tuple(fields["rarity"])})


def _inputs(watch: Watch, policy: RelevancePolicy) -> str:
    """Name a watch's inputs and the rules in sixteen characters."""
    inputs = json.dumps([_RULES, asdict(watch), asdict(policy)], default=str, ensure_ascii=False)
    return hashlib.sha256(inputs.encode()).hexdigest()[:16]


@lru_cache(maxsize=512)
def _analysed(seed: Seed) -> Analysed:
    return analyse(seed.title, seed.text, seed.language)


def _named_words(watch: Watch) -> dict[str, float]:
    """Return the words of the topics' names and the share of the topics that has each."""
    found = Counter(word for topic in watch.topics for word in set(analyse(topic.name, "", None).counts))
    return {word: count / len(watch.topics) for word, count in found.items()}


def _mean_strength(topics: Sequence[TopicPhrases], seeds: Sequence[Analysed]) -> float:
    strengths = [
        topic_strength(hit for topic in topics for hit in find_phrases(topic, seed)) for seed in seeds
    ]
    return sum(strengths) / len(strengths)


def _asks_for_facets(
    watch: Watch, policy: RelevancePolicy, agreement: float, previous: CompiledProfile | None
) -> bool:
    """Decide the mode: as the person says, else by how well seeds agree with topics and places.

    A watch that had facets keeps them a little longer, so that one near the gate does not swing as the stream grows.
    """
    if watch.facets != "auto":
        return watch.facets == "on"
    kept = policy.gate_slack if previous and previous.facets and previous.is_of(watch, policy) else 0.0
    return bool(watch.places) or agreement >= policy.gate - kept


def _frequencies_of(
    watch: Watch, seeds: Sequence[Analysed], background: Background, policy: RelevancePolicy
) -> Frequencies:
    return Frequencies(
        background=background,
        watch=watch.name,
        seeds=Counter(word for seed in seeds for word in seed.counts),
        size=len(seeds),
        languages=tuple(sorted({seed.language for seed in seeds if seed.language})) or ("en",),
        prior_weight=policy.prior_weight,
    )


def _compare_seeds(
    counted: Sequence[Counted], named: Mapping[str, float], frequencies: Frequencies, name_weight: float
) -> tuple[Wording, float]:
    """Return what the seeds' wording has in common, and how like each other they are."""
    idf = frequencies.idf_of(frequencies.seeds.keys() | named.keys())
    return build_wording(counted, named, idf, name_weight), cohesion_of(counted, named, idf, name_weight)


def build_profile(
    watch: Watch, background: Background, policy: RelevancePolicy, *, previous: CompiledProfile | None = None
) -> CompiledProfile:
    """Compile a watch against the stream's statistics; `previous` is the profile this one replaces, if any.

    Raises `SeedError` for a watch without seeds.
    """
    if not watch.seeds:
        raise SeedError(
            f"The watch {watch.name} has no seeds", hint="Put at least one example article in its folder"
        )
    seeds = [_analysed(seed) for seed in watch.seeds]
    frequencies = _frequencies_of(watch, seeds, background, policy)
    languages = frequencies.languages
    counted = tuple(Counted.of(seed, analysed) for seed, analysed in zip(watch.seeds, seeds, strict=True))
    named = _named_words(watch)
    wording, cohesion = _compare_seeds(counted, named, frequencies, policy.name_weight)
    topics = tuple(compile_topic(topic, languages) for topic in watch.topics)
    places = choose_places(seeds, watch.places, background, watch.name)
    obedience = _mean_strength(topics, seeds)
    return CompiledProfile(
        watch=watch.name,
        inputs=_inputs(watch, policy),
        items=background.items(),
        threshold=policy.threshold if watch.threshold is None else watch.threshold,
        facets=_asks_for_facets(watch, policy, min(obedience, place_strength(places)), previous),
        languages=languages,
        seeds=counted,
        named=bool(named),
        wording=wording,
        cohesion=cohesion,
        topics=topics,
        obedience=obedience,
        places=places,
        places_named=bool(watch.places),
        usual=usual_presence(seeds),
        held=dict(frequencies.seeds),
        growth=max(policy.rebuild_items, policy.rebuild_share * background.items()),
    )
