"""``modeldeck executor env``: which variables the configuration mentions and which values were handed over.

Names alone are ever shown; no value is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import os

from tui.cli import places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.core.verbs import List


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "env", run, "names of the variables it needs, has and lacks")
    parser.add_argument("--hand-over", action="store_true", help="hand over this shell's values, replacing older ones")


def run(args: argparse.Namespace) -> int:
    """Show the names, after handing over the values where that is wanted."""
    from tui.client.handover import wanted  # noqa: PLC0415

    names = sorted(wanted(places.locations()))
    handed, missing = asyncio.run(_ask(hand_over=args.hand_over))
    rows = [(name, name in os.environ, missing is not None and name not in missing) for name in names]
    if args.json:
        show.as_json(
            {
                "running": missing is not None,
                "handed_over": handed,
                "variables": [{"name": name, "here": here, "executor": there} for name, here, there in rows],
            }
        )
        return 0
    if handed:
        show.line(f"Handed over: {', '.join(handed)}")
    if missing is None:
        show.note("No executor is running; what it lacks is handed over when one is started.")
    there_words = {True: "handed over", False: "missing" if missing is not None else "not running"}
    show.table(
        ("variable", "this shell", "executor"),
        [(name, "set" if here else "not set", there_words[there]) for name, here, there in rows],
    )
    return 0


async def _ask(*, hand_over: bool) -> tuple[tuple[str, ...], frozenset[str] | None]:
    """The names handed over just now, and those that the executor lacks (``None``: none is running)."""
    from tui.client.transport import NobodyThereError  # noqa: PLC0415

    async with places.client() as client:
        handed: tuple[str, ...] = ()
        if hand_over:
            await client.connect()
            handed = await client.hand_over(everything=True)
        try:
            status = (await client.list(List(view="status"))).status
        except NobodyThereError:
            return handed, None
    return handed, frozenset(status.missing_environment) if status is not None else None
