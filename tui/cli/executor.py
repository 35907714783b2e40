"""``modeldeck executor``: run, start, stop, look at it, read its log, and what it was handed of the environment."""

from __future__ import annotations

import argparse
import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli import executor_env, executor_logs, places, show
from tui.cli.arguments import Parser, Subparsers, command, group
from tui.cli.task_list import status as show_status
from tui.core.errors import UnreachableError
from tui.core.events import Health
from tui.core.verbs import PROTOCOL, List, Page

if TYPE_CHECKING:
    from tui.client.client import ExecutorClient


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the commands."""
    commands = group(subparsers, "executor", "the process that runs the work: start, stop, status, logs, env")
    here = command(commands, "run", run_here, "be the executor, in the foreground", as_json=False)
    here.add_argument("--owner", metavar="DIR", help=argparse.SUPPRESS)  # of a demo: it ends with the demo
    command(commands, "start", run_start, "start it in the background, if it is not running")
    stop = command(commands, "stop", run_stop, "stop it; agents that are at work go on")
    stop.add_argument("--drain", action="store_true", help="let them end first, and start no others")
    command(commands, "status", run_status, "how it is")
    executor_logs.add_parser(commands)
    executor_env.add_parser(commands)


def run_here(args: argparse.Namespace) -> int:
    """Be the executor until a signal ends it."""
    from tui.executor.serve import serve  # noqa: PLC0415  (the other side of the process boundary)

    return serve(places.locations(), None if args.owner is None else Path(args.owner))


def run_start(args: argparse.Namespace) -> int:
    """Start it, or find it running."""

    async def start() -> Health:
        async with places.client() as client:
            return await client.connect()

    health = asyncio.run(start())
    if args.json:
        show.as_json(health)
    else:
        show.line(f"The executor runs: process {health.pid}, modeldeck {health.version}.")
    return 0


def run_stop(args: argparse.Namespace) -> int:
    """Stop it. That it was not running is no error."""
    from tui.client.stopping import stop  # noqa: PLC0415

    pid = asyncio.run(_drain()) if args.drain else stop(places.locations().socket, uid=os.geteuid())
    if args.json:
        show.as_json({"stopped": pid})
    else:
        show.line("No executor was running." if pid is None else f"The executor, process {pid}, has ended.")
    return 0


async def _drain() -> int | None:
    from tui.client.draining import drain  # noqa: PLC0415

    async with places.client() as client:
        try:
            return await drain(client, lambda count: show.note(f"Waits for {_agents(count)} to end."))
        except asyncio.CancelledError:
            show.note("It ends as soon as its agents have; see: modeldeck executor status")
            raise


def _agents(count: int) -> str:
    return f"{count} {'agent' if count == 1 else 'agents'}"


def run_status(args: argparse.Namespace) -> int:
    """How it is. Raises :class:`UnreachableError` where none is running."""

    async def ask() -> tuple[Health, Page | None]:
        async with places.client() as client:
            health = await client.health()
            return health, await _status(client) if health.protocol == PROTOCOL else None

    health, page = asyncio.run(ask())
    if page is None:
        raise UnreachableError(
            f"An executor of another version runs (process {health.pid}, modeldeck {health.version}, "
            f"protocol {health.protocol}). Stop it with `modeldeck executor stop`."
        )
    if args.json:
        show.as_json(page.status)
    else:
        show_status(page)
    return 0


async def _status(client: ExecutorClient) -> Page:
    return await client.list(List(view="status", project=str(places.project(None))))
