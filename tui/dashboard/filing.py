"""A draft on its way to the executor, which checks it as it is written, fills in what would run, and stores it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tui.core.errors import ConflictError, ErrorBody, ModeldeckError, RequestError
from tui.core.run import Run
from tui.core.spec_verbs import SpecItem, SpecStage
from tui.core.verbs import List, Started, StartWorkflow
from tui.dashboard.draft import Draft
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
        self._asked = 0
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
            page = await self._desk.read(List(view="defaults", project=self._project, limit=500))
        except RequestError:
            return  # its folder is gone; the check says so where that matters
        names = [one.name.split(".") for one in page.defaults]
        self.sets = tuple(dict.fromkeys(name[-1] for name in names if name[0] in ("model_sets", "command_models")))
        if self._draft.parent:
            above = await self._stored(self._draft.parent)
            self.above = above.spec.title if above is not None else None
        self._shown()

    async def check(self) -> None:
        """Have it checked; of several answers the newest question's counts."""
        if self._filed:
            return
        self._asked += 1
        number = self._asked
        try:
            answer = await self._ask(self._draft, dry_run=True)
        except RequestError as error:
            if number == self._asked:
                self.error = error.body()
                self._draft.unanswered(self.error)
                self._shown()
        except ConflictError:
            if not self._filed:
                await self._catch_up()
        else:
            if number == self._asked:
                self.error = None
                self._draft.answered(answer.spec, answer.stages)
                self._shown()

    async def preset(self, name: str) -> tuple[tuple[SpecStage, ...], tuple[SpecStage, ...]] | None:
        """The stages with nothing chosen, and as the preset has them; ``None`` where it can't be laid over them.

        What was chosen before is not asked along: it would win over the preset, which sets all stages at once.
        """
        bare = replace(self._draft, touched={})
        try:
            usual = await self._ask(bare, dry_run=True)
            laid = await self._ask(bare, dry_run=True, preset=name)
        except RequestError as error:
            self.error = error.body()
            return None
        return usual.stages, laid.stages

    async def save(self) -> Started | None:
        """Store it; ``None`` where that could not be, and why is shown."""
        self._filed = True
        try:
            return await self._ask(self._draft, dry_run=False)
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

    async def _ask(self, draft: Draft, *, dry_run: bool, preset: str | None = None) -> Started:
        return await self._desk.client().start(draft.request(self._project, dry_run=dry_run, preset=preset))

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
