"""``modeldeck spec edit``: change some fields of a spec."""

from __future__ import annotations

import argparse
import asyncio

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.spec_fields import (
    add_fields,
    attachments_of,
    by_stage,
    given,
    stages_of,
    text_of,
    version_of,
    whole_request,
)
from tui.cli.spec_words import told, what_changed
from tui.core.errors import ConflictError, RequestError
from tui.core.spec_verbs import UpdateSpec
from tui.core.verbs import Started


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "edit", run, "change some fields of a spec; the others stay")
    add_fields(parser)
    add = parser.add_argument
    add("spec", metavar="ID", help="the spec")
    add(
        "--reset", choices=("filled", "empty", "none"),
        help="begin the stages' models anew: filled with what would run now, an empty map, or no map",
    )  # fmt: skip
    add(
        "--version", dest="seen", type=int, metavar="N",
        help="the version that you saw; with another one stored nothing is changed (default: the stored one)",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Change it."""
    try:
        told(asyncio.run(_send(args)), as_json=args.json)
    except ConflictError as refused:
        if refused.stored is not None and not args.json:
            show.note("Stored now:")
            what_changed(refused.stored)
        raise
    return exits.SUCCEEDED


async def _send(args: argparse.Namespace) -> Started:
    if args.request is None and not (given(args) or args.project or args.reset):
        raise RequestError("What is to be changed? Name it with a flag, such as --stage-model plan=opus")
    async with places.client() as client:
        await client.connect()
        seen = args.seen
        if seen is None and args.request is None:
            seen = await version_of(client, args.spec)
        return await client.start(_request(args, seen))


def _request(args: argparse.Namespace, seen: int) -> UpdateSpec | bytes:
    if args.request is not None:
        return whole_request(args, "spec.update", spec_id=args.spec)
    return UpdateSpec(
        spec_id=args.spec,
        version=seen,
        type=args.kind,
        title=args.title,
        text=text_of(args),
        attachments=attachments_of(args),
        project=str(places.project(args.project)) if args.project else None,
        parent=args.parent,
        workflow=args.workflow,
        stages=stages_of(args),
        stage_models=by_stage(args.stage_models, "--stage-model"),
        stage_efforts=by_stage(args.stage_efforts, "--effort-of") or {},
        every_stage=args.every_stage,
        preset=args.preset,
        model_set=args.model_set,
        reset=args.reset,
        dry_run=args.dry_run,
    )
