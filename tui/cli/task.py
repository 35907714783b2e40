"""``modeldeck task``: the five verbs, each in a module of its own."""

from __future__ import annotations

from tui.cli import task_await, task_cancel, task_list, task_peek, task_start
from tui.cli.arguments import Parser, Subparsers, group

VERBS = (task_start, task_await, task_peek, task_list, task_cancel)


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the verbs."""
    verbs = group(subparsers, "task", "start work, watch it, end it")
    for verb in VERBS:
        verb.add_parser(verbs)
