"""``modeldeck run``: what a person does about runs that are there, in fewer words than the verbs take."""

from __future__ import annotations

from tui.cli import run_again, run_decide, run_list
from tui.cli.arguments import Parser, Subparsers, group

COMMANDS = (run_list, run_decide, run_again)


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the commands."""
    commands = group(subparsers, "run", "runs: find them, answer what they wait for, do them again")
    for command in COMMANDS:
        command.add_parser(commands)
