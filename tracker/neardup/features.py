"""What a pair of articles has in common, as figures. What the figures mean is said in `rules`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from zlib import crc32

from rapidfuzz import fuzz

from tracker.neardup.boilerplate import own_words
from tracker.neardup.facts import Fact, numbers_in
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import SPACED_WIDTH, Prepared

__all__ = [
    "Overlap",
    "PairFeatures",
    "Wording",
    "hide",
    "overlap_of",
    "pair_features",
    "title_likeness",
    "title_words_found",
    "wording_of",
]

Shingle = tuple[int, ...]

_SMALL_WORDS = """
a about after against amid an and are as at be been before but by can could did do does for from had has have he
her his how if in into is it its may more most new no not of off on one or our out over own said say says she so
than that the their them then there these they this those to under up us was we were what when which who why will
with would you your
"""
_STOP_WORDS = frozenset(_SMALL_WORDS.split())
_EXAMPLES = 2
_VALUES_TRIED = 8  # of one slot: a slot filled in more ways than this is a table's, and no fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """An article and the shingles of its own words, in order and as a set.

    `own_share` is the share of its words that are its own, not boilerplate.
    """

    prepared: Prepared
    own_share: float
    ordered: Sequence[Shingle]
    shingles: frozenset[Shingle]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many shingles a new article and an old one share. Sizes count distinct shingles; the rest are shares 0..1.

    `own_share`: the share of words left when boilerplate is out, the lesser of both.
    """

    shared: int
    new_size: int
    old_size: int
    own_share: float

    @property
    def smaller(self) -> int:
        """Size of the smaller of the two."""
        return min(self.new_size, self.old_size)

    @property
    def ratio(self) -> float:
        """Smaller size over larger size."""
        return self.smaller / max(self.new_size, self.old_size, 1)

    @property
    def new_in_old(self) -> float:
        """Share of the new article found in the old one."""
        return self.shared / max(self.new_size, 1)

    @property
    def old_in_new(self) -> float:
        """Share of the old article found in the new one."""
        return self.shared / max(self.old_size, 1)

    @property
    def containment(self) -> float:
        """Share of the smaller one found in the other."""
        return self.shared / max(self.smaller, 1)

    @property
    def jaccard(self) -> float:
        """Shared over all."""
        return self.shared / max(self.new_size + self.old_size - self.shared, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairFeatures(Overlap):
    """All that is asked of a pair with enough in common. Shares are 0..1, `title` is 0..100.

    `lead`: the greater share of one opening found anywhere in the other. `start`: the share of the shorter one's
    opening found near the head of the longer one. `title_words_found`: the greater share of one title's content words
    found in the other article. `agreeing` and `differing` count facts that stand in the same slot of both whole texts;
    `examples` are some that differ. `numbers` counts the figures of the text that has fewer, `number_density` is
    their number per word of the shorter text. `gap` is the time between publications, None when one is unknown.
    """

    lead: float
    start: float
    title: float
    title_words_found: float
    has_other_title_numbers: bool
    agreeing: int
    differing: int
    examples: tuple[tuple[str, str], ...]
    numbers: int
    numbers_shared: int
    number_density: float
    gap: timedelta | None

    @property
    def conflict_rate(self) -> float:
        """Share of the facts found in both that differ."""
        return self.differing / max(self.agreeing + self.differing, 1)


def wording_of(prepared: Prepared) -> Wording:
    """Cut a prepared article into shingles."""
    return _cut(prepared, prepared.words)


def hide(wording: Wording, hidden: Collection[int]) -> Wording:
    """Return the wording without the hidden sentences."""
    prepared = wording.prepared
    if hidden and any(sentence.hash in hidden for sentence in prepared.sentences):
        return _cut(prepared, own_words(prepared, hidden))
    return wording


def _cut(prepared: Prepared, words: Sequence[int]) -> Wording:
    ordered = tuple(zip(*(words[offset:] for offset in range(prepared.width)), strict=False))
    return Wording(
        prepared=prepared,
        own_share=len(words) / max(len(prepared.words), 1),
        ordered=ordered,
        shingles=frozenset(ordered),
    )


def overlap_of(new: Wording, old: Wording) -> Overlap:
    """Count what a pair shares."""
    return Overlap(
        shared=len(new.shingles & old.shingles),
        new_size=len(new.shingles),
        old_size=len(old.shingles),
        own_share=min(new.own_share, old.own_share),
    )


def title_likeness(new: Prepared, old: Prepared) -> float:
    """Likeness of two titles, 0..100: of their content words, whatever their order and whatever one says more.

    So the name of a section or an outlet makes no difference. Where a word is one character their order counts.
    """
    if new.title == old.title:
        return 100.0
    if new.width != SPACED_WIDTH:
        return fuzz.ratio(new.title, old.title)
    return fuzz.token_set_ratio(" ".join(_content(new.title)), " ".join(_content(old.title)))


def title_words_found(new: Prepared, old: Prepared) -> float:
    """Share of one title's content words found in the other article, 0..1; of both titles the greater."""
    return max(_title_found(new, old), _title_found(old, new))


def pair_features(new: Wording, old: Wording, gap: timedelta | None, policy: LikenessPolicy) -> PairFeatures:
    """Measure a pair in full."""
    overlap = overlap_of(new, old)
    shorter, longer = sorted((new, old), key=lambda wording: len(wording.ordered))
    agreeing, conflicts = _facts(new.prepared.facts, old.prepared.facts, policy)
    new_numbers, old_numbers = numbers_in(new.prepared.facts), numbers_in(old.prepared.facts)
    numbers = min(len(new_numbers), len(old_numbers))
    return PairFeatures(
        shared=overlap.shared,
        new_size=overlap.new_size,
        old_size=overlap.old_size,
        own_share=overlap.own_share,
        lead=max(_lead(new, old, policy), _lead(old, new, policy)),
        start=_start(shorter, longer, policy),
        title=title_likeness(new.prepared, old.prepared),
        title_words_found=max(
            _title_found(new.prepared, old.prepared), _title_found(old.prepared, new.prepared)
        ),
        has_other_title_numbers=_have_other_numbers(new.prepared.title, old.prepared.title),
        agreeing=agreeing,
        differing=len(conflicts),
        examples=tuple(conflicts[:_EXAMPLES]),
        numbers=numbers,
        numbers_shared=len(new_numbers & old_numbers),
        number_density=numbers / max(len(shorter.prepared.words), 1),
        gap=gap,
    )


def _found(wanted: Sequence[Shingle], where: Iterable[Shingle]) -> float:
    there = frozenset(where)
    return sum(shingle in there for shingle in wanted) / max(len(wanted), 1)


def _lead(of: Wording, where: Wording, policy: LikenessPolicy) -> float:
    return _found(of.ordered[: policy.lead_words - of.prepared.width + 1], where.shingles)


def _start(shorter: Wording, longer: Wording, policy: LikenessPolicy) -> float:
    head = max(policy.min_head, int(len(longer.ordered) * policy.head_share), 2 * len(shorter.ordered))
    return _found(shorter.ordered[: policy.start_shingles], longer.ordered[:head])


def _content(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in _STOP_WORDS]


def _title_found(of: Prepared, where: Prepared) -> float:
    wanted = _units(_hashes(_content(of.title)), of.width)
    there = _units(where.words, of.width) | _units(_hashes(where.title), of.width)
    return len(wanted & there) / max(len(wanted), 1)


def _hashes(words: Iterable[str]) -> list[int]:
    return [crc32(word.encode()) for word in words]


def _units(words: Sequence[int], width: int) -> set[int] | set[tuple[int, int]]:
    """Return what carries meaning: words, or pairs of characters where a word is one character."""
    return set(words) if width == SPACED_WIDTH else set(pairwise(words))


def _numbers(words: Iterable[str]) -> set[str]:
    """Return the words that are figures, Chinese ones too, with or without a unit (`26bn`).

    A name with a letter misread as a digit is no figure.
    """
    return {word for word in words if 2 * sum(map(str.isnumeric, word)) >= len(word)}


def _have_other_numbers(new: Iterable[str], old: Iterable[str]) -> bool:
    here, there = _numbers(new), _numbers(old)
    return bool(here) and bool(there) and here != there


def _facts(
    new: Iterable[Fact], old: Iterable[Fact], policy: LikenessPolicy
) -> tuple[int, list[tuple[str, str]]]:
    """Count the slots of both that agree, and list those that do not as (new value, old value)."""
    old_values, new_values = _values_by_key(old), _values_by_key(new)
    agreeing = 0
    conflicts: list[tuple[str, str]] = []
    for key in new_values.keys() & old_values.keys():
        here, there = new_values[key], old_values[key]
        if here & there or _any_agree(here, there, policy):
            agreeing += 1
        else:
            conflicts.append((min(here), min(there)))
    return agreeing, sorted(conflicts)


def _values_by_key(facts: Iterable[Fact]) -> dict[int, set[str]]:
    values: dict[int, set[str]] = defaultdict(set)
    for key, value in facts:
        values[key].add(value)
    return values


def _any_agree(here: Collection[str], there: Collection[str], policy: LikenessPolicy) -> bool:
    return any(
        _agree(one, other, policy)
        for one in sorted(here)[:_VALUES_TRIED]
        for other in sorted(there)[:_VALUES_TRIED]
    )


def _agree(one: str, other: str, policy: LikenessPolicy) -> bool:
    one_numbers, other_numbers = _numbers(one.split()), _numbers(other.split())
    ratio = fuzz.ratio(one, other)
    if one_numbers or other_numbers:
        return one_numbers == other_numbers and ratio >= policy.number_likeness
    return ratio >= policy.text_likeness or fuzz.partial_ratio(one, other) >= policy.name_likeness
