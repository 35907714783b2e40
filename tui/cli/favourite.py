"""``modeldeck favourite``: the models that a person wants at hand, kept in their own configuration."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command, group

if TYPE_CHECKING:
    from tui.core.config_verbs import ConfigOp
    from tui.core.verbs import Started


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the commands."""
    commands = group(subparsers, "favourite", "the models that lists show first")
    for name, run, text in (("add", run_add, "add one"), ("remove", run_remove, "take one out")):
        parser = command(commands, name, run, text)
        parser.add_argument("selector", metavar="SELECTOR", help="a model, an alias or a tag")
    command(commands, "list", run_list, "list them").add_argument(
        "--project", metavar="DIR", help="the folder (default: the project you are in)"
    )


def run_add(args: argparse.Namespace) -> int:
    """Add one."""
    return _set(args, on=True)


def run_remove(args: argparse.Namespace) -> int:
    """Take one out."""
    return _set(args, on=False)


def run_list(args: argparse.Namespace) -> int:
    """List them."""
    favourites = asyncio.run(_favourites(str(places.project(args.project))))
    if args.json:
        show.as_json({"favourites": list(favourites)})
    elif favourites:
        for selector in favourites:
            show.line(selector)
    else:
        show.note("There are none; add one with `modeldeck favourite add SELECTOR`.")
    return exits.SUCCEEDED


def _set(args: argparse.Namespace, *, on: bool) -> int:
    from tui.core.config_verbs import SetFavourite  # noqa: PLC0415

    return told(asyncio.run(send(SetFavourite(args.selector, on))), as_json=args.json)


async def _favourites(project: str) -> tuple[str, ...]:
    from tui.core.verbs import List  # noqa: PLC0415

    async with places.client() as client:
        await client.connect()
        status = (await client.list(List("status", project=project))).status
        return status.favourites if status else ()


async def send(request: ConfigOp) -> Started:
    """Ask the executor."""
    async with places.client() as client:
        await client.connect()
        return await client.start(request)


def told(done: Started, *, as_json: bool) -> int:
    """What was written, and where."""
    note = done.note or "done"
    if as_json:
        show.as_json(done)
    else:
        show.line(f"{note[:1].upper()}{note[1:]}.")
    return exits.SUCCEEDED
