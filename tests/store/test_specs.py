"""Specs in the journal: kept as they are, paged and filtered, and changed by one writer at a time."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.store.samples import AT, PROJECT, run
from tests.store.test_versions import SCRIPTS, structure
from tui.core.errors import ConflictError, NotFoundError, RequestError
from tui.core.resolution import Attachment
from tui.core.run import RunStatus
from tui.core.spec import Spec
from tui.store.journal import Journal
from tui.store.mapping import EventRow
from tui.store.migrate import upgrade
from tui.store.version import version_of


def spec(spec_id: str = "s_1", **fields: Any) -> Spec:
    return Spec(**{"id": spec_id, "type": "feature", "title": "A discount", "project": PROJECT, **fields})


async def test_a_spec_comes_back_as_it_was(journal: Journal) -> None:
    one = spec(
        text="Ten percent\non Mondays",
        attachments=(Attachment("/tmp/a.png", "image"),),
        stages=("plan", "implement"),
        stage_models={"plan": {"model": "opus", "effort": "high"}, "odd": [1, None, {"deep": 10**30}]},
        model_set=7,
        orchestrator_state={"stageModelPreferences": {"test": "haiku"}},
        extra={"priority": "high", "type": "Feature"},
        created_at=AT,
    )
    assert await journal.create_specs([one]) == 1
    assert journal.spec("s_1") == one
    assert journal.spec("s_2") is None


@pytest.mark.parametrize("preferences", [None, {}, {"plan": "opus"}, [], "opus", 0, False], ids=repr)
async def test_no_map_an_empty_map_and_what_is_no_map_are_told_apart(journal: Journal, preferences: object) -> None:
    await journal.create_specs([spec(stage_models=preferences)])
    stored = journal.spec("s_1")
    assert stored is not None
    assert stored.stage_models == preferences
    assert type(stored.stage_models) is type(preferences)


async def test_pages_are_newest_first_and_filters_go_together(journal: Journal) -> None:
    kinds = ("feature", "bug", "todo")
    await journal.create_specs(
        [spec(f"s_{i}", type=kinds[i % 3], project=f"/p/{i % 2}", title=f"Title {i}") for i in range(12)]
    )
    first, cursor = journal.specs(limit=5)
    second, _ = journal.specs(limit=50, after=cursor)
    assert [one.id for one in (*first, *second)] == [f"s_{i}" for i in reversed(range(12))]
    assert [one.id for one in journal.specs(limit=50, project="/p/1", kind="bug")[0]] == ["s_7", "s_1"]
    assert [one.id for one in journal.specs(limit=50, query="title 7")[0]] == ["s_7"]
    assert journal.specs(limit=50, query="title nothing") == ((), None)
    with pytest.raises(RequestError, match="is not a page's cursor"):
        journal.specs(limit=5, after="x")
    with pytest.raises(RequestError, match="1 to 500"):
        journal.specs(limit=0)


@pytest.mark.parametrize("query", ["100%", "a_b", "\\", "'; DROP TABLE specs --", "x " * 3000], ids=range(5))
async def test_a_query_is_taken_by_the_letter(journal: Journal, query: str) -> None:
    await journal.create_specs(
        [spec("s_1", title=f"It says {query.strip()[:40]}"), spec("s_2", title="100 ayb", text="/")]
    )
    assert [one.id for one in journal.specs(limit=5, query=query)[0]] == ["s_1"]


async def test_the_second_of_two_writers_is_told_and_given_what_is_stored(journal: Journal) -> None:
    await journal.create_specs([spec()])
    mine, theirs = spec(title="Mine", version=2), spec(title="Theirs", version=2)
    outcomes = await asyncio.gather(journal.save_spec(mine, 1), journal.save_spec(theirs, 1), return_exceptions=True)
    assert outcomes[0] == 2
    refusal = outcomes[1]
    assert isinstance(refusal, ConflictError)
    assert "you saw version 1, stored is version 2" in refusal.message
    assert refusal.stored is not None
    assert (refusal.stored["title"], refusal.stored["version"]) == ("Mine", 2)
    assert journal.spec("s_1") == mine
    with pytest.raises(ConflictError):
        await journal.delete_spec("s_1", 1)
    await journal.delete_spec("s_1", 2)
    with pytest.raises(NotFoundError, match="There is no spec 's_1'"):
        await journal.save_spec(theirs, 2)


async def test_a_version_counts_up_whatever_the_writer_says(journal: Journal) -> None:
    await journal.create_specs([spec()])
    await journal.save_spec(spec(version=99), 1)
    stored = journal.spec("s_1")
    assert stored is not None
    assert stored.version == 2


async def test_a_story_needs_its_spec_and_keeps_it(journal: Journal) -> None:
    await journal.create_specs([spec("s_1")])
    await journal.create_specs([spec("s_2", type="story", parent="s_1"), spec("s_3", type="story", parent="s_1")])
    assert journal.stories(["s_1", "s_2"]) == {"s_1": 2}
    assert [one.id for one in journal.specs(limit=5, parent="s_1")[0]] == ["s_3", "s_2"]
    with pytest.raises(NotFoundError, match="no spec 's_9' to add a story to"):
        await journal.create_specs([spec("s_4", parent="s_9")])
    with pytest.raises(ConflictError, match="has 2 stories; delete or move them first"):
        await journal.delete_spec("s_1", 1)
    for parent in ("s_1", "s_2"):
        with pytest.raises(ConflictError, match="can't be a story of its own story"):
            await journal.save_spec(spec("s_1", parent=parent), 1)


async def test_every_change_is_an_event(journal: Journal) -> None:
    await journal.create_specs([spec(), spec("s_2")])
    await journal.save_spec(spec(title="B"), 1)
    await journal.delete_spec("s_1", 2)
    assert journal.events(0, 10) == tuple(
        EventRow(seq, AT, "spec", None, None, status, spec_id)
        for seq, (status, spec_id) in enumerate(
            [("created", "s_1"), ("created", "s_2"), ("updated", "s_1"), ("deleted", "s_1")], 1
        )
    )


async def test_specs_are_written_all_or_none(journal: Journal) -> None:
    await journal.create_specs([spec("s_1")])
    with pytest.raises(ConflictError, match="Spec s_1 is in the journal already"):
        await journal.create_specs([spec("s_2"), spec("s_1")])
    assert journal.spec("s_2") is None


async def test_the_newest_run_of_a_spec_is_found(journal: Journal) -> None:
    await journal.create(replace(run("r_1"), spec_id="s_1", kind="spec"), ())
    await journal.create(replace(run("r_2"), spec_id="s_1", kind="spec"), ())
    await journal.create(run("r_3"), ())
    assert {key: found.task_id for key, found in journal.spec_runs(["s_1", "s_2"]).items()} == {"s_1": "r_2"}


async def test_a_journal_of_the_first_version_with_runs_in_it_is_brought_up_to_date(tmp_path: Path, path: Path) -> None:
    scripts = tmp_path / "first"
    (scripts / "versions").mkdir(parents=True)
    (scripts / "env.py").write_text((SCRIPTS / "env.py").read_text())
    first = "v0001_first_tables.py"
    (scripts / "versions" / first).write_text((SCRIPTS / "versions" / first).read_text())
    old = tmp_path / "old" / "journal.sqlite3"
    old.parent.mkdir(mode=0o700)
    old.touch(0o600)
    upgrade(old, scripts)
    with closing(sqlite3.connect(old)) as file, file:
        file.execute(
            "INSERT INTO runs (task_id, kind, workflow, status, input, attachments, on_mismatch, created_at) "
            "VALUES ('r_old', 'workflow', 'create-spec', 'running', 'a discount', '[]', 'stop', ?)",
            (AT,),
        )
        file.execute(
            'INSERT INTO steps (run, "index", stage, type, status, answered, verdict, warnings, side_calls) '
            "VALUES (1, 0, 'plan', 'agent', 'running', '[\"claude-opus-4-8\"]', 'none', '[]', '[]')"
        )
        file.execute("INSERT INTO events (at, type, task_id, status) VALUES (?, 'run', 'r_old', 'running')", (AT,))
    journal = Journal.open(old, lambda: AT)
    found = journal.run("r_old")
    assert found is not None
    assert (found.input, found.status, found.spec_id) == ("a discount", RunStatus.RUNNING, None)
    assert found.steps[0].answered == ("claude-opus-4-8",)
    assert journal.events(0, 5) == (EventRow(1, AT, "run", "r_old", None, "running"),)
    assert await journal.create_specs([spec()]) == 2
    await journal.close()
    assert structure(old) == structure(path)
    assert version_of(old.with_name("journal-0001.sqlite3")) == "0001"
