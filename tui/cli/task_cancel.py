"""``modeldeck task cancel``: end tasks; what runs is killed first."""

from __future__ import annotations

import argparse
import asyncio

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.describe import run_table
from tui.cli.ids import ID, whole_ids
from tui.core.verbs import Cancel, Tasks


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "cancel", run, "end tasks")
    parser.add_argument("ids", nargs="+", metavar="ID", help=ID)


def run(args: argparse.Namespace) -> int:
    """Cancel them."""
    found = asyncio.run(_cancel(args.ids))
    if args.json:
        show.as_json(found)
    else:
        run_table(found.tasks)
    return exits.SUCCEEDED if found.done else exits.TIMED_OUT


async def _cancel(ids: list[str]) -> Tasks:
    async with places.client() as client:
        await client.connect()
        return await client.cancel(Cancel(await whole_ids(client, ids)))
