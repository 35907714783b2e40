"""Every query is answered by an index, so that a long history costs nothing."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from tests.store.samples import AT, attempt, run
from tui.core.run import RunStatus
from tui.store.journal import Journal
from tui.store.reader import LIVE_RUN

ROWS = 10_000

FILL = f"""
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
INSERT INTO runs (number, task_id, kind, workflow, status, project, input, attachments, on_mismatch, created_at)
SELECT i, printf('r_%06d', i), 'workflow', 'workflow ' || (i % 7), CASE WHEN i % 997 = 0 THEN 'running'
  ELSE json_extract('["succeeded", "failed", "cancelled", "lost"]', '$[' || (i % 4) || ']') END,
  '/project/' || (i % 3), '', '[]', 'stop', '2026-11-20T09:00:00.000Z' FROM n;
INSERT INTO steps (run, "index", stage, type, status, answered, verdict, warnings, side_calls, sent)
SELECT number, i, 'stage', 'agent', 'succeeded', '[]', CASE WHEN number % 100 = 0 THEN 'differs' ELSE 'confirmed' END,
  '[]', '[]', CASE WHEN number % 50 = 0 AND i = 2 THEN 'b/b' ELSE 'anthropic/claude-opus-4-8' END
  FROM runs, (SELECT 0 AS i UNION ALL SELECT 1 UNION ALL SELECT 2);
INSERT INTO traces (run, "index", stage, rows) SELECT run, "index", stage, '[]' FROM steps;
INSERT INTO attempts (id, run, step, agent, agent_kind, argv, cwd, env_names, env_removed, permission, state)
SELECT printf('a_%06d', run), run, 0, 'claude', 'claude', '[]', '/', '[]', '[]', 'edit',
  CASE WHEN run % 997 = 0 THEN 'running' ELSE 'ended' END FROM steps WHERE "index" = 0;
UPDATE runs SET spec_id = printf('s_%06d', number / 2) WHERE number % 10 = 0;
INSERT INTO specs (id, type, title, text, attachments, project, parent, extra, version)
SELECT printf('s_%06d', number), json_extract('["feature", "bug"]', '$[' || (number % 2) || ']'), 'title ' || number,
  'text', '[]', project, CASE WHEN number % 5 = 0 THEN 's_000001' END, '{{}}', 1 FROM runs;
