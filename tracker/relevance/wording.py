"""Wording: how much a text's words are those the seeds agree on.

Each seed is a vector ln(1 + tf) x idf of unit length; the topic names join as one more, light seed. The centroid is
weighted by consensus (the share of seeds that hold a word) once and once squared, and a coverage term asks for the
60 most telling words whatever else the text holds (saturation as in BM25, Robertson and Zaragoza 2009).
Wording = half of either cosine + 0.2 x coverage, which is a sum over words and so explains itself.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tracker.model import Seed
from tracker.relevance.analysis import Analysed

__all__ = [
    "Counted",
    "Wording",
    "WordingScore",
    "build_wording",
    "cohesion_of",
    "nearest_seed",
    "score_wording",
]

_COVERAGE_WORDS: Final = 60
_COVERAGE_SHARE: Final = 0.2
_NAMED_MENTIONS: Final = 3.0
_MOST_LEFT_OUT: Final = 12
"""Seeds left out in turn to measure cohesion; more add cost, not precision."""

Vector = Mapping[str, float]

_log1p: Final = math.log1p


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A seed as wording needs it: its name, title, word counts and their sum."""

    name: str
    title: str
    counts: Mapping[str, int]
    total: int

    @classmethod
    def of(cls, seed: Seed, analysed: Analysed) -> Counted:
        """Keep of a seed and its analysed text what is needed."""
        return cls(name=seed.name, title=seed.title, counts=dict(analysed.counts), total=analysed.total)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What the seeds agree on.

    `centre` is half of either consensus centroid, `coverage` the weights of telling words, `reach` the mean coverage
    of the seeds themselves, `lengths` the lengths of their vectors.
    """

    centre: Vector
    coverage: Vector
    reach: float
    lengths: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingScore:
    """The wording of one text, what each word gave to it, and the length of the text's own vector."""

    score: float
    shares: Vector
    length: float


def _vector(counts: Mapping[str, int], idf: Vector) -> dict[str, float]:
    return {word: _log1p(count) * idf[word] for word, count in counts.items()}


def _length(vector: Vector) -> float:
    return math.sqrt(sum(value * value for value in vector.values())) or 1.0


def _unit(vector: Vector) -> dict[str, float]:
    length = _length(vector)
    return {word: value / length for word, value in vector.items()}


def _saturated(count: int, total: int) -> float:
    return 2.2 * count / (count + 1.2 * (0.5 + 0.5 * total / 300))


def _coverage_sum(weights: Vector, counts: Mapping[str, int], total: int) -> float:
    return sum(weight * _saturated(counts[word], total) for word, weight in weights.items() if word in counts)


def _coverage_weights(
    mentions: Counter[str], consensus: Vector, idf: Vector, named: Vector, size: int
) -> dict[str, float]:
    """Weigh words by how much likelier they are in a seed than in the stream; keep the best."""
    weights = {}
    for word, agreed in consensus.items():
        df = min(0.98, math.exp(-idf[word]))
        expected = min(0.98, (agreed * size + df) / (size + 1))
        told = math.log(expected * (1 - df) / ((1 - expected) * df))
        if told > 0:
            mean = mentions[word] / size
            mean = max(mean, _NAMED_MENTIONS) if word in named else mean
            weights[word] = told * mean / (mean + 1.5) * (agreed * size + df) / (size + 1)
    best = heapq.nlargest(_COVERAGE_WORDS, weights.items(), key=lambda pair: (pair[1], pair[0]))
    return dict(best)


def _mean_vector(vectors: Sequence[Vector], names: Vector, name_weight: float) -> dict[str, float]:
    """Average the seeds, each of length one, and add the topic names, the lighter the more seeds there are."""
    size = len(vectors)
    weight = name_weight / math.sqrt(size)
    mean = {word: weight * value for word, value in _unit(names).items()}
    for vector in vectors:
        scale = 1 / (size * _length(vector))
        for word, value in vector.items():
            mean[word] = mean.get(word, 0.0) + scale * value
    return mean


def build_wording(seeds: Sequence[Counted], named: Vector, idf: Vector, name_weight: float) -> Wording:
    """Compile seeds and the words of topic names; `idf` must know all their words.

    `named` says which share of the topics has a word in its name: an article need not be about all of them at once,
    so a word of one name among three has a third of the seeds' consent, unless the seeds themselves give it more.
    """
    vectors = [_vector(seed.counts, idf) for seed in seeds]
    mean = _mean_vector(vectors, {word: idf[word] for word in named}, name_weight)
    mentions: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for seed in seeds:
        mentions.update(seed.counts)
        held.update(seed.counts.keys())
    consensus = {word: max(held[word] / len(seeds), named.get(word, 0.0)) for word in mean}
    once = _unit({word: value * consensus[word] for word, value in mean.items()})
    twice = _unit({word: value * consensus[word] ** 2 for word, value in mean.items()})
    coverage = _coverage_weights(mentions, consensus, idf, named, len(seeds))
    return Wording(
        centre={word: 0.5 * once[word] + 0.5 * twice[word] for word in once},
        coverage=coverage,
        reach=sum(_coverage_sum(coverage, seed.counts, seed.total) for seed in seeds) / len(seeds),
        lengths=tuple(_length(vector) for vector in vectors),
    )


def score_wording(wording: Wording, counts: Mapping[str, int], total: int, idf: Vector) -> WordingScore:
    """Compare a text, given as word counts, with the seeds; `idf` must know all its words."""
    vector = _vector(counts, idf)
    length = _length(vector)
    centre = wording.centre
    shares = {word: value * centre[word] / length for word, value in vector.items() if word in centre}
    if wording.reach > 0:
        for word, weight in wording.coverage.items():
            if word in counts:
                covered = _COVERAGE_SHARE * weight * _saturated(counts[word], total) / wording.reach
                shares[word] = shares.get(word, 0.0) + covered
    return WordingScore(score=sum(shares.values()), shares=shares, length=length)


def nearest_seed(
    wording: Wording, seeds: Sequence[Counted], counts: Mapping[str, int], idf: Vector, length: float
) -> tuple[int, float]:
    """Return (position, cosine) of the seed most like a text whose vector has this length."""
    likeness = []
    for seed, seed_length in zip(seeds, wording.lengths, strict=True):
        held = seed.counts
        common = sum(
            idf[word] ** 2 * _log1p(count) * _log1p(held[word])
            for word, count in counts.items()
            if word in held
        )
        likeness.append(common / (length * seed_length))
    best = max(range(len(likeness)), key=likeness.__getitem__)
    return best, min(1.0, likeness[best])


def cohesion_of(seeds: Sequence[Counted], named: Vector, idf: Vector, name_weight: float) -> float:
    """Return how the seeds score against each other: each left out once and compared with the rest; 0 for one seed."""
    if len(seeds) < 2:
        return 0.0
    step = max(1, len(seeds) // _MOST_LEFT_OUT)
    left_out = range(0, len(seeds), step)
    scores = []
    for at in left_out:
        rest = build_wording([*seeds[:at], *seeds[at + 1 :]], named, idf, name_weight)
        scores.append(score_wording(rest, seeds[at].counts, seeds[at].total, idf).score)
    return sum(scores) / len(scores)
