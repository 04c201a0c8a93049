"""Whether an article must be found by itself, or is found through the family it joins."""

from __future__ import annotations

from tracker.model import Likeness
from tracker.neardup.policy import LikenessPolicy

__all__ = ["is_worth_indexing"]


def is_worth_indexing(likeness: Likeness, policy: LikenessPolicy) -> bool:
    """Whether an article's sketch finds texts that the sketch of its match does not.

    Equal and nearly equal copies add only length to the index, and a text carried by more outlets than
    `posting_cap` would make its own values count as stock phrases.
    """
    return not likeness.is_duplicate or likeness.similarity < policy.same_sketch
