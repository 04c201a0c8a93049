"""Kept items as stories in numbers, and as coverage over time, ready to draw.

Every piece counts where it was printed: a report, and each copy and version of it, for all of them are coverage. The
day of a report is the day it was told: when it was published or, if that is unknown or later, first seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final, Literal

from tracker.model import Carrier, Item, LikenessKind, Piece, StoryId
from tracker.urls import distinct_outlets

__all__ = [
    "OTHER",
    "By",
    "Series",
    "StorySummary",
    "Timeline",
    "counted_timeline",
    "stories_of",
    "strongest_topic",
    "timeline_of",
    "told_at",
]

OTHER: Final = "other"
"""The series of what no other one holds."""
By = Literal["day", "outlet", "story"]
_TOPIC: Final = 0.5
_STEPS: Final = (1, 7, 28, 91, 364)
_MOST_STEPS: Final = 62


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySummary:
    """A story in numbers. `reports`: told independently; `copies`, `versions`: folded into those."""

    id: StoryId
    title: str
    first_at: datetime
    last_at: datetime
    reports: int
    outlets: tuple[str, ...]
    copies: int
    versions: int
    score: float | None
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a timeline: how many pieces in each step."""

    label: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """Pieces in all steps."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Coverage in steps of `step_days` that begin at `days`; the largest series first, `OTHER` last."""

    by: By
    days: tuple[date, ...]
    step_days: int
    series: tuple[Series, ...]

    @property
    def totals(self) -> tuple[int, ...]:
        """Pieces in each step."""
        return tuple(map(sum, zip(*(one.counts for one in self.series), strict=True)))


def told_at(item: Item | Carrier) -> datetime:
    """When a piece was printed."""
    if isinstance(item, Carrier):
        return min(item.published_at or item.seen_at, item.seen_at)
    return min(item.published_at, item.first_seen_at) if item.published_at else item.first_seen_at


def stories_of(items: Iterable[Item]) -> tuple[StorySummary, ...]:
    """Sum kept items up by story, the one last heard of first; an article two watches kept counts once."""
    by_story: dict[StoryId, dict[str, Item]] = defaultdict(dict)
    for item in sorted(items, key=lambda item: (item.score or 0.0, item.id)):
        if item.story is not None:
            by_story[item.story][item.id] = item
    summaries = (_summary(story_id, list(found.values())) for story_id, found in by_story.items())
    return tuple(sorted(summaries, key=lambda story: (story.last_at, story.id), reverse=True))


def timeline_of(pieces: Iterable[Piece], by: By, zone: tzinfo, *, most: int = 8) -> Timeline:
    """Count pieces by day, and within it by topic, outlet or story id; beyond `most` series the rest are `OTHER`.

    More than two months are counted in weeks, more than a year in longer steps.
    """
    counted = [(piece.at.astimezone(zone).date(), _label(piece, by)) for piece in pieces]
    return counted_timeline(counted, by, most=most)


def counted_timeline(pieces: Sequence[tuple[date, str]], by: By, *, most: int = 8) -> Timeline:
    """Count pieces, each a day and the name of its series, as `timeline_of` does."""
    if not pieces:
        return Timeline(by=by, days=(), step_days=1, series=())
    first, last = min(day for day, _ in pieces), max(day for day, _ in pieces)
    span = (last - first).days + 1
    step = next((step for step in _STEPS if span <= step * _MOST_STEPS), _STEPS[-1])
    days = tuple(first + timedelta(days=offset) for offset in range(0, span, step))
    kept = _largest([label for _, label in pieces], most)
    by_label = {label: Counter[int]() for label in (*kept, OTHER)}
    for day, label in pieces:
        by_label[label if label in kept else OTHER][(day - first).days // step] += 1
    series = (
        Series(label=label, counts=tuple(counts[at] for at in range(len(days))))
        for label, counts in by_label.items()
    )
    return Timeline(by=by, days=days, step_days=step, series=tuple(one for one in series if one.total))


def _summary(story_id: StoryId, items: Sequence[Item]) -> StorySummary:
    ordered = sorted(items, key=lambda item: (told_at(item), item.id))
    carriers = {(c.url, c.outlet, c.kind) for item in items for c in item.carriers}
    kept = {item.url for item in items}
    folded = [kind for url, _, kind in carriers if url not in kept]
    seen = [told_at(carrier) for item in items for carrier in item.carriers]
    places = [(i.outlet, i.url) for i in ordered] + [(c.outlet, c.url) for i in ordered for c in i.carriers]
    return StorySummary(
        id=story_id,
        title=ordered[0].title,
        first_at=told_at(ordered[0]),
        last_at=max([told_at(ordered[-1]), *seen]),
        reports=len({item.family or item.id for item in items}),
        outlets=distinct_outlets(places),
        copies=sum(kind != LikenessKind.VERSION.value for kind in folded),
        versions=sum(kind == LikenessKind.VERSION.value for kind in folded),
        score=max((item.score for item in items if item.score is not None), default=None),
        items=tuple(item.id for item in ordered),
    )


def _label(piece: Piece, by: By) -> str:
    if by == "outlet":
        return piece.outlet.strip() or OTHER
    if by == "story":
        return OTHER if piece.story is None else str(piece.story)
    return strongest_topic(piece.topics)


def strongest_topic(topics: Iterable[tuple[str, float]]) -> str:
    """The topic, of name and strength each, under which a piece is counted."""
    name, score = max(topics, key=lambda topic: topic[1], default=("", 0.0))
    return name if score >= _TOPIC else OTHER


def _largest(labels: Sequence[str], most: int) -> list[str]:
    counts = Counter(label for label in labels if label != OTHER)
    return sorted(counts, key=lambda label: (-counts[label], label))[:most]
