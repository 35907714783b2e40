"""The ops that write a configuration: a workflow's stages, a favourite, the person's default, and nothing else.

No request names a file or a key: the workflow's name leads to the file whose ``stages`` are in force, the rest goes
into the person's own file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tui.config.document import Data, Document, read_document
from tui.config.edit import Edit, edit
from tui.config.edit_text import Change
from tui.config.locations import PROJECT_FILE
from tui.config.substeps import places
from tui.core.config_verbs import ConfigOp, SetDefault, SetFavourite, StageDefault, UpdateWorkflow
from tui.core.errors import ConflictError, RequestError, ResolutionError
from tui.core.plain import one_line
from tui.core.resolver.written import split
from tui.core.settings import Workflow
from tui.core.spec_entry import unknown
from tui.core.verbs import Started
from tui.executor.feed import Feed
from tui.executor.listing.workflows import digest_of, own_choice
from tui.executor.plan import stage_name
from tui.executor.projects import Project, Projects
from tui.executor.spec_stages import trouble
from tui.store.journal import Journal

LONGEST = 300
"""Characters of a selector."""

_BEHIND = ("profile", "type", "command", "name")
"""The keys of a stage that its model is written behind, where it had none."""


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
        async with self._one:
            match request:
                case UpdateWorkflow():
                    note = await self._update_workflow(request)
                case SetFavourite():
                    note = await self._set_favourite(request)
                case SetDefault():
                    note = await self._set_default(request)
        self.feed.settings_changed()
        return Started(note=note, seq=self.journal.last_seq)

    # --- a workflow ---------------------------------------------------------------------------------------------------

    async def _update_workflow(self, request: UpdateWorkflow) -> str:
        project = self.projects.of(request.project)
        workflow = self._editable(request.workflow, project)
        file = self._file_of(request.workflow, project)
        if request.digest is not None and request.digest != digest_of(workflow):
            raise _overtaken(request, workflow)
        _judge(request, workflow, project)

        def wanted(document: Document) -> list[Change]:
            return list(_stage_changes(document, request, workflow))

        own = file == self.config_file
        found = await asyncio.to_thread(edit, file, wanted, follow=own)
        if digest_of(self._editable(request.workflow, self.projects.of(request.project))) != digest_of(workflow):
            raise _overtaken(request, workflow)
        if found.same:
            return "it says that already; nothing was written"
        note = f"written to {_shown(file)}"
        if own:
            await asyncio.to_thread(found.write)
        elif not await asyncio.to_thread(self.projects.write_in, project.require_trust(), PROJECT_FILE, found):
            note += f"; something else changed in {_shown(file.parent)} meanwhile, so it has to be trusted again"
        return note

    def _editable(self, name: str, project: Project) -> Workflow:
        """The workflow in force. Raises what tells why it can't be edited."""
        workflows = project.settings.workflows
        if name not in workflows and name in dict(project.loaded.listed):
            project.require_trust()
        if name not in workflows:
            raise unknown("workflow", name, tuple(workflows), "workflow")
        return workflows[name]

    def _file_of(self, name: str, project: Project) -> Path:
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
                return file
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

        return await self._write_own(wanted, "it says that already")

    async def _write_own(self, wanted: Callable[[Document], list[Change]], nothing_to_do: str) -> str:
        found: Edit = await asyncio.to_thread(edit, self.config_file, wanted, follow=True)
        if found.same:
            return f"{nothing_to_do}; nothing was written"
        await asyncio.to_thread(found.write)
        return f"written to {_shown(self.config_file)}"

    def _judge_own(self, selector: str) -> None:
        wrong = trouble("", selector, None, self.projects.of(None))
        if wrong is not None:
            raise ResolutionError(wrong.message, suggestions=wrong.suggestions, field="selector")


