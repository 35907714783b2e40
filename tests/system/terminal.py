"""A child process under a pseudo terminal, as a person has it: keys go in, what the screen shows comes out.

Nothing here sleeps: every wait is for something on the screen, or for the end, with a generous limit.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyte

LIMIT = 90.0
"""Seconds that anything may take on a slow machine."""

AGAIN = 3.0
"""Seconds after which a key that may be ignored is pressed once more."""

PROGRAM = (sys.executable, "-m", "tui")

NAMED = {"enter": "\r", "escape": "\x1b", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B"} | {
    f"ctrl+{letter}": chr(ord(letter) - 96) for letter in "clpz"
}

# Opens a session of its own with the pseudo terminal as its controlling one, then becomes the program.
_LOGIN = "import os, sys; os.login_tty(0); os.execv(sys.argv[1], sys.argv[1:])"

_KITTY = re.compile(rb"\x1b\[([>=<])(\d*)(?:;\d+)?u")
_PRIVATE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")

RESTING = {
    1049: False,  # the alternate screen
    25: True,  # the cursor is shown
    7: True,  # lines wrap
    1000: False,  # the mouse in all its modes
    1002: False,
    1003: False,
    1006: False,
    1015: False,
    1004: False,  # focus is told
    2004: False,  # pasted text is marked
    2026: False,  # output is held back
    2048: False,  # resizes are told in the stream
}
"""Private modes and what each must be when the terminal is given back."""


class Terminal:
    """A program in a terminal of its own; a context manager that leaves no process behind."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        columns: int = 100,
        rows: int = 30,
    ) -> None:
        self.raw = b""
        """Everything that was written to the terminal."""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._half = b""
        self._master, self._slave = os.openpty()
        self._set_size(columns, rows)
        self._before = termios.tcgetattr(self._slave)
        self._process = subprocess.Popen(
            [sys.executable, "-SEc", _LOGIN, *command],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            cwd=cwd,
            env={"TERM": "xterm-256color", "LANG": "C.UTF-8", "COLORTERM": "truecolor"} | dict(env),
        )
        self._ending = os.pidfd_open(self._process.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)  # a demo that is killed could not end what it started
            try:
                self.ended(30)
            except AssertionError:
                self._process.kill()
                self._process.wait()
        self.hang_up()
        os.close(self._ending)

    # What a person does ------------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys: names of :data:`NAMED`, or text as it is."""
        for key in keys:
            os.write(self._master, NAMED.get(key, key).encode())

    def insist(self, key: str, condition: str | Callable[[str], bool]) -> str:
        """Press ``key`` until the screen answers: a key right after a dialog opened is a lagging line's, not ours."""
        end = time.monotonic() + LIMIT
        while True:
            self.press(key)
            if self._seen(condition, min(AGAIN, end - time.monotonic())):
                return self.screen
            if time.monotonic() > end:
                raise AssertionError(self._complaint(condition))

    def resize(self, columns: int, rows: int) -> None:
        """Make the window larger or smaller."""
        self._read(0)
        self._set_size(columns, rows)  # the kernel tells the program
        self._screen.resize(rows, columns)

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        self._process.send_signal(number)

    def hang_up(self) -> None:
        """The window is closed, or the line is lost."""
        for name in ("_master", "_slave"):
            if getattr(self, name) >= 0:
                os.close(getattr(self, name))
                setattr(self, name, -1)

    # What a person sees ------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def screen(self) -> str:
        """The lines as they are now."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def until(self, condition: str | Callable[[str], bool], limit: float = LIMIT) -> str:
        """Wait until the screen holds a text or fulfils a condition; gives the screen."""
        if not self._seen(condition, limit):
            raise AssertionError(self._complaint(condition))
        return self.screen

    def until_gone(self, text: str) -> str:
        """Wait until the screen holds ``text`` no more."""
        return self.until(lambda screen: text not in screen)

    def ended(self, limit: float = LIMIT) -> int:
        """Wait for the program's end; gives its exit status."""
        end = time.monotonic() + limit
        while self._process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"it has not ended after {limit:g} seconds; the screen:\n{self.screen}")
            if self._master >= 0:
                self._read(1.0)
            else:
                select.select([self._ending], [], [], 1.0)
        while self._master >= 0 and self._read(0):
            pass
        return self._process.returncode

    # What the terminal was told ----------------------------------------------------------------------------------

    @property
    def modes(self) -> dict[int, bool]:
        """The private modes that were ever set or reset, and what each is now."""
        found: dict[int, bool] = {}
        for numbers, letter in _PRIVATE.findall(self.raw):
            found |= dict.fromkeys(map(int, numbers.split(b";")), letter == b"h")
        return found

    @property
    def kitty(self) -> int:
        """How many times the kitty keyboard protocol was turned on and not off again."""
        depth = 0
        for sign, number in _KITTY.findall(self.raw):
            depth += {b">": 1, b"<": -int(number or 1)}.get(sign, 0)
        return depth

    def is_clean(self) -> None:
        """Assert that the terminal is as it was before."""
        wrong = {mode: value for mode, value in self.modes.items() if value != RESTING.get(mode, False)}
        assert not wrong, f"private modes left: {wrong}"
        assert self.kitty == 0
        assert termios.tcgetattr(self._slave) == self._before
        assert "Traceback" not in self.raw.decode("utf-8", "replace")

    # -------------------------------------------------------------------------------------------------------------

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _seen(self, condition: str | Callable[[str], bool], limit: float) -> bool:
        holds = condition if callable(condition) else lambda screen: condition in screen
        end = time.monotonic() + limit
        while not holds(self.screen):
            left = end - time.monotonic()
            if left <= 0:
                return False
            if not self._read(left) and self._process.poll() is not None:
                return holds(self.screen)
        return True

    def _read(self, limit: float) -> bool:
        """Take what was written, waiting for it so long; says whether there was anything."""
        readable, _, _ = select.select([self._master, self._ending], [], [], max(0.0, limit))
        if self._master not in readable:
            return False
        data = os.read(self._master, 1 << 16)
        self.raw += data
        self._stream.feed(self._known(data))
        return bool(data)

    def _known(self, data: bytes) -> bytes:
        """``data`` without what the emulator takes for something else: the kitty protocol's on and off."""
        data = self._half + data
        cut = data.rfind(b"\x1b", -16)  # a sequence may be torn in two by the read
        whole = cut < 0 or re.match(rb"\x1b(?:[^\[\]]|\[[^@-~]*[@-~])", data[cut:]) is not None
        data, self._half = (data, b"") if whole else (data[:cut], data[cut:])
        return _KITTY.sub(b"", data)

    def _complaint(self, condition: str | Callable[[str], bool]) -> str:
        wanted = repr(condition) if isinstance(condition, str) else "what was waited for"
        ended = self._process.poll()
        state = "" if ended is None else f" (it has ended with {ended})"
        return f"{wanted} is not on the screen{state}:\n{self.screen}"


def of_folder(mark: str) -> dict[int, str]:
    """Every living process that has ``mark`` in its environment or its command, with that command."""
    found = {}
    for place in Path("/proc").iterdir():
        if not place.name.isdigit() or int(place.name) == os.getpid():
            continue
        try:
            known = (place / "environ").read_bytes() + (place / "cmdline").read_bytes()
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:  # it ended while we looked, or is someone else's
            continue
        if os.fsencode(mark) in known:
            found[int(place.name)] = command
    return found
