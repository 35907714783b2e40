"""A power cut: what was written last is gone from the disk, or empty. A step that started is never started again."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing

import pytest

from tests.executor.conftest import House
from tests.faults.conftest import begun, folder, starts, until
from tui.core.run import Run, RunStatus, StepStatus


async def cut(house: House, run: Run) -> None:
    """Everything of the attempt ends at once, and the machine starts again."""
    attempt = folder(house, run)
    leader = attempt.leader()
    assert leader is not None
    await house.executor.close()
    os.killpg(leader, signal.SIGKILL)
    await until(lambda: not attempt.held("b"))
    house.boot = "second boot"


def forget_the_spawn(house: House, run: Run) -> None:
    """The journal as it was before the spawn was noted: that is written, but nothing waits for the disk."""
    with closing(sqlite3.connect(house.locations.journal)) as journal, journal:
        journal.execute("UPDATE attempts SET state = 'intended', pid = NULL WHERE id = ?", (run.steps[0].attempt,))


@pytest.mark.parametrize("noted", [True, False], ids=["spawn in the journal", "only the intent in the journal"])
@pytest.mark.parametrize("lost", ["emptied", "gone", "the whole folder gone"])
async def test_a_started_step_is_lost_and_not_started_again(hostile: House, lost: str, *, noted: bool) -> None:
    run = await begun(hostile, "detaches-when-told", "began")
    await cut(hostile, run)
    attempt = folder(hostile, run)
    if lost == "emptied":
        for name in ("started", "out", "err"):
            (attempt.path / name).write_bytes(b"")
    elif lost == "gone":
        (attempt.path / "started").unlink()
    else:
        for path in attempt.path.iterdir():
            path.unlink()
        attempt.path.rmdir()
    if not noted:
        forget_the_spawn(hostile, run)
    hostile.executor = hostile.begin()
    done = await hostile.ended(run.task_id or "")
    assert (done.status, done.steps[0].status) == (RunStatus.LOST, StepStatus.LOST)
    assert starts(hostile) == [run.steps[0].attempt]


async def test_an_end_that_reached_the_disk_counts(house: House) -> None:
    run = await house.until(await house.start("slow"), lambda run: run.steps[0].evidence is not None)
    attempt = folder(house, run)
    await cut(house, run)
    (attempt.path / "rc").write_text("3\n")
    house.executor = house.begin()
    done = await house.ended(run.task_id or "")
    assert done.steps[0].status is StepStatus.FAILED, "failed with its status 3, which is known; not lost"


async def test_an_intent_of_an_unknown_boot_is_not_started(hostile: House) -> None:
    """As an older version stored it, or where the system does not name its boots."""
    run = await begun(hostile, "detaches-when-told", "began")
    await cut(hostile, run)
    (folder(hostile, run).path / "started").unlink()
    forget_the_spawn(hostile, run)
    with closing(sqlite3.connect(hostile.locations.journal)) as journal, journal:
        journal.execute("UPDATE attempts SET rest = NULL")
    hostile.boot = None
    hostile.executor = hostile.begin()
    assert (await hostile.ended(run.task_id or "")).status is RunStatus.LOST
    assert starts(hostile) == [run.steps[0].attempt]


async def test_an_agent_that_wipes_its_folder_is_not_started_again(hostile: House) -> None:
    run = await begun(hostile, "wipes-its-folder", "wiped")
    attempt = hostile.executor.journal.attempt(run.steps[0].attempt or "")
    assert attempt is not None
    assert attempt.state == "running", "the journal has the spawn, whatever becomes of the files"
    assert attempt.pid is not None
    await hostile.executor.close()
    os.killpg(attempt.pid, signal.SIGKILL)
    hostile.executor = hostile.begin()
    assert (await hostile.ended(run.task_id or "")).status is RunStatus.LOST
    assert starts(hostile) == [run.steps[0].attempt]
