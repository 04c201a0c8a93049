"""What is worth saying of a watch's seeds before anything is fetched: too few, too alike, two subjects, furniture.

Seeds on one subject have cosines of .2 and more with one another, on two subjects under .1 (five sets of seeds).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import Final

from tracker.model import Seed, Watch
from tracker.relevance import (
    Analysed,
    Background,
    Frequencies,
    RelevancePolicy,
    analyse,
    build_profile,
    describe_profile,
)

__all__ = ["learned_sentences", "place_sentence", "seed_advice"]

_FEW: Final = 3
_MANY: Final = 50
_SAME: Final = 0.9
"""Cosine of words from which two seeds are one text for learning; different reports of one event have up to .6."""
_APART: Final = 0.4
"""Two groups whose likeness to each other is under this part of the likeness inside them are two subjects."""
_STRANGER: Final = 0.1
_SHOWN: Final = 3
_TITLE: Final = 50


def seed_advice(seeds: Sequence[Seed]) -> tuple[str, ...]:
    """Sentences for the person who chose these seeds; none when there is nothing to say."""
    return (*_counted(len(seeds)), *_furniture(seeds), *_compared(tuple(seeds)))


def learned_sentences(watch: Watch) -> tuple[str, ...]:
    """What a watch learns from its seeds before anything was fetched, then the advice on them."""
    described = describe_profile(build_profile(watch, Background(), RelevancePolicy()), limit=0)
    places = place_sentence([place for place, _ in described.places], named=bool(watch.places))
    topics = ", ".join(topic.name for topic in watch.topics)
    said = (
        f"Topics: {topics}. Articles without their words rank low." if topics else "",
        places if described.mode == "facets" else "",
    )
    return (*filter(None, said), *seed_advice(watch.seeds))


def place_sentence(places: Sequence[str], *, named: bool) -> str:
    """Say which places are asked for, whose idea that is, and how to turn it off; "" when there are none."""
    if not places:
        return ""
    whose = "Places you named" if named else "Places your articles share"
    off = 'Not so? Write facets = "off" under its [[watch]].'
    return f"{whose}: {', '.join(places)}. Articles without them rank low. {off}"


def _counted(count: int) -> tuple[str, ...]:
    if count == 1:
        return (
            "One article alone cannot show what is the subject and what is chance: add two to four more.",
        )
    if 0 < count < _FEW:
        return ("With two articles the line is rough: one to three more make it surer.",)
    if count > _MANY:
        return (f"{count} articles are more than help: the {_MANY} that show the subject best are enough.",)
    return ()


def _furniture(seeds: Sequence[Seed]) -> tuple[str, ...]:
    return tuple(
        f"{seed.name} has lines that do not count, as they belong to the page, or come again in it or in most seeds: "
        f"{_shown(seed.left_out)}."
        for seed in seeds
        if seed.left_out
    )


def _shown(texts: Sequence[str]) -> str:
    """The first of these in quotation marks, shortened."""
    shown = ", ".join(f'"{_short(text)}"' for text in texts[:_SHOWN])
    return f"{shown} and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else shown


@lru_cache(maxsize=32)
def _compared(seeds: tuple[Seed, ...]) -> tuple[str, ...]:
    """What the seeds' likeness to one another says."""
    alike = _likeness(seeds)
    same = [
        f"{_and([seeds[at].name for at in group])} are nearly the same text and teach no more than one of them."
        for group in _same_text(len(seeds), alike)
    ]
    groups = _two_groups(len(seeds), alike)
    if groups is None:
        return tuple(same)
    small, large = sorted(groups, key=len)
    if len(small) == 1 and _nearest(small[0], alike) >= _STRANGER:
        return tuple(same)
    if len(small) == 1:
        said = f"{_names(seeds, small)} is about something else than the others: take it out, or give it a watch."
    else:
        said = (
            f"These look like two subjects: {_names(seeds, small)} on one side, {_names(seeds, large)} on the"
            " other. Give each a watch of its own."
        )
    return (*same, said)


def _same_text(count: int, alike: Mapping[tuple[int, int], float]) -> list[list[int]]:
    """Seeds that are one text, each with all its likes."""
    first = list(range(count))
    for (a, b), value in sorted(alike.items()):
        if value >= _SAME:
            first = [first[a] if at == first[b] else at for at in first]
    groups = [[at for at in range(count) if first[at] == one] for one in sorted(set(first))]
    return [group for group in groups if len(group) > 1]


def _nearest(at: int, alike: Mapping[tuple[int, int], float]) -> float:
    """How like the seed is to the one it is most like: among many, the mean is low for seeds on the subject, too."""
    return max(value for pair, value in alike.items() if at in pair)


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _names(seeds: Sequence[Seed], chosen: Sequence[int]) -> str:
    return _shown([seeds[at].title or seeds[at].name for at in chosen])


def _short(title: str) -> str:
    return title if len(title) <= _TITLE else title[: _TITLE - 1].rsplit(" ", 1)[0] + "…"


def _likeness(seeds: Sequence[Seed]) -> dict[tuple[int, int], float]:
    """The cosine of every two seeds' words, rare words weighing more."""
    texts = [analyse(seed.title, seed.text, seed.language) for seed in seeds[:_MANY]]
    vectors = [_vector(text) for text in texts]
    return {(a, b): _cosine(vectors[a], vectors[b]) for a, b in combinations(range(len(vectors)), 2)}


def _vector(text: Analysed) -> dict[str, float]:
    frequencies = Frequencies(
        background=Background(), watch="", seeds={}, size=0, languages=(text.language or "en",),
        prior_weight=RelevancePolicy().prior_weight,
    )  # fmt: skip
    idf = frequencies.idf_of(text.terms)
    return {word: math.log1p(count) * idf[word] for word, count in text.terms.items()}


def _cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    shared = sum(value * other.get(word, 0.0) for word, value in one.items())
    length = math.sqrt(sum(v * v for v in one.values()) * sum(v * v for v in other.values()))
    return shared / length if length else 0.0


def _two_groups(
    count: int, alike: Mapping[tuple[int, int], float]
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Two groups of seeds that hardly know each other, if there are such (average linkage, down to two groups)."""
    groups: list[tuple[int, ...]] = [(at,) for at in range(min(count, _MANY))]
    if len(groups) < _FEW:
        return None
    while len(groups) > 2:
        one, other = max(combinations(groups, 2), key=lambda pair: _between(pair[0], pair[1], alike))
        groups = [group for group in groups if group not in {one, other}] + [(*one, *other)]
    between = _between(groups[0], groups[1], alike)
    inside = [alike[a, b] for group in groups for a, b in combinations(sorted(group), 2)]
    if between < _STRANGER and between < _APART * sum(inside) / len(inside):
        return groups[0], groups[1]
    return None


def _between(one: Sequence[int], other: Sequence[int], alike: Mapping[tuple[int, int], float]) -> float:
    found = [alike[min(a, b), max(a, b)] for a in one for b in other]
    return sum(found) / len(found)
