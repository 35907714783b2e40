"""Specs: their table, the spec that a run is of, and events of specs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and add the columns."""
    op.create_table(
        "specs",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("project", sa.Text()),
        sa.Column("parent", sa.Text()),
        sa.Column("workflow", sa.Text()),
        sa.Column("stages", sa.Text()),
        sa.Column("stage_models", sa.Text()),
        sa.Column("model_set", sa.Text()),
        sa.Column("orchestrator_state", sa.Text()),
        sa.Column("extra", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.Text()),
        sa.Column("updated_at", sa.Text()),
        sa.Column("rest", sa.Text()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_specs_id", "specs", ["id"], unique=True)
    op.create_index("ix_specs_parent", "specs", ["parent"])
    op.create_index("ix_specs_project", "specs", ["project"])
    op.create_index("ix_specs_project_type", "specs", ["project", "type"])
    op.create_index("ix_specs_type", "specs", ["type"])
    op.add_column("runs", sa.Column("spec_id", sa.Text()))
    op.create_index("ix_runs_spec_id", "runs", ["spec_id"], sqlite_where=sa.text("spec_id IS NOT NULL"))
    op.add_column("events", sa.Column("spec_id", sa.Text()))
