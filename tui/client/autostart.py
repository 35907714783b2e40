"""Starts the executor when a client finds none: detached, in a clean environment, its words in the log file."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.errors import UnreachableError
from tui.core.plain import one_line
from tui.posix.environment import passed_on

if TYPE_CHECKING:
    from tui.config.locations import Locations

COMMAND = (sys.executable, "-m", "tui", "executor", "run")


def clean_environment(environ: Mapping[str, str], locations: Locations) -> dict[str, str]:
    """Return the environment of an executor that a client with ``environ`` starts."""
    return passed_on(environ) | {"TERM": "dumb"} | locations.environment


async def start_executor(
    locations: Locations,
    environ: Mapping[str, str],
    answers: Callable[[], Awaitable[bool]],
    *,
    command: Sequence[str] | None = None,
    limit: float = 20.0,
    told: Callable[[subprocess.Popen[bytes]], None] | None = None,
) -> None:
    """Start an executor and return when ``answers()`` says that it does.

    Raises :class:`UnreachableError` with the log's last line if none answers within ``limit`` seconds, or soon after
    the process has ended. (It ends early also when another client was faster, and then that executor answers.)
    ``told`` hears of the process as soon as there is one.
    """
    try:
        began, process = await asyncio.to_thread(_spawn, locations, environ, command or COMMAND)
    except OSError as error:
        raise UnreachableError(f"The executor could not be started: {error}.") from error
    if told is not None:
        told(process)
    deadline = time.monotonic() + limit
    ended_at: float | None = None
    while time.monotonic() < deadline:
        if await answers():
            return
        if ended_at is None and process.poll() is not None:
            ended_at = time.monotonic()
            if process.returncode != 0:
                deadline = min(deadline, ended_at + 2.0)
        await asyncio.sleep(0.02)
    what = "ended at once" if ended_at is not None else f"gave no answer within {limit:g} seconds"
    said = last_line(locations.log, began)
    raise UnreachableError(f"The executor was started and {what}{f': {said}' if said else '.'} (log: {locations.log})")


def _spawn(
    locations: Locations, environ: Mapping[str, str], command: Sequence[str]
) -> tuple[int, subprocess.Popen[bytes]]:
    """Give the log's size before, and the process."""
    from tui.posix import log_file  # noqa: PLC0415 - only who starts one needs it

    locations.prepare()
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    if locations.log.exists() and locations.log.stat().st_size > log_file.LIMIT:
        locations.log.replace(log_file.aside(locations.log))
    log = os.open(locations.log, flags, 0o600)
    try:
        began = os.fstat(log).st_size
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=clean_environment(environ, locations),
            start_new_session=True,
            umask=0o077,
        )
    finally:
        os.close(log)
    # Collects its exit status should it end before us: a zombie would look alive to `executor stop`.
    threading.Thread(target=process.wait, name="executor-reaper", daemon=True).start()
    return began, process


def last_line(log: Path, began: int = 0) -> str:
    """The last line of ``log`` that says something, of what was written after the first ``began`` bytes."""
    try:
        with log.open("rb") as file:
            file.seek(max(began, log.stat().st_size - 65_536))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return next((text for line in reversed(lines) if (text := one_line(line))), "")
