"""Requests that were carried out, by the keys that clients gave them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "requests",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Text()),
        sa.Column("specs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_requests"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_requests_seq", "requests", ["seq"])
