"""What every command's parser is made with, so that a wrong flag gets one sentence wherever it stands."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from typing import NoReturn

from tui.core.plain import plain
from tui.core.suggest import nearest

USAGE = 2

Subparsers = argparse._SubParsersAction  # argparse has no public name for it


class Parser(argparse.ArgumentParser):
    """Tells a mistake in one sentence and where the help is."""

    def error(self, message: str) -> NoReturn:
        """Say ``message`` and leave."""
        sys.stderr.write(plain(f"{self.prog}: {message}\nSee: {self.prog} --help\n"))
        sys.exit(USAGE)

    def left_over(self, words: list[str]) -> NoReturn:
        """Say which of the words that no argument took is wrong, and which flag is near."""
        flags = [word.partition("=")[0] for word in words if word.startswith("-")]
        if not flags:
            self.error(f"there is nothing to do with {words[0]!r}")
        near = nearest(flags[0], set(re.findall(r"--[a-z][a-z-]*", self.format_help())))
        self.error(f"there is no {flags[0]}" + (f"; did you mean {', '.join(near)}?" if near else ""))


def command(
    subparsers: Subparsers[Parser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    text: str,
    *,
    as_json: bool = True,
) -> Parser:
    """Add a command: its parser, with ``--json`` unless told otherwise, and what runs it."""
    parser = subparsers.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".", allow_abbrev=False)
    parser.set_defaults(func=run, parser=parser)
    if as_json:
        parser.add_argument("--json", action="store_true", help="print JSON, and errors as JSON on stderr")
    return parser


def group(subparsers: Subparsers[Parser], name: str, text: str) -> Subparsers[Parser]:
    """Add a command that has commands of its own."""
    parser = subparsers.add_parser(name, help=text, description=text[:1].upper() + text[1:] + ".", allow_abbrev=False)
    parser.set_defaults(parser=parser)
    return parser.add_subparsers(metavar="COMMAND", required=True)


def seconds(text: str) -> float:
    """A number of seconds that is not negative."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return value
