"""Git worktrees: a run may work in a copy of the repository, on a branch of its own, beside whatever a person does.

The run's row names folder and branch before there is either. They are made when its first agent is about to start,
and going on after a death at any point means to look at what is there. What somebody worked on is never removed.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from tui.config.locations import own_folder
from tui.config.watched import digests
from tui.core.errors import MachineError, ModeldeckError, RequestError, UntrustedError
from tui.core.plain import one_line
from tui.core.run import Run, Step, Worktree
from tui.executor.git import Git, GitError, alone, running
from tui.executor.projects import Project, Projects

log = logging.getLogger(__name__)

BRANCHES = "modeldeck/"
"""What the branches of runs begin with."""
WITHOUT = "start without a worktree (--no-worktree)"

_HALF_MADE = "initializing"
"""Why git itself locks a worktree until it is whole."""


@dataclass(frozen=True)
class _Repository:
    """The repository that a project is in."""

    top: Path
    common: Path
    """Where git keeps what all worktrees share."""
    within: str
    """The project's folder in it; empty where it is the whole."""


@dataclass(frozen=True)
class Worktrees:
    """The worktrees of all runs."""

    folder: Path
    projects: Projects
    user_env: Mapping[str, str]
    live_runs: Callable[[], tuple[Run, ...]]
    """The runs that have not ended."""

    async def planned(self, run: Run, project: Project) -> Run:
        """``run``, a plan, with the commit that its worktree would begin at and a warning of what is not in it.

        Nothing is asked of git in a folder that is not trusted. Raises :class:`RequestError` where there can be none.
        """
        if run.worktree is None or run.worktree.base or project.folder is None or not project.trust.trusted:
            return run
        try:
            repository = await self._repository(project.folder)
            git = self._git(repository.top)
            base = await git.answers("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
            if not base:
                raise GitError("it has no commit yet")
            within = repository.within
            if within and await git.answers("cat-file", "-e", f"{base}:{within}") is None:
                raise GitError(f"{one_line(within, 200)} is not in its newest commit")
            changes = await self._changes(git)
        except GitError as error:
            raise RequestError(
                f"No worktree can be made of {project.folder}: {error.message}; {WITHOUT}", field="worktree"
            ) from None
        tree = replace(run.worktree, base=base, within=within)
        return replace(run, worktree=tree, steps=_warned(run.steps, changes, repository.top, base))

    async def shown(self, run: Run) -> Run:
        """:meth:`planned` for whoever looks at a plan: where there can be no worktree, the plan carries the error."""
        if run.worktree is None:
            return run
        try:
            return await self.planned(run, self.projects.of(run.project))
        except ModeldeckError as error:
            return replace(run, error=error.body())

    def named(self, run: Run) -> Run:
        """``run``, which has its id now, with the folder and the branch of its worktree, if it is to have one.

        One that does another run again goes on in that one's.
        """
        if run.worktree is None:
            return run
        if run.worktree.folder:
            return replace(run, worktree=replace(run.worktree, removed=False))
        folder = str(_real(self.folder) / (run.task_id or ""))
        return replace(run, worktree=replace(run.worktree, folder=folder, branch=f"{BRANCHES}{run.task_id}"))

    async def made(self, run: Run) -> None:
        """See to it that the worktree of ``run`` is there, and that no agent finds settings in it that nobody trusted.

        Raises :class:`MachineError` where git can't, :class:`UntrustedError` where agents would obey something else.
        """
        tree = run.worktree
        if tree is None:
            return
        trusted = self.projects.of(run.project).require_trust()
        try:
            async with self._alone(await self._repository(trusted)) as git:
                await self._make(git, run, tree)
        except GitError as error:
            raise MachineError(
                f"The worktree {tree.folder} can't be made: {error.message}; start anew without one (--no-worktree)"
            ) from None
        self._require_same(Path(tree.place), trusted)

    async def left(self, run: Run) -> Worktree | None:
        """What has become of the worktree of ``run``, which ends: it goes where nothing was changed in it.

        Whatever can't be told or done, it stays.
        """
        tree = run.worktree
        if tree is None or tree.removed or any(_shares(other, run) for other in self.live_runs()):
            return tree
        try:
            trusted = self.projects.of(run.project).require_trust()
            async with self._alone(await self._repository(trusted)) as git:
                return replace(tree, removed=await self._remove(git, run, tree))
        except (ModeldeckError, OSError) as error:
            log.warning("run %s: its worktree stays: %s", run.task_id, error)
            return tree

    # --- what git does --------------------------------------------------------------------------------------------

    async def _make(self, git: Git, run: Run, tree: Worktree) -> None:
        folder = Path(tree.folder)
        listed = await self._listed(git, folder)
        there = _there(folder)
        if there and listed not in (None, _HALF_MADE):
            return
        if there:
            if _worked_in(run):
                raise GitError("something else is in its place; move it away")
            shutil.rmtree(folder)
        if listed is not None:
            await self._forget(git, folder, listed)
        if await self._tip(git, tree.branch):
            await git("worktree", "add", "--", tree.folder, tree.branch)
        else:
            await git("worktree", "add", "--no-track", "-b", tree.branch, "--", tree.folder, tree.base)

    async def _remove(self, git: Git, run: Run, tree: Worktree) -> bool:
        """Remove the worktree and its branch if nothing was changed; says whether both are gone."""
        folder = Path(tree.folder)
        listed = await self._listed(git, folder)
        if listed == _HALF_MADE and not _worked_in(run):
            shutil.rmtree(folder, ignore_errors=True)
        if await self._tip(git, tree.branch) not in ("", tree.base):
            return False
        if _there(folder):
            own = self._git(folder)
            if listed is None or await own("rev-parse", "HEAD") != tree.base or await self._changes(own):
                return False
            await git("worktree", "remove", "--", tree.folder)
        elif listed is not None:
            await self._forget(git, folder, listed)
        if await self._tip(git, tree.branch):
            await git("update-ref", "-d", f"refs/heads/{tree.branch}", tree.base)
        return True

    async def _listed(self, git: Git, folder: Path) -> str | None:
        """Why git holds the worktree in ``folder`` locked, empty where it does not; ``None``: it knows of none."""
        for entry in (await git("worktree", "list", "--porcelain")).split("\n\n"):
            first, *lines = entry.split("\n")
            if first == f"worktree {folder}":
                locked = [line.removeprefix("locked").strip() for line in lines if line.startswith("locked")]
                return (locked[0] or "for a reason that nobody told") if locked else ""
        return None

    async def _forget(self, git: Git, folder: Path, locked: str) -> None:
        """Let git forget the worktree in ``folder``, which is gone."""
        if locked == _HALF_MADE:
            await git("worktree", "unlock", "--", str(folder))
        await git("worktree", "remove", "--", str(folder))

    async def _tip(self, git: Git, branch: str) -> str:
        """The commit that ``branch`` is at; empty where there is no such branch."""
        return await git.answers("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}") or ""

    async def _changes(self, git: Git) -> int:
        """How many files differ from the newest commit there, new ones too."""
        told = await git("status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=dirty")
        return told.count("\0")

    # --- where --------------------------------------------------------------------------------------------------------

    def _git(self, folder: Path) -> Git:
        return Git(folder, self.user_env)

    def _alone(self, repository: _Repository) -> AbstractAsyncContextManager[Git]:
        own_folder(self.folder)
        return alone(self._git(repository.top), self.folder, repository.common)

    async def _repository(self, project: Path) -> _Repository:
        """The repository of the trusted folder ``project``.

        Raises :class:`GitError` where there is none, and where its settings name something to run that the person did
        not trust: trust is for what is in the folder, and they may be above it.
        """
        git = self._git(project)
        top = Path(await git("rev-parse", "--show-toplevel"))
        own = project / await git("rev-parse", "--absolute-git-dir")
        common = _real(project / await git("rev-parse", "--git-common-dir"))
        if not project.is_relative_to(top):
            raise GitError(f"its repository works in {one_line(str(top), 200)}")
        settings = (common / "config", common / "config.worktree", own / "config.worktree")
        if wrong := running(tuple(file for file in settings if file != project / ".git" / "config")):
            raise GitError(f"git's settings name something to run that was never trusted ({wrong})")
        within = project.relative_to(top).as_posix()
        return _Repository(top, common, "" if within == "." else within)

    def _require_same(self, place: Path, trusted: Path) -> None:
        """Raise :class:`UntrustedError` where ``place`` holds agents' settings that ``trusted`` does not hold."""
        if not place.is_dir():
            raise MachineError(f"The folder {place} is not in its worktree any more, so no agent can work there")
        known, found = digests(trusted), digests(place)
        other = sorted(name for name, digest in found.items() if known.get(name) != digest)
        if other:
            named = ", ".join(other[:3]) + (f" and {len(other) - 3} more" if len(other) > 3 else "")
            raise UntrustedError(
                f"{place} holds other settings of agents than the folder that you trusted: {one_line(named, 300)}; "
                f"commit or undo them in {trusted}, or {WITHOUT}",
                field="worktree",
            )


def whereabouts(worktree: Worktree | None) -> str | None:
    """Where the work of a run that has ended is, for a person; ``None`` where that is no question."""
    if worktree is None or worktree.removed:
        return None
    return f"its work is in {worktree.place}, on the branch {worktree.branch}"


def _warned(steps: tuple[Step, ...], changes: int, top: Path, base: str) -> tuple[Step, ...]:
    """``steps``, the first agent's with a warning of the changes that its worktree lacks."""
    index = next((step.index for step in steps if step.type == "agent"), None)
    if not changes or index is None:
        return steps
    what = "1 change that is not committed is" if changes == 1 else f"{changes} changes that are not committed are"
    warning = one_line(f"{what} in {top} and not in the run's worktree, which begins at the commit {base[:10]}", 400)
    step = steps[index]
    return (*steps[:index], replace(step, warnings=(*step.warnings, warning)), *steps[index + 1 :])


def _there(folder: Path) -> bool:
    return folder.exists()


def _real(folder: Path) -> Path:
    return folder.resolve()


def _shares(other: Run, run: Run) -> bool:
    """Whether another run goes on in the worktree of ``run``."""
    mine, its = run.worktree, other.worktree
    return other.task_id != run.task_id and mine is not None and its is not None and its.folder == mine.folder


def _worked_in(run: Run) -> bool:
    """Whether an agent may have worked in the worktree of ``run``."""
    return run.retry_of is not None or any(step.attempt for step in run.steps)
