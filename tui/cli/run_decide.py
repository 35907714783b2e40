"""``modeldeck run approve|reject|answer|skip``: say a word to a run that waits."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tui.cli import exits, places, show, steps
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.ids import ID, whole_id
from tui.core.errors import RequestError
from tui.core.run_verbs import Answer, Approve, Reject, RunOp, Skip
from tui.core.verbs import Peek, Started


@dataclass(frozen=True)
class Decision:
    """One command."""

    name: str
    help: str
    request: Callable[[argparse.Namespace], RunOp]
    done: str
    word: tuple[str, str, bool] | None = None
    """Its second argument: name, help, and whether it may be left out."""


DECISIONS = (
    Decision(
        "approve", "let a run that waits at a gate go on",
        lambda args: Approve(args.task, comment=args.comment or "", step=_step(args)), "goes on",
        ("comment", "the next step is told it", True),
    ),
    Decision(
        "reject", "end a run that waits at a gate",
        lambda args: Reject(args.task, comment=args.comment or "", step=_step(args)), "was rejected",
        ("comment", "why; it is kept with the run", True),
    ),
    Decision(
        "answer", "answer the question that a run waits with",
        lambda args: Answer(args.task, args.text), "goes on",
        ("text", "the answer", False),
    ),
    Decision(
        "skip", "leave out a step that has not begun",
        lambda args: Skip(args.task, int(args.step)), "leaves that step out",
    ),
)  # fmt: skip


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the commands."""
    for decision in DECISIONS:
        parser = command(subparsers, decision.name, partial(run, decision), decision.help)
        parser.add_argument("task", metavar="ID", help=ID)
        if decision.word is not None:
            name, told, optional = decision.word
            parser.add_argument(name, metavar=name.upper(), nargs="?" if optional else None, help=told)
            if optional:
                parser.add_argument(
                    "--step", metavar="STEP", help=f"the gate that is meant (default: the one that waits); {steps.STEP}"
                )
        else:
            parser.add_argument("step", metavar="STEP", help=f"the step; {steps.STEP}")


def run(decision: Decision, args: argparse.Namespace) -> int:
    """Say it."""
    started = asyncio.run(_send(decision, args))
    if args.json:
        show.as_json(started)
    else:
        show.line(f"{args.task} {decision.done}.")
    return exits.SUCCEEDED


def _step(args: argparse.Namespace) -> int | None:
    return None if args.step is None else int(args.step)


async def _send(decision: Decision, args: argparse.Namespace) -> Started:
    async with places.client() as client:
        await client.connect()
        args.task = await whole_id(client, args.task)
        step = getattr(args, "step", None)
        if step is not None and not steps.is_index(step):
            (run,) = (await client.peek(Peek((args.task,), tail=0))).tasks
            found = steps.positions(step, run.steps)
            if len(found) > 1:
                names = ", ".join(run.steps[index].name for index in found)
                raise RequestError(f"{step!r} stands for several steps: name one of {names}", field="step")
            args.step = str(found[0])
        return await client.start(decision.request(args))
