"""Samples to judge, drawn at random, from which precision and recall are estimated."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "sample",
        sa.Column("watch", sa.Text(), nullable=False),
        sa.Column("until_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("drawn_at", sa.BigInteger(), nullable=False),
        sa.Column("strata", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("watch", "until_id", name=op.f("pk_sample")),
    )
