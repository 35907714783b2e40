"""Processes of attempts: waiting for their end, signalling them without ever hitting a stranger, finding survivors.

A stored pid is never signalled: the kernel may have given it to somebody else. Lock A held after the pidfd was opened
proves that the pid is still the shim's.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Callable

from tui.executor.attempt import AttemptFolder

COOKIE = "MODELDECK_ATTEMPT"
"""The one variable of ours that agents see; it finds what left its process group."""
_DYING = 0.01
"""Seconds between two looks at whether what was killed is gone."""
_PIECE = 1 << 17
"""Bytes read at once of what the system tells of a process."""


async def ended(folder: AttemptFolder, pid: int | None) -> int | None:
    """Return when the shim has ended, own child or adopted alike; no polling.

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
    except OSError:
        return None
    if _is_child(pid) or folder.held("a"):
        return descriptor
    os.close(descriptor)
    return None


def _is_child(pid: int) -> bool:
    """Whether ``pid`` is our own child, ended or not; then it can't be anybody else's number."""
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
    with (folder.path / "a").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)


def signal_group(folder: AttemptFolder, signum: signal.Signals) -> bool:
    """Signal the attempt's whole process group, if its leader is provably alive. Says whether it did."""
    leader = folder.leader()
    if leader is None or not folder.held("a"):
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signum)
        return True
    return False


def survivors(folder: AttemptFolder) -> tuple[int, ...]:
    """What an attempt left behind: processes with its cookie, wherever they went, or in its session.

    Empty where there is no ``/proc``. Every attempt's end asks for it, so it reads no more of a process than it must.
    """
    is_one = _left_by(folder)
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - three times as quick
    except OSError:
        return ()
    return tuple(pid for pid in pids if is_one(pid))


def _left_by(folder: AttemptFolder) -> Callable[[int], bool]:
    """Tells whether a process is one that the attempt left behind."""
    cookie = f"\0{COOKIE}={folder.path.name}\0".encode()
    leader = folder.leader() if folder.held("b") else None  # the session's number is its own only while one of it lives

    def is_one(pid: int) -> bool:
        try:
            return cookie in b"\0%b\0" % _told(pid, "environ") or (leader is not None and _session(pid) == leader)
        except OSError:  # ended meanwhile, or not ours
            return False

    return is_one


def _told(pid: int, name: str) -> bytes:
    """What the system tells of a process under ``name``."""
    descriptor = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        told = part = os.read(descriptor, _PIECE)
        while len(part) == _PIECE:
            part = os.read(descriptor, _PIECE)
            told += part
        return told
    finally:
        os.close(descriptor)


def _session(pid: int) -> int:
    """The session of a process; ``stat`` names the program in brackets first, which may hold anything."""
    return int(_told(pid, "stat").rpartition(b")")[2].split()[3])


def lived(pid: int | None) -> float:
    """Seconds that a process has lived, by a clock that nobody sets; 0 where the system does not tell."""
    try:
        begun = int(_told(pid or 0, "stat").rpartition(b")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    except OSError:
        return 0.0
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - begun)


def kill_survivors(folder: AttemptFolder) -> int:
    """Kill what an attempt left behind; says how many there were."""
    found = survivors(folder)
    for pid in found:
        with contextlib.suppress(OSError):
            _kill(folder, pid)
    return len(found)


async def end_survivors(folder: AttemptFolder, within: float) -> None:
    """Kill what an attempt left behind and wait, so long at most, until nothing of it lives."""
    deadline = asyncio.get_running_loop().time() + within
    while kill_survivors(folder) or folder.held("b"):
        if asyncio.get_running_loop().time() > deadline:
            return
        await asyncio.sleep(_DYING)


def _kill(folder: AttemptFolder, pid: int) -> None:
    if not hasattr(os, "pidfd_open"):
        os.kill(pid, signal.SIGKILL)
        return
    descriptor = os.pidfd_open(pid)
    try:  # looked at again: the number may have changed hands before the descriptor was open
        if _left_by(folder)(pid):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    finally:
        os.close(descriptor)
