"""A terminal for tests: a program under a pty, what it writes counted and shown by pyte."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyte

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 30.0

# What pyte does not know and would print: kitty keyboard, queries, synchronised output, OSC.
_UNKNOWN = re.compile(rb"\x1b\[[<>=][\d;:]*[a-zA-Z]|\x1b\[\?[\d;]*\$p|\x1b\[\?u|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


class Terminal:
    """One program in one terminal."""

    def __init__(self, *argv: str, size: tuple[int, int] = (120, 40), env: Mapping[str, str] | None = None) -> None:
        columns, rows = size
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.written = b""
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ["HOME"],
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            **(env or {}),
        }
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.execve(sys.executable, [sys.executable, "-m", *argv], variables)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.settings = termios.tcgetattr(self.master)
        self.status: int | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)

    def _ended(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
        return self.status is not None

    def read(self, wait: float) -> int:
        """Read what comes within ``wait`` seconds; how many bytes that were."""
        ready, _, _ = select.select([self.master], [], [], wait)
        if not ready:
            return 0
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            return 0
        self.written += data
        self._stream.feed(_UNKNOWN.sub(b"", data))
        return len(data)

    def settle(self, quiet: float = 0.3) -> int:
        """Read until nothing was written for ``quiet`` seconds, or for some seconds; how many bytes came."""
        total = 0
        end = time.monotonic() + 10 * quiet
        while (count := self.read(quiet)) and time.monotonic() < end:
            total += count
        return total + count

    def until(self, holds: Callable[[], object], what: str) -> None:
        """Read until something holds."""
        end = time.monotonic() + LIMIT
        while not holds():
            assert time.monotonic() < end, f"never happened: {what}\n" + self.text
            self.read(0.05)

    def shows(self, text: str) -> None:
        """Read until ``text`` is on the screen."""
        self.until(lambda: text in self.text, f"{text!r} on the screen")

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def cells(self) -> list[list[tuple[object, ...]]]:
        """Every cell as a person sees it: letters with their looks, blanks with their background alone."""
        rows = []
        for y in range(self.screen.lines):
            row = self.screen.buffer[y]
            seen = []
            for x in range(self.screen.columns):
                cell = row[x]
                front = None if cell.data == " " and not cell.reverse else (cell.fg, cell.bold, cell.italics)
                seen.append((cell.data, front, cell.bg, cell.reverse, cell.underscore if cell.data != " " else False))
            rows.append(seen)
        return rows

    def send(self, keys: str) -> None:
        """Send keys."""
        os.write(self.master, keys.encode())

    def press(self, keys: str, quiet: float = 0.2) -> int:
        """Send keys, wait until the screen rests; how many bytes were written."""
        self.send(keys)
        return self.settle(quiet)

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def ends(self) -> int:
        """Wait for the end; its status."""
        self.until(self._ended, "the end of the program")
        self.settle(0.05)
        assert self.status is not None
        return self.status

    def modes_left_on(self) -> set[str]:
        """Private modes that were switched on and not off again, save line wrap; the cursor, if it stayed hidden."""
        on: dict[str, bool] = {"25": True}
        for mode in re.finditer(rb"\x1b\[\?([\d;]+)([hl])", self.written):
            for number in mode.group(1).decode().split(";"):
                on[number] = mode.group(2) == b"h"
        left = {number for number, is_on in on.items() if is_on and number not in ("7", "25")}
        return left if on["25"] else left | {"cursor hidden"}
