"""Programs that are started to be asked one thing, and ended with all that they started."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from tui.catalog.reply import ListError
from tui.core.plain import one_line
from tui.posix.descriptors import give_back

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

    stdin: asyncio.StreamWriter | None
    """Where it can be told something."""
    stdout: asyncio.StreamReader | None
    """What it writes."""
    stderr: asyncio.StreamReader | None
    """What it complains of, if that is kept."""

    async def wait(self) -> int:
        """Its exit status, when it has ended."""
        ...


class Spawn(Protocol):
    """Starts programs."""

    async def __call__(
        self,
        argv: tuple[str, ...],
        cwd: Path,
        env: Mapping[str, str],
        *,
        told: bytes | None = None,
        talk: bool = False,
    ) -> Process:
        """Start ``argv`` in ``cwd`` with exactly these variables, in a session of its own.

        ``told`` is its whole stdin; with ``talk`` its stdin stays open. Raises ``OSError``.
        """
        ...


async def spawn(
    argv: tuple[str, ...],
    cwd: Path,
    env: Mapping[str, str],
    *,
    told: bytes | None = None,
    talk: bool = False,
    stderr: int = asyncio.subprocess.DEVNULL,
    pass_fds: tuple[int, ...] = (),
) -> asyncio.subprocess.Process:
    """Start ``argv`` for real; its stderr is not kept unless it is asked for. What :class:`Spawn` says."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=dict(env),
            stdin=asyncio.subprocess.PIPE if talk or told is not None else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    )
    try:
        child = await asyncio.shield(starting)
    except asyncio.CancelledError:
        # asyncio itself, cancelled half way through a start, waits for ever for pipes that nobody connects.
        await end(await starting)
        raise
    give_back(child.pid)
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
    with suppress(TimeoutError):  # somebody outside the group may hold its pipes
        await asyncio.wait_for(_heard_out(process), _GRACE_SECONDS)


async def _heard_out(process: Process) -> None:
    """Read its pipes to their end, at which the loop closes them: one that ends before would leave them open."""
    for pipe in (process.stdout, process.stderr):
        while pipe is not None and await pipe.read(65_536):
            pass


@dataclass(frozen=True, slots=True)
class Server:
    """How to start an agent that is asked for its lists."""

    start: Spawn
    command: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    """Its variables, with whatever keys the person gave it."""
    env_of_child: Mapping[str, str]
    """Variables for a program of ours, without keys."""
    folder: Path
    """In here the empty folder is made that it stands in."""

    @property
    def program(self) -> str:
        """Its name, for a sentence."""
        return one_line(Path(self.command[0]).name, 60)

    def with_variables(self, **more: str) -> Server:
        """The same, with more variables."""
        return replace(self, env={**self.env, **more})


@asynccontextmanager
async def standing(
    server: Server, arguments: tuple[str, ...], *, talk: bool = False
) -> AsyncIterator[tuple[Process, Path]]:
    """The running agent and the empty repository that it stands in, both gone afterwards.

    Raises :class:`ListError` where it can't be started.
    """
    try:
        place = await asyncio.to_thread(_empty_repository, server.folder)
    except OSError as error:
        why = one_line(error.strerror or "unknown")
        raise ListError(f"No empty folder could be made for {server.program}: {why}") from None
    try:
        try:
            process = await server.start((*server.command, *arguments), place, server.env, talk=talk)
        except (OSError, ValueError) as error:
            why = one_line(getattr(error, "strerror", None) or "unknown")
            raise ListError(f"{server.program} can't be started: {why}") from None
        try:
            yield process, place
        finally:
            await asyncio.shield(end(process))
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _empty_repository(folder: Path) -> Path:
    """A new folder that is the root of a repository without a commit: nobody looks above it for a project's plugins."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="empty-", dir=folder))
    for name in ("objects", "refs"):
        (place / ".git" / name).mkdir(parents=True)
    (place / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    return place
