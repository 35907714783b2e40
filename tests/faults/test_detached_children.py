"""A child that detaches itself with an empty environment and nothing open is found all the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.executor.conftest import House
from tests.faults.conftest import begun, folder, lives, until
from tui.agents.base import Command
from tui.core.run import RunStatus, StepStatus
from tui.core.verbs import Cancel
from tui.executor.attempt import AttemptFolder
from tui.executor.processes import kill_survivors, survivors
from tui.executor.subreaper import UNTRACKED, as_subreaper, untracked


@pytest.fixture(autouse=True)
def nothing_is_left(hostile: House) -> Iterator[None]:
    yield
    file = hostile.project / "daemon"
    if file.exists() and lives(int(file.read_text())):
        os.kill(int(file.read_text()), signal.SIGKILL)


def daemon(house: House) -> int:
    return int((house.project / "daemon").read_text())


@pytest.mark.parametrize("agent", ["detaches", "detaches-and-stays"])
async def test_it_is_killed_when_its_step_is_cancelled(hostile: House, agent: str) -> None:
    run = await begun(hostile, agent, "daemon")
    assert lives(daemon(hostile))
    await hostile.executor.verbs.cancel(Cancel((run.task_id or "",)))
    assert hostile.look(run.task_id or "").status is RunStatus.CANCELLED
    assert not lives(daemon(hostile))


async def test_it_is_killed_where_it_was_started_in_answer_to_the_cancel(hostile: House) -> None:
    run = await begun(hostile, "detaches-when-told", "began")
    await until(lambda: b"ready" in folder(hostile, run).out.read_bytes())
    await hostile.executor.verbs.cancel(Cancel((run.task_id or "",)))
    assert hostile.look(run.task_id or "").status is RunStatus.CANCELLED
    assert not lives(daemon(hostile))


async def test_it_is_killed_by_the_next_executor_too(hostile: House) -> None:
    run = await begun(hostile, "detaches", "daemon")
    await hostile.restart()
    await hostile.executor.verbs.cancel(Cancel((run.task_id or "",)))
    assert not lives(daemon(hostile))


async def test_after_a_good_end_it_is_named_and_lives_on(hostile: House) -> None:
    done = await hostile.run("detaches-and-ends", input="go")
    assert done.steps[0].status is StepStatus.SUCCEEDED
    assert done.steps[0].note == f"one process that the agent started is still running: {daemon(hostile)}"
    assert lives(daemon(hostile))
    assert survivors(folder(hostile, done)) == (daemon(hostile),)


async def test_a_number_that_was_given_to_another_process_is_not_killed(hostile: House) -> None:
    done = await hostile.run("detaches-and-ends", input="go")
    left = folder(hostile, done).path / "left"
    pid, begun = left.read_text().split()
    left.write_text(f"{pid} {int(begun) - 1}\n{os.getpid()} 1\nrubbish\n1\n -1 -1\n")
    assert kill_survivors(folder(hostile, done)) == 0
    assert lives(daemon(hostile))


def test_the_agent_gets_no_signal_ignored(tmp_path: Path) -> None:
    """The helper is written in Python, which ignores two; a pipe's writer would not end with its reader."""
    attempt = AttemptFolder(tmp_path / f"a_{uuid4().hex}")
    attempt.prepare(b"")
    command = Command(("/bin/grep", "SigIgn", "/proc/self/status"), {"PATH": os.environ["PATH"]}, b"", tmp_path)
    assert os.waitpid(attempt.spawn(command), 0)[1] == 0
    ignored = int(attempt.out.read_text().split()[1], 16)
    assert ignored & 0x7FFFFFFF == 0, "of those that have a name"


def test_the_status_says_where_it_is_not_possible(tmp_path: Path) -> None:
    assert untracked() is None
    assert untracked("darwin") == UNTRACKED
    assert untracked(proc=tmp_path) == UNTRACKED
    program, argv = as_subreaper("/bin/sh", "x")
    assert program == argv[0]
    assert argv[-2:] == ["/bin/sh", "x"]


async def test_the_status_view_has_it(hostile: House) -> None:
    page = await hostile.list("status")
    assert page.status is not None
    assert page.status.untracked is None
