"""Compare-then-record: the `IngestSession` port, one transaction that no other writer can enter.

Word statistics are gathered over the session and written once at its end, in the same transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, update

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
    Verdict,
    WatchName,
)
from tracker.store import bands, schema
from tracker.store.direct import insert_row, inserted_id, run, select_rows
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
from tracker.store.topics import save_topics

__all__ = ["Session", "newest_articles"]

_KNOWN_ARTICLE = (
    "SELECT id, family_id, revision, exact_key FROM article WHERE canonical_url=?"
    " ORDER BY revision DESC LIMIT 1"
)
_KNOWN_ENTRY = (
    "SELECT id, article_id, payload IS NOT NULL FROM entry WHERE feed_key=? AND key=? AND revision=?"
)
_FIRST_OF_FAMILY = "UPDATE article SET family_id=id WHERE id=?"


class _Known(NamedTuple):
    """An entry that is stored already, and whether its page is still to be tried again."""

    recorded: Recorded
    is_pending: bool


class Session(StorySession, RescoreSession):
    """See `tracker.ports.IngestSession`. Made by `Articles.ingesting`, dead when that block ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._background: Counter[tuple[str, str]] = Counter()

    def known_article(self, canonical_url: str) -> KnownArticle | None:
        """The newest revision stored under this address."""
        rows = select_rows(self._connection, _KNOWN_ARTICLE, (canonical_url,))
        return _known_article(*rows[0]) if rows else None

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

    def settled_in_family(self, family_id: FamilyId) -> frozenset[WatchName]:
        """The watches for which some member of the family was kept, or was refused by a person."""
        query = (
            select(schema.fate.c.watch)
            .join(schema.entry, schema.entry.c.id == schema.fate.c.entry_id)
            .join(schema.article, schema.article.c.id == schema.entry.c.article_id)
            .where(schema.article.c.family_id == family_id, schema.fate.c.fate == Fate.KEPT.value)
        )
        kept = {WatchName(name) for name in self._connection.scalars(query)}
        return frozenset(kept | self._refused(family_id))

    def _refused(self, family_id: FamilyId) -> set[WatchName]:
        """Find the watches whose newest words on the family's members all say that it is not relevant."""
        t = schema.judgement.c
        query = (
            select(t.watch, t.article_id, t.verdict)
            .join(schema.article, schema.article.c.id == t.article_id)
            .where(schema.article.c.family_id == family_id, t.verdict != Verdict.NOT_DUPLICATE.value)
            .order_by(t.id)
        )
        newest = {(row.watch, row.article_id): row.verdict for row in self._connection.execute(query)}
        wanted = {watch for (watch, _), verdict in newest.items() if verdict == Verdict.RELEVANT.value}
        return {WatchName(watch) for watch, _ in newest if watch not in wanted}

    def record(self, record: Record) -> Recorded:
        """Store one outcome; the same feed, entry key and revision again changes nothing unless it was pending."""
        old = self._entry_of(record)
        if old is not None and not old.is_pending:
            return old.recorded
        article_id = self._article_of(record)
        entry_id = self._save_entry(record, article_id, None if old is None else old.recorded.entry_id)
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

    def _entry_of(self, record: Record) -> _Known | None:
        same = (record.feed_id or 0, record.entry.key, record.revision)
        rows = select_rows(self._connection, _KNOWN_ENTRY, same)
        if not rows:
            return None
        entry_id, article_id, is_pending = rows[0]
        recorded = Recorded(entry_id=EntryId(entry_id), article_id=article_id)
        return _Known(recorded, bool(is_pending))

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
        row = article_to_row(record, article, revision)
        article_id = ArticleId(inserted_id(connection, schema.article.name, row))
        linked = record.likeness is not None and record.likeness.is_duplicate
        if not linked:
            run(connection, _FIRST_OF_FAMILY, (article_id,))
        if record.fingerprint is not None:
            bands.add_sketch(connection, article_id, record.fingerprint)
        if not linked and record.sentences:
            bands.raise_sentences(connection, record.sentences)
        for relevance in record.relevance:
            insert_row(connection, schema.relevance.name, relevance_to_row(article_id, relevance))
            save_topics(connection, article_id, relevance)
        if linked and record.story_id is not None and record.likeness and record.likeness.family_id:
            tell_family(connection, record.likeness.family_id, record.story_id)
        if record.story_id is not None and record.story_terms:
            self.save_story(record.story_id, record.story_terms, record.story_at or record.first_seen_at)
        return article_id

    def _save_entry(self, record: Record, article_id: ArticleId | None, old_id: int | None) -> int:
        row = entry_to_row(record, article_id)
        if old_id is None:
            return inserted_id(self._connection, schema.entry.name, row)
        row.pop("first_seen_at")
        self._connection.execute(update(schema.entry).where(schema.entry.c.id == old_id).values(**row))
        self._connection.execute(schema.fate.delete().where(schema.fate.c.entry_id == old_id))
        return old_id

    def _save_fates(self, record: Record, entry_id: int) -> None:
        for watch, fate in record.fates.items():
            row = {
                "entry_id": entry_id,
                "watch": watch,
                "fate": fate.value,
                "note": record.notes.get(watch, ""),
                "decided_at": micros(record.first_seen_at),
            }
            insert_row(self._connection, schema.fate.name, row)


def newest_articles(connection: Connection, canonical_urls: Sequence[str]) -> dict[str, KnownArticle]:
    """The newest revision under each of these addresses."""
    t = schema.article.c
    query = select(t.id, t.family_id, t.revision, t.exact_key, t.canonical_url).where(
        t.canonical_url.in_(canonical_urls)
    )
    rows = connection.execute(query.order_by(t.revision))
    return {row.canonical_url: _known_article(*row[:4]) for row in rows}


def _known_article(article_id: int, family_id: int, revision: int, exact_key: int) -> KnownArticle:
    return KnownArticle(
        article_id=ArticleId(article_id),
        family_id=FamilyId(family_id),
        revision=revision,
        exact_key=exact_key,
    )
