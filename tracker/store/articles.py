"""Entries and articles: the `ArticleStore` port but for what readers list (`items.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select

from tracker.errors import ArticleNotFound
from tracker.model import (
    ArticleId,
    Entry,
    FamilyId,
    Fate,
    FateCount,
    FeedId,
    KnownArticle,
    KnownEntry,
    PendingEntry,
    Relevance,
    StoredArticle,
    StoryId,
    StorySketch,
    WatchName,
)
from tracker.store import schema
from tracker.store.codec import from_json
from tracker.store.engine import Database, is_one_of
from tracker.store.ingest import Session, newest_articles
from tracker.store.rows import (
    instant,
    known_entry_from_row,
    micros,
    relevance_from_row,
    stored_from_row,
)
from tracker.store.stories import story_sketch

__all__ = ["Articles"]

_BEYOND_ALL_RETRIES = 86_400 * 1_000_000
"""Microseconds: pages are tried again within hours."""
_WHERE_IDS_ARE = "Ids are the first column of tracker items; for an address try tracker why URL."
_CHUNK = 400  # values in one IN list: SQLite before 3.32 allows 999 parameters


class Articles:
    """See `tracker.ports.ArticleStore`."""

    _database: Database

    @contextmanager
    def ingesting(self) -> Iterator[Session]:
        """Open the one compare-then-record transaction."""
        with self._database.write(exclusive=True) as connection:
            session = Session(connection)
            yield session
            session.flush()

    def known_entries(self, feed_id: FeedId, entries: Sequence[Entry]) -> Mapping[str, KnownEntry]:
        """Which of these entries the store knows: by key, else by canonical URL, else by content, in the same feed.

        `canonical_url` has one scheme and no www. already. What is returned is the newest revision of the stored key.
        """
        with self._database.read() as connection:
            known = _newest(connection, feed_id, {entry.key: entry.key for entry in entries})
            keys: dict[str, str] = {}
            for column in ("canonical_url", "content_hash"):
                rest = [entry for entry in entries if entry.key not in known and entry.key not in keys]
                keys.update(_stored_keys(connection, feed_id, column, rest))
            known.update(_newest(connection, feed_id, keys))
        return known

    def known_urls(self, canonical_urls: Sequence[str]) -> Mapping[str, KnownArticle]:
        """Which addresses have an article already."""
        found: dict[str, KnownArticle] = {}
        with self._database.read() as connection:
            for chunk in _chunks(canonical_urls):
                found.update(newest_articles(connection, chunk))
        return found

    def pending(self, now: datetime, *, limit: int) -> tuple[PendingEntry, ...]:
        """Entries whose page is to be tried again now, the longest waiting first.

        What is to wait for longer than any does was put off by a clock that was ahead: its time is now, too.
        """
        t, at = schema.entry.c, micros(now)
        is_time = or_(t.retry_at <= at, t.retry_at > at + _BEYOND_ALL_RETRIES)
        followed = select(schema.feed.c.id).where(schema.feed.c.removed_at.is_(None))
        query = (
            select(t.feed_id, t.payload, t.revision, t.first_seen_at, t.attempts)
            .where(is_time, t.feed_id.in_(followed))
            .order_by(t.retry_at)
            .limit(limit)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(
            PendingEntry(
                feed_id=FeedId(row.feed_id),
                entry=from_json(Entry, row.payload),
                revision=row.revision,
                first_seen_at=instant(row.first_seen_at),
                attempts=row.attempts,
            )
            for row in rows
        )

    def texts(self, ids: Sequence[ArticleId]) -> Mapping[ArticleId, str]:
        """The texts of articles."""
        t = schema.article.c
        with self._database.read() as connection:
            query = select(t.id, t.text).where(is_one_of(connection, t.id, ids))
            return {ArticleId(row.id): row.text for row in connection.execute(query)}

    def article(self, reference: str) -> StoredArticle:
        """One article by id, by the id it was ingested under, or by address. Raises `ArticleNotFound`."""
        if (
            not reference.strip()
        ):  # an article out of an archive may have no address: it is not what was meant
            raise ArticleNotFound("No article is named: the ID is empty.", hint=_WHERE_IDS_ARE)
        t = schema.article.c
        ways = [t.external_id == reference, t.canonical_url == reference, t.url == reference]
        if reference.isascii() and reference.isdecimal() and len(reference) < 19:
            ways.append(t.id == int(reference))
        with self._database.read() as connection:
            rows = (
                connection.execute(select(schema.article).where(or_(*ways)).order_by(t.revision.desc()))
                .mappings()
                .all()
            )
        if not rows:
            raise ArticleNotFound(f"No stored article is known as {reference}.", hint=_WHERE_IDS_ARE)
        exact = [row for row in rows if row["external_id"] == reference] or rows
        return stored_from_row(dict(exact[0]))

    def family(self, family_id: FamilyId) -> tuple[StoredArticle, ...]:
        """All members of a family, oldest first."""
        return self._articles(schema.article.c.family_id == family_id)

    def story(self, story_id: StoryId) -> tuple[StoredArticle, ...]:
        """All articles of a story, or of the one it was joined into, oldest first."""
        now = self.story_sketch(story_id)
        return self._articles(schema.article.c.story_id == (now.id if now else story_id))

    def story_sketch(self, story_id: StoryId) -> StorySketch | None:
        """The story an id leads to now, through all the merges since; None if there never was one."""
        with self._database.read() as connection:
            return story_sketch(connection, story_id)

    def relevance_of(self, article_id: ArticleId) -> tuple[Relevance, ...]:
        """The stored scores of an article."""
        query = select(schema.relevance).where(schema.relevance.c.article_id == article_id)
        with self._database.read() as connection:
            return tuple(relevance_from_row(dict(row)) for row in connection.execute(query).mappings())

    def fate_counts(self, *, since_at: datetime | None = None) -> tuple[FateCount, ...]:
        """How many entries met each fate."""
        t = schema.fate.c
        query = select(t.watch, t.fate, func.count()).group_by(t.watch, t.fate).order_by(t.watch, t.fate)
        if since_at is not None:
            query = query.join(schema.entry, schema.entry.c.id == t.entry_id).where(
                schema.entry.c.first_seen_at >= micros(since_at)
            )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(FateCount(watch=WatchName(w), fate=Fate(f), count=n) for w, f, n in rows)

    def entry_count(self, *, since_at: datetime | None = None) -> int:
        """How many entries were ever seen."""
        query = select(func.count()).select_from(schema.entry)
        if since_at is not None:
            query = query.where(schema.entry.c.first_seen_at >= micros(since_at))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def _articles(self, where: object) -> tuple[StoredArticle, ...]:
        query = select(schema.article).where(where).order_by(schema.article.c.id)  # type: ignore[arg-type]
        with self._database.read() as connection:
            return tuple(stored_from_row(dict(row)) for row in connection.execute(query).mappings())


def _newest(connection: Connection, feed_id: FeedId, keys: Mapping[str, str]) -> dict[str, KnownEntry]:
    """The newest revisions stored under these keys, by the names given to them."""
    table = schema.entry
    found: dict[str, KnownEntry] = {}
    for chunk in _chunks(sorted(set(keys.values()))):
        where = and_(table.c.feed_key == feed_id, table.c.key.in_(chunk))
        for row in connection.execute(select(table).where(where).order_by(table.c.revision)).mappings():
            found[row["key"]] = known_entry_from_row(row)
    return {name: found[key] for name, key in keys.items() if key in found}


def _stored_keys(
    connection: Connection, feed_id: FeedId, column: str, entries: Sequence[Entry]
) -> dict[str, str]:
    """Under which key an entry with the same value in `column` was stored last, by the entries' own keys."""
    t = schema.entry.c
    values = {entry.key: value for entry in entries if (value := getattr(entry, column))}
    found: dict[str, str] = {}
    for chunk in _chunks(sorted(set(values.values()))):
        query = select(t[column], t.key).where(t.feed_key == feed_id, t[column].in_(chunk)).order_by(t.id)
        found.update({row[0]: row[1] for row in connection.execute(query)})
    return {key: found[value] for key, value in values.items() if value in found}


def _chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
