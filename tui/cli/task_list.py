"""``modeldeck task list``: one view of the executor, a page at a time."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import get_args

from tui.cli import exits, places, show, task_tables
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.describe import VERDICTS, message, run_table, started, tier_number, when, whole_run
from tui.cli.ids import whole_ids
from tui.cli.request import read
from tui.cli.spec_words import spec_table
from tui.core.catalog import Model, Price, Provider
from tui.core.errors import RequestError
from tui.core.verbs import List, Page, StartWorkflow, View


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "list", run, "read one view: runs, workflows, models, status, ...")
    add = parser.add_argument
    add("--view", choices=get_args(View), help="what to list")
    add("--query", metavar="TEXT", help="only what matches")
    add(
        "--scope",
        choices=("configured", "all"),
        default="configured",
        help="what can be used here, or all (default: configured)",
    )
    add("--limit", type=int, default=50, metavar="N", help="rows (default: 50)")
    add("--after", metavar="CURSOR", help="go on where the page before ended")
    add("--project", metavar="DIR", help="the project's folder (default: the one you are in; runs: all)")
    add("--id", dest="ids", action="append", metavar="ID", help="a task, for output and trace; a spec, for specs")
    add("--step", type=int, metavar="INDEX", help="for output and trace: a step, counted from 0 as in --json")
    add("--attempt", metavar="ID", help="for output: an attempt, in place of the step's newest one")
    add("--offset", type=int, default=0, metavar="BYTES", help="for output: what is known already")
    add("--workflow", metavar="NAME", help="for plan and trace: what would run")
    add("--model", metavar="SELECTOR", help="with --workflow: the model for every step")
    add("--request", metavar="FILE", help="the whole request as JSON, or - for stdin; other flags are left out")


def run(args: argparse.Namespace) -> int:
    """List it."""
    page = asyncio.run(_list(_request(args)))
    if args.json:
        show.as_json(page)
        return exits.SUCCEEDED
    SHOWN.get(page.view, show.as_json)(page)  # a view that has no table yet is data
    if page.next is not None:
        show.note(f"More with: --after {page.next}")
    return exits.SUCCEEDED


def _request(args: argparse.Namespace) -> List | bytes:
    if args.request is not None:
        return read(args.request, "request")
    if args.view is None:
        raise RequestError(f"Which view? Name it with --view: {', '.join(get_args(View))}", field="view")
    if args.view == "output" and len(args.ids or ()) != 1:
        raise RequestError("The output of which task? Name one with --id", field="ids")
    if args.view == "trace" and not args.ids and args.workflow is None:
        raise RequestError("The trace of what? Name a task with --id, or a workflow with --workflow", field="ids")
    if args.view == "plan" and args.workflow is None:
        raise RequestError("A plan of what? Name it with --workflow, or give requests by --request", field="requests")
    if args.view == "explain":
        raise RequestError(
            "That view answers questions: use modeldeck explain, or give them by --request", field="view"
        )
    everywhere = args.view in ("runs", "tasks") and args.project is None
    project = None if everywhere else str(places.project(args.project))
    planned = () if args.workflow is None else (StartWorkflow(args.workflow, model=args.model, project=project),)
    return List(
        view=args.view,
        query=args.query,
        scope=args.scope,
        limit=args.limit,
        after=args.after,
        project=project,
        ids=tuple(args.ids or ()),
        step=args.step,
        attempt=args.attempt,
        offset=args.offset,
        requests=planned,
    )


async def _list(request: List | bytes) -> Page:
    async with places.client() as client:
        await client.connect()
        if isinstance(request, List) and request.view in ("output", "trace", "runs"):
            request = replace(request, ids=await whole_ids(client, request.ids))
        return await client.list(request)


# --- one function for each view ---------------------------------------------------------------------------------------


def workflows(page: Page) -> None:
    """Workflows: what they are, how long, where from, and how the last run went."""
    rows = []
    for one in page.workflows:
        last = one.last
        words = (when(last.at), last.status, VERDICTS.get(last.verdict, last.verdict)) if last else ("never run",)
        stages = " > ".join(stage.label for stage in one.stages)
        rows.append((one.name, one.title, stages, one.origin, one.why_not or " ".join(word for word in words if word)))
    show.table(("name", "title", "stages", "from", "last run"), rows)


def _runs(page: Page) -> None:
    run_table(page.tasks)


def _plans(page: Page) -> None:
    for plan in page.plan:
        whole_run(plan)


def _models(page: Page) -> None:
    rows = [_model(provider, model) for provider in page.models for model in provider.models]
    show.table(("model", "usable", "context", "$ in/out per M", "effort", "sees", "until"), rows)
    for provider in page.models:
        if provider.error:
            show.line(f"{provider.id}: the list could not be read: {provider.error}")
    if page.aliases:
        show.line()
        show.table(("alias or tag", "means now", "note"), [(one.name, one.means, one.note) for one in page.aliases])


def _model(provider: Provider, model: Model) -> tuple[str, ...]:
    usable = "yes" if provider.usable else "no credentials"
    efforts = "unknown" if model.efforts is None else ", ".join(model.efforts) or "none"
    sees = (
        "unknown" if model.input is None else ", ".join(kind for kind in model.input if kind != "text") or "text only"
    )
    until = model.retires or ("deprecated" if model.status == "deprecated" else "")
    return (f"{provider.id}/{model.id}", usable, _tokens(model.context), _price(model.price), efforts, sees, until)


def _tokens(count: int | None) -> str:
    if count is None:
        return "unknown"
    return f"{count / 1_000_000:g}M" if count >= 1_000_000 else f"{count / 1000:g}k"


def _price(price: Price | None) -> str:
    if price is None:
        return "unknown"
    return " / ".join("unknown" if part is None else f"{part:g}" for part in (price.input, price.output))


def status(page: Page) -> None:
    """How the executor is, one fact a line."""
    now = page.status
    if now is None:
        return
    trust = "trusted" if now.trusted else f"not trusted: {now.trust_note}"
    show.pairs(
        (
            ("process", str(now.pid)),
            ("version", f"{now.version} (protocol {now.protocol})"),
            ("running since", when(now.started_at)),
            ("state folder", now.state_folder),
            ("agents", f"{now.running} running, {now.queued} queued"),
            ("waiting for you", str(now.waiting)),
            ("ending", f"as soon as the agents that run have ended: {now.running}" if now.draining else None),
            ("logout", now.logout),
            ("limits here", now.untracked),
            ("PATH", now.path or "empty: no agent is found"),
            ("executor's PATH", now.executor_path if now.executor_path != now.path else None),
            ("project", now.project),
            ("trust", trust if now.project else None),
            ("configuration", now.config_fault.sentence if now.config_fault else None),
            ("variables missing", ", ".join(now.missing_environment)),
        )
    )


def _output(page: Page) -> None:
    for said in page.output:
        show.line(message(said))


def _trace(page: Page) -> None:
    of_one = len({attempt.run_id for attempt in page.attempts}) == 1  # a step of several is not told apart here
    for step in page.trace:
        show.line(f"{step.index + 1} {step.stage}")
        rows = [(tier_number(row), row.tier, row.outcome, row.said, row.detail) for row in step.rows]
        show.table(("", "tier", "outcome", "said", "why"), rows)
        for attempt in page.attempts:
            if of_one and attempt.step == step.index:
                show.line()
                show.pairs(started(attempt))
        show.line()


SHOWN: Mapping[str, Callable[[Page], None]] = {
    "specs": spec_table,
    "tasks": _runs,
    "runs": _runs,
    "plan": _plans,
    "workflows": workflows,
    "models": _models,
    "status": status,
    "output": _output,
    "trace": _trace,
    "explain": task_tables.explanations,
    "check": task_tables.findings,
    "tags": task_tables.tags,
    "defaults": task_tables.defaults,
    "presets": task_tables.presets,
    "providers": task_tables.providers,
    "agents": task_tables.agents,
    "profiles": task_tables.profiles,
}
