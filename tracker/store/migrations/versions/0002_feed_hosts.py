"""Feeds know their host, the rest it asked for and their former addresses; entries are found by content."""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_FEED = sa.table("feed", sa.column("id"), sa.column("url"), sa.column("host"))


def upgrade() -> None:
    identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("feed", sa.Column("host", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("feed", sa.Column("held_until", sa.BigInteger(), nullable=True))
    _fill_hosts(op.get_bind())
    op.create_index("ix_feed_host", "feed", ["host"], unique=False)
    leased = sa.text("lease_until IS NOT NULL")
    op.create_index(
        "ix_feed_lease_until", "feed", ["lease_until"], sqlite_where=leased, postgresql_where=leased
    )
    op.create_index("ix_poll_polled_at", "poll", ["polled_at"], unique=False)
    op.create_index("ix_entry_feed_hash", "entry", ["feed_key", "content_hash"], unique=False)
    op.create_table(
        "feed_move",
        sa.Column("id", identity, nullable=False),
        sa.Column("feed_id", identity, nullable=False),
        sa.Column("from_url", sa.Text(), nullable=False),
        sa.Column("to_url", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], name=op.f("fk_feed_move_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_move")),
    )
    op.create_index("ix_feed_move_feed_id", "feed_move", ["feed_id"], unique=False)
    op.create_index("ix_feed_move_from_url", "feed_move", ["from_url"], unique=False)


def _fill_hosts(connection: sa.Connection) -> None:
    rows = connection.execute(sa.select(_FEED.c.id, _FEED.c.url)).all()
    filled = [{"of": row.id, "is": _host(row.url)} for row in rows]
    if filled:
        statement = sa.update(_FEED).where(_FEED.c.id == sa.bindparam("of")).values(host=sa.bindparam("is"))
        connection.execute(statement, filled)


def _host(url: str) -> str:
    """host[:port] in lower case, the port only where it is not the scheme's own."""
    try:
        parts = urlsplit(url)
        default = {"http": 80, "https": 443}.get(parts.scheme)
        shown = "" if parts.port in {None, default} else f":{parts.port}"
    except ValueError:  # an address that cannot be taken apart
        return ""
    name = (parts.hostname or "").rstrip(".")
    return f"[{name}]{shown}" if ":" in name else f"{name}{shown}"
