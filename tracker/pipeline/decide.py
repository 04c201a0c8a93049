"""An entry's one fate for each watch, as a pure decision with its sentence.

Order of the rules: what could not be had, then likeness, then relevance. A duplicate folds into its family, unless it
is the first of the family to stand above the line: then it is kept, so that folding never hides what a reader wants.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from tracker.model import (
    Entry,
    Fate,
    FetchReason,
    Likeness,
    LikenessKind,
    Relevance,
    WatchName,
)

__all__ = ["PASSING_FAILURES", "fate_of_article", "fates_for_all", "is_too_old"]

PASSING_FAILURES = frozenset(
    {
        FetchReason.DNS,
        FetchReason.CONNECT,
        FetchReason.CONNECTION_LOST,
        FetchReason.TIMEOUT_TOTAL,
        FetchReason.RATE_LIMITED,
        FetchReason.SERVER_ERROR,
        FetchReason.TRUNCATED,
        FetchReason.STOPPED,
    }
)
"""Reasons why a page may well be there the next time."""


def fate_of_article(
    relevance: Relevance, likeness: Likeness, kept_in_family: Collection[WatchName]
) -> tuple[Fate, str]:
    """What becomes of a readable entry for the watch that `relevance` speaks of."""
    if likeness.is_duplicate and (relevance.watch in kept_in_family or not relevance.passes):
        fate = Fate.VERSION if likeness.kind is LikenessKind.VERSION else Fate.COPY
        return fate, "; ".join(likeness.reasons)
    if relevance.passes:
        return Fate.KEPT, f"score {relevance.score:.2f} at or above the line {relevance.threshold:.2f}"
    return Fate.BELOW_THRESHOLD, f"score {relevance.score:.2f} under the line {relevance.threshold:.2f}"


def fates_for_all(
    watches: Sequence[WatchName], fate: Fate, note: str
) -> tuple[Mapping[WatchName, Fate], Mapping[WatchName, str]]:
    """The same fate and sentence for every watch."""
    return dict.fromkeys(watches, fate), dict.fromkeys(watches, note)


def is_too_old(entry: Entry, *, backfill: timedelta | None, first_poll: bool, now: datetime) -> bool:
    """Whether a first poll should pass over an entry: dated by its feed before the asked-for window.

    Later polls never judge by publication date: items arrive late with old dates.
    """
    if backfill is None or not first_poll or entry.published_at is None:
        return False
    return entry.published_at < now - backfill
