"""``modeldeck default``: the model that answers where nothing else says one, kept in the person's own configuration."""

from __future__ import annotations

import argparse
import asyncio

from tui.cli import exits, favourite, places, show
from tui.cli.arguments import Parser, Subparsers, command, group
from tui.core.config_verbs import SetDefault
from tui.core.items import SelectorItem
from tui.core.verbs import List, Started


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the commands."""
    commands = group(subparsers, "default", "the model that answers where nothing else names one")
    parser = command(commands, "set", run_set, "write default_model into your configuration")
    parser.add_argument("selector", metavar="SELECTOR", help="a model, an alias, or agent-default")
    command(commands, "clear", run_clear, "take default_model out of your configuration")
    command(commands, "show", run_show, "show the default, where it stands and what it means now").add_argument(
        "--project", metavar="DIR", help="the folder (default: the project you are in)"
    )


def run_set(args: argparse.Namespace) -> int:
    """Write it."""
    done, found = asyncio.run(_set(args.selector, str(places.project(None))))
    if any(one.origin == "project" for one in found):
        show.note(f"In this folder its own default comes first: {found[0].says}")
    return favourite.told(done, as_json=args.json)


def run_clear(args: argparse.Namespace) -> int:
    """Take it out."""
    return favourite.told(asyncio.run(favourite.send(SetDefault(None))), as_json=args.json)


def run_show(args: argparse.Namespace) -> int:
    """Show it."""
    found = asyncio.run(_defaults(str(places.project(args.project))))
    if args.json:
        show.as_json({"defaults": [_plain(one) for one in found]})
    else:
        rows = ((one.name, one.says, one.means, one.origin, one.note) for one in found)
        show.table(("default", "says", "means now", "from", "note"), rows)
    return exits.SUCCEEDED


def _plain(one: SelectorItem) -> dict[str, str | None]:
    return {"name": one.name, "says": one.says, "means": one.means, "origin": one.origin, "note": one.note}


async def _set(selector: str, project: str) -> tuple[Started, tuple[SelectorItem, ...]]:
    return await favourite.send(SetDefault(selector)), await _defaults(project)


async def _defaults(project: str) -> tuple[SelectorItem, ...]:
    async with places.client() as client:
        await client.connect()
        found = (await client.list(List("defaults", project=project))).defaults
        return tuple(one for one in found if one.name == "default_model")
