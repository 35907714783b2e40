"""Programs that are started to be asked one thing, and ended with all that they started."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

_GRACE_SECONDS = 5.0


class Process(Protocol):
    """A child process, as asyncio gives one."""

    @property
    def pid(self) -> int:
        """Its id, which is its group's too."""
        ...

    @property
    def returncode(self) -> int | None:
        """Its exit status, ``None`` while it runs."""
        ...

    stdout: asyncio.StreamReader | None
    """What it writes."""

    async def wait(self) -> int:
        """Its exit status, when it has ended."""
        ...


class Spawn(Protocol):
    """Starts programs."""

    async def __call__(
        self, argv: tuple[str, ...], cwd: Path, env: Mapping[str, str], *, told: bytes | None = None
    ) -> Process:
        """Start ``argv`` in ``cwd`` with exactly these variables, in a session of its own; ``told`` is its stdin.

        Raises ``OSError``.
        """
        ...


async def spawn(
    argv: tuple[str, ...], cwd: Path, env: Mapping[str, str], *, told: bytes | None = None
) -> asyncio.subprocess.Process:
    """Start ``argv`` for real; its stderr is not kept. What :class:`Spawn` says."""
    child = await asyncio.create_subprocess_exec(
        *argv,
        cwd=cwd,
        env=dict(env),
        stdin=asyncio.subprocess.DEVNULL if told is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    if child.stdin is not None and told is not None:
        child.stdin.write(told)
        child.stdin.close()
    return child


async def end(process: Process) -> None:
    """End ``process`` and all of its group: TERM, and KILL for what is left after a grace."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
    if process.returncode is None:
        await process.wait()
