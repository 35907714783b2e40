"""The start dialog is the plan: what to do, and every stage, each of which can be given another model for this run."""

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
from tui.core.run import Run
from tui.dashboard.chrome import home_short
from tui.dashboard.efforts import levels, model_of
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.latest import LatestRequest
from tui.dashboard.obstacles import SecondPress
from tui.dashboard.picks import choice, picked, picked_steps, picks_anything, with_choice, without_picks
from tui.dashboard.row import Row
from tui.dashboard.screens.place import Dialog
from tui.dashboard.start_rows import (
    MOST_TOLD,
    Shown,
    StartLine,
    earlier_costs,
    heading,
    line_row,
    start_lines,
    told_rows,
)
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.field import Field
from tui.dashboard.widgets.menu import Menu
from tui.dashboard.widgets.pane import Pane
from tui.dashboard.words import label

if TYPE_CHECKING:
    from tui.core.spec_verbs import StartSpec
    from tui.core.verbs import StartWorkflow
    from tui.dashboard.desk import Desk

ECHO = 0.4
"""Seconds in which a first letter that is the start key again is the lagging line's, not the person's."""

AGAIN = 1.0
"""Seconds in which the key that opened the plan, pressed again, starts nothing."""


class StartDialog(Dialog[str | None]):
    """Answers with the id of the run that was started, or ``None``."""

    BINDINGS: ClassVar[list[Binding]] = bindings("start")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("start",)
    AUTO_FOCUS = ""

    def __init__(
        self, desk: Desk, title: str, request: StartWorkflow | StartSpec, plan: Run | None, *, write: bool
    ) -> None:
        super().__init__()
        self.desk = desk
        self._title = one_line(title)
        self._write = write
        """Whether letters are text now."""
        self._request = request
        self._plan = plan
        self._history: list[StartWorkflow | StartSpec] = []
        """The request before each choice, the newest last."""
        self._comparing = False
        """Whether it is asked, too, what would run without what was picked here."""
        self._plans = LatestRequest(lambda: (self._request, self._comparing))
        self._without: Run | None = None
        """What would run without what was picked here, where that was asked for."""
        self._second = SecondPress()
        self._opened = desk.stray.clock()
        self._early = ""
        self._typed = False
        """Whether a letter was typed before the field had the focus."""
        self._heard = False
        """Whether the field is there."""
        self.born(desk)

    def compose(self) -> ComposeResult:
        """Input, choices, stages, keys."""
        with Vertical(classes="dialog -short") as dialog:
            dialog.border_title = Content(f'Start "{self._title}"')
            if self._request.kind == "workflow":  # a spec says itself what is to be done
                yield Bar(Row("What shall it do?", "strong"), id="ask")
                yield Field(self._echo, placeholder="in a sentence; empty is allowed", id="input")
            yield Bar(Row(" "), id="choices")
            yield Bar(Row(" "), id="columns")
            yield Menu[StartLine](self._draw, heading=lambda line: line.passed_over, id="list")
            yield Pane(id="told")
        yield Bar(Row(" "), id="footer", tinted=True)

    def typed_early(self, text: str) -> bool:
        """Letters are for the text, where one writes first."""
        if not self._write:
            return False
        if self._typed or not self._echo(text):
            self._early += text
            self._typed = True
        if self._heard:
            self._type_early()
        return True

    def _type_early(self) -> None:
        text, self._early = self._early, ""
        if text:
            self.query_one("#input", Field).insert_text_at_cursor(text)

    def on_mount(self) -> None:
        """Write first, or read first."""
        if self._write:
            self.query_one("#input", Field).focus()
            self._type_early()
        self._heard = True
        self.guarded(self._ask())

    def on_resize(self, event: events.Resize) -> None:
        """Paint at this width, once the list has it."""
        super().on_resize(event)
        self.call_after_refresh(self._paint)

    @property
    def menu(self) -> Menu[StartLine]:
        """The whole run, and its stages."""
        return self.query_one("#list", Menu)

    async def _ask(self) -> None:
        answer = await self._plans.answer(lambda asked: self._read(*asked))
        if answer is not None:
            self._plan, self._without = answer
            self._paint()

    async def _read(self, picked: StartWorkflow | StartSpec, comparing: bool) -> tuple[Run | None, Run | None]:
        request = replace(picked, dry_run=True)
        plan = await self.desk.plan(request, worktrees=True)
        return plan, await self.desk.plan(without_picks(request)) if comparing else None

    def _draw(self, line: StartLine, width: int) -> Row:
        return line_row(line, self._shown(), width)

    def _shown(self) -> Shown:
        model, effort = choice(self._request, None)
        warning = self._second.row(self._plan, self._request, self.desk.key("go"), self.menu.size.width)
        return Shown(picked_steps(self._request), model, effort, self.desk.state.providers, warning)

    def _paint(self) -> None:
        width = self.menu.size.width
        if not width:
            return
        preset = self._request.preset
        choices = Row(" preset ", "dim").add(one_line(preset or "none"), "pick" if preset else "text")
        choices.add("   worktree ", "dim").add(
            "of its own" if self._apart else "off", "text" if self._request.worktree is None else "pick"
        )
        choices.add("   folder ", "dim").add(one_line(home_short(self.desk.state.project)))
        self.query_one("#choices", Bar).say(choices.cut(width))
        self.query_one("#columns", Bar).say(heading(width))
        lines = start_lines(self._plan, self._without)
        before = self.menu.item
        at = next((i for i, one in enumerate(lines) if before is not None and _same(one, before)), 0)
        self._fit(len(lines))
        self.menu.fill(lines, at)
        self._tell()

    def _fit(self, lines: int) -> None:
        """As high as there are lines and the screen has room for; the rest scrolls."""
        margins = 0 if self.has_class("-low") else 3
        others = 2 + 2 + margins + MOST_TOLD + (2 if self._request.kind == "workflow" else 0)
        self.menu.styles.height = min(lines, max(self.size.height * 9 // 10 - others, 4))

    def _tell(self) -> None:
        """What is to know of the chosen line and of the whole."""
        pane = self.query_one("#told", Pane)
        workflow = self._plan.workflow if self._plan is not None else ""
        earlier = earlier_costs(self.desk.state.newest_runs(), workflow)
        rows = told_rows(self.menu.item, self._plan, self._shown(), earlier, self.menu.size.width)
        if self._without is not None and not any(line.ink == "warn" for line in self.menu.items):
            rows.append(Row(" nothing differs from what would run without your picks", "dim"))
        pane.styles.height = len(rows)
        pane.tell(lambda _: rows)
        self.tell_keys()

    def on_menu_chosen(self) -> None:
        """Another line."""
        self._tell()

    @property
    def _apart(self) -> bool:
        """Whether it works in a git worktree of its own."""
        if self._request.worktree is not None:
            return self._request.worktree
        card = self.desk.state.card(self._plan.workflow) if self._plan is not None else None
        return card is not None and card.item.worktree

    def works(self, action: str) -> bool:
        """Letters are text while one writes; presets only where there are some."""
        if action == "switch":
            return self._request.kind == "workflow"
        if action in ("go", "leave", "move") or not self.is_mounted:
            return True
        status = self.desk.state.status
        needs = {
            "effort": bool(self._levels()),
            "preset": bool(status and status.presets),
            "undo": bool(self._history),
            "reset": picked(self._request, self._index),
            "compare": self._comparing or picks_anything(self._request),
        }
        return not self._write and needs.get(action, True)

    def _echo(self, key: str) -> bool:
        """Whether it is the start key again, a moment after the dialog came."""
        return key == self.desk.key("start") and self.desk.stray.clock() - self._opened < ECHO

    def action_switch(self) -> None:
        """Between the text and the plan."""
        field = self.query_one("#input", Field)
        self._write = not field.has_focus
        self.set_focus(field if self._write else None)
        self.tell_keys()

    # Choosing ----------------------------------------------------------------------------------------------------

    @property
    def _index(self) -> int | None:
        """Which step the keys are about; ``None``: the whole run."""
        return self.menu.item.index if self.menu.item is not None else None

    def _take(self, request: StartWorkflow | StartSpec) -> None:
        if request != self._request:
            self._history.append(self._request)
            self._request = request
            self.guarded(self._ask())

    def action_move(self, by: int) -> None:
        """The next stage, or the one before."""
        self.menu.move(by)

    def _levels(self) -> tuple[str, ...]:
        """The effort levels of what the keys are about."""
        if self._plan is None:
            return ()
        if self._index is None:
            return levels(self._plan, self.desk.state.providers)
        model = model_of(self._plan.steps[self._index].sent, self.desk.state.providers)
        return model.efforts or () if model is not None else ()

    def action_effort(self) -> None:
        """The next effort level that the model is known to have, then none."""
        ring = (None, *self._levels())
        model, effort = choice(self._request, self._index)
        at = ring.index(effort) if effort in ring else 0
        self._take(with_choice(self._request, self._index, model, ring[(at + 1) % len(ring)]))

    def action_preset(self) -> None:
        """The next preset, then none."""
        status = self.desk.state.status
        ring = [None, *(status.presets if status else ())]
        at = ring.index(self._request.preset) if self._request.preset in ring else 0
        self._take(replace(self._request, preset=ring[(at + 1) % len(ring)], effort=None))  # other models

    def action_reset(self) -> None:
        """Take back what was picked for this line."""
        self._take(with_choice(self._request, self._index, None, None))

    def action_undo(self) -> None:
        """Take back the newest choice."""
        if self._history:
            self._request = self._history.pop()
            self.guarded(self._ask())

    def action_worktree(self) -> None:
        """In a git worktree of its own, or not."""
        self._take(replace(self._request, worktree=not self._apart))

    def action_compare(self) -> None:
        """Show, or hide, what would run without the picks."""
        self._comparing = not self._comparing
        self.guarded(self._ask())

    def action_pick_model(self) -> None:
        """One model for the chosen stage alone, or for the whole run."""
        from tui.dashboard.screens.picker import Picker  # noqa: PLC0415  # not needed before the first paint

        index = self._index

        def taken(answer: tuple[str | None] | None) -> None:
            if answer is not None:
                self._take(with_choice(self._request, index, answer[0], None))

        async def preview(selector: str | None) -> Run | None:
            plan = await self.desk.plan(replace(with_choice(self._request, index, selector, None), dry_run=True))
            return plan if plan is None or index is None else replace(plan, steps=plan.steps[index : index + 1])

        step = self._plan.steps[index] if self._plan is not None and index is not None else None
        title = f"{label(step)} of {self._title}" if step is not None else self._title
        self.app.push_screen(Picker(self.desk, title, choice(self._request, index)[0], preview), taken)

    # Starting ----------------------------------------------------------------------------------------------------

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """Enter in the text, after all that was typed before it."""
        event.stop()
        self.action_go()

    def action_go(self) -> None:
        """Start it, once."""
        too_soon = not self._write and self.desk.stray.clock() - self._opened < AGAIN
        if not too_soon and self.meant() and not self.desk.stray.doubled(f"start {self._title}"):
            request = self._request
            if self._second.needed(self._plan, request):
                self._tell()
                return
            request = replace(request, start_anyway=self._second.given(request))
            if request.kind == "workflow":
                request = replace(request, input=self.query_one("#input", Field).value)
            self.guarded(self._go(request))

    async def _go(self, request: StartWorkflow | StartSpec) -> None:
        try:
            run = await self.desk.start(request)
        except MachineError:
            await self._ask()  # the plan that is shown was made before that stood in the way
            raise
        self.dismiss(run.task_id if run else None)

    @property
    def unsaved(self) -> bool:
        """What is to be done was written."""
        return any(field.value.strip() for field in self.query(Field))

    def action_leave(self) -> None:
        """Start nothing; what was written is thrown away when asked twice."""
        if not self.unsaved or self.asked_twice("leave start", "start-back", "again throws away what you wrote"):
            self.dismiss(None)


def _same(one: StartLine, other: StartLine) -> bool:
    """Whether it is that line, in another plan."""
    return (one.kind, one.index) == (other.kind, other.index)
