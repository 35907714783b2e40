"""``modeldeck explain``: which model, and why, without running anything."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import asdict
from pathlib import Path

from tui.cli import exits, explained, places, show
from tui.cli.arguments import Subparsers, command
from tui.cli.question import asked, change, changed, has_question, of_spec, stored_spec
from tui.cli.steps import add_step_model
from tui.core.errors import RequestError
from tui.core.items import Explain, Explained
from tui.core.verbs import List


def add_parser(subparsers: Subparsers) -> None:  # type: ignore[type-arg]  # whatever parser the group is made of
    """Add the command ``explain``."""
    parser = command(subparsers, "explain", run, "which model would be chosen, and why; nothing is run")
    add = parser.add_argument
    add("--workflow", metavar="NAME", help="a workflow: the plan of all its steps")
    add("--stage", metavar="NAME", help="one stage, of the workflow or by itself")
    add("--worker", metavar="PROFILE", help="who does the work; by itself: a task for that worker")
    add("--spec", metavar="ID_OR_FILE", help="a spec, or a file that says what one does: type, model_set, stage_models")
    add("--model", metavar="SELECTOR", help="a model picked for all of it")
    add("--effort", metavar="LEVEL", help="how hard it thinks")
    add("--preset", metavar="NAME", help="a preset of models by stage")
    add_step_model(parser)
    add("--attach", dest="attachments", action="append", metavar="FILE", help="a file to go with it; may be repeated")
    add("--project", metavar="DIR", help="the project's folder (default: the one you are in)")
    add(
        "--set", dest="changes", action="append", type=change, metavar="WHAT=VALUE",
        help="compare with another choice: stage.review=haiku, step.0=opus (an index, counted from 0), model=..., "
        "preset=...; may be repeated",
    )  # fmt: skip
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--scenario", metavar="FILE", type=Path, help="resolve the scenarios of FILE and tell why")
    what.add_argument(
        "--check", metavar="FILE_OR_DIR", type=Path, nargs="+", help="compare scenarios with what they expect"
    )


def run(args: argparse.Namespace) -> int:
    """Return 0: resolved, or as expected; 1: a step can't start here, or not as expected; 2: a bad choice or file."""
    if args.check or args.scenario:
        if has_question(args):
            raise RequestError("A scenario holds its whole request: leave the other flags out")
        from tui.cli import scenarios  # noqa: PLC0415 - the parser is built for every command, the reader is for this one

        if args.check:
            return scenarios.check(args.check, as_json=args.json)
        return scenarios.tell(args.scenario, as_json=args.json)
    question = asked(args)
    if args.changes:
        return _compare(question, args)
    (found,) = asyncio.run(_explained(stored_spec(args), question))
    if args.json:
        show.as_json(found)
    else:
        explained.tell(found)
    return _code(found)


def _compare(question: Explain, args: argparse.Namespace) -> int:
    before, after = asyncio.run(_explained(stored_spec(args), question, changed(question, args.changes)))
    names = [f"{name}={value or ''}" for name, value in args.changes]
    if args.json:
        differs = explained.differing(before, after)
        show.as_json({"set": names, "differs": differs, "before": asdict(before), "after": asdict(after)})
    else:
        explained.compare(before, after, " ".join(names))
    return _code(before, after)


async def _explained(spec_id: str | None, *questions: Explain) -> tuple[Explained, ...]:
    async with places.client() as client:
        await client.connect()
        if spec_id is not None:
            (item,) = (await client.list(List(view="specs", ids=(spec_id,), project=questions[0].project))).specs
            questions = tuple(of_spec(question, item.spec) for question in questions)
        return (await client.list(List(view="explain", explain=questions))).explain


def _code(*found: Explained) -> int:
    return max(exits.of_plan(one.run) for one in found)
