"""Processes of attempts: waiting for their end, signalling them without ever hitting a stranger, finding survivors.

No pid is signalled on the word of a file or of the journal alone: the kernel may have given it to somebody else. The
cookie in the environment that a process was started with proves whose it is, or lock A where there is no ``/proc``.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
from collections.abc import Callable
from functools import partial

from tui.executor import process_table
from tui.executor.attempt import AttemptFolder
from tui.executor.attempt_files import open_regular
from tui.posix.descriptors import is_shortage

COOKIE = "MODELDECK_ATTEMPT"
"""The one variable of ours that agents see; it finds what left its process group."""
_DYING = 0.01
"""Seconds between two looks at whether what was killed is gone."""


async def ended(folder: AttemptFolder, pid: int | None) -> int | None:
    """Return when the shim has ended, own child or adopted alike; no polling. Raises :class:`OSError` for a shortage.

    The answer is the shim's exit status if it was our child (negative: ended by that signal), else ``None``.
    """
    descriptor = _pidfd(folder, pid)
    if descriptor is not None:
        try:
            await _readable(descriptor)
        finally:
            os.close(descriptor)
        return _reap(pid) if pid is not None else None
    if folder.held("a"):
        await asyncio.to_thread(_blocked_on_lock, folder)
    return None


def _pidfd(folder: AttemptFolder, pid: int | None) -> int | None:
    """A descriptor that becomes readable when the shim ends; ``None`` if it has, or where there is no such thing."""
    if pid is None or not hasattr(os, "pidfd_open"):
        return None
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return None
    try:
        leads = _leads(folder, pid)
    except OSError:
        os.close(descriptor)
        raise
    if leads:
        return descriptor
    os.close(descriptor)
    return None


def _is_child(pid: int) -> bool:
    """Whether ``pid`` is our own child, ended or not."""
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        loop.remove_reader(descriptor)
        if not done.done():
            done.set_result(None)

    loop.add_reader(descriptor, wake)
    try:
        await done
    finally:
        loop.remove_reader(descriptor)


def _reap(pid: int) -> int | None:
    try:
        done, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # an adopted one is not ours to reap
        return None
    return os.waitstatus_to_exitcode(status) if done else None


def _blocked_on_lock(folder: AttemptFolder) -> None:
    """Where there is no pidfd: one thread waits until lock A comes free."""
    with open_regular(folder.path / "a") as file:
        fcntl.flock(file, fcntl.LOCK_SH)


def signal_group(folder: AttemptFolder, signum: signal.Signals, pid: int | None = None) -> bool:
    """Signal the attempt's whole process group, if its leader is provably alive. Says whether it did.

    ``pid`` is the leader's where the caller knows it; what the folder says may be the agent's word.
    """
    leader = folder.leader() if pid is None else pid
    if leader is None or not _leads(folder, leader):
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signum)
        return True
    return False


def _leads(folder: AttemptFolder, pid: int) -> bool:
    """Whether ``pid`` is the attempt's shim, and alive. Groups 0 and 1 would be our own, and everybody."""
    if pid <= 1:
        return False
    try:
        environment = process_table.environment(pid)
        session = process_table.session(pid)
    except FileNotFoundError:  # no such process, or no /proc
        return not process_table.pids() and folder.held("a")
    except OSError as error:
        if is_shortage(error):
            raise
        return _is_child(pid)  # it has ended, and waits for us
    if environment.strip(b"\0"):
        return _cookie(folder) in environment and session == pid
    return _is_child(pid)  # it is just becoming its program, or has ended


def survivors(folder: AttemptFolder) -> tuple[int, ...]:
    """What an attempt left behind: processes with its cookie, wherever they went, in its session, or without a parent.

    Empty where there is no ``/proc``. Every attempt's end asks for it, so it reads no more of a process than it must.
    """
    is_one = _left_by(folder)
    return tuple(pid for pid in process_table.pids() if is_one(pid))


def _left_by(folder: AttemptFolder) -> Callable[[int], bool]:
    """Tells whether a process is one that the attempt left behind."""
    cookie, family = _cookie(folder), _family(folder)
    leader = folder.leader() if folder.held("b") else None  # the session's number is its own only while one of it lives

    def is_one(pid: int) -> bool:
        try:
            return (
                (pid in family and family[pid] == process_table.started(pid))
                or cookie in process_table.environment(pid)
                or (
                    leader is not None
                    and process_table.session(pid) == leader
                    and process_table.started(pid) is not None
                )
            )
        except OSError as error:  # ended meanwhile, or not ours
            if is_shortage(error):
                raise
            return False

    return is_one


def _is_left(folder: AttemptFolder, pid: int) -> bool:
    return _left_by(folder)(pid)


def _is_still(pid: int, begun: int) -> bool:
    return process_table.started(pid) == begun


def _cookie(folder: AttemptFolder) -> bytes:
    return f"\0{COOKIE}={folder.path.name}\0".encode()


def _family(folder: AttemptFolder) -> dict[int, int]:
    """Those whom the shim found without a parent, and their descendants, each with when it was started."""
    left = {pid: begun for pid, begun in folder.left().items() if process_table.started(pid) == begun}
    return left | process_table.descendants(left) if left else left


def kill_survivors(folder: AttemptFolder) -> int:
    """Kill what an attempt left behind; says how many there were."""
    found = survivors(folder)
    for pid in found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            _kill(pid, partial(_is_left, folder, pid))
    return len(found)


async def kill_below(folder: AttemptFolder, pid: int, within: float) -> None:
    """Kill what runs below the shim ``pid`` and wait, so long at most, until nothing does.

    What loses its parent by it becomes the shim's, which therefore is the last one to die. Does nothing where the
    shim is not provably ``pid``.
    """
    deadline = asyncio.get_running_loop().time() + within
    while _leads(folder, pid) and (below := process_table.descendants((pid,))):
        for one, begun in below.items():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                _kill(one, partial(_is_still, one, begun))
        if asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(_DYING)


async def end_survivors(folder: AttemptFolder, within: float) -> None:
    """Kill what an attempt left behind and wait, so long at most, until nothing of it lives."""
    deadline = asyncio.get_running_loop().time() + within
    while kill_survivors(folder) or folder.held("b"):
        if asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(_DYING)


def _kill(pid: int, is_meant: Callable[[], bool]) -> None:
    """Kill ``pid`` if it is the process that is meant; raises :class:`OSError` where it has ended."""
    if not hasattr(os, "pidfd_open"):
        os.kill(pid, signal.SIGKILL)
        return
    descriptor = os.pidfd_open(pid)
    try:  # looked at again: the number may have changed hands before the descriptor was open
        if is_meant():
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    finally:
        os.close(descriptor)
