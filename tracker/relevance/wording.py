"""Wording: how much a text's words, and the concepts behind them, are those of the seeds.

Four questions, each with what it is for. How many of the hundred words that weigh most in the seeds stand in the whole
text (saturating as in BM25, so that no word decides alone)? How near are title and lead to the centroid of the seeds,
weighted by consensus, with the topic names as one more, light seed? How near, words that tell the subject left out, is
the text to the seed most like it: does it tell the same of the subject, or only mention it? (The same in all words is
asked where no places tell subjects apart.) And how faint are the two
faintest of the few core words that the seeds agree on (a soft AND: a tariff on tyres has all but the electric car)?
Vectors are ln(1 + tf) x idf; concepts weigh 0.7 of a word.
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
    "compare_seeds",
    "score_wording",
]

_CONCEPT_WEIGHT: Final = 0.7
_CORE_WORDS: Final = 6
_FAINTEST: Final = 2
"""Core words, the faintest of a text, that tell whether it has the subject or most of its words."""
_CANDIDATES: Final = 40
_SUBJECT_WORDS: Final = 10
"""Terms that tell the subject best, left out when the nearest seed is looked for."""
_HEAVIEST: Final = 100
_SATURATION: Final = 1.2
"""Mentions of a word, in a text of usual length, that count half (k1 of Robertson and Zaragoza 2009)."""
_USUAL_LENGTH: Final = 300
_LENGTH_BLAME: Final = 0.4
"""By how much a longer text needs more mentions: b of the same."""
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

    `centre` is half of either consensus centroid. `heavy` has the words that weigh most in the seeds and their shares,
    which sum to one. `postings` has for every word the seeds that hold it and ln(1 + tf) there; `lengths` are those of
    the seeds' vectors, and `lengths_beyond` those without the words that tell the `subject`.
    """

    centre: Vector
    heavy: Vector
    subject: tuple[str, ...]
    postings: Mapping[str, tuple[tuple[int, float], ...]]
    lengths: tuple[float, ...]
    lengths_beyond: tuple[float, ...]
    core: tuple[Core, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Logarithms of the answers: heavy words in the `whole` text, `head`, `nearest` seed, `core` words.

    `same` is that of the nearest seed in all words.
    """

    whole: float
    head: float
    nearest: float
    core: float
    same: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingScore:
    """How like the seeds a text is, 0..1, what each word gave to that, and the nearest seed with its cosine.

    `present` has the presence of each core word, 0..1 of what is usual in the seeds.
    """

    likeness: Likeness
    alike: float
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


def _core_of(telling: Vector, seeds: Sequence[Analysed]) -> tuple[Core, ...]:
    """Choose the most telling terms, no two for one concept."""
    chosen: dict[str, float] = {}
    spoken_for: set[str] = set()
    for term, weight in telling.items():
        concepts = {term, *concepts_of(term)}
        if len(chosen) < _CORE_WORDS and spoken_for.isdisjoint(concepts):
            chosen[term] = weight
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
    best = heapq.nlargest(_HEAVIEST, mean.items(), key=lambda pair: (pair[1], pair[0]))
    total = sum(value for _, value in best) or 1.0
    return {word: value / total for word, value in best}


def build_wording(seeds: Sequence[Analysed], named: Vector, idf: Vector, name_weight: float) -> Wording:
    """Compile seeds and the words of topic names; `idf` must know all their terms.

    `named` says which share of the topics has a term in its name: an article need not be about all of them at once,
    so a word of one name among three has a third of the seeds' consent, unless the seeds themselves give it more.
    """
    size = len(seeds)
    weights = _weighted(idf)
    vectors = [{term: _log1p(count) * weights[term] for term, count in seed.terms.items()} for seed in seeds]
    mean = _mean_vector(vectors, {term: weights[term] for term in named}, name_weight)
    held = Counter(term for seed in seeds for term in seed.terms)
    consensus = {term: max(held[term] / size, named.get(term, 0.0)) for term in mean}
    once = _unit({term: value * consensus[term] for term, value in mean.items()})
    twice = _unit({term: value * consensus[term] ** 2 for term, value in mean.items()})
    telling = _telling(seeds, held, idf)
    subject = tuple(telling)[:_SUBJECT_WORDS]
    postings: dict[str, list[tuple[int, float]]] = {}
    for at, seed in enumerate(seeds):
        for word, count in seed.plain.items():
            postings.setdefault(word, []).append((at, _log1p(count)))
    return Wording(
        centre={term: 0.5 * once[term] + 0.5 * twice[term] for term in once},
        heavy=_heavy(seeds, idf),
        subject=subject,
        postings={word: tuple(found) for word, found in postings.items()},
        lengths=_lengths(seeds, idf, ()),
        lengths_beyond=_lengths(seeds, idf, subject),
        core=_core_of(telling, seeds),
    )


def _lengths(seeds: Sequence[Analysed], idf: Vector, without: Sequence[str]) -> tuple[float, ...]:
    """Return the lengths of the seeds' vectors, some words left out."""
    return tuple(
        _length(_log1p(count) * idf[word] for word, count in seed.plain.items() if word not in without)
        for seed in seeds
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


def _common(
    wording: Wording, found: Mapping[str, int], words: Iterable[str], idf: Vector
) -> tuple[list[float], float]:
    """Return the products of a text's vector with the seeds', and its square, over these of its words."""
    common = [0.0] * len(wording.lengths)
    postings, squares = wording.postings, 0.0
    for word in words:
        rare = idf[word]
        weight = _log1p(found[word]) * rare
        squares += weight * weight
        if word in postings:
            weight *= rare
            for at, value in postings[word]:
                common[at] += weight * value
    return common, squares


def _cosines(common: Sequence[float], squares: float, lengths: Sequence[float]) -> list[float]:
    length = math.sqrt(max(squares, 0.0)) or 1.0
    return [min(1.0, product / (length * size)) for product, size in zip(common, lengths, strict=True)]


def _nearest(wording: Wording, found: Mapping[str, int], idf: Vector) -> tuple[int, float, float]:
    """Return (position, cosine) of the seed nearest in words beyond the subject's, and the largest cosine in all."""
    common, squares = _common(wording, found, found, idf)
    subject = [word for word in wording.subject if word in found]
    own, own_squares = _common(wording, found, subject, idf)
    rest = [one - other for one, other in zip(common, own, strict=True)]
    beyond = _cosines(rest, squares - own_squares, wording.lengths_beyond)
    best = max(range(len(beyond)), key=beyond.__getitem__)
    return best, max(0.0, beyond[best]), max(_cosines(common, squares, wording.lengths))


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
    nearest, nearest_cosine, same_cosine = _nearest(wording, analysed.plain, idf)
    present = tuple(_presence_of(core, analysed) for core in wording.core)
    return WordingScore(
        likeness=Likeness(
            whole=math.log(alike + _FLOOR),
            head=math.log(_head_cosine(wording.centre, analysed.head, idf) + _FLOOR),
            nearest=math.log(nearest_cosine + _FLOOR),
            core=_core_lost(present),
            same=math.log(same_cosine + _FLOOR),
        ),
        alike=alike,
        shares=shares,
        nearest=nearest,
        nearest_cosine=nearest_cosine,
        present=present,
    )


def _core_lost(present: Sequence[float]) -> float:
    """Return the mean logarithm of the faintest core words; near 0 when all are there as in the seeds."""
    faintest = sorted(present)[:_FAINTEST]
    lost = sum(math.log((found + _ABSENT) / (1 + _ABSENT)) for found in faintest)
    return lost / max(1, len(faintest))


def compare_seeds(
    seeds: Sequence[Analysed], named: Vector, idf: Vector, name_weight: float
) -> tuple[float, float]:
    """Return how like each other the seeds are, 0..1, and the mean logarithm of their core words.

    Each seed is left out once and compared with the rest. Zeros for one seed.
    """
    if len(seeds) < 2:
        return 0.0, 0.0
    found = []
    for at in range(0, len(seeds), max(1, len(seeds) // _MOST_LEFT_OUT)):
        rest = build_wording([*seeds[:at], *seeds[at + 1 :]], named, idf, name_weight)
        found.append(score_wording(rest, seeds[at], idf))
    return (
        sum(one.alike for one in found) / len(found),
        sum(one.likeness.core for one in found) / len(found),
    )
