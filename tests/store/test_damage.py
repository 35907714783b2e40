"""Rows and pages that were damaged on the disk: a run is lost, or a sentence names the copy; nothing is written over.

The damage is real: bytes of the file are changed behind the journal's back.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.samples import AT, attempt, run
from tui.core.errors import ConflictError, JournalError
from tui.core.run import RunStatus, Step, StepStatus
from tui.core.spec import Spec
from tui.store.connect import DamagedError, backup_of, check_sound
from tui.store.damage import CODE, DAMAGED_EVENT, require_whole
from tui.store.journal import Journal
from tui.store.version import ended_badly

NOT_UTF8 = b"caf\xe9 \xff"
GARBLED = '[{"answered": ["claude-'
DAMAGE = [
    ("runs", "attachments", GARBLED),
    ("runs", "rest", '{"choices": 7}'),
    ("runs", "rest", "[1]"),
    ("runs", "status", "runnjng"),
    ("runs", "kind", "xorkflow"),
    ("runs", "input", NOT_UTF8),
    ("steps", "status", "runnjng"),
    ("steps", "answered", GARBLED),
    ("steps", "stage", NOT_UTF8),
    ("attempts", "argv", GARBLED),
    ("attempts", "state", "runnjng"),
    ("attempts", "cwd", NOT_UTF8),
]


def damage(path: Path, table: str, column: str, value: str | bytes, where: str = "") -> None:
    """Put ``value`` into a cell; bytes as the text that they are not."""
    cell = "CAST(? AS TEXT)" if isinstance(value, bytes) else "?"
    with closing(sqlite3.connect(path)) as file, file:
        changed = file.execute(f'UPDATE {table} SET "{column}" = {cell} {where}', (value,)).rowcount
    assert changed


def flip(path: Path, pattern: bytes) -> None:
    """Flip a bit in each byte of every ``pattern`` in the file."""
    content = path.read_bytes()
    assert pattern in content
    path.write_bytes(content.replace(pattern, bytes(byte ^ 0x80 for byte in pattern)))


def spoil_pages(path: Path, table: str) -> None:
    """Flip bytes in the middle of the first page of a table."""
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as file:
        size = file.execute("PRAGMA page_size").fetchone()[0]
        root = file.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0]
    with path.open("r+b") as raw:
        raw.seek(size * (root - 1))
        start = raw.read(200)
        raw.seek(size * (root - 1))
        raw.write(bytes(byte ^ 0xFF for byte in start))


def cells(path: Path, table: str, where: str) -> list[Mapping[str, object]]:
    with closing(sqlite3.connect(path)) as file:
        file.row_factory = sqlite3.Row
        file.text_factory = bytes
        return [dict(row) for row in file.execute(f"SELECT * FROM {table} {where}")]


async def filled(path: Path) -> None:
    """A journal with a live run of which all rows are there, and a sound one."""
    journal = Journal.open(path, lambda: AT)
    for number in (1, 2):
        started = run(f"r_{number}")
        await journal.create(started, ())
        step = replace(started.steps[0], status=StepStatus.RUNNING, attempt=f"a_{number}", answered=("opus",))
        going = replace(started, status=RunStatus.RUNNING, steps=(step, *started.steps[1:]))
        await journal.save(going, attempt(f"a_{number}", f"r_{number}"))
    await journal.close()


@pytest.mark.parametrize(("table", "column", "value"), DAMAGE)
async def test_a_damaged_row_loses_its_run_alone_and_keeps_what_is_in_it(
    path: Path, table: str, column: str, value: str | bytes
) -> None:
    await filled(path)
    damage(path, table, column, value, "WHERE rowid = 1" if table != "steps" else 'WHERE run = 1 AND "index" = 0')
    before = cells(path, table, "WHERE number = 1" if table != "steps" else 'WHERE run = 1 AND "index" = 0')[0]
    journal = Journal.open(path, lambda: AT)
    (lost,) = journal.damaged_runs()
    assert {live.task_id for live in journal.live_runs()} - {lost.run.task_id} == {"r_2"}
    assert (lost.run.task_id, lost.attempts) == ("r_1", ("a_1",))
    assert f"{column} in the table {table} can't be read" in lost.reason
    await journal.lose(lost)
    assert journal.damaged_runs() == ()
    again, sound = journal.run("r_1"), journal.run("r_2")
    assert again is not None
    assert sound is not None
    assert (again.status, sound.status) == (RunStatus.LOST, RunStatus.RUNNING)
    assert again.error is not None
    assert "The journal is damaged where it keeps this run" in again.error.message
    assert {step.status for step in again.steps} == {StepStatus.LOST, StepStatus.SKIPPED}
    page, _ = journal.runs(limit=9)
    assert [one.task_id for one in page] == ["r_2", "r_1"]
    if table == "attempts" or column == "status":  # nothing of the run is unreadable now
        require_whole(again)
    else:
        assert again.error.code == CODE
        with pytest.raises(ConflictError, match="is damaged where it keeps this run"):
            require_whole(again)
    await journal.save(replace(sound, note="goes on"))
    await journal.close()
    after = cells(path, table, "WHERE number = 1" if table != "steps" else 'WHERE run = 1 AND "index" = 0')[0]
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"status", "state", "error", "ended_at"}


async def test_a_bit_that_flips_in_a_text_loses_one_run(path: Path) -> None:
    """SQLite itself finds nothing wrong with such a file: a text may hold anything."""
    journal = Journal.open(path, lambda: AT)
    for number in (1, 2):
        await journal.create(replace(run(f"r_{number}"), input=f"number-{number}"), ())
    await journal.close()
    flip(path, b"number-1")
    check_sound(path, whole=True)
    journal = Journal.open(path, lambda: AT)
    assert [live.task_id for live in journal.live_runs()] == ["r_2"]
    assert [lost.run.task_id for lost in journal.damaged_runs()] == ["r_1"]
    await journal.close()


async def test_an_attempt_whose_id_leads_elsewhere_names_no_folder(path: Path) -> None:
    await filled(path)
    damage(path, "attempts", "id", "../../a_1", "WHERE number = 1")
    damage(path, "runs", "attachments", GARBLED, "WHERE number = 1")
    journal = Journal.open(path, lambda: AT)
    assert [lost.attempts for lost in journal.damaged_runs()] == [()]
    await journal.close()


async def test_an_event_that_can_not_be_read_is_told_as_such(path: Path) -> None:
    await filled(path)
    damage(path, "events", "status", NOT_UTF8, "WHERE seq = 2")
    journal = Journal.open(path, lambda: AT)
    assert [event.type for event in journal.events(0, 9)] == ["run", DAMAGED_EVENT, "run", "run"]
    await journal.close()


async def test_a_damaged_spec_is_listed_and_neither_run_nor_written_over(path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    await journal.create_specs([Spec("s_1", "bug", "one"), Spec("s_2", "bug", "two")])
    await journal.close()
    damage(path, "specs", "attachments", GARBLED, "WHERE id = 's_1'")
    journal = Journal.open(path, lambda: AT)
    page, _ = journal.specs(limit=9)
    assert [spec.title for spec in page] == ["two", "one"]
    with pytest.raises(JournalError, match="attachments in the table specs can't be read"):
        journal.spec("s_1")
    with pytest.raises(JournalError, match="attachments in the table specs can't be read"):
        await journal.save_spec(replace(page[1], title="other"), 1)
    assert cells(path, "specs", "WHERE id = 's_1'")[0]["title"] == b"one"
    await journal.close()


async def test_a_page_that_was_damaged_while_an_executor_died_is_noticed_at_the_start(
    path: Path, tmp_path: Path
) -> None:
    journal = Journal.open(path, lambda: AT)
    for number in range(200):
        await journal.create(run(f"r_{number}"), ())
    assert await journal.back_up() is not None
    died = tmp_path / "died"
    shutil.copytree(path.parent, died)  # as a power cut leaves it: with the write-ahead log
    await journal.close()
    path = died / path.name
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.with_name(f"{path.name}-wal").touch()
    assert ended_badly(path)
    spoil_pages(path, "steps")
    content = {file.name: file.read_bytes() for file in died.iterdir() if not file.name.endswith("-shm")}
    with pytest.raises(DamagedError, match=f"is damaged; it was left as it is: put its backup {backup_of(path)} in"):
        Journal.open(path, lambda: AT)
    assert content == {file.name: file.read_bytes() for file in died.iterdir() if not file.name.endswith("-shm")}


async def test_after_a_bad_end_a_sound_journal_is_used_with_all_that_was_committed(path: Path, tmp_path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    await journal.create(run("r_1"), ())
    shutil.copytree(path.parent, tmp_path / "died")
    await journal.close()
    died = tmp_path / "died" / path.name
    assert ended_badly(died)
    journal = Journal.open(died, lambda: AT)
    assert journal.run("r_1") == run("r_1")
    await journal.close()
    assert not ended_badly(died)


async def test_nothing_is_written_once_damage_was_met(path: Path) -> None:
    journal = Journal.open(path, lambda: AT)
    steps = tuple(Step(index, "plan", prompt="w" * 300) for index in range(3))
    for number in range(200):
        await journal.create(run(f"r_{number}", steps=steps), ())
    await journal.close()
    spoil_pages(path, "steps")
    journal = Journal.open(path, lambda: AT)
    assert journal.damage is None
    with pytest.raises(JournalError, match="is damaged"):
        journal.run("r_1")
    content = path.read_bytes()
    with pytest.raises(DamagedError, match="put a backup in its place"):
        await journal.create_specs([Spec("s_1", "bug", "one")])
    assert journal.damage is not None
    await journal.close()
    assert path.read_bytes() == content


async def test_the_daily_copy_finds_an_index_that_does_not_fit_its_table(path: Path) -> None:
    await filled(path)
    with closing(sqlite3.connect(path)) as file, file:
        (index,) = file.execute("SELECT sql FROM sqlite_master WHERE name = 'ix_runs_workflow'").fetchone()
        file.execute("PRAGMA writable_schema=ON")
        file.execute(
            "UPDATE sqlite_master SET sql = ? WHERE name = 'ix_runs_workflow'", (index.replace("workflow)", "kind)"),)
        )
    journal = Journal.open(path, lambda: AT)
    with pytest.raises(DamagedError, match="is damaged"):
        await journal.back_up()
    assert not backup_of(path).exists()
    assert journal.damage is not None
    await journal.close()
