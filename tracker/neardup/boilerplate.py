"""Sentences a site prints under everything: counted over all articles, and left out of comparison.

The counts are a count-min sketch (Cormode and Muthukrishnan 2005) of two rows, kept by the store: it never grows
beyond 2 x 2^20 counters, and it may count a rare sentence too often but never too seldom.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import Prepared

__all__ = ["COLUMNS", "boilerplate", "count_of", "own_words", "sentence_hashes", "slots_of"]

COLUMNS = 1 << 20
"""Counters in a row. Halve them all after as many sentences (about 80,000 articles): beyond it, chance counts."""

_SPREAD = 0x9E3779B1  # 2^32 / golden ratio, odd: spreads hashes that share their low bits (Knuth 6.4)


def sentence_hashes(prepared: Prepared) -> tuple[int, ...]:
    """Return the article's sentence hashes (32 bits), each once, in order of first appearance."""
    return tuple(dict.fromkeys(sentence.hash for sentence in prepared.sentences))


def slots_of(sentence: int) -> tuple[int, int]:
    """Return the counters of a sentence hash, one in each row."""
    return sentence % COLUMNS, COLUMNS + (sentence * _SPREAD % (1 << 32) >> 12)


def count_of(sentence: int, count_by_slot: Mapping[int, int]) -> int:
    """Return how often a sentence was counted, at most: the smaller of its counters."""
    return min(count_by_slot.get(slot, 0) for slot in slots_of(sentence))


def boilerplate(counts: Mapping[int, int], policy: LikenessPolicy) -> frozenset[int]:
    """Return the sentence hashes that were seen too often to be an article's own."""
    return frozenset(sentence for sentence, count in counts.items() if count >= policy.boilerplate_count)


def own_words(prepared: Prepared, hidden: Collection[int]) -> tuple[int, ...]:
    """Return the body's words that stand in no hidden sentence."""
    words = prepared.words
    kept: list[int] = []
    at = 0
    for sentence in prepared.sentences:
        if sentence.hash in hidden:
            kept.extend(words[at : sentence.first])
            at = sentence.end
    return (*kept, *words[at:]) if at else words
