"""``modeldeck workflow``: what there is to run, and the model that each stage has by default."""

from __future__ import annotations

from tui.cli import workflow_set, workflow_show
from tui.cli.arguments import Parser, Subparsers, group

COMMANDS = (workflow_show, workflow_set)


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the commands."""
    commands = group(subparsers, "workflow", "workflows: what their stages run by default, and another default")
    for command in COMMANDS:
        command.add_parser(commands)
