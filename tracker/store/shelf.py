"""What a reader turns the pages of: stories and digests in portions, the choices of filters, words on one article."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, func, select, text

from tracker.model import (
    ArticleId,
    Delivery,
    DeliveryState,
    DigestId,
    Fate,
    Judgement,
    Message,
    Period,
    SavedDigest,
    StoryId,
    Verdict,
    WatchName,
)
from tracker.store import schema
from tracker.store.codec import from_json
from tracker.store.engine import Database
from tracker.store.picking import stored_watches
from tracker.store.rows import instant
from tracker.store.told import last_told

__all__ = ["Shelf"]

_BEYOND_ALL_IDS = 2**63  # a database cannot be asked for such a number
_CHOICES = 200  # values that a filter offers at most
_RECENT_STORIES = text(  # in this order, or SQLite looks through all that was kept for every story
    "SELECT s.id FROM story s WHERE EXISTS (SELECT 1 FROM article a CROSS JOIN entry e CROSS JOIN fate f"
    " WHERE a.story_id = s.id AND e.article_id = a.id AND f.entry_id = e.id AND f.watch = :watch AND f.fate = :fate)"
    " ORDER BY s.last_at DESC, s.id DESC LIMIT :limit OFFSET :offset"
)
_DECIDED = tuple(state.value for state in DeliveryState)


class Shelf:
    """Reads in portions; parts of `tracker.ports.ArticleStore`, `ProfileStore` and `DigestStore`."""

    _database: Database

    def latest_line(self, watch: WatchName) -> float | None:
        """The threshold that the newest scored article was judged by; None without scores."""
        t = schema.relevance.c
        own = t.watch.concat("") == watch  # not by the index of watches, which would have to be read whole
        query = select(t.threshold).where(own).order_by(t.article_id.desc()).limit(1)
        with self._database.read() as connection:
            found = connection.execute(query).scalar()
        return None if found is None else float(found)

    def outlets(self) -> tuple[str, ...]:
        """Outlets of stored articles, those with most articles first."""
        return self._most_frequent(schema.article.c.outlet)

    def languages(self) -> tuple[str, ...]:
        """Languages of stored articles, those with most articles first."""
        return self._most_frequent(schema.article.c.language)

    def recent_stories(self, watch: WatchName, *, limit: int, offset: int) -> tuple[StoryId, ...]:
        """Stories with something that the watch kept, the one last added to first."""
        values = {"watch": watch, "fate": Fate.KEPT.value, "limit": limit, "offset": offset}
        with self._database.read() as connection:
            return tuple(StoryId(found) for found in connection.scalars(_RECENT_STORIES, values))

    def latest_stories(
        self, watch: WatchName | None, *, since_at: datetime | None, limit: int | None
    ) -> tuple[StoryId, ...]:
        """Stories with an item that the watch, or any, kept since then, the one last heard of first."""
        with self._database.read() as connection:
            watches = [watch] if watch is not None else list(stored_watches(connection))
            return last_told(connection, watches, since_at=since_at, limit=limit)

    def judgements_of(self, article_id: ArticleId) -> tuple[Judgement, ...]:
        """Every word on one article for any watch, oldest first."""
        t = schema.judgement.c
        query = select(schema.judgement).where(t.article_id == article_id).order_by(t.id)
        with self._database.read() as connection:
            return tuple(
                Judgement(
                    article_id=article_id,
                    watch=WatchName(row.watch),
                    verdict=Verdict(row.verdict),
                    judged_at=instant(row.judged_at),
                )
                for row in connection.execute(query)
            )

    def saved_digests(self, watch: WatchName | None, *, limit: int, offset: int) -> tuple[SavedDigest, ...]:
        """Digests that were mailed or wait to be, newest first."""
        t = schema.digest.c
        query = select(schema.digest).order_by(t.id.desc()).limit(limit).offset(offset)
        return self._saved(query if watch is None else query.where(t.watch == watch))

    def saved_digest(self, digest_id: DigestId) -> SavedDigest | None:
        """One of them."""
        if digest_id >= _BEYOND_ALL_IDS:
            return None
        found = self._saved(select(schema.digest).where(schema.digest.c.id == digest_id))
        return found[0] if found else None

    def _most_frequent(self, column: Column[Any]) -> tuple[str, ...]:
        query = select(column).group_by(column).order_by(func.count().desc(), column).limit(_CHOICES)
        with self._database.read() as connection:
            return tuple(value for value in connection.scalars(query) if value)

    def _saved(self, query: Any) -> tuple[SavedDigest, ...]:
        t = schema.delivery.c
        with self._database.read() as connection:
            rows = connection.execute(query).all()
            told = connection.execute(
                select(t.digest_id, t.recipient, t.state, t.detail)
                .where(t.digest_id.in_([row.id for row in rows]), t.state.in_(_DECIDED))
                .order_by(t.recipient)
            ).all()
        return tuple(
            SavedDigest(
                id=DigestId(row.id),
                watch=WatchName(row.watch),
                period=Period(from_at=instant(row.from_at), to_at=instant(row.to_at)),
                composed_at=instant(row.composed_at),
                message=from_json(Message, row.message),
                deliveries=tuple(
                    Delivery(recipient=one.recipient, state=DeliveryState(one.state), detail=one.detail)
                    for one in told
                    if one.digest_id == row.id
                ),
            )
            for row in rows
        )
