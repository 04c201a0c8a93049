"""Articles are found by their topics, and entries counted by their articles, through indices alone."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0006"

_BATCH = 5_000
_THERE = 0.5


def upgrade() -> None:
    op.create_table(
        "topic",
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("article_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("watch", "name", "article_id", name=op.f("pk_topic")),
        sqlite_with_rowid=False,
    )
    _fill()
    op.create_index("ix_entry_article_seen", "entry", ["article_id", "first_seen_at"])
    op.drop_index("ix_entry_article_id", "entry")


def _fill() -> None:
    connection, after = op.get_bind(), 0
    topic = sa.table("topic", sa.column("watch"), sa.column("name"), sa.column("article_id"))
    t = sa.table("relevance", sa.column("article_id"), sa.column("watch"), sa.column("topics")).c
    while True:
        portion = sa.select(t.article_id, t.watch, t.topics).where(
            t.article_id > after, t.article_id <= after + _BATCH
        )
        found = {
            (row.watch, name.casefold(), row.article_id)
            for row in connection.execute(portion)
            for name, strength in json.loads(row.topics)
            if strength >= _THERE
        }
        if found:
            rows = [dict(zip(("watch", "name", "article_id"), one, strict=True)) for one in sorted(found)]
            connection.execute(sa.insert(topic), rows)
        last = connection.execute(sa.select(sa.func.max(t.article_id))).scalar() or 0
        after += _BATCH
        if after >= last:
            return
