"""Articles are found by the address they were read at, and their scores of the last weeks counted by indices alone."""

from alembic import op

revision = "0006"
down_revision = "0008"


def upgrade() -> None:
    op.create_index("ix_article_url", "article", ["url"])
    op.create_index("ix_article_seen_kind", "article", ["first_seen_at", "kind"])
    op.drop_index("ix_article_first_seen_at", "article")
