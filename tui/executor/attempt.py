"""One attempt on disk: its folder, its two locks, how it is started, and what its files say of it.

The folder ``runs/<attempt>/`` holds ``prompt`` (the agent's stdin), ``out`` and ``err``, ``started`` (the shim's pid,
written before the agent runs), ``left`` (what the agent left behind at its end), ``rc`` (the exit status, written by
rename when it has ended) and the locks ``a`` and ``b``, described in ``shim.sh``. What is true is always read in one
order, lock A before ``rc`` before ``started``, because each is written before the one that is read ahead of it goes
away. The agent can write there too, so nothing but regular files is read.
"""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tui.agents.base import Command
from tui.executor.attempt_files import NotAFileError, open_regular
from tui.executor.subreaper import as_subreaper
from tui.posix.descriptors import for_children

SHIM = Path(__file__).with_name("shim.sh")
_LONGEST_NUMBER = 10
_LOCK_A, _LOCK_B = 8, 9
"""Single digits: a POSIX shell can redirect no others."""


class Presence(Enum):
    """What the files and locks of an attempt say."""

    ALIVE = "alive"
    """The shim runs."""
    FINISHED = "finished"
    """It ended and wrote down how."""
    VANISHED = "vanished"
    """It started and ended without a word; something that it started may live on."""
    NEVER_STARTED = "never started"
    """The intent was journalled, but nothing ran."""


@dataclass(frozen=True)
class AttemptFolder:
    """The files of one attempt."""

    path: Path

    @property
    def out(self) -> Path:
        """What the agent wrote on stdout, byte for byte."""
        return self.path / "out"

    @property
    def err(self) -> Path:
        """What it wrote on stderr."""
        return self.path / "err"

    def prepare(self, prompt: bytes) -> None:
        """Make the folder anew with ``prompt`` as the agent's stdin. Only for an attempt that never started."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in (("prompt", prompt), ("out", b""), ("err", b""), ("a", b""), ("b", b"")):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            descriptor = os.open(self.path / name, flags, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise NotAFileError(errno.EINVAL, "something else is in the place of a file", str(file.name))
                file.write(content)

    def spawn(self, command: Command) -> int:
        """Start the shim in a session of its own and return its pid.

        The locks are taken here and inherited, so there is no moment in which a started shim holds none.

        Raises :class:`OSError` when the machine can't start a process now.
        """
        limit = str(for_children() or "")
        program, argv = as_subreaper("/bin/sh", str(SHIM), limit, str(self.path), str(command.cwd), *command.argv)
        opened: list[int] = []
        try:
            opened += [lock_a := self._lock("a")]
            opened += [lock_b := self._lock("b")]
            opened += [null := os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)]
            return os.posix_spawn(
                program,
                argv,
                dict(command.env),
                file_actions=[
                    *((os.POSIX_SPAWN_DUP2, null, descriptor) for descriptor in (0, 1, 2)),
                    (os.POSIX_SPAWN_DUP2, lock_a, _LOCK_A),
                    (os.POSIX_SPAWN_DUP2, lock_b, _LOCK_B),
                ],
                setsid=True,
                setsigdef=[signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP],
                setsigmask=[],
            )
        finally:
            for descriptor in opened:  # a lock that stayed open here would be held for ever
                os.close(descriptor)

    def _lock(self, name: str) -> int:
        """Open and lock, above the numbers that the shim uses, so that no ``dup2`` overwrites another's source."""
        low = os.open(self.path / name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            descriptor = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, _LOCK_B + 1)
        finally:
            os.close(low)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def held(self, name: str) -> bool:
        """Whether lock ``a`` or ``b`` is held. Two who test at once don't see each other: the test is shared."""
        try:
            file = open_regular(self.path / name)
        except (FileNotFoundError, NotAFileError):
            return False
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def presence(self) -> Presence:
        """What became of the attempt, read in the order that makes it true."""
        if self.held("a"):
            return Presence.ALIVE
        if self.exit_code() is not None:
            return Presence.FINISHED
        return Presence.VANISHED if self.leader() is not None else Presence.NEVER_STARTED

    def exit_code(self) -> int | None:
        """The agent's exit status as a shell tells it (128 + signal), or ``None`` if it was not written."""
        return self._number("rc")

    def leader(self) -> int | None:
        """The shim's pid, which is its session's and group's too, or ``None`` if it never got so far."""
        return self._number("started")

    def left(self) -> dict[int, int]:
        """Return the processes that the agent's end left without a parent, each with when it was started."""
        found = {}
        for line in self._text("left", 1 << 16).splitlines():
            pid, _, begun = line.partition(b" ")
            if pid.isdigit() and begun.isdigit():
                found[int(pid)] = int(begun)
        return found

    def _number(self, name: str) -> int | None:
        text = self._text(name, _LONGEST_NUMBER + 1).strip()
        return int(text) if text.isdigit() and len(text) <= _LONGEST_NUMBER else None

    def _text(self, name: str, largest: int) -> bytes:
        try:
            with open_regular(self.path / name) as file:
                return file.read(largest)
        except (FileNotFoundError, NotAFileError):
            return b""
