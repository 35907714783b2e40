"""Git as a child process that runs nothing of the repository's own: no hooks, no monitor, no questions, no network.

Filters (``filter.X.smudge``) are off for questions. For a worktree those that were trusted are on, for without them its
files would be wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.catalog.child import end, spawn
from tui.config.locations import open_lock
from tui.core.errors import MachineError
from tui.core.plain import one_line, with_shown_addresses
from tui.posix.environment import search_folders

LIMIT = 600.0
"""Seconds that a command of git may take, and for which it waits for another one of ours in the same repository."""
LOOK = 0.05
"""Seconds between two looks at whether the other one has ended."""

_FIXED = {
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.pager": "cat",
    "core.sshCommand": "false",
    "core.gitProxy": "",
    "core.askPass": "",
    "core.editor": "false",
    "core.alternateRefsCommand": "true",
    "sequence.editor": "false",
    "credential.helper": "",
    "diff.external": "",
    "protocol.allow": "never",
    "commit.gpgSign": "false",
    "log.showSignature": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
    "advice.detachedHead": "false",
}
"""Settings that are ours whatever a repository says. Those whose names it makes up itself: ``GitView.overrides``."""
_QUIET = ("--no-pager", *(word for key, value in _FIXED.items() for word in ("-c", f"{key}={value}")))
_VARIABLES = {
    "LC_ALL": "C",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
}


class GitError(MachineError):
    """Git could not do it; the message is a part of a sentence."""


class SlowError(GitError):
    """Git took longer than anybody waits for it."""


@dataclass(frozen=True)
class Git:
    """Git in one folder."""

    folder: Path
    user_env: Mapping[str, str] = field(repr=False)
    lock: int | None = None
    """What every command holds open while it runs, so that the lock outlives whoever started it."""
    limit: float = LIMIT
    """Seconds that one command may take."""
    overrides: tuple[str, ...] = ()
    """Options for what the repository's own settings would run."""

    async def __call__(self, *arguments: str) -> str:
        """What the command writes, without the last end of line. Raises :class:`GitError` where it fails."""
        status, output, said = await self._run(arguments)
        if status != 0:
            lines = said.decode("utf-8", "replace").strip().splitlines() or [f"it ended with {status}"]
            raise GitError(one_line(with_shown_addresses(lines[-1].removeprefix("fatal: ")), 300))
        return os.fsdecode(output).removesuffix("\n")

    async def answers(self, *arguments: str) -> str | None:
        """The same for a question: ``None`` where the answer is no."""
        status, output, _ = await self._run(arguments)
        return os.fsdecode(output).removesuffix("\n") if status == 0 else None

    async def _run(self, arguments: tuple[str, ...]) -> tuple[int, bytes, bytes]:
        env = {**self.user_env, **_VARIABLES}
        # A relative folder in it would be one of the repository, and that names no program of ours.
        env["PATH"] = path = ":".join(search_folders(env.get("PATH", "")))
        fds = (self.lock,) if self.lock is not None else ()
        try:
            child = await spawn(
                ("git", *_QUIET, *self.overrides, *arguments),
                self.folder,
                env,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=fds,
            )
        except FileNotFoundError:
            lacking = (
                f"git was not found in the PATH {path!r}" if self.folder.is_dir() else f"{self.folder} is not there"
            )
            raise GitError(one_line(lacking, 2_000)) from None
        except OSError as error:
            raise GitError(f"git can't be started: {error.strerror}") from None
        try:
            async with asyncio.timeout(self.limit):
                output, said = await child.communicate()
        except TimeoutError:
            raise SlowError(f"git {arguments[0]} took more than {self.limit:.0f} seconds") from None
        finally:
            if child.returncode is None:
                await asyncio.shield(end(child))
        return child.returncode or 0, output, said


@contextlib.asynccontextmanager
async def locked(folder: Path, what: bytes) -> AsyncIterator[int]:
    """Hold the lock for ``what``, whose file is in ``folder``; it is free when nobody has the descriptor open."""
    name = hashlib.sha256(what).hexdigest()[:16]
    try:
        handle = open_lock(folder / f"{name}.lock")
    except MachineError as error:
        raise GitError(error.message) from None
    try:
        await _taken(handle)
        yield handle
    finally:
        os.close(handle)


async def _taken(handle: int) -> None:
    try:
        async with asyncio.timeout(LIMIT):
            while not _free(handle):  # noqa: ASYNC110 - nothing tells when another process lets go
                await asyncio.sleep(LOOK)
    except TimeoutError:
        raise GitError("another git of ours is busy in the repository") from None


def _free(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
