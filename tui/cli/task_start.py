"""``modeldeck task start``: run a workflow or a spec, see what would run, or act on a run."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.cli import exits, places, show, steps
from tui.cli.arguments import Parser, Subparsers, command, seconds
from tui.cli.describe import whole_run
from tui.cli.ids import whole_id
from tui.cli.request import read, read_text
from tui.cli.watching import until_ended, with_output
from tui.client.attachments import attachment
from tui.core.errors import RequestError
from tui.core.run_verbs import Answer, Approve, Reject, RunOp
from tui.core.spec_verbs import StartSpec
from tui.core.verbs import OPS, START, Start, Started, StartWorkflow

if TYPE_CHECKING:
    from tui.client.client import ExecutorClient

WORDS: dict[str, tuple[str, Callable[[str, str], RunOp]]] = {
    "run.approve": ("comment", lambda task, word: Approve(task, comment=word)),
    "run.reject": ("comment", lambda task, word: Reject(task, comment=word)),
    "run.answer": ("text", Answer),
}
"""Ops that have flags, each with the flag that is the person's word.

The others come by ``--request``, or by a command of their own."""
WORKFLOW_FLAGS = (
    "input",
    "input_file",
    "model",
    "effort",
    "preset",
    "step_models",
    "step_efforts",
    "attachments",
    "project",
    "worktree",
    "dry_run",
    "start_anyway",
)


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "start", run, "run a workflow or a spec, see what would run, or act on a run")
    add = parser.add_argument
    add("name", nargs="?", metavar="NAME", help="the workflow, or with --kind spec the spec's id")
    add("--kind", choices=(*START, "op"), default="workflow", help="what to start (default: workflow)")
    add("--workflow", metavar="NAME", help="the workflow, as a flag")
    add("--spec", metavar="ID", help="with --kind spec: the spec, as a flag")
    add("--input", metavar="TEXT", help="what it is about")
    add("--input-file", metavar="FILE", help="the same from a file, or from stdin with -")
    add("--model", metavar="SELECTOR", help="the model for every step: a reference, an alias, a tag, inherit, ...")
    add("--effort", metavar="LEVEL", help="how hard it thinks, where the model offers levels")
    add("--preset", metavar="NAME", help="a preset of models by stage")
    steps.add_step_model(parser)
    steps.add_step_effort(parser)
    add("--attach", dest="attachments", action="append", metavar="FILE", help="a file to go with it; may be repeated")
    add("--project", metavar="DIR", help="the folder to work in (default: the project you are in)")
    add(
        "--worktree", action=argparse.BooleanOptionalAction, default=None,
        help="whether it works in a git worktree of its own (default: as the workflow says)",
    )  # fmt: skip
    add("--dry-run", action="store_true", help="show the plan, run nothing")
    add("--start-anyway", action="store_true", help="start although a step can't start here; it fails at its turn")
    add("--op", choices=tuple(OPS), help="with --kind op: what to do")
    add("--task", metavar="ID", help="with --kind op: to which run")
    add("--comment", metavar="TEXT", help="with --op run.approve and run.reject: a word on it")
    add("--text", metavar="TEXT", help="with --op run.answer: the answer to the agent's question")
    add("--request", metavar="FILE", help="the whole request as JSON, or - for stdin; then no flag of its fields")
    add("--await", dest="wait", action="store_true", help="wait until it has ended, then print the run")
    add("--follow", action="store_true", help="wait, and print what its agents say")
    add("--timeout", type=seconds, metavar="SECONDS", help="how long to wait at most (default: until it has ended)")
    add("--require-confirmed", action="store_true", help="wait; exit with 3 unless every step's model is confirmed")


def run(args: argparse.Namespace) -> int:
    """Start it, and wait where that is wanted."""
    return asyncio.run(_run(args, _request(args)))


async def _run(args: argparse.Namespace, request: Start | bytes) -> int:
    async with places.client() as client:
        await client.connect()
        if isinstance(request, Approve | Reject | Answer):
            request = replace(request, task_id=await whole_id(client, request.task_id))
        if isinstance(request, StartWorkflow | StartSpec) and steps.given(args):
            request = await _with_steps(client, request, args)
        started = await client.start(request)
        if started.note and not args.json:
            show.note(f"Note: {started.note}")
        waits = args.wait or args.follow or args.require_confirmed
        if not waits or started.task_id is None or started.run is None:
            return _told(started, as_json=args.json)
        try:
            async with asyncio.timeout(args.timeout):
                return await _ended(client, started.task_id, args)
        except TimeoutError:
            show.note(f"{started.task_id} has not ended; it goes on. See: modeldeck task peek {started.task_id}")
            return exits.TIMED_OUT
        except asyncio.CancelledError:
            show.note(f"{started.task_id} goes on. End it with: modeldeck task cancel {started.task_id}")
            raise


async def _with_steps(
    client: ExecutorClient, request: StartWorkflow | StartSpec, args: argparse.Namespace
) -> StartWorkflow | StartSpec:
    """Lay the choices for single steps over ``request``; where one is named, the plan says which step that is."""
    planned = (await client.start(replace(request, dry_run=True))).run if steps.named(args) else None
    return replace(request, step_models=steps.choices(args, planned.steps if planned is not None else ()))


async def _ended(client: ExecutorClient, task_id: str, args: argparse.Namespace) -> int:
    if args.follow:
        ended = await with_output(client, task_id, as_json=args.json)
    else:
        (ended,) = (await until_ended(client, (task_id,), None)).tasks
    if args.json:
        show.as_json(ended)
    else:
        whole_run(ended)
    return exits.of_runs((ended,), require_confirmed=args.require_confirmed)


def _told(started: Started, *, as_json: bool) -> int:
    found = started.run
    if as_json:
        show.as_json(started)
    elif found is None:
        show.line("Done.")
    else:
        whole_run(found)
        if started.task_id is not None:
            show.line(f"\nWait for it with: modeldeck task await {started.task_id}")
    return exits.of_plan(found) if found is not None and started.task_id is None else exits.SUCCEEDED


def _request(args: argparse.Namespace) -> Start | bytes:
    if args.name is not None:
        _take_name(args)
    if args.request is not None:
        fields = ("workflow", "spec", *WORKFLOW_FLAGS, "op", "task", "comment", "text")
        _refuse(args, fields, "--request gives the whole request")
        return read(args.request, "request")
    if args.kind == "op":
        _refuse(args, ("workflow", "spec", *WORKFLOW_FLAGS), "--kind op acts on a run that is there")
        return _op(args)
    _refuse(args, ("op", "task", "comment", "text"), "they belong to --kind op")
    if args.kind == "spec":
        _refuse(
            args, ("workflow", "input", "input_file", "attachments"), "a spec has its own; change it with spec edit"
        )
        return _spec(args)
    _refuse(args, ("spec",), "it belongs to --kind spec")
    if not args.workflow:
        raise RequestError(
            "Which workflow? Name it after start, or with --workflow; see: modeldeck task list --view workflows"
        )
    if args.input is not None and args.input_file is not None:
        raise RequestError("--input and --input-file are two ways to say the same: use one", field="input")
    text = read_text(args.input_file, "input") if args.input_file is not None else args.input or ""
    return StartWorkflow(
        workflow=args.workflow,
        input=text,
        model=args.model,
        effort=args.effort,
        preset=args.preset,
        attachments=tuple(attachment(name) for name in args.attachments or ()),
        project=str(places.project(args.project)),
        worktree=args.worktree,
        dry_run=args.dry_run,
        start_anyway=args.start_anyway,
    )


def _take_name(args: argparse.Namespace) -> None:
    """A name without a flag is the workflow's, or the spec's."""
    field = "spec" if args.kind == "spec" else "workflow"
    if getattr(args, field) is not None:
        raise RequestError(f"The {field} is named twice: {args.name!r} and --{field} {getattr(args, field)}")
    setattr(args, field, args.name)


def _spec(args: argparse.Namespace) -> StartSpec:
    if not args.spec:
        raise RequestError("Which spec? Name it with --spec; see: modeldeck spec list", field="spec_id")
    return StartSpec(
        spec_id=args.spec,
        model=args.model,
        effort=args.effort,
        preset=args.preset,
        project=str(places.project(args.project)) if args.project else None,
        worktree=args.worktree,
        dry_run=args.dry_run,
        start_anyway=args.start_anyway,
    )


def _op(args: argparse.Namespace) -> Start:
    if args.op is None:
        raise RequestError(f"Which op? Name it with --op: {', '.join(WORDS)}", field="op")
    if args.op == "environment.set":
        raise RequestError("Values are not written on a command line; use: modeldeck executor env --hand-over")
    if args.op not in WORDS:
        raise RequestError(f"{args.op} has no flags here: give the whole request by --request", field="op")
    if args.task is None:
        raise RequestError(f"Which run? Name it with --task, as in: --op {args.op} --task ID", field="task_id")
    word, request = WORDS[args.op]
    _refuse(args, tuple(one for one in ("comment", "text") if one != word), f"the word for {args.op} is --{word}")
    return request(args.task, getattr(args, word) or "")


def _refuse(args: argparse.Namespace, fields: tuple[str, ...], why: str) -> None:
    given = [_flag(field) for field in fields if getattr(args, field) != args.parser.get_default(field)]
    if given:
        raise RequestError(f"{why}: leave out {', '.join(given)}")


def _flag(field: str) -> str:
    return {"step_models": "--step-model", "step_efforts": "--step-effort", "attachments": "--attach"}.get(
        field, "--" + field.replace("_", "-")
    )
