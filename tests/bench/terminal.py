"""A program under a pseudo terminal: when what was on its screen, and what a key costs.

What is read is stamped and kept at once and emulated later, so that the emulator is in no figure.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pyte

from tests.bench.figures import UnmeasuredError
from tests.bench.wire import LIMIT

COLUMNS, ROWS = 120, 40
QUIET = 0.06
"""Seconds without a byte after which the answer to a key is whole."""
STILL = 0.7
"""Seconds without a byte after which a screen is looked at."""
DOWN = b"\x1b[B"

_MODE_QUESTION = re.compile(rb"\x1b\[\?(\d+)\$p")
_NOT_FOR_PYTE = re.compile(
    rb"\x1b\[[<=>][\d;:]*[A-Za-z]|\x1b\[\??[\d;]*\$[a-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[P_^][^\x1b]*\x1b\\"
)
"""Keyboard protocols, mode questions and titles, which pyte would print."""
_CUT_OFF = re.compile(rb"\x1b(?:\[[\d;:?<=>$]*|[\]P_^][^\x07\x1b]*)?\Z")
"""A sequence whose end has not come yet."""


@dataclass(frozen=True)
class Reaction:
    """What a key brought about."""

    seconds: float
    """Until the last byte of it."""
    size: int
    """Bytes."""


class Terminal:
    """One program under a terminal of 120x40, from its start to the end of the ``with``."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        self._chunks: list[tuple[float, bytes]] = []
        self._shown = 0
        self._rest = b""
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.set_blocking(self._master, False)
        # What the leader of a new session opens first becomes its controlling terminal.
        opened = (os.POSIX_SPAWN_OPEN, 0, os.ttyname(slave), os.O_RDWR, 0)
        actions = [opened, (os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)]
        self.began = time.perf_counter()
        self.pid = os.posix_spawn(argv[0], list(argv), dict(environ), file_actions=actions, setsid=True)
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def complete(self, *wanted: str) -> float:
        """Wait until all of ``wanted`` are on the screen; the seconds from the start to the moment when they were."""
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            going = self._read(STILL)
            at = self._emulate(wanted)
            if at is not None:
                return at - self.began
            if not going:
                break
        shows = "; ".join(line.strip() for line in self.text().splitlines() if line.strip("│ "))
        raise UnmeasuredError(f"{', '.join(wanted)} never were on the screen together, which shows: {shows[:600]}")

    def settle(self) -> None:
        """Wait until nothing is written for a moment."""
        self._read(STILL)

    def press(self, key: bytes) -> Reaction | None:
        """Press ``key`` and read what comes of it; ``None`` if nothing does."""
        known = len(self._chunks)
        began = time.perf_counter()
        os.write(self._master, key)
        self._read(QUIET, patience=1.0)
        answer = self._chunks[known:]
        if not answer:
            return None
        return Reaction(answer[-1][0] - began, sum(len(data) for _, data in answer))

    def text(self) -> str:
        """The screen as it is now."""
        self._emulate(())
        return "\n".join(line.rstrip() for line in self._screen.display)

    def close(self) -> None:
        """End the program, by force if it must be, and collect it."""
        for signum in (signal.SIGTERM, signal.SIGKILL):
            os.kill(self.pid, signum)
            deadline = time.monotonic() + 5.0
            while time.monotonic() < deadline:
                self._read(0.05)  # one that can't write can't end
                done, _ = os.waitpid(self.pid, os.WNOHANG)
                if done:
                    os.close(self._master)
                    return
        raise UnmeasuredError(f"the program {self.pid} under the terminal can't be ended")

    def _read(self, quiet: float, patience: float | None = None) -> bool:
        """Read until nothing comes for ``quiet`` seconds, the first byte awaited for ``patience``; false at the end."""
        wait = quiet if patience is None else patience
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self._master], [], [], wait)
            if not ready:
                return True
            try:
                data = os.read(self._master, 1 << 16)
            except OSError:  # how Linux tells that nobody has the other end open any more
                data = b""
            if not data:
                time.sleep(quiet)
                return False
            self._chunks.append((time.perf_counter(), data))
            for mode in _MODE_QUESTION.findall(data):
                # As a terminal of today: frames are drawn at once (2026), other modes are not known.
                os.write(self._master, b"\x1b[?%s;%d$y" % (mode, 2 if mode == b"2026" else 0))
            wait = quiet
        return True

    def _emulate(self, wanted: Sequence[str]) -> float | None:
        """Show what was read since; when all of ``wanted`` were there, if ever."""
        at = None
        for stamp, data in self._chunks[self._shown :]:
            whole = self._rest + data
            cut = _CUT_OFF.search(whole)
            self._rest = whole[cut.start() :] if cut else b""
            self._stream.feed(_NOT_FOR_PYTE.sub(b"", whole[: cut.start()] if cut else whole))
            if wanted and at is None and all(any(one in line for line in self._screen.display) for one in wanted):
                at = stamp
        self._shown = len(self._chunks)
        return at
