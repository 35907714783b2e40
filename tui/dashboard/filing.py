"""A draft on its way to the executor, which checks it as it is written, fills in what would run, and stores it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.core.errors import ConflictError, ErrorBody, ModeldeckError, RequestError
from tui.core.run import Run
from tui.core.spec_verbs import CreateSpec, SpecItem, SpecStage, UpdateSpec
from tui.core.verbs import List, Started, StartWorkflow
from tui.dashboard.draft import Draft
from tui.dashboard.latest import LatestRequest
from tui.dashboard.words import chosen_as

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk


@dataclass(frozen=True, slots=True)
class Filed:
    """A spec that was stored, and the run of it that was started at once, if one was."""

    spec_id: str
    task_id: str | None = None


class Filing:
    """``shown`` is called when there is something new to show, ``overtaken`` when somebody else was faster."""

    def __init__(
        self, desk: Desk, draft: Draft, shown: Callable[[], None], overtaken: Callable[[SpecItem], None]
    ) -> None:
        self._desk = desk
        self._draft = draft
        self._shown = shown
        self._overtaken = overtaken
        self._checks = LatestRequest(lambda: self._request(dry_run=True))
        self._presets = LatestRequest(lambda: (self.wanted, self._request(dry_run=True)))
        self._around = LatestRequest(lambda: (self._project, self._draft.parent))
        self.wanted: str | None = None
        """The preset that was asked for last, until it is in force."""
        self._filed = False
        """Whether it is stored, or on its way there: what comes of that is nobody else's doing."""
        self.error: ErrorBody | None = None
        """What is wrong with the draft, at which field."""
        self.sets: tuple[str, ...] = ()
        """The model sets that can be named."""
        self.above: str | None = None
        """The title of the spec that it is a story of."""

    @property
    def _project(self) -> str:
        return self._draft.project or str(self._desk.state.project)

    async def look_round(self) -> None:
        """Read what a person may choose among, and what the draft belongs to."""
        try:
            found = await self._around.answer(lambda about: self._read_around(*about))
        except RequestError:
            return  # its folder is gone; the check says so where that matters
        if found is not None:
            self.sets, self.above = found
            self._shown()

    async def _read_around(self, project: str, parent: str | None) -> tuple[tuple[str, ...], str | None]:
        page = await self._desk.read(List(view="defaults", project=project, limit=500))
        names = [one.name.split(".") for one in page.defaults]
        sets = tuple(dict.fromkeys(name[-1] for name in names if name[0] in ("model_sets", "command_models")))
        above = await self._stored(parent) if parent else None
        return sets, above.spec.title if above is not None else None

    async def check(self) -> bool | None:
        """Have the draft checked as it is; ``True``: it can be stored; ``None``: a newer check was sent meanwhile."""
        if self._filed:
            return False
        try:
            answer = await self._checks.answer(self._desk.client().start)
        except RequestError as error:
            self.error = error.body()
            self._draft.unanswered(self.error)
            self._shown()
        except ConflictError:
            if not self._filed:
                await self._catch_up()
        else:
            if answer is None:
                return None
            self.error = None
            self._draft.answered(answer.spec, answer.stages)
            self._shown()
            return True
        return False

    async def lay_preset(self, name: str) -> bool:
        """Put the wanted preset in force for all stages; ``False``: refused, or something else was chosen meanwhile.

        The user's own choices are left out of the request: they would win over the preset.
        """
        bare = replace(self._draft, touched={})

        async def ask(_: object) -> tuple[Started, Started]:
            return await self._ask(bare), await self._ask(bare, preset=name)

        try:
            answers = await self._presets.answer(ask)
        except RequestError as error:
            self.wanted = None
            self.error = error.body()
            return False
        if answers is None:
            if self.wanted == name:
                self.wanted = None
            return False
        usual, laid = answers
        self.wanted = None
        self._draft.take_preset(name, usual.stages, laid.stages)
        return True

    def to_store(self) -> CreateSpec | UpdateSpec:
        """Return what stores the draft as it is now; from here on nothing else is asked about it."""
        self._filed = True
        return self._request()

    async def save(self, request: CreateSpec | UpdateSpec) -> Started | None:
        """Send what :meth:`to_store` gave; ``None`` where that could not be, and why is shown."""
        try:
            return await self._desk.client().start(request)
        except ModeldeckError as error:
            self._filed = False
            if isinstance(error, ConflictError) and error.field == "version":
                await self._catch_up()
            elif isinstance(error, RequestError):
                self.error = error.body()
                self._shown()
            else:
                raise
        return None

    async def preview(self, stage: SpecStage, selector: str | None) -> Run | None:
        """What the stage would run as."""
        if self._draft.flow is None:
            return None
        plan = await self._desk.plan(
            StartWorkflow(self._draft.flow, model=selector, project=self._project, dry_run=True)
        )
        names = {one.name for one in self._draft.stages}
        own = tuple(step for step in plan.steps if chosen_as(step, names) == stage.name) if plan is not None else ()
        if plan is None or not own:
            return plan
        step = replace(own[0], reason=(own[0].reason or "").replace("run model", f"spec ({stage.name})", 1))
        return replace(plan, steps=(step,))

    def _request(self, *, dry_run: bool = False) -> CreateSpec | UpdateSpec:
        return self._draft.request(self._project, dry_run=dry_run)

    async def _ask(self, draft: Draft, preset: str | None = None) -> Started:
        return await self._desk.client().start(draft.request(self._project, dry_run=True, preset=preset))

    async def _stored(self, spec_id: str) -> SpecItem | None:
        try:
            page = await self._desk.read(List(view="specs", ids=(spec_id,)))
        except RequestError:
            return None  # it is gone, and whoever names it still is told so when it is stored
        return page.specs[0] if page.specs else None

    async def _catch_up(self) -> None:
        """Somebody else stored a newer one: what was not changed here becomes theirs, the rest stays and is shown."""
        item = await self._stored(self._draft.base.id) if self._draft.base is not None else None
        if item is not None:
            self._draft.overtaken(item)
            self.error = None
            self._overtaken(item)
            await self.check()
            await self.look_round()
