"""``modeldeck task await``: wait until tasks have ended."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command, seconds
from tui.cli.describe import run_table, whole_run
from tui.cli.ids import ID, whole_ids
from tui.cli.watching import until_ended, with_output
from tui.core.errors import RequestError
from tui.core.run import Run
from tui.core.verbs import Peek, Tasks

if TYPE_CHECKING:
    from tui.client.client import ExecutorClient


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "await", run, "wait until tasks have ended")
    parser.add_argument("ids", nargs="+", metavar="ID", help=ID)
    parser.add_argument("--timeout", type=seconds, metavar="SECONDS", help="how long (default: until they have ended)")
    parser.add_argument("--follow", action="store_true", help="print what the agents say; for one task")
    parser.add_argument("--require-confirmed", action="store_true", help="exit with 3 unless each model is confirmed")


def run(args: argparse.Namespace) -> int:
    """Wait."""
    if args.follow and len(args.ids) > 1:
        raise RequestError("--follow is for one task", field="ids")
    return asyncio.run(_run(args))


async def _run(args: argparse.Namespace) -> int:
    async with places.client() as client:
        await client.connect()
        args.ids = await whole_ids(client, args.ids)
        tasks = await _followed(client, args) if args.follow else await until_ended(client, args.ids, args.timeout)
    if args.json:
        show.as_json(tasks)
    else:
        shown(tasks.tasks)
    return exits.of_runs(tasks.tasks, require_confirmed=args.require_confirmed) if tasks.done else exits.TIMED_OUT


async def _followed(client: ExecutorClient, args: argparse.Namespace) -> Tasks:
    try:
        async with asyncio.timeout(args.timeout):
            return Tasks((await with_output(client, args.ids[0], as_json=args.json),))
    except TimeoutError:
        found = await client.peek(Peek(tuple(args.ids), tail=0))
        return Tasks(found.tasks, done=False, seq=found.seq)


def shown(runs: tuple[Run, ...]) -> None:
    """One run with its steps, several as a list."""
    if len(runs) == 1:
        whole_run(runs[0])
    else:
        run_table(runs)
