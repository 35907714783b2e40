"""``modeldeck run retry|resolve-again``: do a run that ended unfinished again, as a new run."""

from __future__ import annotations

import argparse
import asyncio

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.describe import whole_run
from tui.core.run import Run
from tui.core.run_verbs import ResolveAgain, Retry
from tui.core.verbs import Started


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the commands."""
    retry = command(subparsers, "retry", _retry, "begin at the first unfinished step, with the stored models")
    anew = command(subparsers, "resolve-again", _resolve_again, "as retry, with the models chosen anew")
    for parser in (retry, anew):
        parser.add_argument("task", metavar="ID", help="the run that ended")
    anew.add_argument("--dry-run", action="store_true", help="show the old and the new choices, start nothing")


def _retry(args: argparse.Namespace) -> int:
    return told(asyncio.run(_send(Retry(args.task))), as_json=args.json)


def _resolve_again(args: argparse.Namespace) -> int:
    return told(asyncio.run(_send(ResolveAgain(args.task, dry_run=args.dry_run))), as_json=args.json)


async def _send(request: Retry | ResolveAgain) -> Started:
    async with places.client() as client:
        await client.connect()
        return await client.start(request)


def told(started: Started, *, as_json: bool) -> int:
    """What was begun, and where the choices were made anew the old ones beside the new."""
    if as_json:
        show.as_json(started)
        return exits.SUCCEEDED
    if started.before is not None and started.run is not None:
        _compare(started.before, started.run)
    if started.run is not None and started.task_id is not None:
        whole_run(started.run)
        show.line(f"\nWait for it with: modeldeck task await {started.task_id}")
    return exits.SUCCEEDED


def _compare(before: Run, now: Run) -> None:
    """What was sent and what would be, step by step; what succeeded stays as it was."""
    rows = []
    for old, new in zip(before.steps, now.steps, strict=True):
        if old.type == "agent":
            kept = "kept" if new.status == "succeeded" else "same" if old.sent == new.sent else "CHANGES"
            rows.append((old.name, old.status, old.sent or "none", new.sent or "none", kept))
    show.table(("step", "was", "sent before", "sent now", ""), rows)
    show.line()
