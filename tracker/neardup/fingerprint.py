"""A text as a small comparable signature: one key for equal texts, some tens of values for overlapping ones.

The sketch keeps the smallest hashes of the text's shingles (Broder 1997, bottom-k), between a floor, a ceiling and a
fixed share of the hash space. Keeping the smallest makes it nested: of a text cut short, every value of the full
sketch that belongs to the rest is kept, so containment survives where fixed-size signatures lose it. Some values more
from the opening words catch a lead printed as an article of its own.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise

from tracker.model import Fingerprint
from tracker.neardup.prepared import SCHEME, SPACED_WIDTH, Prepared, prepare

__all__ = ["fingerprint", "fingerprint_of", "sketch"]

_SHARE = (1 << 64) // 16
_FEWEST = 24
_MOST = 48
_STORED_SHIFT = 16  # 48 bits are kept
_LEAD_WORDS = 40
_LEAD_VALUES = 8


def fingerprint(title: str, text: str) -> Fingerprint:
    """Make the signature of an article; the title is no part of it (`compare` asks about titles)."""
    return fingerprint_of(prepare(title, text))


def fingerprint_of(prepared: Prepared) -> Fingerprint:
    """Make the signature of a prepared article. A text without words has `exact_key` 0 and an empty sketch."""
    hashes = _shingle_hashes(prepared)
    return Fingerprint(
        scheme=SCHEME,
        exact_key=_exact_key(prepared.words),
        sketch=sketch(hashes, lead=max(0, _LEAD_WORDS - prepared.width + 1)),
        shingles=len(set(hashes)),
    )


def sketch(hashes: Sequence[int], *, lead: int = 0) -> tuple[int, ...]:
    """Choose the values to store for shingle hashes in text order; eight more from the first `lead` of them."""
    smallest = sorted({value for value in hashes if value < _SHARE})[:_MOST]
    if len(smallest) < _FEWEST:
        smallest = sorted(set(hashes))[:_FEWEST]
    opening = sorted(set(hashes[:lead]))[:_LEAD_VALUES]
    return tuple(sorted({value >> _STORED_SHIFT for value in (*smallest, *opening)}))


def _exact_key(words: Sequence[int]) -> int:
    if not words:
        return 0
    packed = struct.pack(f"<{len(words)}I", *words)
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "little", signed=True)


def _shingle_hashes(prepared: Prepared) -> list[int]:
    """Hash every run of `width` words: a sum of odd multiples, finished by splitmix64 (Steele et al. 2014).

    One loop without a call per shingle: this is the dearest part of an article's first look.
    """
    mask = (1 << 64) - 1
    hashes = []
    for first, second, third in zip(*_columns(prepared), strict=False):
        once = first * 0x9E3779B97F4A7C15 + second * 0xC2B2AE3D27D4EB4F + third * 0x165667B19E3779F9 & mask
        twice = (once ^ once >> 30) * 0xBF58476D1CE4E5B9 & mask
        thrice = (twice ^ twice >> 27) * 0x94D049BB133111EB & mask
        hashes.append(thrice ^ thrice >> 31)
    return hashes


def _columns(prepared: Prepared) -> tuple[Sequence[int], Sequence[int], Sequence[int]]:
    """Line up what makes a shingle in three columns; of five words the last four stand in two pairs."""
    words = prepared.words
    if prepared.width == SPACED_WIDTH:
        return words, words[1:], words[2:]
    pairs = [one * 0x27D4EB2F + other for one, other in pairwise(words)]
    return words, pairs[1:], pairs[3:]
