"""The start dialog is the plan: what to do, and every stage with its model, agent, permission and reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from tui.core.plain import one_line
from tui.core.run import Run
from tui.dashboard import glyphs
from tui.dashboard.cards import trouble, why
from tui.dashboard.chrome import home_short
from tui.dashboard.efforts import levels
from tui.dashboard.face import drop_down
from tui.dashboard.keymap import Scope, bindings
from tui.dashboard.row import Row, fit, middle, wrap
from tui.dashboard.screens.place import Dialog
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.field import Field
from tui.dashboard.widgets.lines import Lines
from tui.dashboard.words import model_id, rehearsed

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
        self._opened = desk.stray.clock()
        self._early = ""
        self._typed = False
        """Whether a letter was typed before the field had the focus."""
        self._heard = False
        """Whether the field is there."""

    def compose(self) -> ComposeResult:
        """Input, choices, stages, keys."""
        with Vertical(classes="dialog -short") as dialog:
            dialog.border_title = f'Start "{self._title}"'
            if self._request.kind == "workflow":  # a spec says itself what is to be done
                yield Bar(Row("What shall it do?", "strong"), id="ask")
                yield Field(self._echo, placeholder="in a sentence; empty is allowed", id="input")
            yield Bar(Row(" "), id="choices")
            yield Lines(id="list")
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

    async def _ask(self) -> None:
        self._plan = await self.desk.plan(replace(self._request, dry_run=True))
        self._paint()

    def _paint(self) -> None:
        pane = self.query_one("#list", Lines)
        width = pane.size.width
        if not width:
            return
        model = self._request.model
        choices = Row("run model ", "dim").join(drop_down(model if isinstance(model, str) else None))
        if self._request.effort:
            choices.add(f" {self._request.effort}", "pick")
        choices.add("  preset ", "dim").add(self._request.preset or "none", "pick" if self._request.preset else "text")
        choices.add("  folder ", "dim").add(one_line(home_short(self.desk.state.project)))
        self.query_one("#choices", Bar).say(choices.cut(width))
        rows = plan_rows(self._plan, width)
        pane.styles.height = len(rows)
        pane.show(rows)
        self.tell_keys()

    def works(self, action: str) -> bool:
        """Letters are text while one writes; presets only where there are some."""
        if action == "switch":
            return self._request.kind == "workflow"
        if action not in ("preset", "pick_model", "effort") or not self.is_mounted:
            return True
        status = self.desk.state.status
        if action == "effort":
            return not self._write and bool(self._levels())
        return not self._write and (action != "preset" or bool(status and status.presets))

    def _echo(self, key: str) -> bool:
        """Whether it is the start key again, a moment after the dialog came."""
        return key == self.desk.key("start") and self.desk.stray.clock() - self._opened < ECHO

    def action_switch(self) -> None:
        """Between the text and the plan."""
        field = self.query_one("#input", Field)
        self._write = not field.has_focus
        self.set_focus(field if self._write else None)
        self.tell_keys()

    def _levels(self) -> tuple[str, ...]:
        return levels(self._plan, self.desk.state.providers) if self._plan else ()

    def action_effort(self) -> None:
        """The next effort level that the model is known to have, then none."""
        ring = (None, *self._levels())
        at = ring.index(self._request.effort) if self._request.effort in ring else 0
        self._request = replace(self._request, effort=ring[(at + 1) % len(ring)])
        self.guarded(self._ask())

    def action_preset(self) -> None:
        """The next preset, then none."""
        status = self.desk.state.status
        ring = [None, *(status.presets if status else ())]
        at = ring.index(self._request.preset) if self._request.preset in ring else 0
        self._request = replace(self._request, preset=ring[(at + 1) % len(ring)], effort=None)  # other models
        self.guarded(self._ask())

    def action_pick_model(self) -> None:
        """One model for the whole run."""
        from tui.dashboard.screens.picker import Picker  # noqa: PLC0415  # not needed before the first paint

        def taken(answer: tuple[str | None] | None) -> None:
            if answer is not None:
                self._request = replace(self._request, model=answer[0], effort=None)
                self.guarded(self._ask())

        async def preview(selector: str | None) -> Run | None:
            return await self.desk.plan(replace(self._request, model=selector, effort=None, dry_run=True))

        picked = self._request.model
        self.app.push_screen(
            Picker(self.desk, self._title, picked if isinstance(picked, str) else None, preview), taken
        )

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """Enter in the text, after all that was typed before it."""
        event.stop()
        self.action_go()

    def action_go(self) -> None:
        """Start it, once."""
        too_soon = not self._write and self.desk.stray.clock() - self._opened < AGAIN
        if not too_soon and not self.desk.stray.doubled(f"start {self._title}"):
            self.guarded(self._go())

    async def _go(self) -> None:
        request = self._request
        if request.kind == "workflow":
            request = replace(request, input=self.query_one("#input", Field).value)
        run = await self.desk.start(request)
        self.dismiss(run.task_id if run else None)

    def action_leave(self) -> None:
        """Start nothing."""
        self.dismiss(None)


def plan_rows(plan: Run | None, width: int) -> list[Row]:
    """Every stage of a plan, or why it can't run."""
    if plan is None:
        return [Row("asking what would run …", "dim")]
    runs_as, agent_at, may, by = (16, 42, 54, 60) if width >= 96 else (13, 33, 44, 49)
    head = Row("   stage", "dim").to(runs_as).add("runs as", "dim").to(agent_at).add("agent", "dim")
    rows = [head.to(may).add("may", "dim").to(by).add("by", "dim").cut(width)]
    for step in plan.steps:
        row = Row(f" {step.index + 1} ", "dim").add(one_line(step.stage)).to(runs_as)
        if step.type == "approval":
            rows.append(row.add("gate: waits until you approve", "dim").cut(width))
            continue
        row.add(middle(one_line(model_id(step.sent) or "the agent decides"), agent_at - runs_as - 1)).to(agent_at)
        agent = one_line(step.agent or "?")
        row.add(fit(agent, may - agent_at - 1), "dim").to(may).add(step.permission or "", "dim").to(by)
        word = "rehearsal · " if rehearsed(step) and agent != "rehearsal" else ""
        rows.append(row.add(f"{word}{why(step)}{f' · {step.effort}' if step.effort else ''}", "dim").cut(width))
        if step.error is not None:
            rows.append(Row(f"   {glyphs.FAILED} {one_line(step.error.message)}", "bad").cut(width))
    rows.append(Row())
    if refused := trouble(plan):
        rows += [Row(f" {line}", "bad") for line in wrap(f"{glyphs.FAILED} {refused}", width - 1)]
    for warning in dict.fromkeys(warning for step in plan.steps for warning in step.warnings):
        rows += [Row(f" {line}", "warn") for line in wrap(f"{glyphs.LOST} {one_line(warning)}", width - 1)]
    if plan.steps and all(rehearsed(step) or step.type == "approval" for step in plan.steps):
        rows.append(Row(" a rehearsal: no model runs, nothing is spent", "dim"))
    return rows
