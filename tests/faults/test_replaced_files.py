"""An agent puts other things in the place of its files: nothing waits for them, and it gains nothing by it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from tests.executor.conftest import LIMIT, House
from tests.faults.conftest import begun, folder, until
from tui.agents.base import Command
from tui.core.run import RunStatus, StepStatus
from tui.core.verbs import Cancel
from tui.executor.attempt import AttemptFolder, Presence
from tui.executor.attempt_files import KeptFile, NotAFileError, open_regular
from tui.executor.processes import COOKIE, signal_group

BEGAN = "began"


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_folder(path: Path) -> None:
    path.mkdir()


def make_link(path: Path) -> None:
    path.with_name("precious").write_text("17")
    path.symlink_to(path.with_name("precious"))


def make_dangling_link(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def make_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_socket(path: Path) -> None:
    import socket  # noqa: PLC0415

    here = Path.cwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)
    finally:
        os.chdir(here)


KINDS = (make_pipe, make_folder, make_link, make_dangling_link, make_device, make_socket)


@pytest.mark.parametrize("make", KINDS)
def test_nothing_but_a_file_is_read(tmp_path: Path, make: object) -> None:
    attempt = AttemptFolder(tmp_path / "a_1")
    attempt.path.mkdir()
    assert callable(make)
    for name in ("out", "rc", "started", "a", "left"):
        make(attempt.path / name)
        (attempt.path / "precious").unlink(missing_ok=True)
        if make is make_link:
            (attempt.path / "precious").write_text("17")
    with pytest.raises(NotAFileError, match="is not a file"):
        open_regular(attempt.out)
    assert (attempt.exit_code(), attempt.leader(), attempt.left()) == (None, None, {})
    assert not attempt.held("a")
    assert attempt.presence() is Presence.NEVER_STARTED


@pytest.mark.parametrize("text", ["", "x", "1" * 40, "-1", "²", "3\n\n4", "\x00"])
def test_a_status_that_is_no_number_is_none(tmp_path: Path, text: str) -> None:
    attempt = AttemptFolder(tmp_path)
    (tmp_path / "rc").write_text(text)
    assert attempt.exit_code() is None


def test_what_was_opened_is_read_whatever_comes_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "out"
    kept = KeptFile(path)
    assert (kept.size(), kept.read(0, 10), kept.end(10)) == (0, b"", b"")
    path.write_bytes(b"first")
    assert kept.read(0, 10) == b"first"
    path.rename(tmp_path / "elsewhere")
    os.mkfifo(path)
    with (tmp_path / "elsewhere").open("ab") as file:
        file.write(b" and more")
    assert (kept.size(), kept.read(5, 100), kept.end(4)) == (14, b" and more", b"more")
    kept.close()
    with pytest.raises(NotAFileError):
        kept.size()
    kept.close()


async def test_pipes_in_the_place_of_its_files_stop_nothing(hostile: House) -> None:
    run = await begun(hostile, "replaces-its-files", BEGAN)
    attempt = folder(hostile, run)
    await until(attempt.path.joinpath("a").is_fifo)
    async with asyncio.timeout(LIMIT):
        assert (await hostile.run("one")).status is RunStatus.SUCCEEDED
        page = await hostile.list("output", ids=(run.task_id,))
        assert page.output == ()
        (hostile.project / "let-go").touch()
        done = await hostile.ended(run.task_id or "")
    assert done.steps[0].status is StepStatus.SUCCEEDED, "what it wrote was read from where it was written"


async def test_one_that_removed_its_lock_is_cancelled_all_the_same(hostile: House) -> None:
    run = await begun(hostile, "replaces-its-files", BEGAN)
    await until(folder(hostile, run).path.joinpath("a").is_fifo)
    async with asyncio.timeout(LIMIT):
        await hostile.executor.verbs.cancel(Cancel((run.task_id or "",)))
    assert hostile.look(run.task_id or "").status is RunStatus.CANCELLED


async def test_the_next_executor_is_stopped_by_none_of_it(hostile: House) -> None:
    run = await begun(hostile, "replaces-its-files", BEGAN)
    attempt = folder(hostile, run)
    await until(attempt.path.joinpath("a").is_fifo)
    async with asyncio.timeout(LIMIT):
        await hostile.restart()
        assert (await hostile.run("one")).status is RunStatus.SUCCEEDED
        done = await hostile.ended(run.task_id or "")
    assert done.status in (RunStatus.LOST, RunStatus.FAILED)
    stored = hostile.executor.journal.attempt(run.steps[0].attempt or "")
    assert stored is not None
    assert not os.path.isdir(f"/proc/{stored.pid}") or stored.state == "ended"  # noqa: PTH112


@pytest.mark.parametrize("number", ["0", "1", "a stranger"])
def test_a_group_is_not_signalled_on_the_word_of_a_file(tmp_path: Path, number: str) -> None:
    """0 would be the executor's own group, 1 every process of the user."""
    attempt = AttemptFolder(tmp_path / f"a_{uuid4().hex}")
    attempt.prepare(b"")
    env = {"PATH": os.environ["PATH"], COOKIE: attempt.path.name}
    shim = attempt.spawn(Command(("/bin/sleep", "600"), env, b"", tmp_path))
    stranger = subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
    try:
        (attempt.path / "started").write_text(str(stranger.pid) if number == "a stranger" else number)
        assert not signal_group(attempt, signal.SIGCONT)
        assert signal_group(attempt, signal.SIGKILL, shim)
        assert os.waitstatus_to_exitcode(os.waitpid(shim, 0)[1]) == -signal.SIGKILL
        assert not signal_group(attempt, signal.SIGCONT, shim)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("name", ["prompt", "out", "err", "a", "b"])
def test_a_planted_pipe_is_not_waited_for_at_the_start(tmp_path: Path, name: str) -> None:
    attempt = AttemptFolder(tmp_path / "a_1")
    attempt.path.mkdir()
    os.mkfifo(attempt.path / name)
    with pytest.raises(OSError, match=r"in the place of a file|No such device"):
        attempt.prepare(b"")
