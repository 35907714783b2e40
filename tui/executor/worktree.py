"""Git worktrees: a run may work in a copy of the repository, on a branch of its own, beside whatever a person does.

The run's row names folder and branch before there is either. They are made when its first agent is about to start,
and going on after a death at any point means to look at what is there. What somebody worked on is never removed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tui.config.git_settings import GitView
from tui.config.locations import own_folder
from tui.config.watched import snapshot
from tui.core.errors import ConflictError, MachineError, ModeldeckError, RequestError, UntrustedError
from tui.core.plain import one_line
from tui.core.run import Run, Step, Worktree
from tui.executor.git import GitError, SlowError
from tui.executor.projects import Project, Projects
from tui.executor.repository import HALF_MADE, Repository

log = logging.getLogger(__name__)

BRANCHES = "modeldeck/"
"""What the branches of runs begin with."""
WITHOUT = "start without a worktree"


@dataclass(frozen=True)
class Worktrees:
    """The worktrees of all runs."""

    folder: Path
    projects: Projects
    user_env: Mapping[str, str] = field(repr=False)
    live_runs: Callable[[], tuple[Run, ...]]
    """The runs that have not ended."""
    patience: float = 10.0
    """Seconds in which git tells a person's changes; a plan does not wait longer, for its reader does not either."""

    async def planned(self, run: Run, project: Project) -> Run:
        """``run``, a plan, with the commit that its worktree would begin at and a warning of what is not in it.

        Nothing is asked of git in a folder that is not trusted. Raises :class:`RequestError` where there can be none.
        """
        if run.worktree is None or run.worktree.base or project.folder is None or not project.trust.trusted:
            return run
        try:
            repository = await self._repository(project, run)
            base, within = await repository.newest(), repository.within
            if not await repository.holds(base, within):
                raise GitError(f"{one_line(within, 200)} is not in its newest commit")
            changes = await self._changes(repository)
            modules = await repository.holds(base, ".gitmodules")
            lacking = await repository.lacks(base, self._committable(project))
        except (GitError, OSError) as error:
            raise RequestError(
                f"No worktree can be made of {project.folder}: {_why(error)}; {WITHOUT}", field="worktree"
            ) from None
        tree = replace(run.worktree, base=base, within=within)
        warnings = tuple(_warnings(repository.git.folder, base, changes, lacking, modules=modules))
        return replace(run, worktree=tree, steps=_warned(run.steps, warnings))

    async def _changes(self, repository: Repository) -> int | None:
        """How many files are not committed; ``None`` where git takes too long over it."""
        try:
            return await repository.changes(self.patience, filters=False)
        except SlowError:
            return None

    async def shown(self, run: Run) -> Run:
        """:meth:`planned` for whoever looks at a plan: where there can be no worktree, the plan carries the error."""
        if run.worktree is None:
            return run
        try:
            return await self.planned(run, await self.projects.load(run.project))
        except ModeldeckError as error:
            return replace(run, error=error.body())

    def named(self, run: Run) -> Run:
        """``run``, which has its id now, with the folder and the branch of its worktree, if it is to have one.

        One that does another run again goes on in that one's. Raises :class:`ConflictError` where a third one does.
        """
        if run.worktree is None:
            return run
        if run.worktree.folder:
            if busy := next((other for other in self.live_runs() if _shares(other, run)), None):
                raise ConflictError(
                    f"The run {busy.task_id} works in {run.worktree.folder}; wait for its end, or cancel it",
                    field="task_id",
                )
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
        project = await self.projects.load(run.project)
        trusted = project.require_trust()
        try:
            repository = await self._repository(project, run)
            async with repository.alone(self._own_folder()) as alone:
                await self._make(alone, run, tree)
            self._require_same(Path(tree.place), trusted, project)
        except (GitError, OSError) as error:
            raise MachineError(
                f"The worktree {tree.folder} can't be made: {_why(error)}; start again without one"
            ) from None

    async def left(self, run: Run) -> Worktree | None:
        """What has become of the worktree of ``run``, which ends: it goes where nothing was changed in it.

        Whatever can't be told or done, it stays, and the run ends.
        """
        tree = run.worktree
        if tree is None or tree.removed or any(_shares(other, run) for other in self.live_runs()):
            return tree
        try:
            project = await self.projects.load(run.project)
            project.require_trust()
            repository = await self._repository(project, run)
            async with repository.alone(self._own_folder()) as alone:
                return replace(tree, removed=await self._remove(alone, run, tree, project))
        except (ModeldeckError, OSError) as error:
            log.warning("run %s: its worktree stays: %s", run.task_id, error)
        except Exception:
            log.exception("run %s: its worktree stays", run.task_id)
        return tree

    async def _make(self, repository: Repository, run: Run, tree: Worktree) -> None:
        there, listed = _there(tree), await repository.listed(tree.folder)
        if there and listed not in (None, HALF_MADE):
            return
        if there:
            if _worked_in(run):
                raise GitError("something else is in its place; move it away")
            await asyncio.to_thread(shutil.rmtree, tree.folder)
        if listed is not None:
            await repository.remove(tree.folder, listed)
        await repository.add(tree.folder, tree.branch, tree.base)

    async def _remove(self, repository: Repository, run: Run, tree: Worktree, project: Project) -> bool:
        """Remove the worktree and its branch if nothing was changed; says whether both are gone."""
        listed = await repository.listed(tree.folder)
        if listed in (None, HALF_MADE) and _there(tree) and not _worked_in(run):
            await asyncio.to_thread(shutil.rmtree, tree.folder)
        if await repository.tip(tree.branch) not in ("", tree.base):
            return False
        if _there(tree) and (listed is None or not await self._as_it_was(repository, tree, project)):
            return False
        if listed is not None:
            await repository.remove(tree.folder, listed)
        await repository.drop(tree.branch, tree.base)
        return True

    async def _as_it_was(self, repository: Repository, tree: Worktree, project: Project) -> bool:
        """Whether nothing was changed in the worktree. An agent may have put another repository in its place."""
        place = Path(tree.folder)
        view = await self._view(place)
        own = await Repository.of(place, view, project.trust.view, repository.git.user_env)
        return own.common == repository.common and await own.newest() == tree.base and not await own.changes()

    async def _repository(self, project: Project, run: Run) -> Repository:
        """Return the repository, with git and its filters looked for where the run's agents are."""
        path = {"PATH": run.search_path} if run.search_path is not None else {}
        trusted = project.require_trust()
        view = await self._view(trusted)  # again, just before it counts: what was trusted alone is obeyed
        return await Repository.of(trusted, view, project.trust.view, {**self.user_env, **path})

    async def _view(self, folder: Path) -> GitView:
        try:
            return await asyncio.to_thread(self.projects.git.of, folder, includes=True)
        except MachineError as error:
            raise GitError(error.message) from None

    def _committable(self, project: Project) -> list[str]:
        """Return the trusted files that a commit can hold."""
        outside = ("../", "/", ".git/")
        return [name for name in project.trust.files if name != ".git" and not name.startswith(outside)]

    def _own_folder(self) -> Path:
        own_folder(self.folder)
        return self.folder

    def _require_same(self, place: Path, trusted: Path, project: Project) -> None:
        """Raise :class:`UntrustedError` where ``place`` holds agents' settings that ``trusted`` does not hold."""
        if not place.is_dir():
            raise MachineError(f"The folder {place} is not in its worktree any more, so no agent can work there")
        known, found = project.trust.files, snapshot(place, self.projects.git, outside=True).files
        other = sorted(name for name, digest in found.items() if known.get(name) != digest)
        if other:
            raise UntrustedError(
                f"{place} holds other settings of agents than the folder that you trusted: {_some(other)}; "
                f"commit or undo them in {trusted}, or {WITHOUT}",
                field="worktree",
            )


