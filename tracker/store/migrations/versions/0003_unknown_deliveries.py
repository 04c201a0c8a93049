"""A delivery counts how often its mail went out without an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("unknown", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE delivery SET unknown = attempts WHERE state = 'ambiguous'")