INSERT INTO events (at, type, task_id, status) SELECT '2026-11-20T09:00:00.000Z', 'run', task_id, status FROM runs;
"""


@pytest.fixture(scope="module")
def long_history(tmp_path_factory: pytest.TempPathFactory, empty_journal: bytes) -> Path:
    path = tmp_path_factory.mktemp("long") / "journal.sqlite3"
    path.write_bytes(empty_journal)
    with closing(sqlite3.connect(path)) as file, file:
        file.executescript(FILL)
    return path


@pytest.fixture
async def journal(long_history: Path) -> AsyncIterator[Journal]:
    journal = Journal.open(long_history, lambda: AT)
    yield journal
    await journal.close()


@contextmanager
def statements() -> Iterator[list[tuple[str, object]]]:
    """What is sent to SQLite meanwhile."""
    seen: list[tuple[str, object]] = []

    def note(_connection: Connection, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if statement.startswith(("SELECT", "WITH", "UPDATE", "INSERT", "DELETE")):
            seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


READ_WHOLE = (
    *("SCAN hop", "SCAN CONSTANT ROW", "SCAN attempts USING INDEX ix_attempts_live"),
    "SCAN sqlite_sequence",
)
"""What may be read from end to end: the workflows found so far, the index that holds live attempts alone, and where
SQLite itself keeps one row a table."""


def plan(path: Path, statement: str, parameters: object) -> list[str]:
    with closing(sqlite3.connect(path)) as file:
        rows = file.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
    return [row[3] for row in rows]


def assert_indexed(path: Path, seen: list[tuple[str, object]], *, sorts: bool = False) -> None:
    assert seen
    for statement, parameters in seen:
        for line in plan(path, statement, parameters[0] if isinstance(parameters, list) else parameters):
            assert not line.startswith("SCAN") or line in READ_WHOLE, (statement, line)
            assert sorts or "TEMP B-TREE" not in line, (statement, line)


READS = {
    "newest": lambda journal: journal.runs(limit=50),
    "later_page": lambda journal: journal.runs(limit=50, after="5000"),
    "by_status": lambda journal: journal.runs(limit=50, status=[RunStatus.FAILED]),
    "by_many_statuses": lambda journal: journal.runs(limit=50, status=list(RunStatus), after="5000"),
    "by_workflow": lambda journal: journal.runs(limit=50, workflow="workflow 3"),
    "by_project": lambda journal: journal.runs(limit=50, project="/project/1"),
    "by_workflow_and_project": lambda journal: journal.runs(limit=50, workflow="workflow 3", project="/project/1"),
    "by_all": lambda journal: journal.runs(limit=50, workflow="workflow 3", project="/project/1", status=LIVE_RUN),
    "by_verdict": lambda journal: journal.runs(limit=50, verdict="differs", after="9000"),
    "by_model": lambda journal: journal.runs(limit=50, models=["anthropic/claude-opus-4-8"]),
    "by_many_models": lambda journal: journal.runs(limit=50, models=["anthropic/claude-opus-4-8", "b/b"], after="5000"),
    "by_verdict_and_all": lambda journal: journal.runs(
        limit=50,
        verdict="differs",
        models=["anthropic/claude-opus-4-8"],
        status=[RunStatus.SUCCEEDED],
        workflow="workflow 3",
        project="/project/1",
    ),
    "one": lambda journal: journal.run("r_005000"),
    "live_runs": lambda journal: journal.live_runs(),
    "last_runs": lambda journal: journal.last_runs("/project/1"),
    "spec": lambda journal: journal.spec("s_005000"),
    "specs": lambda journal: journal.specs(limit=50, after="5000"),
    "specs_by_project": lambda journal: journal.specs(limit=50, project="/project/1"),
    "specs_by_type": lambda journal: journal.specs(limit=50, kind="bug"),
    "specs_by_project_and_type": lambda journal: journal.specs(limit=50, project="/project/1", kind="bug"),
    "specs_by_query": lambda journal: journal.specs(limit=50, query="title 77"),
    "stories_of_one": lambda journal: journal.specs(limit=50, parent="s_000001"),
    "stories": lambda journal: journal.stories(["s_000001", "s_000002"]),
    "spec_runs": lambda journal: journal.spec_runs(["s_000005", "s_000010"]),
    "attempt": lambda journal: journal.attempt("a_005000"),
    "attempts": lambda journal: journal.attempts("r_005000"),
    "live_attempts": lambda journal: journal.live_attempts(),
    "trace": lambda journal: journal.trace("r_005000"),
    "trace_of_a_step": lambda journal: journal.trace("r_005000", 1),
    "events": lambda journal: journal.events(9_000, 100),
    "oldest_seq": lambda journal: journal.oldest_seq,
    "ended_count": lambda journal: journal.ended_count(),
    "ended_runs": lambda journal: journal.ended_runs(5_000, 500),
    "attempts_of": lambda journal: journal.attempts_of(5_000),
}
FILTERS: Mapping[str, object] = {
    "status": [RunStatus.FAILED],
    "workflow": "workflow 3",
    "project": "/project/1",
    "verdict": "differs",
    "models": ["anthropic/claude-opus-4-8"],
}
PAIRS = list(combinations(FILTERS, 2))


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_a_read_uses_an_index(journal: Journal, long_history: Path, read: object) -> None:
    with statements() as seen:
        found = read(journal)  # type: ignore[operator]
    assert found
    assert_indexed(long_history, seen)


@pytest.mark.parametrize("after", [None, "5000"], ids=["newest", "later_page"])
@pytest.mark.parametrize("names", [*((name,) for name in FILTERS), *PAIRS], ids="-".join)
async def test_every_filter_and_every_two_use_an_index(
    journal: Journal, long_history: Path, names: tuple[str, ...], after: str | None
) -> None:
    with statements() as seen:
        journal.runs(limit=50, after=after, **{name: FILTERS[name] for name in names})  # type: ignore[arg-type]
    assert_indexed(long_history, seen)


SOME: Mapping[str, tuple[object, ...]] = {
    "status": ([RunStatus.FAILED], [RunStatus.RUNNING], [RunStatus.RUNNING, RunStatus.SUCCEEDED]),
    "workflow": ("workflow 3",),
    "project": ("/project/1",),
    "verdict": ("differs", "confirmed"),
    "models": (["b/b"], ["anthropic/claude-opus-4-8"], ["b/b", "anthropic/claude-opus-4-8"]),
}


@pytest.mark.parametrize("after", [None, "5000"], ids=["newest", "later_page"])
async def test_whichever_filter_leads_the_page_is_the_same(
    journal: Journal, long_history: Path, after: str | None
) -> None:
    with closing(sqlite3.connect(long_history)) as file:
        rows = file.execute(
            "SELECT number, task_id, runs.status, workflow, project, verdict, sent FROM runs JOIN steps ON run = number"
        ).fetchall()
    below = {row for row in rows if row[0] < int(after or ROWS + 1)}
    having = {
        (name, choice): {row for row in below if row[place] in (value if isinstance(value, list) else [value])}
        for place, (name, values) in enumerate(SOME.items(), 2)
        for choice, value in enumerate(values)
    }
    for choices in product(*((None, *range(len(values))) for values in SOME.values())):
        chosen = [(name, choice) for name, choice in zip(SOME, choices, strict=True) if choice is not None]
        fitting = {row[:2] for row in below.intersection(*(having[one] for one in chosen))}
        expected = [task_id for _, task_id in sorted(fitting, reverse=True)][:20]
        wanted = {name: SOME[name][choice] for name, choice in chosen}
        found, _ = journal.runs(limit=20, after=after, **wanted)  # type: ignore[arg-type]
        assert [run.task_id for run in found] == expected, wanted


async def test_runs_by_verdict_model_and_status_are_those_and_each_comes_once(journal: Journal) -> None:
    found, _ = journal.runs(limit=500, verdict="differs")
    assert [run.task_id for run in found] == [f"r_{i:06d}" for i in range(ROWS, 0, -100)]
    assert journal.runs(limit=500, models=["nobody/none"]) == ((), None)
    done, _ = journal.runs(limit=500, verdict="differs", status=[RunStatus.SUCCEEDED], workflow="workflow 3")
    wanted = [i for i in range(ROWS, 0, -100) if i % 4 == 0 and i % 7 == 3]
    assert [run.task_id for run in done] == [f"r_{i:06d}" for i in wanted]
    page, after = journal.runs(limit=3, verdict="differs", models=["anthropic/claude-opus-4-8"])
    rest, _ = journal.runs(limit=3, verdict="differs", models=["anthropic/claude-opus-4-8"], after=after)
    assert [run.task_id for run in (*page, *rest)] == [f"r_{i:06d}" for i in range(ROWS, ROWS - 600, -100)]


async def test_a_write_uses_an_index(journal: Journal, long_history: Path) -> None:
    with statements() as seen:
        await journal.create(run("r_new"), ())
        await journal.save(run("r_new", RunStatus.RUNNING), attempt("a_new", "r_new"))
        await journal.save(run("r_new", RunStatus.FAILED), replace(attempt("a_new", "r_new"), state="ended"))
    assert_indexed(long_history, [one for one in seen if not one[0].startswith("INSERT")])


def rows_in(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as file:
        tables = ("runs", "steps", "traces", "attempts")
        return [file.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]


async def test_what_is_forgotten_is_found_by_an_index_and_nothing_of_it_stays(
    long_history: Path, tmp_path: Path
) -> None:
    path = tmp_path / "journal.sqlite3"
    shutil.copy(long_history, path)
    journal = Journal.open(path, lambda: AT)
    last, before = journal.last_seq, rows_in(path)
    with statements() as seen:
        await journal.forget(range(1, 1_000))
        await journal.forget_events(9_000)
    await journal.close()
    assert_indexed(path, seen)
    gone = [old - new for old, new in zip(before, rows_in(path), strict=True)]
    assert gone == [998, 998 * 3, 998 * 3, 998]  # number 997 has not ended
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT min(seq), max(seq) FROM events").fetchone() == (9_001, last)
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_the_pages_of_a_long_history_are_the_whole_of_it(journal: Journal) -> None:
    found = 0
    after: str | None = None
    while True:
        page, after = journal.runs(
            limit=500, after=after, project="/project/1", status=[RunStatus.LOST, RunStatus.FAILED]
        )
        found += len(page)
        if after is None:
            break
    wanted = [i for i in range(1, ROWS + 1) if i % 3 == 1 and i % 4 in (1, 3) and i % 997]
    assert found == len(wanted)


@pytest.mark.parametrize(
    "filtered", ["verdict = 'differs'", "sent = 'anthropic/claude-opus-4-8'"], ids=["by_verdict", "by_model"]
)
def test_the_newest_runs_by_what_their_steps_say_need_no_sorting(long_history: Path, filtered: str) -> None:
    statement = f"SELECT DISTINCT run FROM steps WHERE {filtered} AND run < 9000 ORDER BY run DESC LIMIT 50"
    assert_indexed(long_history, [(statement, ())])
