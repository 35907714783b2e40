"""Attempts as real processes: what locks and files say at every point, and what cancelling leaves behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from tui.agents.base import Command
from tui.executor.attempt import AttemptFolder, Presence
from tui.executor.processes import COOKIE, end_survivors, ended, kill_survivors, signal_group, survivors

LIMIT = 30.0


def command(script: str, folder: Path) -> Command:
    env = {"PATH": os.environ["PATH"], COOKIE: folder.name}
    return Command(("/bin/sh", "-c", script), env, b"the prompt", folder.parent)


@pytest.fixture
def folder(tmp_path: Path) -> AttemptFolder:
    """With a name of its own in the whole machine: tests that run meanwhile find survivors by it too."""
    return AttemptFolder(tmp_path / f"a_{uuid4().hex}")


def begin(folder: AttemptFolder, script: str) -> int:
    cmd = command(script, folder.path)
    folder.prepare(cmd.stdin)
    return folder.spawn(cmd)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.01)


async def test_the_prompt_comes_on_stdin_and_the_output_goes_to_files(folder: AttemptFolder) -> None:
    pid = begin(folder, "cat; echo oops >&2; exit 7")
    assert await ended(folder, pid) == 7
    assert folder.presence() is Presence.FINISHED
    assert folder.exit_code() == 7
    assert folder.out.read_bytes() == b"the prompt"
    assert folder.err.read_bytes() == b"oops\n"


async def test_what_is_in_the_folder_is_private(folder: AttemptFolder) -> None:
    pid = begin(folder, "echo x")
    await ended(folder, pid)
    assert folder.path.stat().st_mode & 0o077 == 0
    assert [path.name for path in folder.path.iterdir() if path.stat().st_mode & 0o077] == []


async def test_an_attempt_that_was_only_intended_never_started(folder: AttemptFolder) -> None:
    folder.prepare(b"")
    assert folder.presence() is Presence.NEVER_STARTED


async def test_while_the_shim_lives_the_attempt_is_alive_and_then_finished(folder: AttemptFolder) -> None:
    pid = begin(folder, "cat >/dev/null; read never < /dev/tty; sleep 100 & wait")
    assert folder.presence() is Presence.ALIVE
    await until(lambda: folder.leader() == pid)
    assert signal_group(folder, signal.SIGKILL)
    assert await ended(folder, pid) == -signal.SIGKILL
    # A child that was just forked holds the shell's lock too, until it closes it or, killed as well, has died.
    await until(lambda: folder.presence() is not Presence.ALIVE)
    assert folder.presence() is Presence.VANISHED


async def test_term_to_the_group_still_gets_its_exit_status_written(folder: AttemptFolder) -> None:
    pid = begin(folder, "echo ready; sleep 100")
    await until(lambda: folder.out.read_bytes() == b"ready\n")
    assert signal_group(folder, signal.SIGTERM)
    await ended(folder, pid)
    assert folder.presence() is Presence.FINISHED
    assert folder.exit_code() == 128 + signal.SIGTERM


async def test_the_agents_children_hold_lock_b_but_never_lock_a(folder: AttemptFolder) -> None:
    pid = begin(folder, "setsid sleep 100 & exit 0")
    await ended(folder, pid)
    assert folder.presence() is Presence.FINISHED
    assert not folder.held("a")
    assert folder.held("b")
    assert kill_survivors(folder) == 1
    await until(lambda: not folder.held("b"))


async def test_a_killed_shim_leaves_survivors_that_are_found_wherever_they_went(folder: AttemptFolder) -> None:
    pid = begin(folder, "setsid sleep 100 & echo ready; sleep 100")
    await until(lambda: folder.out.read_bytes() == b"ready\n")
    os.kill(pid, signal.SIGKILL)
    await ended(folder, pid)
    assert folder.presence() is Presence.VANISHED
    assert len(survivors(folder)) >= 3
    kill_survivors(folder)
    await until(lambda: not folder.held("b"))
    assert survivors(folder) == ()


async def test_survivors_without_the_cookie_are_found_by_their_session(folder: AttemptFolder) -> None:
    pid = begin(folder, "env -i /bin/sleep 100 & echo ready; exec env -i /bin/sleep 100")
    await until(lambda: folder.out.read_bytes() == b"ready\n")
    os.kill(pid, signal.SIGKILL)
    await ended(folder, pid)
    await until(lambda: kill_survivors(folder) == 0)
    assert not folder.held("b")


async def test_nobody_is_signalled_once_the_attempt_has_ended(folder: AttemptFolder) -> None:
    pid = begin(folder, "exit 0")
    await ended(folder, pid)
    assert not signal_group(folder, signal.SIGKILL)


async def test_an_adopted_attempt_is_seen_to_end_like_an_own_one(folder: AttemptFolder) -> None:
    folder.prepare(b"")
    starter = (
        "import sys; from pathlib import Path; from tui.executor.attempt import AttemptFolder;"
        "from tests.executor.test_attempt import command;"
        "folder = AttemptFolder(Path(sys.argv[1])); folder.spawn(command('echo on; sleep 0.3; exit 3', folder.path))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", starter, str(folder.path))
    assert await process.wait() == 0
    await until(lambda: folder.leader() is not None)
    async with asyncio.timeout(LIMIT):
        assert await ended(folder, folder.leader()) is None
    assert folder.exit_code() == 3
    assert folder.out.read_bytes() == b"on\n"


async def test_where_the_pid_is_not_known_the_lock_tells_the_end(folder: AttemptFolder) -> None:
    begin(folder, "sleep 0.2")
    async with asyncio.timeout(LIMIT):
        assert await ended(folder, None) is None
    assert not folder.held("a")


async def test_a_working_folder_that_is_gone_is_told_on_stderr(folder: AttemptFolder, tmp_path: Path) -> None:
    cmd = Command(("/bin/true",), {COOKIE: folder.path.name}, b"", tmp_path / "gone")
    folder.prepare(b"")
    assert await ended(folder, folder.spawn(cmd)) == 126
    assert b"gone" in folder.err.read_bytes()


def test_a_planted_link_is_not_written_through(folder: AttemptFolder, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    folder.path.mkdir()
    (folder.path / "out").symlink_to(precious)
    with pytest.raises(OSError, match=r"[Ss]ymbolic link|symbolic links"):
        folder.prepare(b"")
    assert precious.read_text() == "mine"


async def test_what_is_killed_is_waited_for(folder: AttemptFolder) -> None:
    pid = begin(folder, "for _ in 1 2 3 4 5; do setsid sleep 100 & done; echo ready; sleep 100")
    await until(lambda: folder.out.read_bytes() == b"ready\n")
    os.kill(pid, signal.SIGKILL)
    await ended(folder, pid)
    await end_survivors(folder, LIMIT)
    assert not folder.held("b")
    assert survivors(folder) == ()


async def test_a_process_that_can_not_be_found_is_not_waited_for_for_ever(folder: AttemptFolder) -> None:
    folder.prepare(b"")
    lock = folder._lock("b")
    await end_survivors(folder, 0.05)
    assert folder.held("b")
    os.close(lock)
