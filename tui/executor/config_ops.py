"""The ops that write a configuration: a workflow's stages, a favourite, the person's default, and nothing else.

No request names a file or a key: the workflow's name leads to the file whose ``stages`` are in force, the rest goes
into the person's own file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from tui.config.document import Data, Document, read_document
from tui.config.edit import Edit, edit
from tui.config.edit_text import Change
from tui.config.locations import PROJECT_FILE
from tui.core.config_verbs import ConfigOp, SetDefault, SetFavourite, UpdateWorkflow
from tui.core.errors import RequestError, ResolutionError
from tui.core.plain import one_line
from tui.core.settings import Workflow
from tui.core.spec_entry import unknown
from tui.core.verbs import Started, StartWorkflow
from tui.executor.feed import Feed
from tui.executor.listing.workflows import digest_of
from tui.executor.plan import plan
from tui.executor.projects import Project, Projects
from tui.executor.spec_stages import trouble
from tui.executor.stage_defaults import (
    changes_of,
    is_selector,
    judge,
    laid_over,
    no_selector,
    overtaken,
    refused,
    value_at,
)
from tui.store.journal import Journal


@dataclass(frozen=True)
class ConfigOps:
    """Writes when it is told to, one change at a time."""

    journal: Journal
    projects: Projects
    feed: Feed
    config_file: Path
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def act(self, request: ConfigOp) -> Started:
        """The ops ``workflow.update``, ``favourite.set`` and ``default.set``."""
        if isinstance(request, UpdateWorkflow) and request.dry_run:
            return await self._as_it_would_be(request)
        self.projects.of(None).require_config()
        async with self._one:
            match request:
                case UpdateWorkflow():
                    note = await self._update_workflow(request)
                case SetFavourite():
                    note = await self._set_favourite(request)
                case SetDefault():
                    note = await self._set_default(request)
        return Started(note=note, seq=self.journal.last_seq)

    # --- a workflow ---------------------------------------------------------------------------------------------------

    async def _update_workflow(self, request: UpdateWorkflow) -> str:
        project = await self.projects.load(request.project)
        workflow = self._editable(request.workflow, project)
        file, _ = self._written_in(request.workflow, project)
        judge(request, workflow, project)

        def wanted(document: Document) -> list[Change]:
            return list(changes_of(document, request, workflow))

        own = file == self.config_file
        found = await asyncio.to_thread(edit, file, wanted, follow=own)
        if digest_of(self._editable(request.workflow, await self.projects.load(request.project))) != digest_of(
            workflow
        ):
            raise overtaken(request, workflow)
        if found.same:  # as when the answer of the request that wrote it was lost
            return "it says that already; nothing was written"
        _same_as_seen(request, workflow)
        note = f"written to {_shown(file)}"
        if own:
            await asyncio.to_thread(found.write)
        elif not await asyncio.to_thread(self.projects.write_in, project.require_trust(), PROJECT_FILE, found):
            note += f"; something else changed in {_shown(file.parent)} meanwhile, so it has to be trusted again"
        self.feed.settings_changed()
        return note

    async def _as_it_would_be(self, request: UpdateWorkflow) -> Started:
        """What the workflow would run if that were written."""
        project = await self.projects.load(request.project)
        workflow = self._editable(request.workflow, project)
        _same_as_seen(request, workflow)
        _, document = self._written_in(request.workflow, project)
        changed = laid_over(
            workflow, request.stages, value_at(document.data, ("workflows", request.workflow, "stages"))
        )
        workflows = {**project.settings.workflows, request.workflow: changed}
        loaded = replace(project.loaded, settings=replace(project.settings, workflows=workflows))
        asked = StartWorkflow(request.workflow, project=request.project, dry_run=True)
        run, _ = plan(asked, replace(project, loaded=loaded))
        steps = list(run.steps)
        for index, error in refused(request, workflow, project):
            steps[index] = replace(steps[index], error=error.body())
        return Started(
            run=replace(run, steps=tuple(steps)), next=("task_start without dry_run",), seq=self.journal.last_seq
        )

    def _editable(self, name: str, project: Project) -> Workflow:
        """The workflow in force. Raises what tells why it can't be edited."""
        workflows = project.settings.workflows
        if name not in workflows and name in dict(project.loaded.listed):
            project.require_trust()
        if name not in workflows:
            raise unknown("workflow", name, tuple(workflows), "workflow")
        return workflows[name]

    def _written_in(self, name: str, project: Project) -> tuple[Path, Document]:
        """The file whose list of stages is in force: a layer replaces the list of the one below as a whole."""
        if project.loaded.origin.get(name) == "discovered":
            raise RequestError(
                f"The workflow {_short(name)!r} is made of {_source(name, project)}, a file of another program that "
                f"Modeldeck does not write; name the model there, or write a workflow of that name into "
                f"{self.config_file}",
                field="workflow",
            )
        files = [self.config_file]
        if project.folder is not None and project.trust.trusted:
            files.insert(0, project.folder / PROJECT_FILE)
        for file in files:
            document = read_document(file, follow=file == self.config_file)
            if document is not None and document.holds(("workflows", name, "stages")):
                return file, document
        raise RequestError(
            f"The stages of the workflow {_short(name)!r} stand in no file that can be written; write them into "
            f"{self.config_file}",
            field="workflow",
        )

    # --- the person's own ---------------------------------------------------------------------------------------------

    async def _set_favourite(self, request: SetFavourite) -> str:
        selector = _selector(request.selector)
        if request.on:
            self._judge_own(selector)

        def wanted(document: Document) -> list[Change]:
            return _favourite_changes(document.data.get("favourites"), selector, on=request.on)

        return await self._write_own(wanted, "it is among them already" if request.on else "it is not among them")

    async def _set_default(self, request: SetDefault) -> str:
        selector = None if request.selector is None else _selector(request.selector)
        if selector is not None and selector not in ("node", "auto"):  # what the reader says of these is better
            self._judge_own(selector)

        def wanted(document: Document) -> list[Change]:
            if document.data.get("default_model") == selector and (selector or "default_model" not in document.data):
                return []
            return [Change(("default_model",), selector)]

        note = await self._write_own(wanted, "it says that already")
        settings = self.projects.of(None).settings
        moved = selector is None and settings.default_model is None
        return f"{note}; the default is {settings.shipped_default_model} now, as shipped" if moved else note

    async def _write_own(self, wanted: Callable[[Document], list[Change]], nothing_to_do: str) -> str:
        found: Edit = await asyncio.to_thread(edit, self.config_file, wanted, follow=True)
        if found.same:
            return f"{nothing_to_do}; nothing was written"
        await asyncio.to_thread(found.write)
        self.feed.settings_changed()
        return f"written to {_shown(self.config_file)}"

    def _judge_own(self, selector: str) -> None:
        wrong = trouble("", selector, None, self.projects.of(None))
        if wrong is not None:
            raise ResolutionError(wrong.message, suggestions=wrong.suggestions, field="selector")


