"""Near-duplicates: is an article the same text as an earlier one, and of what kind.

Order of work: `prepare` takes a text apart, `fingerprint_of` makes what it is looked up by, `choose_candidates` picks
from what the index found, `compare_article` judges. `pipeline/likeness.py` does these in turn against the store.
Reading order: `policy.py`, `prepared.py`, `facts.py`, `fingerprint.py`, `boilerplate.py`, `features.py`, `rules.py`,
`compare.py`. Nothing is ever deleted here: the verdict is a link with its reasons.
"""

from __future__ import annotations

from tracker.neardup.compare import (
    Candidate,
    choose_candidates,
    compare_article,
    compare_equal,
    sentences_to_count,
)
from tracker.neardup.families import is_worth_indexing
from tracker.neardup.fingerprint import fingerprint, fingerprint_of
from tracker.neardup.policy import LikenessPolicy
from tracker.neardup.prepared import Prepared, prepare

__all__ = [
    "Candidate",
    "LikenessPolicy",
    "Prepared",
    "choose_candidates",
    "compare_article",
    "compare_equal",
    "fingerprint",
    "fingerprint_of",
    "is_worth_indexing",
    "prepare",
    "sentences_to_count",
]
