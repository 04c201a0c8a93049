"""Compare-then-record: the `IngestSession` port, one transaction that no other writer can enter.

Word statistics are gathered over the session and written once at its end, in the same transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, insert, select, update

from tracker.model import (
    Article,
    ArticleId,
    Claim,
    EntryId,
    FamilyId,
    Fate,
    FeedState,
    IndexedText,
    KnownArticle,
    PollReport,
    Record,
    Recorded,
    WatchName,
)
from tracker.store import bands, schema
from tracker.store.engine import upsert
from tracker.store.leases import finish_poll
from tracker.store.rescoring import RescoreSession
from tracker.store.rows import (
    article_to_row,
    entry_to_row,
    micros,
    relevance_to_row,
)
from tracker.store.split import split
from tracker.store.stories import StorySession, tell_family

__all__ = ["Session", "newest_articles"]


class Session(StorySession, RescoreSession):
    """See `tracker.ports.IngestSession`. Made by `Articles.ingesting`, dead when that block ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._background: Counter[tuple[str, str]] = Counter()

    def known_article(self, canonical_url: str) -> KnownArticle | None:
        """The newest revision stored under this address."""
        return newest_articles(self._connection, [canonical_url]).get(canonical_url)

    def exact_matches(self, exact_key: int) -> tuple[ArticleId, ...]:
        """Articles with the same normalised body words, oldest first."""
        return tuple(bands.exact_matches(self._connection, exact_key))

    def candidates(self, sketch: Sequence[int], *, cap: int) -> tuple[tuple[ArticleId, int], ...]:
        """Articles that share sketch values, with how many."""
        return tuple(bands.candidates(self._connection, sketch, cap))

    def indexed_texts(self, ids: Sequence[ArticleId]) -> tuple[IndexedText, ...]:
        """The texts to verify, in the order asked; `text` is empty where the prepared bytes say it all."""
        return bands.indexed_texts(self._connection, ids)

    def sentence_counts(self, hashes: Sequence[int]) -> Mapping[int, int]:
        """How often each sentence was seen in unlinked articles."""
        return bands.sentence_counts(self._connection, hashes)

    def kept_in_family(self, family_id: FamilyId) -> frozenset[WatchName]:
        """The watches for which some member of the family was kept."""
        query = (
            select(schema.fate.c.watch)
            .join(schema.entry, schema.entry.c.id == schema.fate.c.entry_id)
            .join(schema.article, schema.article.c.id == schema.entry.c.article_id)
            .where(schema.article.c.family_id == family_id, schema.fate.c.fate == Fate.KEPT.value)
        )
        return frozenset(WatchName(name) for name in self._connection.scalars(query))

    def record(self, record: Record) -> Recorded:
        """Store one outcome; the same feed, entry key and revision again changes nothing unless it was pending."""
        old = self._entry_of(record)
        if old is not None and old.payload is None:
            article_id = None if old.article_id is None else ArticleId(old.article_id)
            return Recorded(entry_id=EntryId(old.id), article_id=article_id)
        article_id = self._article_of(record)
        entry_id = self._save_entry(record, article_id, None if old is None else old.id)
        self._save_fates(record, entry_id)
        return Recorded(entry_id=EntryId(entry_id), article_id=article_id)

    def split(self, article_id: ArticleId, kept: Mapping[WatchName, bool], at: datetime) -> None:
        """Take an article out of its family into one of its own; its copies' fates follow whether it passes."""
        split(self._connection, article_id, kept, at)

    def finish_poll(self, claim: Claim, state: FeedState, report: PollReport) -> bool:
        """End a poll within this transaction."""
        return finish_poll(self._connection, claim, state, report)

    def flush(self) -> None:
        """Write what was gathered; called once before the commit."""
        rows = [
            {"scope": scope, "key": key, "n": n} for (scope, key), n in sorted(self._background.items()) if n
        ]
        if not rows:
            return
        statement = upsert(self._connection, schema.background)
        total = {"n": schema.background.c.n + statement.excluded.n}
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["scope", "key"], set_=total), rows
        )
        self._background.clear()

    def _entry_of(self, record: Record) -> Any:
        t = schema.entry.c
        same = and_(
            t.feed_key == (record.feed_id or 0), t.key == record.entry.key, t.revision == record.revision
        )
        return self._connection.execute(select(t.id, t.article_id, t.payload).where(same)).first()

    def _article_of(self, record: Record) -> ArticleId | None:
        if record.article is None:
            return record.article_id
        known = self.known_article(record.article.canonical_url)
        article_id = self._save_article(record, record.article, known.revision + 1 if known else 0)
        for key, n in record.background.items():
            self._background[key] += n  # type: ignore[assignment]  # Counter is typed for int; sums are real numbers
        return article_id

    def _save_article(self, record: Record, article: Article, revision: int) -> ArticleId:
        connection = self._connection
        article_id = ArticleId(
            _inserted_id(connection, schema.article, article_to_row(record, article, revision))
        )
        linked = record.likeness is not None and record.likeness.is_duplicate
        if not linked:
            where = schema.article.c.id == article_id
            connection.execute(update(schema.article).where(where).values(family_id=article_id))
        if record.fingerprint is not None:
            bands.add_sketch(connection, article_id, record.fingerprint)
        if not linked and record.sentences:
            bands.raise_sentences(connection, record.sentences)
        if record.relevance:
            rows = [relevance_to_row(article_id, relevance) for relevance in record.relevance]
            connection.execute(insert(schema.relevance), rows)
        if linked and record.story_id is not None and record.likeness and record.likeness.family_id:
            tell_family(connection, record.likeness.family_id, record.story_id)
        if record.story_id is not None and record.story_terms:
            self.save_story(record.story_id, record.story_terms, record.story_at or record.first_seen_at)
        return article_id

    def _save_entry(self, record: Record, article_id: ArticleId | None, old_id: int | None) -> int:
        row = entry_to_row(record, article_id)
        if old_id is None:
            return _inserted_id(self._connection, schema.entry, row)
        row.pop("first_seen_at")
        self._connection.execute(update(schema.entry).where(schema.entry.c.id == old_id).values(**row))
        self._connection.execute(schema.fate.delete().where(schema.fate.c.entry_id == old_id))
        return old_id

    def _save_fates(self, record: Record, entry_id: int) -> None:
        rows = [
            {
                "entry_id": entry_id,
                "watch": watch,
                "fate": fate.value,
                "note": record.notes.get(watch, ""),
                "decided_at": micros(record.first_seen_at),
            }
            for watch, fate in record.fates.items()
        ]
        if rows:
            self._connection.execute(insert(schema.fate), rows)


def newest_articles(connection: Connection, canonical_urls: Sequence[str]) -> dict[str, KnownArticle]:
    """The newest revision under each of these addresses."""
    t = schema.article.c
    query = select(t.id, t.family_id, t.revision, t.exact_key, t.canonical_url).where(
        t.canonical_url.in_(canonical_urls)
    )
    return {
        row.canonical_url: KnownArticle(
            article_id=ArticleId(row.id),
            family_id=FamilyId(row.family_id),
            revision=row.revision,
            exact_key=row.exact_key,
        )
        for row in connection.execute(query.order_by(t.revision))
    }


def _inserted_id(connection: Connection, table: Any, row: Mapping[str, Any]) -> int:
    return int(connection.execute(_inserting(table), row).scalar_one())


@cache
def _inserting(table: Any) -> Any:
    """One statement a table: its compiled form is kept, and only the row changes."""
    return insert(table).returning(table.c.id)
