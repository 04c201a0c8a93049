"""Figures for readers, counted in the database: coverage, scores, what goes on.

Each is one short reading that a page asks for; no text of an article is read. With 100,000 articles each takes some
tens of milliseconds (`benchmarks/web.py`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select, text

from tracker.model import (
    Activity,
    Fate,
    Feed,
    FeedId,
    LikenessKind,
    Piece,
    PollStatus,
    Scored,
    ScoreSums,
    WatchName,
)
from tracker.store import schema
from tracker.store.engine import Database, is_one_of
from tracker.store.rows import feed_from_row, instant, micros, optional_instant

__all__ = ["Figures"]

_SCORED = text(  # in this order, or SQLite goes through all that was ever decided, however old
    "SELECT e.id, e.article_id, f.fate = 'kept', r.score FROM entry e CROSS JOIN fate f CROSS JOIN relevance r"
    " WHERE f.entry_id = e.id AND f.watch = :watch AND f.fate || '' IN ('kept', 'below_threshold')"
    " AND r.article_id = e.article_id AND r.watch = :watch AND e.first_seen_at >= :since"
)
_ALONE = (LikenessKind.ORIGINAL.value, LikenessKind.RELATED.value)


class Figures:
    """The part of `tracker.ports.ArticleStore` that counts."""

    _database: Database

    def pieces(self, watch: WatchName | None, since_at: datetime | None) -> tuple[Piece, ...]:
        """Every report kept since then, and every place that carried it, oldest first.

        What two watches kept counts once, as the watch sees it that scores it highest.
        """
        with self._database.read() as connection:
            kept = {row.entry_id: row for row in connection.execute(_kept(watch, since_at))}
            reports = {row.family_id: row for row in kept.values()}
            others = connection.execute(_carried(connection, sorted(reports))).all() if reports else []
        topics = {
            family: tuple(map(tuple, json.loads(row.topics or "[]"))) for family, row in reports.items()
        }
        found = [
            Piece(_told(row), row.outlet, "report", topics[row.family_id], row.story_id)
            for row in kept.values()
        ]
        found += [
            Piece(
                instant(row.first_seen_at),
                row.outlet,
                "same page" if row.feed_id != row.article_feed else row.kind,
                topics[row.family_id],
                reports[row.family_id].story_id,
            )
            for row in others
            if row.entry_id not in kept
        ]
        return tuple(sorted(found, key=lambda piece: piece.at))

    def scored(self, watch: WatchName, since_at: datetime) -> tuple[Scored, ...]:
        """Every article seen since then that its score alone decided on, the weakest first.

        Kept is one of which any entry is: the others keep what they were told when they came.
        """
        values = {"watch": watch, "since": micros(since_at)}
        with self._database.read() as connection:
            rows = connection.execute(_SCORED, values).all()
        found: dict[int, Scored] = {}
        for entry_id, article_id, is_kept, score in rows:
            if is_kept or article_id not in found:
                found[article_id] = Scored(entry_id, article_id, bool(is_kept), score)
        return tuple(sorted(found.values(), key=itemgetter(3, 0)))

    def score_sums(self, watch: WatchName, since_at: datetime, line: float) -> ScoreSums:
        """The scores of every article since then that duplicates no other, added up."""
        article, score = schema.article.c, schema.relevance.c.score
        above = score >= line
        query = _original_scores(
            watch,
            func.min(case((score.is_not(None), article.first_seen_at))),
            func.count(score),
            func.coalesce(func.sum(score), 0.0),
            func.count(case((above, 1))),
            func.coalesce(func.sum(case((above, score))), 0.0),
        ).where(article.first_seen_at >= micros(since_at))
        with self._database.read() as connection:
            row = connection.execute(query).one()
        return ScoreSums(optional_instant(row[0]), row[1], float(row[2]), row[3], float(row[4]))

    def first_scored_at(self, watch: WatchName) -> datetime | None:
        """When the first article was seen that the watch scored and that duplicates no other."""
        article, score = schema.article.c, schema.relevance.c.score
        query = _original_scores(watch, article.first_seen_at).where(score.is_not(None))
        with self._database.read() as connection:
            return optional_instant(
                connection.execute(query.order_by(article.first_seen_at).limit(1)).scalar()
            )

    def kept_count(self, watch: WatchName) -> int:
        """How many entries the watch has kept."""
        t = schema.fate.c
        kept = select(func.count()).where(t.watch == watch, t.fate == Fate.KEPT.value)
        with self._database.read() as connection:
            return int(connection.execute(kept).scalar_one())

    def arrivals(self, feed_id: FeedId, since_at: datetime) -> tuple[datetime, ...]:
        """When each entry of a feed was first seen since then, oldest first."""
        t = schema.entry.c
        query = select(t.first_seen_at).where(t.feed_key == feed_id, t.first_seen_at >= micros(since_at))
        with self._database.read() as connection:
            return tuple(instant(at) for at in connection.scalars(query.order_by(t.first_seen_at)))

    def unfollowed(self, *, limit: int) -> tuple[Feed, ...]:
        """Feeds that a person stopped following, the latest first."""
        t = schema.feed.c
        gone = select(schema.feed).where(t.removed_at.is_not(None), t.origin == "removed")
        query = gone.order_by(t.removed_at.desc(), t.id).limit(limit)
        with self._database.read() as connection:
            return tuple(feed_from_row(row) for row in connection.execute(query).mappings())

    def activity(self, watches: Sequence[WatchName], now: datetime, since_at: datetime) -> Activity:
        """What goes on now, and what polls that ended since then brought."""
        feed, poll, fate = schema.feed.c, schema.poll.c, schema.fate.c
        at = micros(now)
        followed = select(func.count()).select_from(schema.feed).where(feed.removed_at.is_(None))
        is_held = and_(feed.held_until.is_not(None), feed.held_until > at)
        ended = select(poll.status, func.count(), func.sum(poll.new)).where(
            poll.polled_at >= micros(since_at)
        )
        kept = select(func.count()).select_from(schema.fate).where(fate.fate == Fate.KEPT.value)
        with self._database.read() as connection:

            def number(query: Select[Any]) -> int:
                return int(connection.execute(query).scalar_one())

            by_status = {
                status: (count, new) for status, count, new in connection.execute(ended.group_by(poll.status))
            }
            return Activity(
                at=now,
                since_at=since_at,
                feeds=number(followed),
                polling=number(followed.where(feed.lease_until > at)),
                due=number(followed.where(feed.next_poll_at <= at, ~is_held, feed.lease_until.is_(None))),
                polled=sum(count for count, _ in by_status.values()),
                failed=by_status.get(PollStatus.FAILED.value, (0, 0))[0],
                new=sum(int(new) for _, new in by_status.values()),
                entries=number(select(func.count()).select_from(schema.entry)),
                kept={name: number(kept.where(fate.watch == name)) for name in watches},
                last_poll_at=optional_instant(connection.execute(select(func.max(poll.polled_at))).scalar()),
            )


def _original_scores(watch: WatchName, *columns: ColumnElement[Any]) -> Select[Any]:
    """Originals with their score for a watch, NULL without one.

    An outer join, so that it begins with the few articles, whose texts an index spares.
    """
    article, relevance = schema.article.c, schema.relevance.c
    scored = and_(relevance.article_id == article.id, relevance.watch == watch)
    joined = schema.article.outerjoin(schema.relevance, scored)
    return select(*columns).select_from(joined).where(article.kind.in_(_ALONE))


def _kept(watch: WatchName | None, since_at: datetime | None) -> Select[Any]:
    """Every entry kept since then, the one of the highest score last."""
    entry, fate, article, relevance = schema.entry, schema.fate, schema.article, schema.relevance
    scored = and_(relevance.c.article_id == article.c.id, relevance.c.watch == fate.c.watch)
    query = (
        select(
            entry.c.id.label("entry_id"), entry.c.first_seen_at, article.c.family_id, article.c.story_id,
            func.coalesce(article.c.published_at, entry.c.published_at).label("published_at"),
            article.c.outlet, relevance.c.topics,
        )
        .select_from(fate)
        .join(entry, entry.c.id == fate.c.entry_id)
        .join(article, article.c.id == entry.c.article_id)
        .outerjoin(relevance, scored)
        .where(fate.c.fate == Fate.KEPT.value)
        .order_by(func.coalesce(relevance.c.score, -1))
    )  # fmt: skip
    query = query if watch is None else query.where(fate.c.watch == watch)
    return query if since_at is None else query.where(entry.c.first_seen_at >= micros(since_at))


def _carried(connection: Connection, families: Sequence[int]) -> Select[Any]:
    """Every entry of these families."""
    article, entry = schema.article, schema.entry
    return (
        select(
            entry.c.id.label("entry_id"), entry.c.first_seen_at, entry.c.feed_id, article.c.family_id,
            article.c.feed_id.label("article_feed"), article.c.outlet, article.c.kind,
        )
        .join(article, article.c.id == entry.c.article_id)
        .where(is_one_of(connection, article.c.family_id, families))
    )  # fmt: skip


def _told(row: Any) -> datetime:
    seen = instant(row.first_seen_at)
    return min(instant(row.published_at), seen) if row.published_at is not None else seen
