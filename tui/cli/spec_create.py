"""``modeldeck spec create``: write a spec."""

from __future__ import annotations

import argparse
import asyncio

from tui.cli import exits, places
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.spec_fields import add_fields, attachments_of, by_stage, send, stages_of, text_of, whole_request
from tui.cli.spec_words import told
from tui.core.errors import RequestError
from tui.core.spec_verbs import CreateSpec


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "create", run, "write a spec")
    add_fields(parser)
    parser.add_argument(
        "--no-fill", dest="fill", action="store_false", help="leave stages without a preference that you name none for"
    )


def run(args: argparse.Namespace) -> int:
    """Write it."""
    told(asyncio.run(send(_request(args))), as_json=args.json)
    return exits.SUCCEEDED


def _request(args: argparse.Namespace) -> CreateSpec | bytes:
    if args.request is not None:
        return whole_request(args, "spec.create")
    if args.kind is None:
        raise RequestError("What is it? Name its type with --type, such as --type bug", field="type")
    if args.title is None:
        raise RequestError("What is it called? Name it with --title", field="title")
    return CreateSpec(
        type=args.kind,
        title=args.title,
        text=text_of(args) or "",
        attachments=attachments_of(args) or (),
        project=str(places.project(args.project)),
        parent=args.parent,
        workflow=args.workflow,
        stages=stages_of(args),
        stage_models=by_stage(args.stage_models, "--stage-model"),
        stage_efforts=by_stage(args.stage_efforts, "--effort-of") or {},
        every_stage=args.every_stage,
        preset=args.preset,
        model_set=args.model_set,
        fill=args.fill,
        dry_run=args.dry_run,
    )
