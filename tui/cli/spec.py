"""``modeldeck spec``: tickets with a model for every stage, each command in a module of its own."""

from __future__ import annotations

from tui.cli import spec_create, spec_delete, spec_edit, spec_import, spec_list, spec_show
from tui.cli.arguments import Parser, Subparsers, group

COMMANDS = (spec_create, spec_show, spec_list, spec_edit, spec_delete, spec_import)


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the commands."""
    commands = group(subparsers, "spec", "write tickets, each with the model of every stage")
    for command in COMMANDS:
        command.add_parser(commands)
