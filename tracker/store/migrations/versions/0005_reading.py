"""Indices for lists that are read in portions, and a mark on articles in scripts written without spaces."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_UNSPACED = re.compile(r"[぀-ヿ㐀-鿿가-힯豈-﫿]")
_BATCH = 2_000


def upgrade() -> None:
    op.add_column(
        "article", sa.Column("unspaced", sa.SmallInteger(), server_default=sa.text("0"), nullable=False)
    )
    _mark()
    where = sa.text("unspaced = 1")
    op.create_index("ix_article_unspaced", "article", ["id"], sqlite_where=where, postgresql_where=where)
    op.create_index("ix_article_outlet", "article", ["outlet"])
    op.create_index("ix_article_language", "article", ["language"])
    op.create_index("ix_judgement_article_id", "judgement", ["article_id"])
    op.create_index("ix_relevance_rank", "relevance", ["watch", "score", "article_id"])
    op.drop_index("ix_relevance_watch_score", "relevance")


def _mark() -> None:
    connection, after = op.get_bind(), 0
    article = sa.table(
        "article", sa.column("id"), sa.column("title"), sa.column("text"), sa.column("unspaced")
    )
    while True:
        portion = (
            sa.select(article.c.id, article.c.title, article.c.text)
            .where(article.c.id > after)
            .order_by(article.c.id)
            .limit(_BATCH)
        )
        rows = connection.execute(portion).all()
        if not rows:
            return
        after = rows[-1].id
        found = [row.id for row in rows if _UNSPACED.search(row.title) or _UNSPACED.search(row.text)]
        for start in range(0, len(found), 400):
            chosen = article.c.id.in_(found[start : start + 400])
            connection.execute(sa.update(article).where(chosen).values(unspaced=1))