def _same_as_seen(request: UpdateWorkflow, workflow: Workflow) -> None:
    if request.digest is not None and request.digest != digest_of(workflow):
        raise overtaken(request, workflow)


def _favourite_changes(present: Data, selector: str, *, on: bool) -> list[Change]:
    names = present if isinstance(present, list) else []
    if (selector in names) == on:
        return []
    if on and names:
        return [Change(("favourites", len(names)), selector)]
    rest = [one for one in names if one != selector]
    if on or len(rest) == len(names) - 1 == 0:
        return [Change(("favourites",), [selector] if on else None)]
    return [Change(("favourites", at), None) for at, one in enumerate(names) if one == selector][::-1]


def _source(name: str, project: Project) -> str:
    """The file of another program that a discovered workflow comes from."""
    for file, part in project.loaded.discovered.parts.items():
        if name in {*(one.name for one in part.pipelines), *(one.name for one in part.commands)}:
            return one_line(file, 200)
    return "something in the project"


def _selector(written: str) -> str:
    """``written``, trimmed. Raises :class:`RequestError` where it can be no selector."""
    if not is_selector(written.strip()):
        raise no_selector("selector")
    return written.strip()


def _short(name: str) -> str:
    return one_line(name, 80)


def _shown(file: Path) -> str:
    return one_line(str(file), 1000)
