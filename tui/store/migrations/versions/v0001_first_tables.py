"""The first tables: runs, their steps and the traces of their models, attempts, events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("workflow", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("title", sa.Text()),
        sa.Column("project", sa.Text()),
        sa.Column("input", sa.Text(), nullable=False),
        sa.Column("attachments", sa.Text(), nullable=False),
        sa.Column("on_mismatch", sa.Text(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("created_at", sa.Text()),
        sa.Column("started_at", sa.Text()),
        sa.Column("ended_at", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("config_digest", sa.Text()),
        sa.Column("catalog_digest", sa.Text()),
        sa.Column("rest", sa.Text()),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_runs_project", "runs", ["project"])
    op.create_index("ix_runs_project_workflow", "runs", ["project", "workflow"])
    op.create_index("ix_runs_status", "runs", ["status"])
    op.create_index("ix_runs_task_id", "runs", ["task_id"], unique=True)
    op.create_index("ix_runs_workflow", "runs", ["workflow"])
    op.create_table(
        "steps",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text()),
        sa.Column("sent", sa.Text()),
        sa.Column("answered", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text()),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.Column("effort", sa.Text()),
        sa.Column("warnings", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text()),
        sa.Column("agent_kind", sa.Text()),
        sa.Column("agent_version", sa.Text()),
        sa.Column("permission", sa.Text()),
        sa.Column("prompt", sa.Text()),
        sa.Column("timeout", sa.Float()),
        sa.Column("attempt", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("usage", sa.Text()),
        sa.Column("cost", sa.Text()),
        sa.Column("side_calls", sa.Text(), nullable=False),
        sa.Column("result", sa.Text()),
        sa.Column("started_at", sa.Text()),
        sa.Column("ended_at", sa.Text()),
        sa.Column("error", sa.Text()),
        sa.Column("rest", sa.Text()),
        sa.PrimaryKeyConstraint("run", "index", name="pk_steps"),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name="fk_steps_run", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_steps_sent", "steps", ["sent", "run"])
    op.create_index("ix_steps_verdict", "steps", ["verdict", "run"])
    op.create_table(
        "traces",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("index", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run", "index", name="pk_traces"),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name="fk_traces_run", ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "attempts",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("agent_kind", sa.Text(), nullable=False),
        sa.Column("argv", sa.Text(), nullable=False),
        sa.Column("cwd", sa.Text(), nullable=False),
        sa.Column("env_names", sa.Text(), nullable=False),
        sa.Column("env_removed", sa.Text(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cancel_reason", sa.Text()),
        sa.Column("pid", sa.Integer()),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("created_at", sa.Text()),
        sa.Column("ended_at", sa.Text()),
        sa.Column("rest", sa.Text()),
        sa.PrimaryKeyConstraint("number", name="pk_attempts"),
        sa.ForeignKeyConstraint(["run"], ["runs.number"], name="fk_attempts_run", ondelete="CASCADE"),
    )
    op.create_index("ix_attempts_id", "attempts", ["id"], unique=True)
    op.create_index("ix_attempts_live", "attempts", ["number"], sqlite_where=sa.text("state <> 'ended'"))
    op.create_index("ix_attempts_run", "attempts", ["run", "step"])
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text()),
        sa.Column("step", sa.Integer()),
        sa.Column("status", sa.Text()),
        sqlite_autoincrement=True,
    )