def whereabouts(worktree: Worktree | None) -> str | None:
    """Where the work of a run that has ended is, for a person; ``None`` where that is no question."""
    if worktree is None or worktree.removed:
        return None
    return one_line(f"its work is in {worktree.place}, on the branch {worktree.branch}", 2000)


def _warnings(top: Path, base: str, changes: int | None, lacking: list[str], *, modules: bool) -> Iterator[str]:
    """What a person's copy has and a worktree lacks."""
    if changes is None:
        yield f"git takes too long to tell what is not committed; the run's worktree begins at the commit {base[:10]}"
    elif changes:
        what = "1 change that is not committed is" if changes == 1 else f"{changes} changes that are not committed are"
        yield one_line(f"{what} in {top} and not in the run's worktree, which begins at the commit {base[:10]}", 400)
    if lacking:
        yield f"settings of agents that are not committed are not in the run's worktree: {_some(lacking)}"
    if modules:
        yield "the repository's submodules are empty in the run's worktree"


def _warned(steps: tuple[Step, ...], warnings: tuple[str, ...]) -> tuple[Step, ...]:
    """``steps``, the first agent's with ``warnings``."""
    index = next((step.index for step in steps if step.type == "agent"), None)
    if index is None:
        return steps
    step = steps[index]
    return (*steps[:index], replace(step, warnings=(*step.warnings, *warnings)), *steps[index + 1 :])


def _some(names: list[str]) -> str:
    return one_line(", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else ""), 300)


def _why(error: GitError | OSError) -> str:
    return error.message if isinstance(error, GitError) else error.strerror or "unknown"


def _there(tree: Worktree) -> bool:
    return Path(tree.folder).exists()


def _real(folder: Path) -> Path:
    return Path(os.path.realpath(folder))


def _shares(other: Run, run: Run) -> bool:
    """Whether another run goes on in the worktree of ``run``."""
    mine, its = run.worktree, other.worktree
    return other.task_id != run.task_id and mine is not None and its is not None and its.folder == mine.folder


def _worked_in(run: Run) -> bool:
    """Whether an agent may have worked in the worktree of ``run``."""
    return run.retry_of is not None or any(step.attempt or step.exchanges for step in run.steps)
