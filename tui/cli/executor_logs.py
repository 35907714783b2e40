"""``modeldeck executor logs``: what the executor wrote, and what it goes on to write."""

from __future__ import annotations

import argparse
import os
import time
from collections import deque
from pathlib import Path

from tui.cli import places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.core.errors import RequestError

TICK = 0.25
"""Seconds between two looks at the file."""


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "logs", run, "what it wrote", as_json=False)
    parser.add_argument("--lines", type=int, default=50, metavar="N", help="the last N lines (default: 50)")
    parser.add_argument("--follow", action="store_true", help="and what it goes on to write")


def run(args: argparse.Namespace) -> int:
    """Print the end of the log."""
    log = places.locations().log
    try:
        with log.open("rb") as file:
            for text in deque(file, maxlen=max(0, args.lines)):
                _print(text)
            end = file.tell()
    except FileNotFoundError:
        raise RequestError(f"There is no log yet: {log}") from None
    if args.follow:
        show.flush()
        _follow(log, end)
    return 0


def _follow(log: Path, end: int) -> None:
    """Until interrupted, also across a log that was put aside for a new one."""
    file = log.open("rb")
    file.seek(end)
    while True:
        text = file.readline()
        if text:
            _print(text)
            continue
        show.flush()
        time.sleep(TICK)
        try:
            replaced = os.fstat(file.fileno()).st_ino != log.stat().st_ino
        except FileNotFoundError:
            continue
        if replaced:
            file.close()
            file = log.open("rb")


def _print(text: bytes) -> None:
    show.line(text.decode("utf-8", "replace").rstrip("\r\n"))
