"""``modeldeck spec import``: read specs that another or an older program wrote."""

from __future__ import annotations

import argparse
import asyncio
import json

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.request import read
from tui.cli.spec_fields import send
from tui.core.errors import RequestError
from tui.core.json_input import NestingError, read_json
from tui.core.verbs import Started


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "import", run, "read specs from a JSON file, with the models of their stages")
    add = parser.add_argument
    add("file", metavar="FILE", help="one spec, or a list of them, as JSON; - for stdin")
    add("--project", metavar="DIR", help="the folder of those that name none (default: the project you are in)")
    add("--dry-run", action="store_true", help="say what would be read, store nothing")


def run(args: argparse.Namespace) -> int:
    """Import them; 1 if something could not be read."""
    done = asyncio.run(send(_request(args)))
    unread = [one for one in done.imported if one.spec is None]
    if args.json:
        show.as_json(done)
    else:
        _told(done, dry_run=args.dry_run)
    return exits.FAILED if unread else exits.SUCCEEDED


def _request(args: argparse.Namespace) -> bytes:
    try:
        document = read_json(read(args.file, "document"))
    except NestingError as error:
        raise RequestError(f"{args.file} can't be read: {error}", field="document") from None
    except ValueError as error:
        raise RequestError(f"{args.file} is not JSON: {error}", field="document") from None
    whole = {
        "kind": "op",
        "op": "spec.import",
        "document": document,
        "project": str(places.project(args.project)),
        "dry_run": args.dry_run,
    }
    try:
        return json.dumps(whole, allow_nan=False).encode()
    except ValueError:
        raise RequestError(f"{args.file} holds NaN or Infinity, which JSON does not have", field="document") from None


def _told(done: Started, *, dry_run: bool) -> None:
    for one in done.imported:
        if one.spec is None:
            show.line(f"{one.index}: not read: {'; '.join(one.notes)}")
            continue
        show.line(f"{one.index}: {one.spec.id or 'would be read'}  {one.spec.type}  {one.spec.title}")
        for note in one.notes:
            show.line(f"   {note}")
    count = sum(one.spec is not None for one in done.imported)
    show.line(f"{count} {'would be ' if dry_run else ''}read, {len(done.imported) - count} not read.")
