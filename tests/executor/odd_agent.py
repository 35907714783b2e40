"""Agents that behave badly, each by the name that is its first argument. It speaks as claude does, and badly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

MEGABYTE = 1 << 20


def result(text: str) -> str:
    """What claude says at a good end."""
    model = sys.argv[sys.argv.index("--model") + 1]
    end = {"type": "result", "subtype": "success", "is_error": False, "result": text, "modelUsage": {model: {}}}
    return json.dumps(end)


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def done() -> None:
    say(result("done") + "\n")


def flood() -> None:
    """Writes for ever."""
    block = b"x" * 1023 + b"\n"
    while True:
        os.write(1, block * 1024)


def binary() -> None:
    os.write(1, bytes(range(256)) * 400 + b"\x1b[31m\x1b]52;c;aGk=\x07\xff\xfe\n")
    done()


def halves() -> None:
    """Its lines come in pieces, and the last one without its end."""
    end = result("done")
    for piece in (end[:20], end[20:40], end[40:] + "\n", "half of", " a line"):
        say(piece)
        time.sleep(0.15)  # so that the executor looks in between


def long_line() -> None:
    os.write(1, b"y" * (3 * MEGABYTE) + b"\n")
    done()


def many() -> None:
    """300,000 lines, as quickly as it can."""
    for _ in range(60):
        os.write(1, b'{"type":"keep_alive"}\n' * 5000)
    done()


def bulk() -> None:
    """Fifteen megabytes at once."""
    for _ in range(15):
        os.write(1, b"z" * (MEGABYTE - 1) + b"\n")
    done()


def silent() -> None:
    """Closes stdout, and lives on until it is let go of by a file."""
    done()
    os.close(1)
    wait_for("let-go")


def forks() -> None:
    for _ in range(5):
        subprocess.Popen(["sleep", "600"])
    say("forked\n")
    time.sleep(600)


def daemon() -> None:
    subprocess.Popen(
        ["sleep", "600"],
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    done()


def closes() -> None:
    """Closes all that it was given, lock B too, then lives on."""
    say("closing\n")
    os.closerange(0, 256)
    time.sleep(600)


def stubborn() -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    say("never\n")
    time.sleep(600)


def full() -> None:
    """Makes it impossible to write how it ended."""
    attempt = os.environ["ATTEMPTS"] + "/" + os.environ["MODELDECK_ATTEMPT"]
    os.mkdir(attempt + "/rc.new")  # noqa: PTH102
    done()


def counts() -> None:
    """Says how long its prompt is."""
    say(result(f"{len(PROMPT)} bytes") + "\n")


def verbose() -> None:
    """Its answer is a million characters."""
    say(result("the first word " + "and another " * 84_000 + "the last word") + "\n")


def waits() -> None:
    say("waiting\n")
    wait_for("let-go")
    done()


def wait_for(name: str) -> None:
    while not os.path.exists(name):  # noqa: PTH110
        time.sleep(0.01)


if __name__ == "__main__":
    PROMPT = sys.stdin.buffer.read()
    globals()[sys.argv[1].replace("-", "_")]()
