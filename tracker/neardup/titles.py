"""Whether two titles speak for one article. Alone they never decide: series and briefings share theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from zlib import crc32

from rapidfuzz import fuzz

from tracker.neardup.facts import figures_in
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import SPACED_WIDTH, Prepared

__all__ = ["have_other_numbers", "title_likeness", "titles_meet"]

_SMALL_WORDS = """
a about after against amid an and are as at be been before but by can could did do does for from had has have he
her his how if in into is it its may more most new no not of off on one or our out over own said say says she so
than that the their them then there these they this those to under up us was we were what when which who why will
with would you your
"""
_STOP_WORDS = frozenset(_SMALL_WORDS.split())


def title_likeness(new: Prepared, old: Prepared) -> float:
    """Likeness of two titles, 0..100: of their content words, whatever their order and whatever one says more.

    So the name of a section or an outlet makes no difference. Where a word is one character their order counts.
    """
    if new.title == old.title:
        return 100.0
    if new.width != SPACED_WIDTH:
        return fuzz.ratio(new.title, old.title)
    return fuzz.token_set_ratio(" ".join(_content(new.title)), " ".join(_content(old.title)))


def titles_meet(new: Prepared, old: Prepared, policy: LikenessPolicy) -> bool:
    """Whether the titles are alike, or enough content words of one occur in the other article."""
    return (
        title_likeness(new, old) >= policy.min_title
        or _found(new, old) >= policy.min_title_words_found
        or _found(old, new) >= policy.min_title_words_found
    )


def have_other_numbers(new: Prepared, old: Prepared) -> bool:
    """Whether both titles hold figures, and not the same."""
    here, there = figures_in(new.title), figures_in(old.title)
    return bool(here) and bool(there) and here != there


def _found(of: Prepared, where: Prepared) -> float:
    wanted = _units(_hashes(_content(of.title)), of.width)
    there = _units(where.words, of.width) | _units(_hashes(where.title), of.width)
    return len(wanted & there) / max(len(wanted), 1)


def _content(words: Iterable[str]) -> list[str]:
    return [word for word in words if word not in _STOP_WORDS]


def _hashes(words: Iterable[str]) -> list[int]:
    return [crc32(word.encode()) for word in words]


def _units(words: Sequence[int], width: int) -> set[int] | set[tuple[int, int]]:
    """Return what carries meaning: words, or pairs of characters where a word is one character."""
    return set(words) if width == SPACED_WIDTH else set(pairwise(words))
