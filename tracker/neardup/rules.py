"""The seven rules that stand between "much in common" and "the same article". Each objects in words, or is silent.

A pair folds only if no rule objects. No measure of likeness alone is enough: a price table of Monday is nine tenths
that of Friday, a footer is shared by all pages of a site. A periodic report wrongly folded is the costliest error for a
reader, so the rules lean towards keeping apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from tracker.neardup.features import Overlap, PairFeatures
from tracker.neardup.policy import LikenessPolicy

__all__ = ["agreement", "counted", "little_in_common", "objection", "similarity"]

_NO_TIME = timedelta(0)
_EXAMPLES = 2  # shown to a reader


def little_in_common(overlap: Overlap, policy: LikenessPolicy) -> str | None:
    """R1, asked first because it needs only the wording: return why the pair shares too little, None if it does not."""
    if overlap.own_share < policy.min_own_share:
        return f"R1 mostly what the site prints everywhere: {overlap.own_share:.2f} of the words are the article's own"
    if overlap.shared >= policy.min_shared and overlap.containment >= policy.min_containment:
        return None
    return (
        f"R1 too little in common: containment {overlap.containment:.2f}, {overlap.shared} word runs shared"
    )


def objection(pair: PairFeatures, policy: LikenessPolicy) -> str | None:
    """R2 to R7: return why a pair with much in common must stay apart, beginning with the rule's number, or None."""
    return next((words for rule in _RULES if (words := rule(pair, policy))), None)


def agreement(pair: PairFeatures, hidden: Sequence[tuple[str, str]] = ()) -> str:
    """Say what speaks for folding a pair to which no rule objects; `hidden` facts differ beside those of the pair."""
    shown = (*pair.examples, *hidden)
    facts = _differing(pair.differing + len(hidden), pair.agreeing + pair.differing + len(hidden), shown)
    return f"R1 containment {pair.containment:.2f} of the shorter text's word runs, {pair.shared} shared; {facts}"


def counted(count: int, one: str) -> str:
    """Write "1 fact", "2 facts"."""
    return f"{count} {one if count == 1 else one + 's'}"


def similarity(overlap: Overlap, policy: LikenessPolicy) -> float:
    """Return one figure, 0..1, for ranking: high for equal texts, high but less for a text that holds the other."""
    weight = 0.8 if overlap.ratio < policy.digest_ratio else 0.9
    contained, jaccard = overlap.containment, overlap.jaccard
    return min(1.0, max(jaccard, (contained + jaccard) / 2, contained * weight))


def _short_text(pair: PairFeatures, policy: LikenessPolicy) -> str | None:
    if pair.smaller >= policy.short_size or pair.titles_meet:
        return None
    return f"R2 a short text under another title: titles {pair.title:.0f} of 100 alike"


def _template(pair: PairFeatures, policy: LikenessPolicy) -> str | None:
    if not (
        _many_conflicts(pair, policy)
        or _other_issue(pair, policy)
        or _other_number(pair, policy)
        or _small_and_later(pair, policy)
    ):
        return None
    told = _differing(pair.differing, pair.agreeing + pair.differing, pair.examples)
    return f"R3 another report of the same form: {told}"


def _many_conflicts(pair: PairFeatures, policy: LikenessPolicy) -> bool:
    return pair.differing >= policy.conflicts and pair.conflict_rate >= policy.conflict_rate


def _other_issue(pair: PairFeatures, policy: LikenessPolicy) -> bool:
    return (
        _is_late(pair, policy)
        and pair.differing >= 1
        and pair.conflict_rate >= policy.late_conflict_rate
        and pair.jaccard < policy.late_jaccard
    )


def _other_number(pair: PairFeatures, policy: LikenessPolicy) -> bool:
    if not pair.has_other_title_numbers:
        return False
    if pair.title >= policy.numbered_title and pair.differing >= 1 and _is_late(pair, policy):
        return True
    return pair.title >= policy.numbered_title_close and pair.conflict_rate >= policy.numbered_conflict_rate


def _small_and_later(pair: PairFeatures, policy: LikenessPolicy) -> bool:
    return (
        pair.smaller < policy.small_size
        and pair.differing >= 1
        and pair.conflict_rate >= policy.small_conflict_rate
        and (pair.gap or _NO_TIME) >= policy.small_gap
    )


def _table(pair: PairFeatures, policy: LikenessPolicy) -> str | None:
    if pair.numbers < policy.table_numbers or pair.number_density < policy.table_density:
        return None
    wanted = policy.late_numbers_shared if _is_late(pair, policy) else policy.min_numbers_shared
    if pair.numbers_shared >= wanted * pair.numbers:
        return None
    return f"R4 a table with other figures: {pair.numbers_shared} of {pair.numbers} shared"


def _footer(pair: PairFeatures, policy: LikenessPolicy) -> str | None:
    wanted = policy.min_lead if pair.titles_meet else policy.strange_lead
    if pair.lead >= wanted or pair.jaccard >= policy.lead_jaccard:
        return None
    return (
        f"R5 only parts after the opening are shared: {pair.lead:.2f} of the opening found in the other text"
    )


def _digest(pair: PairFeatures, policy: LikenessPolicy) -> str | None:
    if (
        pair.ratio >= policy.digest_ratio
        or pair.start >= policy.min_start
        or pair.title >= policy.digest_title
    ):
        return None
    return f"R6 one part of a longer collection: {pair.start:.2f} of its opening stands near the head"


def _middle(pair: PairFeatures, policy: LikenessPolicy) -> str | None:
    if pair.containment < policy.recycled_containment and (pair.gap or _NO_TIME) >= policy.recycled_gap:
        days = (pair.gap or _NO_TIME).days
        return f"R7 containment {pair.containment:.2f} after {days} days: a new text of old parts"
    if pair.containment >= policy.clear_containment or pair.jaccard >= policy.middle_jaccard:
        return None
    if pair.title >= policy.min_title or pair.start >= policy.min_start:
        return None
    return f"R7 containment {pair.containment:.2f} with neither a like title nor a like opening"


_RULES: Final = (_short_text, _template, _table, _footer, _digest, _middle)


def _is_late(pair: PairFeatures, policy: LikenessPolicy) -> bool:
    return (pair.gap or _NO_TIME) >= policy.other_issue_gap


def _differing(differing: int, facts: int, examples: Sequence[tuple[str, str]]) -> str:
    shown = ", ".join(f'"{new}" for "{old}"' for new, old in examples[:_EXAMPLES])
    told = f"{differing} of {counted(facts, 'fact')} {'differs' if differing == 1 else 'differ'}"
    return f"{told} ({shown})" if shown else told
