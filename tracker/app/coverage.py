"""What a watch's page tells at a glance: coverage, outlets, copies, and the scores around the line. Pure.

Reports and everything that carried them count where they were printed, as in `stories/timeline.py`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from tracker.model import ArticleId, EntryId, Piece, Scored
from tracker.stories.timeline import Timeline, counted_timeline, strongest_topic

__all__ = [
    "HISTOGRAM_STEPS",
    "WINDOW_DAYS",
    "Bar",
    "Coverage90",
    "Crossing",
    "Histogram",
    "Outlet",
    "coverage_of",
    "crossing_of",
    "histogram_of",
]

WINDOW_DAYS: Final = 30
"""What the line's figures are reckoned from, as everywhere else."""
HISTOGRAM_STEPS: Final = 50
_OUTLETS: Final = 12
_COPIES: Final = frozenset({"exact", "copy", "truncated"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An outlet with its pieces, and how many of them were reports of its own."""

    name: str
    pieces: int
    reports: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage90:
    """Coverage of a watch: by day and topic, the outlets with most of it, and what it was made of.

    `pages` counts pages that a second feed listed, too; they are no copies.
    """

    timeline: Timeline
    outlets: tuple[Outlet, ...]
    all_outlets: int
    reports: int
    copies: int
    versions: int
    pages: int

    @property
    def copy_share(self) -> float | None:
        """The part of all texts that were copies of another, 0..1; None without any."""
        texts = self.reports + self.copies + self.versions
        return self.copies / texts if texts else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Originals with a score from `low` on, up to the next bar: kept ones and others; `above` counts all from here."""

    low: float
    kept: int
    below: int
    above: int

    @property
    def count(self) -> int:
        """All of them."""
        return self.kept + self.below


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """The scores of a window of `days` in equal steps, the lowest first."""

    bars: tuple[Bar, ...]
    days: int

    @property
    def total(self) -> int:
        """How many there are."""
        return self.bars[0].above if self.bars else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """What another line would do: who would enter, the best first, and who leave, the weakest first.

    `passing`: how many would stand above it.
    """

    entering: tuple[EntryId, ...]
    leaving: tuple[EntryId, ...]
    passing: int


def coverage_of(pieces: Sequence[Piece], zone: tzinfo) -> Coverage90:
    """Count pieces by day and topic, by outlet and by kind."""
    days = [(piece.at.astimezone(zone).date(), strongest_topic(piece.topics)) for piece in pieces]
    everywhere = Counter(piece.outlet.strip() or "unknown" for piece in pieces)
    own = Counter(piece.outlet.strip() or "unknown" for piece in pieces if piece.kind == "report")
    kinds = Counter(piece.kind for piece in pieces)
    return Coverage90(
        timeline=counted_timeline(days, "day"),
        outlets=tuple(
            Outlet(name=name, pieces=count, reports=own[name])
            for name, count in sorted(everywhere.items(), key=lambda one: (-one[1], one[0]))[:_OUTLETS]
        ),
        all_outlets=len(everywhere),
        reports=kinds["report"],
        copies=sum(kinds[kind] for kind in _COPIES),
        versions=kinds["version"],
        pages=kinds["same page"],
    )


def histogram_of(scored: Sequence[Scored], days: int, *, steps: int = HISTOGRAM_STEPS) -> Histogram:
    """Put scores into equal steps."""
    kept, below = Counter[int](), Counter[int]()
    for one in scored:
        (kept if one.is_kept else below)[min(steps - 1, int(one.score * steps))] += 1
    bars: list[Bar] = []
    above = 0
    for step in reversed(range(steps)):
        above += kept[step] + below[step]
        bars.append(Bar(low=step / steps, kept=kept[step], below=below[step], above=above))
    return Histogram(bars=tuple(reversed(bars)), days=days)


def crossing_of(scored: Sequence[Scored], line: float, judged: Collection[ArticleId]) -> Crossing:
    """Tell what a line would move; `scored` begins with the weakest.

    A person's own word on an article decides over its score, so the judged stay.
    """
    at = bisect_left(scored, line, key=lambda one: one.score)
    entering = [one for one in scored[at:] if not one.is_kept and one.article_id not in judged]
    leaving = [one for one in scored[:at] if one.is_kept and one.article_id not in judged]
    kept = sum(one.is_kept for one in scored)
    return Crossing(
        entering=tuple(one.entry_id for one in reversed(entering)),
        leaving=tuple(one.entry_id for one in leaving),
        passing=kept + len(entering) - len(leaving),
    )
