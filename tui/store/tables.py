"""The journal's tables.

A column has the name of the dataclass field that it holds; a field that came later, and that nobody filters or sorts
by, is in ``rest`` (``mapping`` tells how).

``runs.number`` counts runs in the order in which they were created: it is what "newest first" and the pages go by, also
when the machine's clock was set back, and what the other tables refer to, being shorter than an id. It is SQLite's row
id, which every index holds as its last column: an index on ``status`` alone gives the newest runs of a status in order.

A change here needs a migration (``migrations/versions``) and a new ``HEAD`` in ``version``; a test compares them.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, MetaData, Table, Text, text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(column_0_label)s",
    }
)


def _of_run(*, primary_key: bool = False) -> Column[int]:
    """The run that a row belongs to; it goes when its run goes."""
    return Column(
        "run", Integer, ForeignKey("runs.number", ondelete="CASCADE"), primary_key=primary_key, nullable=False
    )


runs = Table(
    "runs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("task_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("workflow", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("title", Text),
    Column("project", Text),
    Column("input", Text, nullable=False),
    Column("attachments", Text, nullable=False),
    Column("on_mismatch", Text, nullable=False),
    Column("note", Text),
    Column("created_at", Text),
    Column("started_at", Text),
    Column("ended_at", Text),
    Column("error", Text),
    Column("config_digest", Text),
    Column("catalog_digest", Text),
    Column("rest", Text),
    Column("spec_id", Text),
    Index("ix_runs_task_id", "task_id", unique=True),
    Index("ix_runs_status", "status"),
    Index("ix_runs_workflow", "workflow"),
    Index("ix_runs_project", "project"),
    Index("ix_runs_project_workflow", "project", "workflow"),
    # The newest run of a spec; most runs have none and cost nothing here.
    Index("ix_runs_spec_id", "spec_id", sqlite_where=text("spec_id IS NOT NULL")),
    # Numbers are never given twice, so that a page's cursor means the same after old runs were deleted.
    sqlite_autoincrement=True,
)

steps = Table(
    "steps",
    metadata,
    _of_run(primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("asked", Text),
    Column("sent", Text),
    Column("answered", Text, nullable=False),
    Column("evidence", Text),
    Column("verdict", Text, nullable=False),
    Column("tier", Text),
    Column("reason", Text),
    Column("effort", Text),
    Column("warnings", Text, nullable=False),
    Column("agent", Text),
    Column("agent_kind", Text),
    Column("agent_version", Text),
    Column("permission", Text),
    Column("prompt", Text),
    Column("timeout", Float),
    Column("attempt", Text),
    Column("note", Text),
    Column("usage", Text),
    Column("cost", Text),
    Column("side_calls", Text, nullable=False),
    Column("result", Text),
    Column("started_at", Text),
    Column("ended_at", Text),
    Column("error", Text),
    Column("rest", Text),
    # Runs with a verdict, or that were sent a model, newest first.
    Index("ix_steps_verdict", "verdict", "run"),
    Index("ix_steps_sent", "sent", "run"),
    # The steps of a run lie together, in order.
    sqlite_with_rowid=False,
)

attempts = Table(
    "attempts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    _of_run(),
    Column("step", Integer, nullable=False),
    Column("agent", Text, nullable=False),
    Column("agent_kind", Text, nullable=False),
    Column("argv", Text, nullable=False),
    Column("cwd", Text, nullable=False),
    Column("env_names", Text, nullable=False),
    Column("env_removed", Text, nullable=False),
    Column("permission", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("cancel_reason", Text),
    Column("pid", Integer),
    Column("exit_code", Integer),
    Column("created_at", Text),
    Column("ended_at", Text),
    Column("rest", Text),
    Index("ix_attempts_id", "id", unique=True),
    Index("ix_attempts_run", "run", "step"),
)

ATTEMPT_LIVES = text("attempts.state <> 'ended'")
"""Which attempts an executor has to look after. A literal: SQLite uses a partial index for the same words only."""

Index("ix_attempts_live", attempts.c.number, sqlite_where=text("state <> 'ended'"))

traces = Table(
    "traces",
    metadata,
    _of_run(primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("stage", Text, nullable=False),
    Column("rows", Text, nullable=False),
    sqlite_with_rowid=False,
)

specs = Table(
    "specs",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("attachments", Text, nullable=False),
    Column("project", Text),
    Column("parent", Text),
    Column("workflow", Text),
    Column("stages", Text),
    Column("stage_models", Text),
    Column("model_set", Text),
    Column("orchestrator_state", Text),
    Column("extra", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("created_at", Text),
    Column("updated_at", Text),
    Column("rest", Text),
    Index("ix_specs_id", "id", unique=True),
    Index("ix_specs_project", "project"),
    Index("ix_specs_project_type", "project", "type"),
    Index("ix_specs_type", "type"),
    Index("ix_specs_parent", "parent"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("task_id", Text),
    Column("step", Integer),
    Column("status", Text),
    Column("spec_id", Text),
    # A number is never given twice, so that a client which resumes after it misses nothing.
    sqlite_autoincrement=True,
)

requests = Table(
    "requests",
    metadata,
    Column("key", Text, primary_key=True, nullable=False),
    Column("digest", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("task_id", Text),
    Column("specs", Text, nullable=False),
    Index("ix_requests_seq", "seq"),
    sqlite_with_rowid=False,
)
"""Requests that a client may send again, by their keys; they go with their events."""