def _judge(request: UpdateWorkflow, workflow: Workflow, project: Project) -> None:
    """Whether every stage is there and can have that model. What stands already may stay, come what may."""
    if not request.stages:
        raise RequestError("No stage is named; name one by its index", field="stages")
    for index, default in request.stages.items():
        if not 0 <= index < len(workflow.stages):
            last = len(workflow.stages) - 1
            raise RequestError(f"There is no stage {index}; they are counted from 0 to {last}", field="stages")
        stage = workflow.stages[index]
        name = stage_name(stage, index)
        if stage.type == "approval":
            raise RequestError(
                f"Stage {index} ({_short(name)}) is a gate, where a person approves; it has no model", field="stages"
            )
        model = None if default.model is None else _selector(default.model)
        effort = default.effort
        if effort is not None and not (effort.strip() == effort and 0 < len(effort) <= 60 and effort.isprintable()):
            raise RequestError(f"{_short(name)}: the effort {_short(effort)!r} is no word", field="stages")
        if StageDefault(model, effort) == own_choice(stage):
            continue
        wrong = trouble(stage.name.strip(), {"model": model, "effort": effort}, workflow, project)
        if wrong is not None:
            raise ResolutionError(f"{name}: {wrong.message}", suggestions=wrong.suggestions, field="stages")


def _stage_changes(document: Document, request: UpdateWorkflow, workflow: Workflow) -> Iterator[Change]:
    """What to write where, for the stages whose choice is another one than the file has."""
    around = ("workflows", request.workflow, "stages")
    stages = _at(document.data, around)
    where = places(stages)
    if len(where) != len(workflow.stages):
        raise _overtaken(request, workflow)
    for index, default in sorted(request.stages.items()):
        raw = _at(stages, where[index])
        said = raw if isinstance(raw, dict) else {}
        model, effort = split(said.get("model"))
        if (model, effort or said.get("effort")) == (default.model, default.effort):
            continue
        place = (*around, *where[index])
        if said.get("model") != default.model:
            yield Change((*place, "model"), default.model, _BEHIND)
        if said.get("effort") != default.effort:
            yield Change((*place, "effort"), default.effort, ("model", *_BEHIND))


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


def _overtaken(request: UpdateWorkflow, workflow: Workflow) -> ConflictError:
    """Somebody changed the workflow: what it says now beside what was to be written."""
    now = {index: own_choice(stage) for index, stage in enumerate(workflow.stages) if stage.type == "agent"}
    told = [
        f"{_short(stage_name(workflow.stages[index], index))}: {_words(now[index])} there, {_words(wanted)} yours"
        for index, wanted in sorted(request.stages.items())
        if index in now and now[index] != wanted
    ]
    stored: Mapping[str, object] = {
        "workflow": request.workflow,
        "digest": digest_of(workflow),
        "stages": [
            {
                "index": index,
                "stage": stage_name(workflow.stages[index], index),
                "model": one.model,
                "effort": one.effort,
            }
            for index, one in now.items()
        ],
    }
    listed = "; ".join(told) or "none of the stages that you changed"
    return ConflictError(
        f"The workflow {_short(request.workflow)!r} changed since you looked at it ({listed}); nothing was written",
        field="digest",
        stored=stored,
    )


def _words(default: StageDefault) -> str:
    model = "no default of its own" if default.model is None else one_line(default.model, 80)
    return f"{model} at effort {one_line(default.effort, 40)}" if default.effort else model


def _source(name: str, project: Project) -> str:
    """The file of another program that a discovered workflow comes from."""
    for file, part in project.loaded.discovered.parts.items():
        if name in {*(one.name for one in part.pipelines), *(one.name for one in part.commands)}:
            return one_line(file, 200)
    return "something in the project"


def _selector(written: str) -> str:
    selector = written.strip()
    if not selector or len(selector) > LONGEST or not selector.isprintable():
        raise RequestError(
            f"A model is named in one line of up to {LONGEST} printable characters, such as anthropic/claude-opus-4-8",
            field="selector",
        )
    return selector


def _at(data: Data, place: tuple[str | int, ...]) -> Data:
    for part in place:
        if isinstance(part, int):
            data = data[part] if isinstance(data, list) and part < len(data) else None
        else:
            data = data.get(part) if isinstance(data, dict) else None
    return data


def _short(name: str) -> str:
    return one_line(name, 80)


def _shown(file: Path) -> str:
    return one_line(str(file), 1000)
