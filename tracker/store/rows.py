"""Rows to model values and back; with the aggregates beside it the only place that knows columns.

Instants are stored as microseconds since 1970 UTC.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from tracker.model import (
    Article,
    ArticleId,
    DateConfidence,
    FamilyId,
    Feed,
    FeedId,
    FeedMove,
    FeedState,
    KnownEntry,
    Likeness,
    LikenessKind,
    PollReport,
    PollStatus,
    Reason,
    Record,
    Relevance,
    StoredArticle,
    StoryId,
    TextGrade,
    TextSource,
    TopicScore,
    WatchName,
)
from tracker.store.codec import from_json, to_json
from tracker.store.search import is_unspaced
from tracker.urls import clickable_url

__all__ = [
    "FEED_COLUMNS",
    "article_from_row",
    "article_to_row",
    "entry_to_row",
    "feed_from_row",
    "feed_from_values",
    "instant",
    "known_entry_from_row",
    "micros",
    "move_from_row",
    "move_to_row",
    "optional_instant",
    "optional_micros",
    "poll_from_row",
    "poll_to_row",
    "reasons_from_json",
    "relevance_from_row",
    "relevance_to_row",
    "state_to_row",
    "stored_from_row",
    "topics_from_json",
    "url_to_row",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Row = Mapping[Any, Any]


def micros(at: datetime) -> int:
    """Instant to stored integer."""
    return (at - _EPOCH) // _MICROSECOND


def instant(value: int) -> datetime:
    """Stored integer to instant."""
    return _EPOCH + timedelta(microseconds=value)


def optional_micros(at: datetime | None) -> int | None:
    """As `micros`, None kept."""
    return None if at is None else micros(at)


def optional_instant(value: int | None) -> datetime | None:
    """As `instant`, None kept."""
    return None if value is None else instant(value)


FEED_COLUMNS = (
    "id", "url", "title", "site_url", "tags", "added_at", "origin", "state", "next_poll_at", "held_until",
)  # fmt: skip
"""What a feed is made of, in the order of `feed_from_values`."""


def feed_from_row(row: Row) -> Feed:
    """A feed with its state."""
    return feed_from_values(tuple(row[name] for name in FEED_COLUMNS))


@lru_cache(maxsize=4096)
def feed_from_values(values: tuple[Any, ...]) -> Feed:
    """The same from the values of `FEED_COLUMNS`; lists read the same thousands again and again."""
    row = dict(zip(FEED_COLUMNS, values, strict=True))
    state = replace(
        from_json(FeedState, row["state"]),
        next_poll_at=optional_instant(row["next_poll_at"]),
        held_until=optional_instant(row["held_until"]),
    )
    return Feed(
        id=FeedId(row["id"]),
        url=row["url"],
        title=row["title"],
        site_url=row["site_url"],
        tags=tuple(json.loads(row["tags"])),
        added_at=instant(row["added_at"]),
        origin=row["origin"],
        state=state,
    )


def state_to_row(state: FeedState) -> dict[str, Any]:
    """The columns a poll changes."""
    return {
        "next_poll_at": optional_micros(state.next_poll_at),
        "held_until": optional_micros(state.held_until),
        "state": to_json(replace(state, next_poll_at=None, held_until=None)),
    }


def url_to_row(url: str) -> dict[str, Any]:
    """The columns of an address: itself, and its host[:port], by which feeds of one server are known."""
    parts = urlsplit(clickable_url(url) or "")
    return {"url": url, "host": parts.netloc}


def move_to_row(move: FeedMove) -> dict[str, Any]:
    """A change of address."""
    return {
        "feed_id": move.feed_id,
        "from_url": move.from_url,
        "to_url": move.to_url,
        "reason": move.reason,
        "moved_at": micros(move.moved_at),
        "undone_at": optional_micros(move.undone_at),
    }


def move_from_row(row: Row) -> FeedMove:
    """And back."""
    return FeedMove(
        feed_id=FeedId(row["feed_id"]),
        from_url=row["from_url"],
        to_url=row["to_url"],
        reason=row["reason"],
        moved_at=instant(row["moved_at"]),
        undone_at=optional_instant(row["undone_at"]),
    )


def poll_to_row(report: PollReport) -> dict[str, Any]:
    """A poll's line in the feed's history."""
    return {
        "feed_id": report.feed_id,
        "polled_at": micros(report.polled_at),
        "status": report.status.value,
        "code": report.code,
        "detail": report.detail,
        "listed": report.listed,
        "new": report.new,
        "changed": report.changed,
        "duration_ms": report.duration // timedelta(milliseconds=1),
    }


def poll_from_row(row: Row) -> PollReport:
    """And back."""
    return PollReport(
        feed_id=FeedId(row["feed_id"]),
        polled_at=instant(row["polled_at"]),
        status=PollStatus(row["status"]),
        code=row["code"],
        detail=row["detail"],
        listed=row["listed"],
        new=row["new"],
        changed=row["changed"],
        duration=timedelta(milliseconds=row["duration_ms"]),
    )


def known_entry_from_row(row: Row) -> KnownEntry:
    """What sifting needs of an entry."""
    return KnownEntry(
        key=row["key"],
        canonical_url=row["canonical_url"],
        content_hash=row["content_hash"],
        revision=row["revision"],
        title=row["title"],
    )


def entry_to_row(record: Record, article_id: ArticleId | None) -> dict[str, Any]:
    """An entry's columns; the whole entry is kept only while it is pending."""
    entry = record.entry
    return {
        "feed_id": record.feed_id,
        "feed_key": record.feed_id or 0,
        "key": entry.key,
        "revision": record.revision,
        "guid": entry.guid,
        "url": entry.url,
        "canonical_url": entry.canonical_url,
        "title": entry.title,
        "content_hash": entry.content_hash,
        "published_at": optional_micros(entry.published_at),
        "first_seen_at": micros(record.first_seen_at),
        "article_id": article_id,
        "retry_at": optional_micros(record.retry_at),
        "attempts": record.attempts,
        "payload": to_json(entry) if record.retry_at else None,
    }


