"""``modeldeck run retry|resolve-again``: do a run that ended unfinished again, as a new run."""

from __future__ import annotations

import argparse
import asyncio

from tui.cli import exits, places, show, steps
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.describe import sent_as, whole_run
from tui.cli.ids import ID, whole_id
from tui.core.run import Run, Step
from tui.core.run_verbs import ResolveAgain, Retry
from tui.core.verbs import Peek, Started


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the commands."""
    retry = command(
        subparsers, "retry", _retry,
        "begin at the first unfinished step, with the stored models, save where a flag chooses another",
    )  # fmt: skip
    resolving = command(
        subparsers, "resolve-again", _resolve_again, "as retry, choosing the models of all unfinished steps again"
    )
    for parser in (retry, resolving):
        parser.add_argument("task", metavar="ID", help=f"the run that ended: {ID}")
        steps.add_step_model(parser)
        steps.add_step_effort(parser)
        parser.add_argument("--dry-run", action="store_true", help="show the old and the new choices, start nothing")
        parser.add_argument(
            "--start-anyway", action="store_true", help="start although a step can't start here; it fails at its turn"
        )


def _retry(args: argparse.Namespace) -> int:
    return asyncio.run(_send(Retry, args))


def _resolve_again(args: argparse.Namespace) -> int:
    return asyncio.run(_send(ResolveAgain, args))


async def _send(request: type[Retry | ResolveAgain], args: argparse.Namespace) -> int:
    async with places.client() as client:
        await client.connect()
        task_id = await whole_id(client, args.task)
        ended: tuple[Step, ...] = ()
        if steps.named(args):
            (run,) = (await client.peek(Peek((task_id,), tail=0))).tasks
            ended = run.steps
        models = steps.choices(args, ended)
        started = await client.start(
            request(task_id, step_models=models, dry_run=args.dry_run, start_anyway=args.start_anyway)
        )
    return told(started, as_json=args.json)


def told(started: Started, *, as_json: bool) -> int:
    """Print what was begun, with the old choices beside the new; a plan with an error is a bad choice."""
    run = started.run
    if as_json:
        show.as_json(started)
    elif run is not None:
        if started.before is not None:
            _compare(started.before, run)
        whole_run(run)
        if started.task_id is not None:
            show.line(f"\nWait for it with: modeldeck task await {started.task_id}")
    return exits.of_plan(run) if run is not None and started.task_id is None else exits.SUCCEEDED


def _compare(before: Run, now: Run) -> None:
    """Print what was sent and what would be, step by step; what succeeded stays as it was."""
    rows = []
    for old, new in zip(before.steps, now.steps, strict=True):
        if old.type == "agent":
            same = (old.sent, old.effort) == (new.sent, new.effort)
            kept = "kept" if new.status == "succeeded" else "same" if same else "CHANGES"
            rows.append((old.name, old.status, _sent(old), _sent(new), kept))
    show.table(("step", "was", "sent before", "sent now", ""), rows)
    show.line()


def _sent(step: Step) -> str:
    return " ".join(filter(None, (sent_as(step), step.effort)))
