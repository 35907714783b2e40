"""Agents that attack what the executor keeps of them, each by the name that is its first argument."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

from tests.executor.odd_agent import result, say, wait_for

READY = "ready\n"


def replaces_its_files() -> None:
    """Puts pipes, which nobody writes to, in the place of its files."""
    for name in ("out", "err", "started", "a"):
        (attempt() / name).unlink()
        os.mkfifo(attempt() / name)
    say(READY)
    wait_for("let-go")
    say(result("done") + "\n")


def wipes_its_folder() -> None:
    say(READY)
    shutil.rmtree(attempt())
    Path("wiped").touch()
    time.sleep(600)


def ends_when_let_go() -> None:
    say(READY)
    wait_for("let-go")
    say(result("done") + "\n")


def detaches() -> None:
    """Leaves a child behind that nothing ties to it, then waits."""
    leave_behind()
    say(READY)
    time.sleep(600)


def detaches_and_ends() -> None:
    leave_behind()
    say(result("done") + "\n")


def detaches_and_stays() -> None:
    """Obeys no signal, and its child was left behind too."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    detaches()


def detaches_when_told() -> None:
    """Leaves its child behind only when it is asked to end."""

    def end(*_: object) -> None:
        leave_behind()
        sys.exit(0)

    signal.signal(signal.SIGTERM, end)
    say(READY)
    time.sleep(600)


def leave_behind() -> None:
    """A grandchild in a session of its own, with an empty environment and nothing open; its number in ``daemon``."""
    if os.fork():
        wait_for("daemon")
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    Path("daemon.new").write_text(str(os.getpid()))
    Path("daemon.new").rename("daemon")
    os.closerange(0, 256)
    os.execve("/bin/sleep", ["sleep", "600"], {})


def attempt() -> Path:
    return Path(os.environ["ATTEMPTS"], os.environ["MODELDECK_ATTEMPT"])


if __name__ == "__main__":
    sys.stdin.buffer.read()
    with Path("starts").open("a") as starts:
        starts.write(os.environ["MODELDECK_ATTEMPT"] + "\n")
    Path("began").touch()
    globals()[sys.argv[1].replace("-", "_")]()
