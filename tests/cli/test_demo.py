"""The demo under a real terminal: whatever ends it, nothing is left of it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

LIMIT = 60.0


class Terminal:
    """A terminal with the demo in it."""

    def __init__(self, folder: Path) -> None:
        self.home, self.temporary = folder / "home", folder / "t"
        self.home.mkdir()
        self.temporary.mkdir()
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        env = {
            "HOME": str(self.home), "PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8",
            "TMPDIR": str(self.temporary), "ANTHROPIC_API_KEY": "never-" + "read",
        }  # fmt: skip
        command = [sys.executable, "-m", "tui", "demo"]
        self.process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env, cwd=self.home)
        os.close(theirs)
        self._file = os.fdopen(ours, "r+b", buffering=0)
        os.set_blocking(ours, False)
        self._screen = pyte.Screen(120, 40)
        self._stream = pyte.ByteStream(self._screen)

    def until(self, text: str) -> None:
        """Read until ``text`` is on the screen."""
        deadline = time.monotonic() + LIMIT
        while text not in "\n".join(self._screen.display):
            assert time.monotonic() < deadline, "\n".join(self._screen.display)
            assert self.process.poll() is None, "\n".join(self._screen.display)
            self._read(0.2)

    def keys(self, keys: str) -> None:
        """Press keys."""
        self._file.write(keys.encode())

    def exit_code(self) -> int:
        """Wait for the end of the demo."""
        deadline = time.monotonic() + LIMIT
        while self.process.poll() is None:
            assert time.monotonic() < deadline
            self._read(0.2)
        return self.process.returncode

    def close(self) -> None:
        """Let go of the terminal."""
        self._file.close()
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(LIMIT)

    def left_behind(self) -> list[str]:
        """Files of the demo, and processes that know its folder."""
        mark = os.fsencode(self.temporary)
        files = [str(path) for folder in (self.home, self.temporary) for path in folder.iterdir()]
        return files + [str(entry) for entry in Path("/proc").glob("[0-9]*") if _mentions(entry, mark)]

    def _read(self, seconds: float) -> None:
        ready, _, _ = select.select([self._file], [], [], seconds)
        if ready:
            try:
                self._stream.feed(self._file.read(65536) or b"")
            except OSError:  # the other end is closed
                self.process.wait(LIMIT)


def _mentions(entry: Path, mark: bytes) -> bool:
    try:
        return any(mark in (entry / name).read_bytes() for name in ("environ", "cmdline"))
    except OSError:
        return False


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A terminal of 120x40."""
    opened = Terminal(tmp_path)
    yield opened
    opened.close()


def test_it_is_left_by_its_key(terminal: Terminal) -> None:
    terminal.until("connected")
    terminal.keys("q")
    assert terminal.exit_code() == 0
    assert terminal.left_behind() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_and_the_runs_in_it(terminal: Terminal, number: signal.Signals) -> None:
    terminal.until("connected")
    terminal.keys("s")
    terminal.until("Start")
    terminal.keys("\r")
    terminal.until("running")
    terminal.process.send_signal(number)
    assert terminal.exit_code() == 128 + number
    assert terminal.left_behind() == []


def test_a_signal_before_anything_is_shown_ends_it_too(terminal: Terminal) -> None:
    deadline = time.monotonic() + LIMIT
    while not any(terminal.temporary.iterdir()):
        assert time.monotonic() < deadline
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.exit_code() == 128 + signal.SIGTERM
    assert terminal.left_behind() == []
