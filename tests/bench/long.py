"""A journal with a long history, made quicker than life would: rows as the executor writes them, by SQL alone."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path

STEPS = 4
EXPLAINED = 20
"""One run of so many has its attempts and the traces of its models too: nothing that is measured reads them."""
RARE = 10_000
"""One run of so many has what is rare: a verdict, a model, a project, a workflow."""
STATUSES = ("succeeded",) * 36 + ("failed",) * 2 + ("cancelled", "lost")
VERDICTS = ("confirmed",) * 16 + ("unproven",) * 3 + ("observed",)
MODELS = tuple(f"anthropic/claude-{name}-5-5" for name in ("opus", "sonnet", "haiku"))
STAGES = ("plan", "implement", "test", "review")

_WORD = "'the quick brown fox jumps over the lazy dog and comes back again for more of the same. '"
_AT = "strftime('%Y-%m-%dT%H:%M:%S.000Z', 1700000000 + {} * 30 + {}, 'unixepoch')"


def fill(path: Path, runs: int, project: str, workflows: int) -> None:
    """Fill the empty journal ``path``: its newest runs are of ``project``, most others of other folders.

    Workflows are called ``card-000`` and so on; what is rare is ``rare``.
    """
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            file.execute(f"PRAGMA {pragma}")
        # Indexes are made afterwards, in one go each.
        indexes = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL").fetchall()
        for name, _ in indexes:
            file.execute(f"DROP INDEX {name}")
        numbers = {"runs": runs, "project": project, "workflows": workflows, "rare": RARE, "explained": EXPLAINED}
        for statement in _STATEMENTS:
            names = {name: value for name, value in numbers.items() if f":{name}" in statement}
            file.execute(statement, names)
        for _, sql in indexes:
            file.execute(sql)
        file.execute("PRAGMA journal_mode=WAL")
    with path.open("rb") as written:  # or the first write that is measured waits until all this is on the disk
        os.fsync(written.fileno())


def _pick(of: tuple[str, ...], number: str) -> str:
    return f"json_extract('{json.dumps(of)}', '$[' || ({number} % {len(of)}) || ']')"


_STATEMENTS = (
    f"""
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :runs)
INSERT INTO runs (number, task_id, kind, workflow, status, title, project, input, attachments, on_mismatch,
  created_at, started_at, ended_at, config_digest, catalog_digest)
SELECT i, printf('r_%015d', i), 'workflow',
  CASE WHEN i % :rare = 7 THEN 'rare' ELSE printf('card-%03d', i % :workflows) END,
  {_pick(STATUSES, "(i * 7919)")}, 'A title of ' || i,
  CASE WHEN i % :rare = 5 THEN '/rare' WHEN i > :runs - 1000 OR i % 20 = 0 THEN :project
    ELSE '/home/ada/' || (i % 19) END,
  {_WORD} || {_WORD} || i, '[]', 'stop',
  {_AT.format("i", 0)}, {_AT.format("i", 1)}, {_AT.format("i", 600)}, 'e5fb9af5fb28a562', 'c00c3a3d598b2379'
FROM n
""",
    f"""
INSERT INTO steps (run, "index", stage, type, status, asked, sent, answered, evidence, verdict, tier, reason, warnings,
  agent, agent_kind, agent_version, permission, prompt, attempt, usage, cost, side_calls, result, started_at, ended_at)
SELECT number, s.key, s.value, 'agent', CASE WHEN s.key = 3 THEN status ELSE 'succeeded' END, 'opus',
  CASE WHEN number % :rare = 1 THEN 'rare/model' ELSE {_pick(MODELS, "(number + s.key)")} END,
  '["claude-opus-5-5"]', 'A',
  CASE WHEN number % :rare = 3 THEN 'differs' ELSE {_pick(VERDICTS, "(number * 31 + s.key)")} END,
  'stage default', 'stage default (' || s.value || '): opus -> anthropic/claude-opus-5-5', '[]',
  'claude', 'claude', '2.1.328', 'edit', {_WORD}, printf('a_%013d_%d', number, s.key),
  '{{"input":1234,"cache_read":910,"cache_write":56,"output":51,"reasoning":0}}',
  '{{"usd":"0.0123","source":"claude"}}',
  '[]', {_WORD} || {_WORD} || {_WORD}, {_AT.format("number", "s.key * 100")}, {_AT.format("number", "s.key * 100 + 99")}
FROM runs, json_each('{json.dumps(STAGES)}') AS s
""",
    """
INSERT INTO attempts (id, run, step, agent, agent_kind, argv, cwd, env_names, env_removed, permission, state, pid,
  exit_code, created_at, ended_at)
SELECT attempt, run, "index", agent, agent_kind, '["claude","-p","--model","claude-opus-5-5"]', '/home/ada/shop',
  '["HOME","PATH","LANG"]', '[]', permission, 'ended', 4711, 0, started_at, ended_at
FROM steps WHERE run % :explained = 0
""",
    f"""
INSERT INTO traces (run, "index", stage, rows)
SELECT run, "index", stage, '[{{"number":1,"said":"' || {_WORD} || {_WORD} || {_WORD} || '"}}]'
FROM steps WHERE run % :explained = 0
""",
    """
INSERT INTO events (at, type, task_id, step, status) SELECT created_at, 'run', task_id, NULL, status FROM runs
""",
)
