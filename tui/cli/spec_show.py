"""``modeldeck spec show``: a spec with its stages and their models."""

from __future__ import annotations

import argparse
import asyncio

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.spec_words import whole_spec
from tui.core.spec_verbs import SpecItem
from tui.core.verbs import List


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "show", run, "show a spec with its stages and their models")
    parser.add_argument("spec", metavar="ID", help="the spec")


def run(args: argparse.Namespace) -> int:
    """Show it."""
    item = asyncio.run(_item(args.spec))
    if args.json:
        show.as_json(item)
    else:
        whole_spec(item)
    return exits.SUCCEEDED


async def _item(spec_id: str) -> SpecItem:
    async with places.client() as client:
        await client.connect()
        return (await client.list(List("specs", ids=(spec_id,)))).specs[0]
