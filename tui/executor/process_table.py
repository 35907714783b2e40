"""What the system says of processes and of itself, in ``/proc``. Where there is none, nothing is found.

Where only the means to look are lacking for now, as when no descriptor is left, everything raises :class:`OSError`:
a process that was not looked at has not ended.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from tui.posix.descriptors import is_shortage

_PIECE = 1 << 17
"""Bytes read at once of one entry."""


def boot_id() -> str | None:
    """Return what names this start of the machine; ``None`` where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip() or None
    except OSError:
        pass
    try:  # macOS
        done = subprocess.run(["sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() or None


def pids() -> list[int]:
    """Return the numbers of all processes."""
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - three times as quick
    except OSError as error:
        if is_shortage(error):
            raise
        return []


def environment(pid: int) -> bytes:
    """Return a process's environment as it was started, between zero bytes. Raises :class:`OSError`."""
    return b"\0%b\0" % _entry(pid, "environ")


def session(pid: int) -> int:
    """Return a process's session. Raises :class:`OSError`."""
    return int(_stat(pid)[3])


def started(pid: int) -> int | None:
    """Return when a process was started, in ticks since boot; with its number that names it for good.

    ``None`` for one that has ended, whether or not its parent has noticed.
    """
    try:
        fields = _stat(pid)
    except OSError as error:
        if is_shortage(error):
            raise
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def lived(pid: int | None) -> float:
    """Return the seconds that a process has lived, by a clock that nobody sets; 0 where the system does not tell."""
    begun = started(pid or 0)
    if begun is None:
        return 0.0
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - begun / os.sysconf("SC_CLK_TCK"))


def descendants(roots: Iterable[int]) -> dict[int, int]:
    """Return the children of ``roots``, their children and so on, each with when it was started."""
    children: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for pid in pids():
        try:
            fields = _stat(pid)
        except OSError as error:
            if is_shortage(error):
                raise
            continue
        if fields[0] not in (b"Z", b"X"):
            children[int(fields[1])].append((pid, int(fields[19])))
    found: dict[int, int] = {}
    todo = list(roots)
    while todo:
        for pid, begun in children.pop(todo.pop(), ()):
            found[pid] = begun
            todo.append(pid)
    return found


def _stat(pid: int) -> list[bytes]:
    """The fields after the program's name, which is in brackets and may hold anything."""
    return _entry(pid, "stat").rpartition(b")")[2].split()


def _entry(pid: int, name: str) -> bytes:
    descriptor = os.open(f"/proc/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
    try:
        content = part = os.read(descriptor, _PIECE)
        while len(part) == _PIECE:
            part = os.read(descriptor, _PIECE)
            content += part
        return content
    finally:
        os.close(descriptor)
