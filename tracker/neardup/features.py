"""What a pair of articles has in common, as figures. What the figures mean is said in `rules`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz

from tracker.neardup.boilerplate import own_words
from tracker.neardup.facts import Fact, figures_in, numbers_in
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import Prepared, word_runs
from tracker.neardup.titles import have_other_numbers, title_likeness, titles_meet

__all__ = [
    "Overlap",
    "PairFeatures",
    "Wording",
    "hide",
    "overlap_of",
    "pair_features",
    "wording_of",
]

_VALUES_TRIED = 8  # of one slot: a slot filled in more ways than this is a table's, and no fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """An article, its own words without boilerplate, and their shingles: in order, and each once."""

    prepared: Prepared
    words: Sequence[int]
    runs: Sequence[int]
    shingles: frozenset[int]

    @property
    def own_share(self) -> float:
        """Share of the body's words that are its own."""
        return len(self.words) / max(len(self.prepared.words), 1)


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
    opening found near the head of the longer one. `titles_meet`: whether titles speak for one article (`titles`).
    `agreeing` and `differing` count facts that stand in the same slot of both whole texts; `examples` are those that
    differ, as (new value, old value). `numbers` counts the figures of the text that has fewer, `number_density` is
    their number per word of the shorter text. `gap` is the time between publications, None when one is unknown.
    """

    lead: float
    start: float
    title: float
    titles_meet: bool
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
    runs = word_runs(words, prepared.width)
    return Wording(prepared=prepared, words=words, runs=runs, shingles=frozenset(runs))


def overlap_of(new: Wording, old: Wording) -> Overlap:
    """Count what a pair shares."""
    return Overlap(
        shared=len(new.shingles & old.shingles),
        new_size=len(new.shingles),
        old_size=len(old.shingles),
        own_share=min(new.own_share, old.own_share),
    )


def pair_features(
    new: Wording, old: Wording, overlap: Overlap, gap: timedelta | None, policy: LikenessPolicy
) -> PairFeatures:
    """Measure a pair in full; `overlap` is what `overlap_of` says of it."""
    shorter, longer = sorted((new, old), key=lambda wording: len(wording.words))
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
        titles_meet=titles_meet(new.prepared, old.prepared, policy),
        has_other_title_numbers=have_other_numbers(new.prepared, old.prepared),
        agreeing=agreeing,
        differing=len(conflicts),
        examples=tuple(conflicts),
        numbers=numbers,
        numbers_shared=len(new_numbers & old_numbers),
        number_density=numbers / max(len(shorter.prepared.words), 1),
        gap=gap,
    )


def _found(wanted: Sequence[int], there: Collection[int]) -> float:
    return sum(map(there.__contains__, wanted)) / max(len(wanted), 1)


def _lead(of: Wording, where: Wording, policy: LikenessPolicy) -> float:
    return _found(of.runs[: policy.lead_words - of.prepared.width + 1], where.shingles)


def _start(shorter: Wording, longer: Wording, policy: LikenessPolicy) -> float:
    head = max(policy.min_head, int(len(longer.words) * policy.head_share), 2 * len(shorter.words))
    return _found(shorter.runs[: policy.start_shingles], frozenset(longer.runs[:head]))


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
    one_numbers, other_numbers = figures_in(one.split()), figures_in(other.split())
    ratio = fuzz.ratio(one, other)
    if one_numbers or other_numbers:
        return one_numbers == other_numbers and ratio >= policy.number_likeness
    return ratio >= policy.text_likeness or fuzz.partial_ratio(one, other) >= policy.name_likeness