def article_to_row(record: Record, article: Article, revision: int) -> dict[str, Any]:
    """A new article's columns but its family, which needs its id."""
    likeness = record.likeness or Likeness(kind=LikenessKind.ORIGINAL)
    fingerprint = record.fingerprint
    return {
        "external_id": article.external_id,
        "url": article.url,
        "canonical_url": article.canonical_url,
        "revision": revision,
        "title": article.title,
        "text": article.text,
        "byline": article.byline,
        "outlet": article.outlet,
        "language": article.language,
        "published_at": optional_micros(article.published_at),
        "date_confidence": article.date_confidence.value,
        "source": article.source.value,
        "grade": article.grade.value,
        "note": article.note,
        "first_seen_at": micros(record.first_seen_at),
        "feed_id": record.feed_id,
        "family_id": likeness.family_id or 0,
        "kind": likeness.kind.value,
        "duplicate_of": likeness.of,
        "similarity": likeness.similarity,
        "likeness_reasons": json.dumps(likeness.reasons, ensure_ascii=False),
        "story_id": record.story_id,
        "scheme": fingerprint.scheme if fingerprint else 0,
        "exact_key": fingerprint.exact_key if fingerprint else 0,
        "prepared": record.prepared,
        "unspaced": int(is_unspaced(article.title, article.text)),
    }


def article_from_row(row: Row) -> Article:
    """The article itself."""
    return Article(
        url=row["url"],
        canonical_url=row["canonical_url"],
        title=row["title"],
        text=row["text"],
        byline=row["byline"],
        outlet=row["outlet"],
        language=row["language"],
        published_at=optional_instant(row["published_at"]),
        date_confidence=DateConfidence(row["date_confidence"]),
        source=TextSource(row["source"]),
        grade=TextGrade(row["grade"]),
        note=row["note"],
        external_id=row["external_id"],
    )


def stored_from_row(row: Row) -> StoredArticle:
    """The article with what the store knows around it."""
    duplicate_of, family = row["duplicate_of"], FamilyId(row["family_id"])
    return StoredArticle(
        id=ArticleId(row["id"]),
        family_id=family,
        revision=row["revision"],
        article=article_from_row(row),
        first_seen_at=instant(row["first_seen_at"]),
        likeness=Likeness(
            kind=LikenessKind(row["kind"]),
            of=None if duplicate_of is None else ArticleId(duplicate_of),
            family_id=family,
            similarity=row["similarity"],
            reasons=tuple(json.loads(row["likeness_reasons"])),
        ),
        story_id=None if row["story_id"] is None else StoryId(row["story_id"]),
        feed_id=None if row["feed_id"] is None else FeedId(row["feed_id"]),
    )


def relevance_to_row(article_id: ArticleId, relevance: Relevance) -> dict[str, Any]:
    """A score's columns."""
    return {
        "article_id": article_id,
        "watch": relevance.watch,
        "score": relevance.score,
        "threshold": relevance.threshold,
        "topics": json.dumps([[t.topic, t.score] for t in relevance.topics], ensure_ascii=False),
        "reasons": json.dumps([_reason_fields(r) for r in relevance.reasons], ensure_ascii=False),
        "profile_version": relevance.profile_version,
    }


@lru_cache(maxsize=4096)
def topics_from_json(text: str) -> tuple[TopicScore, ...]:
    """Stored topic scores."""
    return tuple(TopicScore(topic=name, score=score) for name, score in json.loads(text))


@lru_cache(maxsize=4096)
def reasons_from_json(text: str) -> tuple[Reason, ...]:
    """Stored reasons: kind, words and weight, and start and end of those that quote the text."""
    rows: Sequence[tuple[Any, ...]] = json.loads(text)
    names = ("kind", "text", "weight", "start", "end")
    return tuple(Reason(**dict(zip(names, row, strict=False))) for row in rows)


def _reason_fields(reason: Reason) -> list[Any]:
    fields = [reason.kind, reason.text, reason.weight]
    return fields if reason.start is None else [*fields, reason.start, reason.end]


def relevance_from_row(row: Row) -> Relevance:
    """And back."""
    return Relevance(
        watch=WatchName(row["watch"]),
        score=row["score"],
        threshold=row["threshold"],
        topics=topics_from_json(row["topics"]),
        reasons=reasons_from_json(row["reasons"]),
        profile_version=row["profile_version"],
    )
