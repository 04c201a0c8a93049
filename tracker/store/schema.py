"""The tables, once, for SQLite and PostgreSQL. Only `rows.py` and the aggregates beside it know the columns.

Instants are stored as integer microseconds since 1970 UTC: exact, sortable, the same on both databases.
Partial indexes are so on PostgreSQL as well (the migrations say it): naming its options here would load its dialect at
every start.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

__all__ = [
    "alert",
    "alert_item",
    "article",
    "background",
    "delivery",
    "digest",
    "digest_item",
    "entry",
    "fate",
    "feed",
    "feed_move",
    "judgement",
    "metadata",
    "poll",
    "profile",
    "relevance",
    "sample",
    "sentence",
    "sketch",
    "story",
    "topic",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_Id = BigInteger().with_variant(Integer, "sqlite")  # only INTEGER PRIMARY KEY is a rowid alias on SQLite

feed = Table(
    "feed",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("url", Text, nullable=False, unique=True),
    Column("host", Text, nullable=False, server_default=text("''"), index=True),  # host[:port] of url
    Column("title", Text, nullable=False, default=""),
    Column("site_url", Text),
    Column("tags", Text, nullable=False, default="[]"),  # JSON list
    Column("added_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    Column("origin", Text, nullable=False, default="added"),  # opml, added, or removed (by a person)
    Column("next_poll_at", BigInteger, index=True),
    Column("held_until", BigInteger),  # the host asked for rest: the same for all feeds of a host
    Column("state", Text, nullable=False, default="{}"),  # JSON of FeedState but next_poll_at and held_until
    Column("lease_token", Text),
    Column("lease_until", BigInteger),
)
Index(
    "ix_feed_lease_until",
    feed.c.lease_until,
    sqlite_where=feed.c.lease_until.is_not(None),
)

feed_move = Table(
    "feed_move",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("feed_id", ForeignKey("feed.id"), nullable=False, index=True),
    Column("from_url", Text, nullable=False, index=True),
    Column("to_url", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("moved_at", BigInteger, nullable=False),
    Column("undone_at", BigInteger),
)

poll = Table(
    "poll",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("feed_id", ForeignKey("feed.id"), nullable=False),
    Column("polled_at", BigInteger, nullable=False, index=True),
    Column("status", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("listed", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("duration_ms", Integer, nullable=False),
    Index("ix_poll_feed_time", "feed_id", "polled_at"),
)

story = Table(
    "story",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("title", Text, nullable=False),
    Column("terms", Text, nullable=False, default="{}"),  # JSON word -> weight
    Column("opened_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False, index=True),
)

article = Table(
    "article",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("external_id", Text, index=True),
    Column("url", Text, nullable=False, index=True),
    Column("canonical_url", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("byline", Text, nullable=False),
    Column("outlet", Text, nullable=False),
    Column("language", Text),
    Column("published_at", BigInteger),
    Column("date_confidence", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("first_seen_at", BigInteger, nullable=False),
    Column("feed_id", ForeignKey("feed.id")),
    Column("family_id", BigInteger, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("duplicate_of", BigInteger),
    Column("similarity", Float, nullable=False),
    Column("likeness_reasons", Text, nullable=False),  # JSON list
    Column("story_id", ForeignKey("story.id"), index=True),
    Column("scheme", SmallInteger, nullable=False),
    Column("exact_key", BigInteger, nullable=False, index=True),
    Column("prepared", LargeBinary),
    Column("unspaced", SmallInteger, nullable=False, server_default=text("0")),  # 1: see search.py
    UniqueConstraint("canonical_url", "revision"),
    Index("ix_article_seen_kind", "first_seen_at", "kind"),
    Index("ix_article_outlet", "outlet"),
    Index("ix_article_language", "language"),
)
Index(
    "ix_article_unspaced",
    article.c.id,
    sqlite_where=article.c.unspaced == 1,
)

entry = Table(
    "entry",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("feed_id", ForeignKey("feed.id")),  # NULL: from an archive
    Column(
        "feed_key", BigInteger, nullable=False
    ),  # feed id, 0 for an archive: NULLs would defeat the constraint
    Column("key", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("guid", Text),
    Column("url", Text),
    Column("canonical_url", Text, index=True),
    Column("title", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("published_at", BigInteger),
    Column("first_seen_at", BigInteger, nullable=False, index=True),
    Column("article_id", ForeignKey("article.id")),  # NULL: never had one, or it was pruned
    Column("retry_at", BigInteger, index=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("payload", Text),  # JSON of the Entry while it is pending
    UniqueConstraint("feed_key", "key", "revision"),
    Index("ix_entry_feed_hash", "feed_key", "content_hash"),
    Index("ix_entry_article_seen", "article_id", "first_seen_at"),
)

fate = Table(
    "fate",
    metadata,
    Column("entry_id", ForeignKey("entry.id", ondelete="CASCADE"), primary_key=True),
    Column("watch", Text, primary_key=True),
    Column("fate", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_at", BigInteger, nullable=False),
    Index("ix_fate_watch_fate", "watch", "fate", "entry_id"),
)

relevance = Table(
    "relevance",
    metadata,
    Column("article_id", ForeignKey("article.id", ondelete="CASCADE"), primary_key=True),
    Column("watch", Text, primary_key=True),
    Column("score", Float, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("topics", Text, nullable=False),  # JSON
    Column("reasons", Text, nullable=False),  # JSON
    Column("profile_version", Text, nullable=False),
    Index("ix_relevance_rank", "watch", "score", "article_id"),
)

topic = Table(  # the topics that a watch found in an article: see topics.py
    "topic",
    metadata,
    Column("watch", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("article_id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

sketch = Table(
    "sketch",
    metadata,
    Column("value", BigInteger, primary_key=True, autoincrement=False),
    Column("article_id", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

sentence = Table(
    "sentence",
    metadata,
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)

background = Table(
    "background",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("n", Float, nullable=False),
    sqlite_with_rowid=False,
)

profile = Table(
    "profile",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("watch", Text, nullable=False, index=True),
    Column("version", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("built_at", BigInteger, nullable=False),
)

judgement = Table(
    "judgement",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("article_id", ForeignKey("article.id"), nullable=False, index=True),
    Column("watch", Text, nullable=False, index=True),
    Column("verdict", Text, nullable=False),
    Column("judged_at", BigInteger, nullable=False),
)

sample = Table(
    "sample",
    metadata,
    Column("watch", Text, primary_key=True),
    Column("until_id", BigInteger, primary_key=True, autoincrement=False),
    Column("drawn_at", BigInteger, nullable=False),
    Column("strata", Text, nullable=False),  # JSON list
)

digest = Table(
    "digest",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("watch", Text, nullable=False),
    Column("local_date", Text, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("to_at", BigInteger, nullable=False),
    Column("message_id", Text, nullable=False, unique=True),
    Column("message", Text, nullable=False),  # JSON of Message
    Column("body", Text, nullable=False),  # JSON of Digest: ids and figures
    Column("mime", LargeBinary, nullable=False),
    Column("composed_at", BigInteger, nullable=False),
    Index("ix_digest_watch_to", "watch", "to_at"),
)

digest_item = Table(
    "digest_item",
    metadata,
    Column("watch", Text, primary_key=True),
    Column("article_id", ForeignKey("article.id"), primary_key=True),
    Column("digest_id", ForeignKey("digest.id"), nullable=False, index=True),
)

delivery = Table(
    "delivery",
    metadata,
    Column("digest_id", ForeignKey("digest.id"), primary_key=True),
    Column("recipient", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("at", BigInteger, nullable=False),
    Column("unknown", Integer, nullable=False, server_default=text("0")),  # times sent without an answer
)

alert = Table(
    "alert",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),  # the same whenever it is sent again
    Column("target", Text, nullable=False),
    Column("watch", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # JSON of Alert
    Column("state", Text, nullable=False),  # from here on as in delivery
    Column("detail", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("unknown", Integer, nullable=False),
    Index("ix_alert_target_made", "target", "made_at"),
    Index("ix_alert_state", "state"),
)

alert_item = Table(
    "alert_item",
    metadata,
    Column("target", Text, primary_key=True),
    Column("watch", Text, primary_key=True),
    Column("family_id", BigInteger, primary_key=True, autoincrement=False),
    Column("alert_id", ForeignKey("alert.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
)
