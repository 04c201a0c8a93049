"""Wording: how much a text's words, and the concepts behind them, are those of the seeds.

Each text is a vector ln(1 + tf) x idf; concepts weigh 0.7 of a word. Four questions are asked of it: how near is it to
the centroid of the seeds, weighted by consensus (the share of seeds that hold a word) once and once squared, with the
topic names as one more, light seed; how near is its title and lead alone; how near is the seed most like it, for a
subject with many sides; and how many of the few core words that the seeds agree on are there (a soft AND).
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tracker.relevance.analysis import Analysed
from tracker.relevance.background import presence
from tracker.relevance.concepts import CONCEPT, concepts_of

__all__ = [
    "Core",
    "Likeness",
    "Wording",
    "WordingScore",
    "build_wording",
    "cohesion_of",
    "core_loss",
    "score_wording",
]

_CONCEPT_WEIGHT: Final = 0.7
_CORE_WORDS: Final = 6
_CANDIDATES: Final = 40
_LEAST_USUAL: Final = 0.1
_ABSENT: Final = 0.1
"""What the presence of a core word is raised by before its logarithm is taken: absence costs a factor, not all."""
_FLOOR: Final = 0.01
_MOST_LEFT_OUT: Final = 12
"""Seeds left out in turn to learn how like each other they are; more add cost, not precision."""

Vector = Mapping[str, float]

_log1p: Final = math.log1p


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """A word or concept the seeds agree on: its `share` of the core, and its `usual` presence in the seeds."""

    term: str
    share: float
    usual: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the seeds agree on.

    `centre` is half of either consensus centroid. `postings` has, for every term, the seeds that hold it and
    ln(1 + tf) there; `lengths` are those of the seeds' vectors.
    """

    centre: Vector
    postings: Mapping[str, tuple[tuple[int, float], ...]]
    lengths: tuple[float, ...]
    core: tuple[Core, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Logarithms of the four answers: `whole` text and `head` against the centre, `nearest` seed, `core` words."""

    whole: float
    head: float
    nearest: float
    core: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingScore:
    """How like the seeds a text is, what each term gave to the whole, and the nearest seed with its cosine.

    `present` has the presence of each core word, 0..1 of what is usual in the seeds.
    """

    likeness: Likeness
    cosine: float
    shares: Vector
    nearest: int
    nearest_cosine: float
    present: tuple[float, ...]


def _weighted(idf: Vector) -> dict[str, float]:
    return {term: value * _CONCEPT_WEIGHT if term[0] == CONCEPT else value for term, value in idf.items()}


def _length(values: Iterable[float]) -> float:
    return math.sqrt(sum(value * value for value in values)) or 1.0


def _unit(vector: Vector) -> dict[str, float]:
    length = _length(vector.values())
    return {term: value / length for term, value in vector.items()}


def _mean_vector(vectors: Sequence[Vector], names: Vector, name_weight: float) -> dict[str, float]:
    """Average the seeds, each of length one, and add the topic names, the lighter the more seeds there are."""
    size = len(vectors)
    weight = name_weight / math.sqrt(size)
    mean = {term: weight * value for term, value in _unit(names).items()}
    for vector in vectors:
        scale = 1 / (size * _length(vector.values()))
        for term, value in vector.items():
            mean[term] = mean.get(term, 0.0) + scale * value
    return mean


def _told(agreed: float, size: int, idf: float) -> float:
    """Return by how much likelier a term is in a seed than in the stream, as a logarithm; 0 if it is not."""
    df = min(0.98, math.exp(-idf))
    expected = min(0.98, (agreed * size + df) / (size + 1))
    return max(0.0, math.log(expected * (1 - df) / ((1 - expected) * df)))


def _core_of(seeds: Sequence[Analysed], held: Mapping[str, int], idf: Vector) -> tuple[Core, ...]:
    """Choose the terms that tell the subject best: rare in the stream, plain in all seeds, no two for one concept."""
    size = len(seeds)
    usual, weights = {}, {}
    for term, count in held.items():
        usual[term] = sum(presence(seed.weight_of(term)) for seed in seeds) / size
        weights[term] = _told(count / size, size, idf[term]) * usual[term] * count / size
    best = heapq.nlargest(_CANDIDATES, weights.items(), key=lambda pair: (pair[1], pair[0]))
    chosen: dict[str, float] = {}
    spoken_for: set[str] = set()
    for term, weight in best:
        concepts = {term, *concepts_of(term)}
        if weight > 0 and len(chosen) < _CORE_WORDS and spoken_for.isdisjoint(concepts):
            chosen[term] = weight
            spoken_for |= concepts
    total = sum(chosen.values())
    return tuple(
        Core(term=term, share=weight / total, usual=max(_LEAST_USUAL, usual[term]))
        for term, weight in chosen.items()
    )


def build_wording(seeds: Sequence[Analysed], named: Vector, idf: Vector, name_weight: float) -> Wording:
    """Compile seeds and the words of topic names; `idf` must know all their terms.

    `named` says which share of the topics has a term in its name: an article need not be about all of them at once,
    so a word of one name among three has a third of the seeds' consent, unless the seeds themselves give it more.
    """
    size = len(seeds)
    weights = _weighted(idf)
    logs = [{term: _log1p(count) for term, count in seed.terms.items()} for seed in seeds]
    vectors = [{term: value * weights[term] for term, value in seed.items()} for seed in logs]
    mean = _mean_vector(vectors, {term: weights[term] for term in named}, name_weight)
    held = Counter(term for seed in seeds for term in seed.terms)
    consensus = {term: max(held[term] / size, named.get(term, 0.0)) for term in mean}
    once = _unit({term: value * consensus[term] for term, value in mean.items()})
    twice = _unit({term: value * consensus[term] ** 2 for term, value in mean.items()})
    postings: dict[str, list[tuple[int, float]]] = {}
    for at, seed in enumerate(logs):
        for term, value in seed.items():
            postings.setdefault(term, []).append((at, value))
    return Wording(
        centre={term: 0.5 * once[term] + 0.5 * twice[term] for term in once},
        postings={term: tuple(found) for term, found in postings.items()},
        lengths=tuple(_length(vector.values()) for vector in vectors),
        core=_core_of(seeds, held, idf),
    )


def _head_cosine(centre: Vector, head: Mapping[str, int], weights: Vector) -> float:
    squares = product = 0.0
    for term, count in head.items():
        value = _log1p(count) * weights[term]
        squares += value * value
        if term in centre:
            product += value * centre[term]
    return product / (math.sqrt(squares) or 1.0)


def _nearest(wording: Wording, vector: Vector, weights: Vector, length: float) -> tuple[int, float]:
    """Return (position, cosine) of the seed most like a text."""
    common = [0.0] * len(wording.lengths)
    postings = wording.postings
    for term in postings.keys() & vector.keys():
        weight = vector[term] * weights[term]
        for at, count in postings[term]:
            common[at] += weight * count
    likeness = [
        product / (length * seed_length) for product, seed_length in zip(common, wording.lengths, strict=True)
    ]
    best = max(range(len(likeness)), key=likeness.__getitem__)
    return best, min(1.0, likeness[best])


def _presence_of(core: Core, analysed: Analysed) -> float:
    """Return how present a core word is, 1 as in the seeds; another word of its concept counts for less."""
    stand_ins = (
        _CONCEPT_WEIGHT * presence(analysed.weight_of(concept)) for concept in concepts_of(core.term)
    )
    return min(1.0, max([presence(analysed.weight_of(core.term)), *stand_ins]) / core.usual)


def score_wording(wording: Wording, analysed: Analysed, idf: Vector) -> WordingScore:
    """Compare a text with the seeds; `idf` must know all its terms."""
    weights = _weighted(idf)
    vector = {term: _log1p(count) * weights[term] for term, count in analysed.terms.items()}
    length = _length(vector.values())
    centre = wording.centre
    shares = {term: vector[term] * centre[term] / length for term in centre.keys() & vector.keys()}
    cosine = sum(shares.values())
    nearest, nearest_cosine = _nearest(wording, vector, weights, length)
    present = tuple(_presence_of(core, analysed) for core in wording.core)
    return WordingScore(
        likeness=Likeness(
            whole=math.log(cosine + _FLOOR),
            head=math.log(_head_cosine(centre, analysed.head, weights) + _FLOOR),
            nearest=math.log(nearest_cosine + _FLOOR),
            core=sum(map(core_loss, wording.core, present)),
        ),
        cosine=cosine,
        shares=shares,
        nearest=nearest,
        nearest_cosine=nearest_cosine,
        present=present,
    )


def core_loss(core: Core, present: float) -> float:
    """Return what the presence of one core word adds to the logarithm of the core; near 0 when all there."""
    return core.share * math.log((present + _ABSENT) / (1 + _ABSENT))


def cohesion_of(seeds: Sequence[Analysed], named: Vector, idf: Vector, name_weight: float) -> float:
    """Return how like each other the seeds are: each left out once and compared with the rest; 0 for one seed."""
    if len(seeds) < 2:
        return 0.0
    cosines = []
    for at in range(0, len(seeds), max(1, len(seeds) // _MOST_LEFT_OUT)):
        rest = build_wording([*seeds[:at], *seeds[at + 1 :]], named, idf, name_weight)
        cosines.append(score_wording(rest, seeds[at], idf).cosine)
    return sum(cosines) / len(cosines)
