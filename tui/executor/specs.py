"""Specs: written, changed, imported, listed. How one is run is told in ``spec_plan``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from tui.core.clock import Clock
from tui.core.errors import MachineError, NotFoundError, RequestError
from tui.core.evidence import gravest
from tui.core.ids import new_spec_id
from tui.core.plain import one_line
from tui.core.request_key import RequestKey
from tui.core.settings import SpecType, Workflow
from tui.core.spec import Spec, preferences, usual_set
from tui.core.spec_entry import editable, selection, title_of, too_deep, unknown, what_would_run, workflow_for
from tui.core.spec_reading import SpecRead, read_specs
from tui.core.spec_verbs import (
    CreateSpec,
    DeleteSpec,
    Imported,
    ImportSpecs,
    SpecItem,
    SpecOp,
    UpdateSpec,
)
from tui.core.verbs import List, Page, Started
from tui.executor.feed import Feed
from tui.executor.projects import Folders, Project
from tui.executor.spec_stages import Choices, laid_over, odd_parts, stages_of
from tui.store.journal import Journal
from tui.store.specs import changed_meanwhile

LIMIT = 500
"""Specs that one page holds at most."""

HAD_NONE = "it had no preferences; stages without one now take the stage table's model"


NO_STAGES = "a patch is one step without stages, so it stores no models for stages"


@dataclass(frozen=True)
class Specs:
    """All specs."""

    journal: Journal
    projects: Folders
    feed: Feed
    clock: Clock
    random: Callable[[int], bytes]

    async def act(self, request: SpecOp, key: RequestKey | None = None) -> Started:
        """The ops ``spec.*``."""
        match request:
            case CreateSpec():
                return await self._create(request, key)
            case UpdateSpec():
                return await self._update(request, key)
            case DeleteSpec():
                self.stored(request.spec_id)
                return self._written(await self.journal.delete_spec(request.spec_id, request.version, key=key))
            case ImportSpecs():
                return await self._import(request, key)

    def stored(self, spec_id: str) -> Spec:
        """The spec as it is stored. Raises :class:`NotFoundError`."""
        spec = self.journal.spec(spec_id)
        if spec is None:
            raise NotFoundError(f"There is no spec {one_line(spec_id, 80)!r}", field="spec_id")
        return spec

    def folders(self, request: List, project: Project) -> set[str | None]:
        """Return the folders that :meth:`page` will ask for; ``project`` is the one that the request names."""
        found, _ = self._found(request, project.folder)
        return {request.project, None, *(spec.project for spec in found)}

    def page(self, request: List) -> Page:
        """The view ``specs``: a page of them, or those that are named, the latter with what is wrong in them."""
        if not 1 <= request.limit <= LIMIT:
            raise RequestError(f"limit must be from 1 to {LIMIT}", field="limit")
        of = cache(self._around)
        asked = self._around(request.project)
        folder = self.projects.of(request.project).folder if request.project and not request.ids else None
        found, cursor = self._found(request, folder)
        ids = [spec.id for spec in found]
        runs, stories = self.journal.spec_runs(ids), self.journal.stories(ids)
        items = []
        for spec in found:
            run = runs.get(spec.id)
            item = SpecItem(
                spec=spec,
                status=run.status if run else "new",
                has_preferences=preferences(spec) is not None,
                stages=stages_of(spec, of(spec.project), judged=bool(request.ids)),
                stories=stories.get(spec.id, 0),
            )
            if run is not None:
                at = run.ended_at or run.started_at or run.created_at
                item = replace(item, task_id=run.task_id, verdict=gravest(step.verdict for step in run.steps), at=at)
            items.append(item)
        return Page("specs", specs=tuple(items), next=cursor, config=asked.fault)

    def _found(self, request: List, folder: Path | None) -> tuple[tuple[Spec, ...], str | None]:
        if request.ids:
            return tuple(self.stored(one) for one in request.ids[:LIMIT]), None
        return self.journal.specs(
            limit=max(1, min(request.limit, LIMIT)),
            after=request.after,
            project=str(folder) if folder else None,
            kind=request.spec_type,
            query=request.query,
        )

    # --- the ops ------------------------------------------------------------------------------------------------------

    async def _create(self, request: CreateSpec, key: RequestKey | None) -> Started:
        project = self.projects.of(request.project)
        if not request.dry_run:
            project.require_config()
        name, workflow = _workflow(request.type, request.workflow, project)
        choices = _choices(request, request.type)
        fill = request.fill and request.type != "patch"  # its map would never be read
        base = what_would_run(workflow, project.settings) if fill else None
        at = self.clock.utc_now()
        spec = Spec(
            id="",
            type=request.type,
            title=title_of(request.title),
            text=request.text,
            attachments=request.attachments,
            project=str(project.folder) if project.folder else None,
            parent=request.parent or None,
            workflow=name,
            stages=None if request.stages is None else selection(request.stages, workflow),
            stage_models=laid_over(base, choices, workflow, project),
            model_set=_set_of(request.model_set, project) if request.model_set else usual_set(request.type),
            created_at=at,
            updated_at=at,
        )
        if request.parent:
            self.stored(request.parent)
        if request.dry_run:
            return self._as_it_would_be(spec, project)
        spec = replace(spec, id=self._new_id())
        return self._written(await self.journal.create_specs((spec,), key=key), spec)

    async def _update(self, request: UpdateSpec, key: RequestKey | None) -> Started:
        old = self.stored(request.spec_id)
        if old.version != request.version:
            raise changed_meanwhile(old, request.version)
        project = self.projects.of(request.project) if request.project else self._around(old.project)
        if not request.dry_run:
            project.require_config()
        kind = request.type or old.type
        name = old.workflow
        if request.workflow is not None or kind != old.type:
            name = _workflow(kind, request.workflow or None, project)[0]
        workflow = project.settings.workflows.get(name or "")
        spec = replace(
            old,
            type=kind,
            title=old.title if request.title is None else title_of(request.title),
            text=old.text if request.text is None else request.text,
            attachments=old.attachments if request.attachments is None else request.attachments,
            project=str(project.folder) if request.project and project.folder else old.project,
            parent=old.parent if request.parent is None else request.parent or None,
            workflow=name,
            stages=old.stages if request.stages is None else selection(request.stages, workflow),
            model_set=_set_of(request.model_set, project) if request.model_set else old.model_set,
            version=old.version + 1,
            updated_at=self.clock.utc_now(),
        )
        spec, note = _with_preferences(spec, request, workflow, project)
        if request.dry_run:
            return self._as_it_would_be(spec, project, note)
        return self._written(await self.journal.save_spec(spec, old.version, key=key), spec, note)

    async def _import(self, request: ImportSpecs, key: RequestKey | None) -> Started:
        if too_deep(request.document):
            items: tuple[SpecRead, ...] = read_specs(request.document if isinstance(request.document, list) else [])
            if not items:
                raise RequestError("It holds more maps and lists in one another than can be sent", field="document")
        else:
            items = read_specs(request.document)
        usual = self.projects.of(request.project).folder
        at = self.clock.utc_now()
        imported, new = [], []
        for item in items:
            spec, notes = item.spec, item.notes
            if spec is not None:
                if spec.type == "patch" and spec.stage_models is not None:
                    spec = replace(spec, stage_models=None)
                    notes += (f"{NO_STAGES}; those in the document are not stored",)
                spec = replace(
                    spec,
                    id="" if request.dry_run else self._new_id(),
                    project=spec.project or (str(usual) if usual else None),
                    created_at=at,
                    updated_at=at,
                )
                notes += odd_parts(spec, self._around(spec.project))
                new.append(spec)
            imported.append(Imported(item.index, spec, notes))
        seq = self.journal.last_seq
        if new and not request.dry_run:
            seq = await self.journal.create_specs(new, key=key)
            self.feed.changed()
        return Started(imported=tuple(imported), seq=seq, next=("task_list view=specs",))

    # ------------------------------------------------------------------------------------------------------------------

    def _as_it_would_be(self, spec: Spec, project: Project, note: str | None = None) -> Started:
        stages = stages_of(spec, project, judged=True)
        return Started(
            spec=spec, stages=stages, note=note, next=("task_start without dry_run",), seq=self.journal.last_seq
        )

    def _written(self, seq: int, spec: Spec | None = None, note: str | None = None) -> Started:
        self.feed.changed()
        return Started(spec=spec, note=note, next=("task_start kind=spec", "task_list view=specs"), seq=seq)

    def _new_id(self) -> str:
        return new_spec_id(self.clock.milliseconds(), self.random)

    def _around(self, folder: str | None) -> Project:
        """What is in force where a spec belongs; the person's own part where its folder has gone."""
        try:
            return self.projects.of(folder)
        except (MachineError, RequestError):
            return self.projects.of(None)


