"""``modeldeck run list``: runs, newest first, by state, workflow, model or verdict."""

from __future__ import annotations

import argparse
import asyncio
from typing import get_args

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.describe import run_table
from tui.core.evidence import Verdict
from tui.core.run import RunStatus
from tui.core.verbs import List, Page


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "list", run, "list runs, newest first")
    add = parser.add_argument
    add(
        "--status", action="append", choices=[str(one) for one in RunStatus], metavar="STATE",
        help=f"only those in this state; may be repeated: {', '.join(RunStatus)}",
    )  # fmt: skip
    add("--workflow", metavar="NAME", help="only those of this workflow")
    add(
        "--model", dest="models", action="append", metavar="REFERENCE",
        help="only those with a step that was sent this model; may be repeated",
    )  # fmt: skip
    add("--verdict", choices=get_args(Verdict), help="only those with a step of this verdict")
    add("--project", metavar="DIR", help="only those in this folder (default: all)")
    add("--limit", type=int, default=50, metavar="N", help="rows (default: 50)")
    add("--after", metavar="CURSOR", help="go on where the page before ended")


def run(args: argparse.Namespace) -> int:
    """List them."""
    page = asyncio.run(_list(args))
    if args.json:
        show.as_json(page)
        return exits.SUCCEEDED
    run_table(page.tasks)
    if not page.tasks and any("/" not in one for one in args.models or ()):
        show.note("No run is like that; --model takes a whole reference, such as anthropic/claude-opus-5-5.")
    if page.next is not None:
        show.note(f"More with: --after {page.next}")
    return exits.SUCCEEDED


async def _list(args: argparse.Namespace) -> Page:
    wanted = List(
        "runs",
        limit=args.limit,
        after=args.after,
        project=str(places.project(args.project)) if args.project else None,
        status=tuple(map(RunStatus, args.status or ())),
        workflow=args.workflow,
        verdict=args.verdict,
        models=tuple(args.models or ()),
    )
    async with places.client() as client:
        await client.connect()
        return await client.list(wanted)
