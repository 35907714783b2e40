"""``modeldeck workflow list`` and ``show``: workflows, and what each stage says and would run now."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.describe import sent_as
from tui.core.items import StageSummary, WorkflowItem
from tui.core.run import Run
from tui.core.suggest import nearest
from tui.core.verbs import List, Page, StartWorkflow

if TYPE_CHECKING:
    from tui.client.client import ExecutorClient

NOTHING = "(nothing)"
"""How a stage without a model of its own shows, which is neither ``inherit`` nor ``agent-default``."""


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the commands."""
    listed = command(subparsers, "list", run_list, "list the workflows of a folder")
    listed.add_argument("--project", metavar="DIR", help="the folder (default: the project you are in)")
    shown = command(subparsers, "show", run_show, "show what each stage says, and what it would run now")
    shown.add_argument("workflow", metavar="NAME", help="the workflow")
    shown.add_argument("--project", metavar="DIR", help="the folder (default: the project you are in)")


def run_list(args: argparse.Namespace) -> int:
    """List them."""
    page = asyncio.run(_list(args))
    if args.json:
        show.as_json(page)
        return exits.SUCCEEDED
    show.table(
        ("workflow", "title", "from", "stages"),
        ((one.name, one.title, one.origin, ", ".join(map(stage_words, one.stages))) for one in page.workflows),
    )
    return exits.SUCCEEDED


def run_show(args: argparse.Namespace) -> int:
    """Show one."""
    item, plan = asyncio.run(_show(args))
    if args.json:
        show.as_json(Page("workflows", workflows=(item,), plan=(plan,) if plan else ()))
    else:
        whole(item, plan)
    return exits.SUCCEEDED


async def _list(args: argparse.Namespace) -> Page:
    async with places.client() as client:
        await client.connect()
        return await client.list(List("workflows", project=str(places.project(args.project))))


async def _show(args: argparse.Namespace) -> tuple[WorkflowItem, Run | None]:
    async with places.client() as client:
        await client.connect()
        return await look(client, args.workflow, str(places.project(args.project)))


async def look(client: ExecutorClient, name: str, project: str) -> tuple[WorkflowItem, Run | None]:
    """A workflow, and what it would run now. Raises :class:`NotFoundError`."""
    from tui.core.errors import NotFoundError  # noqa: PLC0415  (only where the name is none)

    items = (await client.list(List("workflows", project=project))).workflows
    item = next((one for one in items if one.name == name), None)
    if item is None:
        known = tuple(one.name for one in items)
        raise NotFoundError(f"There is no workflow {name!r} here", suggestions=nearest(name, known) or known[:5])
    asked = StartWorkflow(name, project=project, dry_run=True)
    plan = (await client.list(List("plan", project=project, requests=(asked,)))).plan if item.runnable else ()
    return item, plan[0] if plan else None


def whole(item: WorkflowItem, plan: Run | None) -> None:
    """A workflow, stage by stage."""
    show.line(f"{item.name} · {item.title} · {item.origin}")
    if item.why_not:
        show.line(f"It can't run: {item.why_not}")
    steps = {step.index: step for step in plan.steps} if plan else {}
    rows = []
    for index, stage in enumerate(item.stages):
        step = steps.get(index)
        runs = sent_as(step) if step is not None and stage.type == "agent" else ""
        why = (step.error.message if step.error else step.why) if step is not None else ""
        said = "gate" if stage.type == "approval" else stage.model or NOTHING
        rows.append((str(index), stage.label, said, stage.effort, runs, why))
    show.table(("index", "stage", "says", "effort", "runs now", "why"), rows)


def stage_words(stage: StageSummary) -> str:
    """A stage with what it says."""
    return " ".join(
        word for word in (stage.label, "gate" if stage.type == "approval" else stage.model, stage.effort) if word
    )
