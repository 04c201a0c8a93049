"""A text as a small comparable signature: one key for equal texts, some tens of values for overlapping ones.

The sketch keeps the smallest hashes of the text's word runs (Broder 1997, bottom-k), between a floor, a ceiling and a
fixed share of the hash space. Keeping the smallest makes it nested: of a text cut short, every value of the full
sketch that belongs to the rest is kept, so containment survives where fixed-size signatures lose it. Some values more
from the opening words catch a lead printed as an article of its own.

A text is found by runs one word longer than those it is compared by: they find the same copies, and half as many
articles that share no more than stock phrases.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise

from tracker.model import Fingerprint
from tracker.neardup.features import Wording, wording_of
from tracker.neardup.prepared import SCHEME, prepare

__all__ = ["fingerprint", "fingerprint_of", "sketch"]

_SHARE = (1 << 64) // 16
_FEWEST = 24
_MOST = 48
_STORED_SHIFT = 16  # 48 bits are kept
_LEAD_WORDS = 40
_LEAD_VALUES = 8
_MASK = (1 << 64) - 1


def fingerprint(title: str, text: str) -> Fingerprint:
    """Make the signature of an article; the title is no part of it (`compare` asks about titles)."""
    return fingerprint_of(wording_of(prepare(title, text)))


def fingerprint_of(wording: Wording) -> Fingerprint:
    """Make the signature of an article's whole wording. Without words, `exact_key` is 0 and the sketch empty.

    Below four words (six characters in a script without spaces) the sketch is empty too: so short a text is only
    found by its `exact_key`.
    """
    return Fingerprint(
        scheme=SCHEME,
        exact_key=_exact_key(wording.prepared.words),
        sketch=sketch(_longer_runs(wording.runs), lead=max(0, _LEAD_WORDS - wording.prepared.width)),
        shingles=len(wording.shingles),
    )


def sketch(hashes: Sequence[int], *, lead: int = 0) -> tuple[int, ...]:
    """Choose the values to store for 64-bit hashes in text order; eight more from the first `lead` of them."""
    smallest = _below(hashes, _SHARE)[:_MOST]
    for wider in (
        4 * _SHARE,
        _MASK + 1,
    ):  # in steps: to sort all would cost more than the rest of this function
        if len(smallest) < _FEWEST:
            smallest = _below(hashes, wider)[:_FEWEST]
    opening = sorted(set(hashes[:lead]))[:_LEAD_VALUES]
    return tuple(sorted({value >> _STORED_SHIFT for value in (*smallest, *opening)}))


def _below(hashes: Sequence[int], bound: int) -> list[int]:
    return sorted({value for value in hashes if value < bound})


def _exact_key(words: Sequence[int]) -> int:
    if not words:
        return 0
    packed = struct.pack(f"<{len(words)}I", *words)
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "little", signed=True)


def _longer_runs(runs: Sequence[int]) -> list[int]:
    """Hash every two neighbouring runs as one that is a word longer, to 64 bits: a sum of odd multiples."""
    return [one * 0x9E3779B97F4A7C15 + other * 0xC2B2AE3D27D4EB4F & _MASK for one, other in pairwise(runs)]
