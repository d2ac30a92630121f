"""Trials that failed keep the traceback of the user's network."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column."""
    op.add_column("trials", sa.Column("error", sa.Text))
