"""The process dies at any point: the journal opens, and holds all that was told to be written."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.samples import AT
from tui.core.run import RunStatus
from tui.store.journal import Journal
from tui.store.version import HEAD, prepare, version_of

WRITER = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from tests.store.samples import AT, attempt, run
from tui.core.run import RunStatus
from tui.store.journal import Journal

async def work(journal, lane):
    number = 0
    while True:
        task_id = f"r_{lane}_{number}"
        await journal.create(run(task_id), ())
        print(task_id, "pending", flush=True)
        started = run(task_id, RunStatus.RUNNING)
        await journal.save(started, attempt(f"a_{lane}_{number}", task_id), durable=bool(number % 2))
        print(task_id, "running", flush=True)
        await journal.save(replace(started, status=RunStatus.FAILED, input="x" * 5000))
        print(task_id, "failed", flush=True)
        number += 1

async def main():
    journal = Journal.open(Path(sys.argv[1]), lambda: AT)
    await asyncio.gather(*(work(journal, lane) for lane in range(5)))

asyncio.run(main())
"""
ORDER = ["pending", "running", "failed"]


@pytest.mark.parametrize("lines", [1, 7, 100, 333, 1000])
async def test_what_was_told_to_be_written_is_there_after_a_kill(path: Path, lines: int) -> None:
    child = subprocess.Popen(  # noqa: ASYNC220 - it is read line by line, there is nothing else to do meanwhile
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert child.stdout is not None
    told = [child.stdout.readline() for _ in range(lines)]
    child.send_signal(signal.SIGKILL)
    # What was in the pipe when it died was told as well; the last line may be half.
    told += child.stdout.readlines()
    child.wait()
    child.stdout.close()

    journal = Journal.open(path, lambda: AT)
    for line in told:
        if not line.endswith("\n"):
            continue
        task_id, status = line.split()
        found = journal.run(task_id)
        assert found is not None
        assert ORDER.index(found.status) >= ORDER.index(status)
        assert len(found.steps) == 3
        assert (found.status == RunStatus.FAILED) == (found.input != "")
        if status != "pending":
            assert len(journal.attempts(task_id)) == 1
    events = journal.events(0, 10_000)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert len(events) >= len([line for line in told if line.endswith("\n")])
    await journal.close()


@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.3, 0.35, 0.4, 0.5])
def test_a_creation_that_was_killed_is_done_anew(tmp_path: Path, seconds: float) -> None:
    path = tmp_path / "journal.sqlite3"
    path.touch()
    child = subprocess.Popen([sys.executable, "-m", "tui.store.migrate", str(path)], cwd=Path(__file__).parents[2])
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    assert version_of(path) in (None, HEAD)
    prepare(path)
    assert version_of(path) == HEAD
