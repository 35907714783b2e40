"""``modeldeck``: parse, call one command, turn errors into sentences and exit codes.

Commands import what they need when they run: ``--version`` and the dashboard load neither httpx, pydantic nor yaml.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from tui import __version__
from tui.cli import deck, exits, show
from tui.cli.arguments import Parser
from tui.core.errors import ModeldeckError

COMMANDS = (
    "task",
    "run",
    "spec",
    "workflow",
    "model",
    "favourite",
    "default",
    "executor",
    "trust",
    "explain",
    "check",
    "demo",
)
"""Modules with ``add_parser(subparsers)``, in the order of the help."""


def parser(words: list[str]) -> Parser:
    """The command line, as much of it as ``words`` can mean: a command pays for its own imports, and no other's."""
    top = Parser(
        prog="modeldeck",
        description="Which model will run, why that one, and was it really that one? "
        "Without a command the dashboard opens.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"modeldeck {__version__}")
    deck.add_arguments(top)
    top.set_defaults(func=deck.run, parser=top)
    subparsers = top.add_subparsers(metavar="COMMAND")
    for name in _meant(words):
        importlib.import_module(f"tui.cli.{name}").add_parser(subparsers)
    return top


def _meant(words: list[str]) -> tuple[str, ...]:
    """The commands that ``words`` can be about; none where they are the dashboard's own flags."""
    if words and words[0] in COMMANDS:
        return (words[0],)
    if words == ["--plain"] or (len(words) == 2 and words[0] == "--project") or not words:
        return ()
    return COMMANDS


def main(argv: list[str] | None = None) -> int:
    """Run one command and give its exit code."""
    words = sys.argv[1:] if argv is None else argv
    top = parser(words)
    for word in words:
        if any("\udc80" <= letter <= "\udcff" for letter in word):  # bytes that Python could not read as text
            top.error(f"{word!r} is not UTF-8 text; write it in UTF-8")
    args, more = top.parse_known_args(words)
    if more:
        args.parser.left_over(more)
    if args.func is not deck.run and (args.plain or args.deck_project):
        top.error("--project and --plain before a command are the dashboard's; write a command's own flags after it")
    return _guarded(args)


def _guarded(args: argparse.Namespace) -> int:
    try:
        code: int = args.func(args)
        sys.stdout.flush()
    except ModeldeckError as error:
        show.error(error, json_wanted=getattr(args, "json", False))
        return exits.of_error(error)
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:
        # Whoever read has gone; without this Python complains once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.BROKEN_PIPE
    return code
