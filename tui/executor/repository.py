"""A repository, as far as worktrees are concerned: what it is asked, and what is done in it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tui.config.git_settings import GitView
from tui.core.errors import MachineError
from tui.core.plain import one_line
from tui.executor.git import LIMIT, Git, GitError, locked

HALF_MADE = "initializing"
"""Why git itself locks a worktree until it is whole."""


@dataclass(frozen=True)
class Repository:
    """A repository, seen from a folder in it. All but the questions raise :class:`GitError` where git can't."""

    git: Git
    """In its topmost folder."""
    common: Path
    """Where git keeps what all worktrees share."""
    within: str
    """The folder that it was seen from, from its topmost folder; empty where it is that one."""
    asked: Git
    """The same git, which runs no filter: for questions of those who only look."""

    @classmethod
    async def of(cls, folder: Path, view: GitView, trusted: GitView, user_env: Mapping[str, str]) -> Repository:
        """The repository that ``folder`` is in, where git reads what is in ``view``.

        Raises :class:`GitError` where there is none, and where git would read something that matters and that is no
        part of what was ``trusted``: whoever worked in ``folder`` may have written it.
        """
        known = {(setting.key, setting.value) for setting in trusted.settings}
        for setting in view.settings:
            if (setting.key, setting.value) not in known:
                raise GitError(f"git's settings changed since they were trusted ({one_line(str(setting.file), 200)})")
        if view.problem is not None:
            raise GitError(view.problem)
        try:
            git = Git(folder, user_env, overrides=view.overrides(filters=False))
        except MachineError as error:
            raise GitError(error.message) from None
        top = Path(await git("rev-parse", "--show-toplevel"))
        common = _real(folder / await git("rev-parse", "--git-common-dir"))
        if not folder.is_relative_to(top):
            raise GitError(f"its repository works in {one_line(str(top), 200)}")
        within = folder.relative_to(top).as_posix()
        work = replace(git, folder=top, overrides=view.overrides(filters=True))
        return cls(work, common, "" if within == "." else within, replace(work, overrides=git.overrides))

    @contextlib.asynccontextmanager
    async def alone(self, locks: Path) -> AsyncIterator[Repository]:
        """The same, as the only one of ours that changes it; a git that outlived its executor counts too."""
        async with locked(locks, os.fsencode(self.common)) as handle:
            yield replace(self, git=replace(self.git, lock=handle), asked=replace(self.asked, lock=handle))

    async def newest(self) -> str:
        """The commit that is checked out."""
        found = await self.git.answers("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if not found:
            raise GitError("it has no commit yet")
        return found

    async def holds(self, commit: str, name: str) -> bool:
        """Whether the file or folder ``name``, from the topmost one, is in ``commit``."""
        return await self.git.answers("cat-file", "-e", f"{commit}:{name}") is not None

    async def lacks(self, commit: str, names: Collection[str]) -> list[str]:
        """Those of ``names``, files in the folder that it was seen from, that are not in ``commit``."""
        if not names:
            return []
        tops = sorted({name.partition("/")[0] for name in names})
        found = await self.git(
            "ls-tree", "-r", "-z", "--name-only", "--full-tree", f"{commit}:{self.within}", "--", *tops
        )
        return sorted(set(names) - set(found.split("\0")))

    async def tip(self, branch: str) -> str:
        """The commit that ``branch`` is at; empty where there is no such branch."""
        return await self.git.answers("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}") or ""

    async def changes(self, within: float = LIMIT, *, filters: bool = True) -> int:
        """How many files differ from the commit that is checked out, new ones too.

        Without ``filters`` a file that was touched may count as changed. Raises :class:`SlowError` where it is not
        known ``within`` so many seconds.
        """
        told = await replace(self.git if filters else self.asked, limit=within)(
            "status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=dirty"
        )
        return told.count("\0")

    async def listed(self, worktree: str) -> str | None:
        """Why git holds the worktree in a folder locked, empty where it does not; ``None``: it knows of none."""
        for entry in (await self.git("worktree", "list", "--porcelain")).split("\n\n"):
            first, *lines = entry.split("\n")
            if first == f"worktree {worktree}":
                reasons = [line.removeprefix("locked").strip() for line in lines if line.startswith("locked")]
                return (reasons[0] or "for a reason that nobody told") if reasons else ""
        return None

    async def add(self, worktree: str, branch: str, base: str) -> None:
        """Make a worktree with ``branch``, which begins at ``base`` unless it is there already."""
        if await self.tip(branch):
            await self.git("worktree", "add", "--", worktree, branch)
        else:
            await self.git("worktree", "add", "--no-track", "-b", branch, "--", worktree, base)

    async def remove(self, worktree: str, why_locked: str) -> None:
        """Remove a worktree in which nothing was changed, or forget one whose folder is gone; git refuses any other."""
        if why_locked == HALF_MADE:
            await self.git("worktree", "unlock", "--", worktree)
        await self.git("worktree", "remove", "--", worktree)

    async def drop(self, branch: str, base: str) -> None:
        """Remove ``branch`` if it is at ``base`` still."""
        if await self.tip(branch):
            await self.git("update-ref", "-d", f"refs/heads/{branch}", base)


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))
