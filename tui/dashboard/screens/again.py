"""Retry of a run that ended: old and new models side by side, a model to pick for each step, then the start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from tui.core.errors import MachineError
from tui.core.plain import one_line
from tui.core.run import Run, StepStatus
from tui.core.run_verbs import ResolveAgain, Retry
from tui.dashboard.again_rows import MOST_TOLD, AgainLine, again_heading, again_lines, again_row, again_told
from tui.dashboard.efforts import model_of
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.latest import LatestRequest
from tui.dashboard.obstacles import SecondPress
from tui.dashboard.picks import picked_steps, step_choice, with_step_choice
from tui.dashboard.row import Row
from tui.dashboard.screens.place import Dialog
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.menu import Menu
from tui.dashboard.widgets.pane import Pane
from tui.dashboard.words import label

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk


class AgainDialog(Dialog[str | None]):
    """Answers with the id of the run that was started, or ``None``."""

    BINDINGS: ClassVar[list[Binding]] = bindings("again")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("again",)
    AUTO_FOCUS = ""

    def __init__(self, desk: Desk, task_id: str, *, anew: bool) -> None:
        super().__init__()
        self.desk = desk
        self._request: Retry | ResolveAgain = ResolveAgain(task_id) if anew else Retry(task_id)
        self._plans = LatestRequest(lambda: replace(self._request, dry_run=True))
        self._before: Run | None = None
        self._now: Run | None = None
        self._known: Retry | ResolveAgain | None = None
        """The request that the plan shown here answers."""
        self._note = ""
        self._second = SecondPress()
        self.born(desk)

    def compose(self) -> ComposeResult:
        """Where the models come from, the steps, what is to know of them, the keys."""
        with Vertical(classes="dialog -short") as dialog:
            dialog.border_title = Content(f"Retry {one_line(self._request.task_id)}")
            yield Bar(Row(" "), id="choices")
            yield Bar(Row(" "), id="columns")
            yield Menu[AgainLine](self._draw, heading=lambda line: line.passed_over, id="list")
            yield Pane(id="told")
        yield Bar(Row(" "), id="footer", tinted=True)

    def on_mount(self) -> None:
        """Ask what would run."""
        self.guarded(self._first())

    def on_resize(self, event: events.Resize) -> None:
        """Paint at this width, once the list has it."""
        super().on_resize(event)
        self.call_after_refresh(self._paint)

    @property
    def menu(self) -> Menu[AgainLine]:
        """The steps."""
        return self.query_one("#list", Menu)

    async def _first(self) -> None:
        """Ask without picks, then with the card's pick for the steps that are left, if it has one."""
        await self._ask()
        before, now = self._before, self._now
        card = self.desk.state.card(before.workflow) if before is not None and before.kind == "workflow" else None
        if before is None or now is None or card is None or before.project != str(self.desk.state.project):
            return
        pick = (card.pick, card.effort)
        if pick in ((None, None), (before.choices.model, before.choices.effort)) or self._request.step_models:
            return
        request = self._request
        for step in now.steps:
            if step.type == "agent" and step.status is StepStatus.PENDING:
                request = with_step_choice(request, step.index, *pick)
        words = " ".join(map(one_line, filter(None, pick)))
        self._note = f"Picked on the card: {words} ({self.desk.key('again-reset')} takes it back for a step)"
        self._request = request
        await self._ask()

    async def _ask(self) -> None:
        answer = await self._plans.answer(self.desk.client().start)
        if answer is not None:  # else something else was picked meanwhile, and is asked about
            self._before, self._now, self._known = answer.before, answer.run, self._request
            self._paint()

    def _draw(self, line: AgainLine, width: int) -> Row:
        return again_row(line, picked_steps(self._request), width)

    def _paint(self) -> None:
        width = self.menu.size.width
        if width <= 0:
            return
        anew = isinstance(self._request, ResolveAgain)
        models = "chosen now, by the present configuration" if anew else "as stored with the run"
        self.query_one("#choices", Bar).say(Row(" models ", "dim").add(models, "pick" if anew else "text").cut(width))
        asking = Row(" asking what would run …", "dim")
        self.query_one("#columns", Bar).say(again_heading(width) if self._now is not None else asking)
        lines = again_lines(self._before, self._now, width)
        before = self.menu.item
        at = next((i for i, one in enumerate(lines) if before is not None and _same(one, before)), 0)
        self.menu.styles.height = max(min(len(lines), self.size.height * 9 // 10 - MOST_TOLD - 6), 1)
        self.menu.fill(lines, at)
        self._tell()

    def _tell(self) -> None:
        pane = self.query_one("#told", Pane)
        width = self.menu.size.width
        rows = self._second.row(self._now, self._request, self.desk.key("again-go"), width)
        rows += again_told(list(self.menu.items), self.menu.item, self._note, width)
        pane.styles.height = len(rows)
        pane.tell(lambda _: rows)
        self.tell_keys()

    def on_menu_chosen(self) -> None:
        """Another step."""
        self._tell()

    # Choosing ----------------------------------------------------------------------------------------------------

    def works(self, action: str) -> bool:
        """Nothing is started before it was shown, or while a step has no model."""
        now, index = self._now, self._index
        needs = {
            "go": now is not None and self._known == self._request and not any(step.error for step in now.steps),
            "pick_model": index is not None,
            "effort": bool(self._levels()),
            "reset": index is not None and index in picked_steps(self._request),
        }
        return needs.get(action, True)

    @property
    def _index(self) -> int | None:
        """The step that the keys are about; ``None`` where nothing can be picked."""
        line = self.menu.item if self.is_mounted else None
        return line.new.index if line is not None and line.kind == "step" else None

    def _levels(self) -> tuple[str, ...]:
        if self._now is None or self._index is None:
            return ()
        model = model_of(self._now.steps[self._index].sent, self.desk.state.providers)
        return model.efforts or () if model is not None else ()

    def _take(self, request: Retry | ResolveAgain) -> None:
        self._request = request
        self.guarded(self._ask())
        self.tell_keys()

    def action_move(self, by: int) -> None:
        """The next step, or the one before."""
        self.menu.move(by)

    def action_pick_model(self) -> None:
        """Pick a model for the chosen step."""
        from tui.dashboard.screens.picker import Picker  # noqa: PLC0415  # not needed before the first paint

        index, now = self._index, self._now
        if index is None or now is None:
            return

        def taken(answer: tuple[str | None] | None) -> None:
            if answer is not None:
                self._take(with_step_choice(self._request, index, answer[0], None))

        async def preview(selector: str | None) -> Run | None:
            request = replace(with_step_choice(self._request, index, selector, None), dry_run=True)
            plan = (await self.desk.client().start(request)).run
            return plan if plan is None else replace(plan, steps=plan.steps[index : index + 1])

        title = f"{label(now.steps[index])} of {one_line(now.title or now.workflow)}"
        self.app.push_screen(Picker(self.desk, title, step_choice(self._request, index)[0], preview), taken)

    def action_effort(self) -> None:
        """Pick the next effort level that the step's model has, then none."""
        if self._index is None or self._now is None:
            return
        ring = (None, *self._levels())
        model, effort = step_choice(self._request, self._index)
        at = ring.index(effort) if effort in ring else 0
        self._take(with_step_choice(self._request, self._index, model, ring[(at + 1) % len(ring)]))

    def action_reset(self) -> None:
        """Take back what was picked for the chosen step."""
        if self._index is not None:
            self._take(with_step_choice(self._request, self._index, None, None))

    def action_anew(self) -> None:
        """Switch between the stored models and those that would be chosen now."""
        kind = Retry if isinstance(self._request, ResolveAgain) else ResolveAgain
        self._take(kind(self._request.task_id, step_models=self._request.step_models))

    # Starting ----------------------------------------------------------------------------------------------------

    def action_go(self) -> None:
        """Start it, once."""
        if self.meant() and not self.desk.stray.doubled(f"again go {self._request.task_id}"):
            self.guarded(self._go())

    async def _go(self) -> None:
        if self._second.needed(self._now, self._request):
            self._tell()
            return
        request = replace(self._request, start_anyway=self._second.given(self._request))
        try:
            started = await self.desk.client().start(request)
        except MachineError:
            await self._ask()  # the plan that is shown was made before that stood in the way
            raise
        self.dismiss(started.task_id)

    def action_leave(self) -> None:
        """Start nothing."""
        self.dismiss(None)


def _same(one: AgainLine, other: AgainLine) -> bool:
    """Whether it is that line, in another plan."""
    return (one.kind, one.new.index) == (other.kind, other.new.index)
