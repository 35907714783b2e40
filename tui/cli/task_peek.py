"""``modeldeck task peek``: tasks as they are now, with the end of what the newest step said."""

from __future__ import annotations

import argparse
import asyncio

from tui.cli import places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.describe import message, whole_run
from tui.cli.ids import ID, whole_ids
from tui.core.verbs import Peek, Tasks


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "peek", run, "look at tasks as they are now")
    parser.add_argument("ids", nargs="+", metavar="ID", help=ID)
    parser.add_argument("--tail", type=int, default=20, metavar="N", help="messages of the newest step (default: 20)")


def run(args: argparse.Namespace) -> int:
    """Look."""
    found = asyncio.run(_peek(args.ids, max(0, args.tail)))
    if args.json:
        show.as_json(found)
        return 0
    for one in found.tasks:
        whole_run(one)
        attempts = {step.attempt: step.name for step in one.steps if step.attempt}
        said = [text for text in found.output if text.attempt in attempts]
        if said:
            show.line()
        for text in said:
            show.line(message(text, attempts[text.attempt]))
    return 0


async def _peek(ids: list[str], tail: int) -> Tasks:
    async with places.client() as client:
        await client.connect()
        return await client.peek(Peek(await whole_ids(client, ids), tail))
