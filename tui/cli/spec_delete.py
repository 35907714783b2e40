"""``modeldeck spec delete``: take specs away."""

from __future__ import annotations

import argparse
import asyncio

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.spec_fields import version_of
from tui.core.spec_verbs import DeleteSpec
from tui.core.verbs import Started


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "delete", run, "take a spec away; its runs stay")
    parser.add_argument("spec", metavar="ID", help="the spec")
    parser.add_argument("--version", dest="seen", type=int, metavar="N", help="only if this version is stored")


def run(args: argparse.Namespace) -> int:
    """Delete it."""
    done = asyncio.run(_send(args))
    if args.json:
        show.as_json(done)
    else:
        show.line(f"{args.spec} is deleted.")
    return exits.SUCCEEDED


async def _send(args: argparse.Namespace) -> Started:
    async with places.client() as client:
        await client.connect()
        seen = await version_of(client, args.spec) if args.seen is None else args.seen
        return await client.start(DeleteSpec(args.spec, seen))
