"""Stories for readers: lists, one story told from its first report on, and coverage over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Literal

from tracker.errors import ArticleNotFound
from tracker.model import ItemQuery, LikenessKind, StoredArticle, StoryId, WatchName
from tracker.neardup.credit import correction_in
from tracker.neardup.families import Lead, lead_of
from tracker.ports import Store
from tracker.stories import Centroid
from tracker.stories.timeline import OTHER, By, StorySummary, Timeline, stories_of, timeline_of

__all__ = ["Coverage", "StoryReport", "StoryView"]

Role = Literal["original", "copy", "version", "correction", "update"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryReport:
    """One article of a story: when it was told, and what it is in its family; `source` whose text it is, and why."""

    id: str
    at: datetime
    outlet: str
    title: str
    url: str
    role: Role
    family: int
    source: str = ""
    evidence: str = ""
    is_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """One story, its oldest report first. `asked` is the id asked for, where that story was joined into this one."""

    summary: StorySummary
    reports: tuple[StoryReport, ...]
    asked: StoryId | None = None
    merged: tuple[StoryId, ...] = ()
    split_from: StoryId | None = None


class Coverage:
    """Reads stories; stores nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def stories(
        self, watch: WatchName | None, since: datetime | None, limit: int | None = None
    ) -> tuple[StorySummary, ...]:
        """Stories with a report kept since then, whole, the one last heard of first; at most `limit`."""
        if since is None and limit is None:
            return stories_of(self._store.items(ItemQuery(watch=watch, by="time", brief=True)))
        last = self._store.latest_stories(watch, since_at=since, limit=limit)
        query = ItemQuery(watch=watch, stories=last, brief=True)
        return stories_of(self._store.items(query)) if last else ()

    def story(self, reference: str) -> StoryView:
        """One story by its id, also one that a merge has joined into another. Raises `ArticleNotFound`."""
        asked = StoryId(int(reference)) if reference.isdecimal() and len(reference) < 19 else None
        sketch = self._store.story_sketch(asked) if asked is not None else None
        summaries = (
            stories_of(self._store.items(ItemQuery(stories=(sketch.id,), brief=True))) if sketch else ()
        )
        if asked is None or sketch is None or not summaries:
            said = (
                f"There is no story {reference}."
                if reference.strip()
                else "No story is named: the ID is empty."
            )
            raise ArticleNotFound(said, hint="tracker stories lists them.")
        history = Centroid.from_json(sketch.terms, sketch.last_at)
        return StoryView(
            summary=summaries[0],
            reports=_reports(self._store.story(sketch.id)),
            asked=asked if asked != sketch.id else None,
            merged=history.merged,
            split_from=history.split_from,
        )

    def timeline(self, watch: WatchName | None, since: datetime | None, by: By, zone: tzinfo) -> Timeline:
        """Coverage by day, and within it by topic, outlet or story."""
        timeline = timeline_of(self._store.pieces(watch, since), by, zone)
        if by != "story":
            return timeline
        shown = tuple(StoryId(int(one.label)) for one in timeline.series if one.label != OTHER)
        kept = ItemQuery(watch=watch, since_at=since, stories=shown, brief=True)
        titles = {str(one.id): f"{one.id} {one.title}" for one in stories_of(self._store.items(kept))}
        series = tuple(replace(one, label=titles.get(one.label, one.label)) for one in timeline.series)
        return replace(timeline, series=series)


def _reports(members: Sequence[StoredArticle]) -> tuple[StoryReport, ...]:
    """All articles in the order they were told; the first is marked."""
    families: dict[int, list[StoredArticle]] = {}
    for member in members:
        families.setdefault(member.family_id, []).append(member)
    told = sorted(
        (report for family in families.values() for report in _family_reports(family)),
        key=lambda report: (report.at, report.url),
    )
    return tuple(replace(report, is_first=place == 0) for place, report in enumerate(told))


def _family_reports(family: Sequence[StoredArticle]) -> Iterator[StoryReport]:
    lead = lead_of(family)
    for member in family:
        article = member.article
        told = min(article.published_at or member.first_seen_at, member.first_seen_at)
        is_lead = member.id == lead.id
        yield StoryReport(
            id=article.external_id or str(member.id),
            at=told,
            outlet=article.outlet,
            title=article.title,
            url=article.url,
            role=_role(member, lead),
            family=member.family_id,
            source=lead.source if is_lead else "",
            evidence=lead.reason if is_lead else "",
        )


def _role(member: StoredArticle, lead: Lead) -> Role:
    if member.id == lead.id:
        return "original"
    mark = correction_in(member.article.title, member.article.text)
    if mark in {"correction", "update"}:
        return "correction" if mark == "correction" else "update"
    return "version" if member.likeness.kind is LikenessKind.VERSION else "copy"
