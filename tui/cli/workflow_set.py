"""``modeldeck workflow set``: write another default for some stages into the file that defines the workflow."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from dataclasses import replace

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.spec_fields import by_stage, pair
from tui.cli.workflow_show import look, whole
from tui.core.config_verbs import StageDefault, UpdateWorkflow
from tui.core.errors import ConflictError, RequestError
from tui.core.items import StageSummary, WorkflowItem
from tui.core.plain import one_line
from tui.core.run import Run
from tui.core.suggest import nearest
from tui.core.verbs import Started


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "set", run, "write another default model for stages, where the workflow is defined")
    add = parser.add_argument
    add("workflow", metavar="NAME", help="the workflow")
    add(
        "--stage", dest="models", action="append", type=pair, metavar="STAGE=SELECTOR",
        help="its model, or inherit, or agent-default; nothing after = takes the key away. "
        "STAGE is a name, NAME/SUBSTEP, or a number counted from 0 as `workflow show` does; may be repeated",
    )  # fmt: skip
    add(
        "--effort", dest="efforts", action="append", type=pair, metavar="STAGE=LEVEL",
        help="how hard its model thinks; nothing after = takes the key away; may be repeated",
    )  # fmt: skip
    add(
        "--seen",
        metavar="DIGEST",
        help="the digest of the workflow as you saw it; where it changed, nothing is written",
    )
    add("--project", metavar="DIR", help="the folder (default: the project you are in)")


def run(args: argparse.Namespace) -> int:
    """Write it."""
    try:
        done, item, plan = asyncio.run(_set(args))
    except ConflictError as refused:
        if refused.stored is not None and not args.json:
            _stored(refused.stored)
        raise
    if args.json:
        show.as_json(done)
        return exits.SUCCEEDED
    whole(item, plan)
    show.note(f"{(done.note or 'done')[:1].upper()}{(done.note or 'done')[1:]}.")
    return exits.SUCCEEDED


async def _set(args: argparse.Namespace) -> tuple[Started, WorkflowItem, Run | None]:
    models, efforts = by_stage(args.models, "--stage") or {}, by_stage(args.efforts, "--effort") or {}
    if not models and not efforts:
        raise RequestError("What is to be written? Name it with a flag, such as --stage plan=opus")
    project = str(places.project(args.project))
    async with places.client() as client:
        await client.connect()
        item, _ = await look(client, args.workflow, project)
        stages = _defaults(item, models, efforts)
        done = await client.start(UpdateWorkflow(item.name, stages, digest=args.seen or item.digest, project=project))
        return done, *await look(client, args.workflow, project)


def _defaults(
    item: WorkflowItem, models: Mapping[str, str | None], efforts: Mapping[str, str | None]
) -> dict[int, StageDefault]:
    """What each named stage is to say: what is not named of it stays."""
    found: dict[int, StageDefault] = {}
    for what, values in (("model", models), ("effort", efforts)):
        for name, value in values.items():
            index = _index(item, name)
            stage = item.stages[index]
            before = found.get(index, StageDefault(stage.model, stage.effort))
            found[index] = replace(before, model=value) if what == "model" else replace(before, effort=value)
    return found


def _index(item: WorkflowItem, name: str) -> int:
    """Which stage ``name`` means. Raises :class:`RequestError` for none, and for several."""
    if name.isdecimal() and name.isascii():
        if int(name) < len(item.stages):
            return int(name)
        raise RequestError(
            f"There is no stage {name}; they are counted from 0 to {len(item.stages) - 1}", field="stages"
        )
    known = [_names(stage) for stage in item.stages]
    found = [index for index, names in enumerate(known) if name in names]
    if len(found) == 1:
        return found[0]
    every = tuple(names[-1] for names in known)
    if not found:
        raise RequestError(
            f"The workflow {item.name!r} has no stage {name!r}; it has {', '.join(every)}",
            suggestions=nearest(name, every),
            field="stages",
        )
    ways = " or ".join(every[index] if every.count(every[index]) == 1 else str(index) for index in found)
    raise RequestError(f"{name!r} are {len(found)} steps; say {ways}", field="stages")


def _names(stage: StageSummary) -> tuple[str, ...]:
    return (stage.name, stage.label) if stage.part else (stage.name,)


def _stored(stored: Mapping[str, object]) -> None:
    """The workflow as it is now, on stderr."""
    show.note("Stored now:")
    stages = stored.get("stages")
    for stage in stages if isinstance(stages, list | tuple) else ():
        told = (stage.get("stage"), stage.get("model") or "(nothing)", stage.get("effort"))
        show.note(f"  {' '.join(one_line(str(word), 200) for word in told if word)}")