def _with_preferences(
    spec: Spec, request: UpdateSpec, workflow: Workflow | None, project: Project
) -> tuple[Spec, str | None]:
    """``spec`` with the choices of ``request`` laid over what it has, or over what it is reset to; and what to tell."""
    choices = _choices(request, spec.type)
    if spec.type == "patch":
        if request.reset in ("filled", "empty"):
            raise RequestError(f"{NO_STAGES[:1].upper()}{NO_STAGES[1:]}; leave out the reset", field="reset")
        kept = spec.stage_models is not None
        return replace(spec, stage_models=None), f"{NO_STAGES}; those that it had are removed" if kept else None
    if request.reset is None and not choices:
        return spec, None
    had = preferences(spec) is not None
    if request.reset is None:
        base = editable(spec) if had else None
    else:
        base = {"filled": what_would_run(workflow, project.settings), "empty": {}, "none": None}[request.reset]
    odd = spec.stage_models is not None and not isinstance(spec.stage_models, dict)
    extra = {"stage_models": spec.stage_models, **spec.extra} if odd else spec.extra
    changed = replace(spec, stage_models=laid_over(base, choices, workflow, project), extra=extra)
    note = HAD_NONE if not had and request.reset is None else None
    return changed, note


def _choices(request: CreateSpec | UpdateSpec, kind: SpecType) -> Choices:
    """Return what is chosen for stages. Raises :class:`RequestError` where anything is for a patch."""
    choices = Choices(request.every_stage, request.preset, request.stage_models, request.stage_efforts)
    if kind != "patch" or not choices:
        return choices
    fields = ("every_stage", "preset", "stage_models", "stage_efforts")
    given = next((name for name in fields if getattr(request, name)), None)
    if given is not None:
        raise RequestError(
            f"{NO_STAGES[:1].upper()}{NO_STAGES[1:]}; choose its model when it is started (--model)", field=given
        )
    return Choices()


def _workflow(kind: SpecType, chosen: str | None, project: Project) -> tuple[str | None, Workflow | None]:
    """The spec's workflow. What only an untrusted folder has is not taken."""
    workflows = project.settings.workflows
    if chosen and chosen not in workflows and chosen in dict(project.loaded.listed):
        project.require_trust()
    name = workflow_for(kind, chosen, workflows)
    return name, workflows[name] if name is not None else None


def _set_of(name: str, project: Project) -> str:
    settings = project.settings
    known = dict.fromkeys(
        [*settings.model_sets, *(column for row in settings.command_models.values() for column in row)]
    )
    if name not in known:
        raise unknown("model set", name, tuple(known), "model_set")
    return name
