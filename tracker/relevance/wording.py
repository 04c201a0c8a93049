"""Wording: how much a text's words, and the concepts behind them, are those of the seeds.

Five questions, each with what it is for. How many of the hundred words, and of the hundred pairs of words that stand
together, that weigh most in the seeds stand in the whole text (words saturating as in BM25, so that none decides alone;
pairs, because a neighbouring subject has the same words and puts them together otherwise)? How near are title and lead
to the centroid of the seeds, weighted by consensus, with the topic names as one more, light seed? How many of the pairs
of the one seed most like it has the text: does it tell the same, or only speak of the same? (The same in all words is
asked where no places tell subjects apart.) And how faint are the two faintest of the few core words that the seeds
share (a soft AND: a tariff on tyres has all but the electric car)? Vectors are ln(1 + tf) x idf; concepts weigh 0.7 of
a word.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
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
    "compare_seeds",
    "score_wording",
]

_CONCEPT_WEIGHT: Final = 0.7
_CORE_WORDS: Final = 6
_FAINTEST: Final = 2
"""Core words, the faintest of a text, that tell whether it has the subject or most of its words."""
_CANDIDATES: Final = 40
_SHARED: Final = 0.7
"""Share of the seeds that hold a core word: four of five, and all of three."""
_HEAVIEST: Final = 100
"""Words and pairs of all seeds, and pairs of each seed, that count."""
_SATURATION: Final = 1.2
"""Mentions of a word, in a text of usual length, that count half (k1 of Robertson and Zaragoza 2009)."""
_USUAL_LENGTH: Final = 300
_LENGTH_BLAME: Final = 0.4
"""By how much a longer text needs more mentions: b of the same."""
_LEAST_USUAL: Final = 0.1
_ABSENT: Final = 0.1
"""What the presence of a core word is raised by before its logarithm is taken: absence costs a factor, not all."""
_FLOOR: Final = 0.01
_FLOOR_OF_PAIRS: Final = 0.1
"""What the share of words and cosines, and that of pairs, is raised by before its logarithm is taken."""
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

    `centre` is half of either consensus centroid. `heavy` has the words that weigh most in the seeds and their shares,
    `pairs` the pairs, which sum to one each; `told` has for each of the seeds' heaviest pairs the seeds that hold it
    and its share there. `postings` has for every word the seeds that hold it and ln(1 + tf) there; `lengths` are those
    of the seeds' vectors.
    """

    centre: Vector
    heavy: Vector
    pairs: Vector
    told: Mapping[str, tuple[tuple[int, float], ...]]
    postings: Mapping[str, tuple[tuple[int, float], ...]]
    lengths: tuple[float, ...]
    core: tuple[Core, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Logarithms of the answers: heavy words and pairs in the `whole` text, `head`, `nearest` seed by pairs, `core`.

    `same` is that of the nearest seed in all words.
    """

    whole: float
    head: float
    nearest: float
    core: float
    same: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingScore:
    """How like the seeds a text is, 0..1, what each word gave to that, and the nearest seed.

    `nearest_share` is the share of that seed's pairs that the text has. `present` has the presence of each core word,
    0..1 of what is usual in the seeds.
    """

    likeness: Likeness
    alike: float
    shares: Vector
    nearest: int
    nearest_share: float
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


def _held_by(seeds: Sequence[Analysed]) -> Counter[str]:
    """Return how many of the seeds hold each term."""
    return Counter(term for seed in seeds for term in seed.terms)


def _telling(seeds: Sequence[Analysed], held: Mapping[str, int], idf: Vector) -> dict[str, float]:
    """Return the terms that tell the subject best, heaviest first: rare in the stream, plain in all seeds."""
    size = len(seeds)
    weights = {}
    for term, count in held.items():
        usual = _usual_presence(term, seeds)
        weights[term] = _told(count / size, size, idf[term]) * usual * count / size
    best = heapq.nlargest(_CANDIDATES, weights.items(), key=lambda pair: (pair[1], pair[0]))
    return {term: weight for term, weight in best if weight > 0}


def _usual_presence(term: str, seeds: Sequence[Analysed]) -> float:
    return sum(presence(seed.weight_of(term)) for seed in seeds) / len(seeds)


def _core_of(seeds: Sequence[Analysed], idf: Vector) -> tuple[Core, ...]:
    """Choose the most telling terms that nearly all seeds share, no two for one concept."""
    held = _held_by(seeds)
    telling = _telling(seeds, held, idf)
    shared = [term for term in telling if held[term] >= _SHARED * len(seeds)]
    chosen: dict[str, float] = {}
    spoken_for: set[str] = set()
    for term in shared if len(shared) >= _FAINTEST else list(telling)[:_FAINTEST]:
        concepts = {term, *concepts_of(term)}
        if len(chosen) < _CORE_WORDS and spoken_for.isdisjoint(concepts):
            chosen[term] = telling[term]
            spoken_for |= concepts
    total = sum(chosen.values())
    return tuple(
        Core(term=term, share=weight / total, usual=max(_LEAST_USUAL, _usual_presence(term, seeds)))
        for term, weight in chosen.items()
    )


def _heavy(seeds: Sequence[Analysed], idf: Vector) -> dict[str, float]:
    """Return the words that weigh most in the mean of the seeds, each of length one, and their shares."""
    mean: dict[str, float] = {}
    for seed in seeds:
        vector = _unit({word: _log1p(count) * idf[word] for word, count in seed.plain.items()})
        for word, value in vector.items():
            mean[word] = mean.get(word, 0.0) + value * idf[word]
    return _shares_of(mean)


def _shares_of(weights: Vector) -> dict[str, float]:
    """Return the heaviest of some terms and their shares, which sum to one."""
    best = heapq.nlargest(_HEAVIEST, weights.items(), key=lambda pair: (pair[1], pair[0]))
    total = sum(value for _, value in best) or 1.0
    return {term: value / total for term, value in best}


def _pair_weights(seeds: Sequence[Analysed], idf: Vector) -> dict[str, float]:
    """Return what each pair of the seeds weighs: both its words' rarity times the share of the seeds that hold it."""
    weights = {}
    for pair, count in Counter(pair for seed in seeds for pair in seed.pairs).items():
        one, _, other = pair.partition(" ")
        weights[pair] = idf[one] * idf[other] * count / len(seeds)
    return weights


def _told_by(seeds: Sequence[Analysed], weights: Vector) -> dict[str, tuple[tuple[int, float], ...]]:
    """Return for each seed's heaviest pairs which seeds hold it and its share there."""
    told: dict[str, list[tuple[int, float]]] = {}
    for at, seed in enumerate(seeds):
        for pair, share in _shares_of({pair: weights[pair] for pair in seed.pairs}).items():
            told.setdefault(pair, []).append((at, share))
    return {pair: tuple(found) for pair, found in told.items()}


def build_wording(seeds: Sequence[Analysed], named: Vector, idf: Vector, name_weight: float) -> Wording:
    """Compile seeds and the words of topic names; `idf` must know all their terms.

    `named` says which share of the topics has a term in its name: an article need not be about all of them at once,
    so a word of one name among three has a third of the seeds' consent, unless the seeds themselves give it more.
    """
    size = len(seeds)
    weights = _weighted(idf)
    vectors = [{term: _log1p(count) * weights[term] for term, count in seed.terms.items()} for seed in seeds]
    mean = _mean_vector(vectors, {term: weights[term] for term in named}, name_weight)
    held = _held_by(seeds)
    consensus = {term: max(held[term] / size, named.get(term, 0.0)) for term in mean}
    once = _unit({term: value * consensus[term] for term, value in mean.items()})
    twice = _unit({term: value * consensus[term] ** 2 for term, value in mean.items()})
    pairs = _pair_weights(seeds, idf)
    postings: dict[str, list[tuple[int, float]]] = {}
    for at, seed in enumerate(seeds):
        for word, count in seed.plain.items():
            postings.setdefault(word, []).append((at, _log1p(count)))
    return Wording(
        centre={term: 0.5 * once[term] + 0.5 * twice[term] for term in once},
        heavy=_heavy(seeds, idf),
        pairs=_shares_of(pairs),
        told=_told_by(seeds, pairs),
        postings={word: tuple(found) for word, found in postings.items()},
        lengths=tuple(
            _length(_log1p(count) * idf[word] for word, count in seed.plain.items()) for seed in seeds
        ),
        core=_core_of(seeds, idf),
    )


def _shares(heavy: Vector, found: Mapping[str, int]) -> dict[str, float]:
    """Return what each heavy word gives to a text's likeness: its share, as far as its mentions saturate it."""
    length = sum(found.values()) / _USUAL_LENGTH
    half = _SATURATION * (1 - _LENGTH_BLAME + _LENGTH_BLAME * length)
    return {word: heavy[word] * found[word] / (found[word] + half) for word in heavy.keys() & found.keys()}


def _head_cosine(centre: Vector, head: Mapping[str, int], idf: Vector) -> float:
    squares = product = 0.0
    for term, count in head.items():
        value = _log1p(count) * idf[term]
        if term[0] == CONCEPT:
            value *= _CONCEPT_WEIGHT
        squares += value * value
        if term in centre:
            product += value * centre[term]
    return product / (math.sqrt(squares) or 1.0)


def _same(wording: Wording, found: Mapping[str, int], idf: Vector) -> float:
    """Return the cosine of a text with the seed nearest in all words."""
    common = [0.0] * len(wording.lengths)
    postings, squares = wording.postings, 0.0
    for word, count in found.items():
        rare = idf[word]
        weight = _log1p(count) * rare
        squares += weight * weight
        if word in postings:
            weight *= rare
            for at, value in postings[word]:
                common[at] += weight * value
    length = math.sqrt(squares) or 1.0
    return min(
        1.0, max(product / (length * size) for product, size in zip(common, wording.lengths, strict=True))
    )


def _nearest(wording: Wording, pairs: AbstractSet[str]) -> tuple[int, float]:
    """Return the position of the seed whose pairs a text has most of, and the share of them."""
    shares = [0.0] * len(wording.lengths)
    for pair in wording.told.keys() & pairs:
        for at, share in wording.told[pair]:
            shares[at] += share
    best = max(range(len(shares)), key=shares.__getitem__)
    return best, shares[best]


def _presence_of(core: Core, analysed: Analysed) -> float:
    """Return how present a core word is, 1 as in the seeds; another word of its concept counts for less."""
    stand_ins = (
        _CONCEPT_WEIGHT * presence(analysed.weight_of(concept)) for concept in concepts_of(core.term)
    )
    return min(1.0, max([presence(analysed.weight_of(core.term)), *stand_ins]) / core.usual)


def score_wording(wording: Wording, analysed: Analysed, idf: Vector) -> WordingScore:
    """Compare a text with the seeds; `idf` must know all its words and the terms of its head."""
    shares = _shares(wording.heavy, analysed.plain)
    alike = sum(shares.values())
    paired = sum(wording.pairs[pair] for pair in wording.pairs.keys() & analysed.pairs)
    nearest, nearest_share = _nearest(wording, analysed.pairs)
    present = tuple(_presence_of(core, analysed) for core in wording.core)
    return WordingScore(
        likeness=Likeness(
            whole=(math.log(alike + _FLOOR) + math.log(paired + _FLOOR_OF_PAIRS)) / 2,
            head=math.log(_head_cosine(wording.centre, analysed.head, idf) + _FLOOR),
            nearest=math.log(nearest_share + _FLOOR_OF_PAIRS),
            core=_core_lost(present),
            same=math.log(_same(wording, analysed.plain, idf) + _FLOOR),
        ),
        alike=alike,
        shares=shares,
        nearest=nearest,
        nearest_share=nearest_share,
        present=present,
    )


def _core_lost(present: Sequence[float]) -> float:
    """Return the mean logarithm of the faintest core words; near 0 when all are there as in the seeds."""
    faintest = sorted(present)[:_FAINTEST]
    lost = sum(math.log((found + _ABSENT) / (1 + _ABSENT)) for found in faintest)
    return lost / max(1, len(faintest))


def compare_seeds(seeds: Sequence[Analysed], idf: Vector) -> tuple[float, float]:
    """Return how like each other the seeds are, 0..1, and the mean logarithm of their core words.

    Each seed is left out once and compared with the rest. Zeros for one seed.
    """
    if len(seeds) < 2:
        return 0.0, 0.0
    alike, core = [], []
    for at in range(0, len(seeds), max(1, len(seeds) // _MOST_LEFT_OUT)):
        rest = [*seeds[:at], *seeds[at + 1 :]]
        alike.append(sum(_shares(_heavy(rest, idf), seeds[at].plain).values()))
        core.append(_core_lost([_presence_of(word, seeds[at]) for word in _core_of(rest, idf)]))
    return sum(alike) / len(alike), sum(core) / len(core)
