"""``modeldeck spec list``: specs, newest first, a page at a time."""

from __future__ import annotations

import argparse
import asyncio

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.spec_words import spec_table
from tui.core.spec import SPEC_TYPES
from tui.core.verbs import List, Page


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "list", run, "list specs, newest first")
    add = parser.add_argument
    add("--query", metavar="WORDS", help="only those whose title or text holds every word")
    add("--type", dest="kind", choices=SPEC_TYPES, help="only those of this type")
    add("--project", metavar="DIR", help="those of this folder (default: the project you are in)")
    add("--all", action="store_true", help="those of every folder")
    add("--limit", type=int, default=50, metavar="N", help="rows (default: 50)")
    add("--after", metavar="CURSOR", help="go on where the page before ended")


def run(args: argparse.Namespace) -> int:
    """List them."""
    page = asyncio.run(_list(args))
    if args.json:
        show.as_json(page)
        return exits.SUCCEEDED
    spec_table(page)
    if page.next is not None:
        show.note(f"More with: --after {page.next}")
    return exits.SUCCEEDED


async def _list(args: argparse.Namespace) -> Page:
    project = None if args.all else str(places.project(args.project))
    wanted = List("specs", query=args.query, limit=args.limit, after=args.after, project=project, spec_type=args.kind)
    async with places.client() as client:
        await client.connect()
        return await client.list(wanted)
