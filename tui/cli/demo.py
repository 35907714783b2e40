"""``modeldeck demo``: the dashboard on a sample project with rehearsal agents, in a folder that is gone afterwards."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli import deck, exits, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.core.errors import ModeldeckError
from tui.posix.environment import for_demo

if TYPE_CHECKING:
    from tui.client.client import ExecutorClient
    from tui.config.locations import Locations

ENDED_BY = (signal.SIGTERM, signal.SIGHUP)
GIT_WITHIN = 20.0
"""Seconds that one command of git may take."""
END_WITHIN = 20.0
"""Seconds for the demo's executor to end before it is killed."""


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    command(
        subparsers, "demo", run, "try it: no model is called, nothing is spent, nothing is left behind", as_json=False
    )


def run(_args: argparse.Namespace) -> int:
    """Lay out the demo, show it, and take everything away again, however it ends."""
    if not deck.is_terminal():
        show.note(
            "modeldeck: the demo is a dashboard and needs a terminal; `modeldeck --help` tells what else there is"
        )
        return exits.BAD_CHOICE
    from tui.config.demo import PREFIX, hold, lay_out, left_over, locations, remove  # noqa: PLC0415

    for old in left_over(Path(tempfile.gettempdir())):
        remove(old)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    clients: list[ExecutorClient] = []
    with _ends_in_order():
        try:
            hold(folder)
            environ = _environ(os.environ, folder)
            project = lay_out(folder, lambda shop: make_repository(shop, environ))
            places = locations(folder)
            connect = deck.connector(places, environ, ("executor", "run", "--owner", str(folder)))

            def remembered() -> ExecutorClient:
                clients.append(connect())
                return clients[-1]

            return deck.open_dashboard(places, project, remembered)
        finally:
            for number in (*ENDED_BY, signal.SIGINT):
                signal.signal(number, signal.SIG_IGN)
            end(folder, locations(folder), [process for client in clients for process in client.started])


def _environ(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the demo's environment: its own home, and nothing by which an agent's login or a key could be found."""
    home = folder / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    return for_demo(environ) | {"HOME": str(home)}


def make_repository(project: Path, environ: Mapping[str, str]) -> None:
    """Make ``project`` a git repository with one commit, so that runs can have worktrees; without git it is none."""
    env = {**environ, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_TERMINAL_PROMPT": "0"}
    git = ("git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "commit.gpgSign=false")
    author = ("-c", "user.name=Modeldeck demo", "-c", "user.email=demo@localhost")
    commands = (
        (*git, "init", "-q", "--template="),
        (*git, "add", "-A"),
        (*git, *author, "commit", "-q", "-m", "The shop"),
    )
    for words in commands:
        try:
            subprocess.run(
                words,
                cwd=project,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=GIT_WITHIN,
            )
        except (OSError, subprocess.SubprocessError):
            shutil.rmtree(project / ".git", ignore_errors=True)
            return


@contextlib.contextmanager
def _ends_in_order() -> Iterator[None]:
    """Let a signal that would kill this process unwind it; and give the old handlers back."""

    def leave(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in ENDED_BY}
    before[signal.SIGINT] = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end(folder: Path, places: Locations, executors: list[subprocess.Popen[bytes]]) -> None:
    """End the demo's runs and its ``executors``, and remove its folder."""
    from tui.config.demo import remove  # noqa: PLC0415

    if executors:
        with contextlib.suppress(ModeldeckError, TimeoutError):  # what can't be asked any more is ended below
            asyncio.run(_cancel_all(places))
    for process in executors:
        process.terminate()
    for process in executors:
        try:
            process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    remove(folder)


async def _cancel_all(places: Locations) -> None:
    """End every run: agents outlive their executor otherwise."""
    from tui.client.client import ExecutorClient  # noqa: PLC0415
    from tui.core.verbs import Cancel, List  # noqa: PLC0415

    async with asyncio.timeout(END_WITHIN), ExecutorClient(places, handed={}) as client:
        await client.connect(autostart=False)
        runs = (await client.list(List(view="tasks"))).tasks
        ids = tuple(run.task_id for run in runs if run.task_id is not None)
        if ids:
            await client.cancel(Cancel(ids))
