"""``modeldeck`` without a command: the dashboard, or a plain list where there is no terminal for it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli import places, show
from tui.config.locations import Locations

if TYPE_CHECKING:
    from tui.client.client import ExecutorClient


def add_arguments(top: argparse.ArgumentParser) -> None:
    """Flags of the dashboard."""
    top.add_argument(
        "--project", dest="deck_project", metavar="DIR", help="the project's folder (default: the one you are in)"
    )
    top.add_argument("--plain", action="store_true", help="print the workflows instead of opening the dashboard")


def run(args: argparse.Namespace) -> int:
    """Open the dashboard on the person's own files."""
    project = places.project(args.deck_project)
    if args.plain or not is_terminal():
        return asyncio.run(_plain(project, told=not args.plain))
    locations = places.locations()
    return open_dashboard(locations, project, connector(locations, os.environ))


def is_terminal() -> bool:
    """Whether a dashboard can be drawn here and hear keys."""
    return sys.stdin.isatty() and sys.stdout.isatty() and (os.environ.get("TERM") or "dumb") != "dumb"


def connector(
    locations: Locations, environ: Mapping[str, str], executor: Sequence[str] = ("executor", "run")
) -> Callable[[], ExecutorClient]:
    """What makes the dashboard's clients, when it first needs one: httpx and pydantic are imported then.

    ``executor``: the words with which this program becomes the executor.
    """

    def connect() -> ExecutorClient:
        from tui.client.client import ExecutorClient  # noqa: PLC0415

        return ExecutorClient(locations, handed=environ, command=(sys.executable, "-m", "tui", *executor))

    return connect


def open_dashboard(locations: Locations, project: Path, connect: Callable[[], ExecutorClient]) -> int:
    """Show the dashboard until it is left; its exit status."""
    gc.disable()  # nothing that is imported becomes garbage: 6 to 8 % of the start
    try:
        from tui.dashboard.app import run as show_dashboard  # noqa: PLC0415

        gc.freeze()
    finally:
        gc.enable()
    with _drawn_on_the_terminal():
        return show_dashboard(locations, project, connect)


@contextlib.contextmanager
def _drawn_on_the_terminal() -> Iterator[None]:
    """Let Textual, which draws on the stderr that the process began with, draw on stdout where stderr is redirected."""
    before = sys.__stderr__
    if before is None or not before.isatty():
        sys.__stderr__ = sys.__stdout__  # type: ignore[misc]
    try:
        yield
    finally:
        sys.__stderr__ = before  # type: ignore[misc]


async def _plain(project: Path, *, told: bool) -> int:
    from tui.cli.task_list import workflows  # noqa: PLC0415
    from tui.core.verbs import List  # noqa: PLC0415

    async with places.client() as client:
        await client.connect()
        page = await client.list(List(view="workflows", project=str(project), limit=500))
    workflows(page)
    if told:
        show.note(
            "The dashboard needs a terminal. To start one of these here: "
            "modeldeck task start --kind workflow --workflow NAME"
        )
    return 0
