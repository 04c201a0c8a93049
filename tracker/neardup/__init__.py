"""Near-duplicates: is an article the same text as an earlier one, and of what kind.

Order of work: `prepare` takes a text apart, `fingerprint_of` makes what it is looked up by, `choose_candidates` picks
from what the index found, `compare_article` judges. `pipeline/likeness.py` does these in turn against the store.
Reading order: `policy.py`, `prepared.py`, `facts.py`, `fingerprint.py`, `boilerplate.py`, `features.py`, `rules.py`,
`compare.py`. Nothing is ever deleted here: the verdict is a link with its reasons.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.neardup.compare import (
        Candidate,
        choose_candidates,
        compare_article,
        compare_equal,
        sentences_to_count,
    )
    from tracker.neardup.families import is_worth_indexing
    from tracker.neardup.fingerprint import fingerprint_of
    from tracker.neardup.policy import LikenessPolicy
    from tracker.neardup.prepared import Prepared, prepare

__all__ = [
    "Candidate",
    "LikenessPolicy",
    "Prepared",
    "choose_candidates",
    "compare_article",
    "compare_equal",
    "fingerprint_of",
    "is_worth_indexing",
    "prepare",
    "sentences_to_count",
]

_HOMES = {
    "Candidate": "compare",
    "choose_candidates": "compare",
    "compare_article": "compare",
    "compare_equal": "compare",
    "sentences_to_count": "compare",
    "is_worth_indexing": "families",
    "fingerprint_of": "fingerprint",
    "LikenessPolicy": "policy",
    "Prepared": "prepared",
    "prepare": "prepared",
}
"""Where each name is: a listing, which needs what is stored alone, should not pay for comparing."""


def __getattr__(name: str) -> object:
    """Load what is asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
