"""Models chosen anew for a run that ended: old and new side by side, before anything is started."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from tui.core.plain import one_line
from tui.core.run import Run, Step
from tui.core.run_verbs import ResolveAgain
from tui.dashboard import glyphs
from tui.dashboard.cards import why
from tui.dashboard.keymap import Scope, bindings
from tui.dashboard.row import Row, middle, wrap
from tui.dashboard.screens.place import Dialog
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.lines import Lines
from tui.dashboard.words import label, model_id, state

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk

WIDE = 92
"""From this width on, the reason of the new choice is on the same line."""


class AgainDialog(Dialog[str | None]):
    """Answers with the id of the run that was started, or ``None``."""

    BINDINGS: ClassVar[list[Binding]] = bindings("again")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("again",)
    AUTO_FOCUS = ""

    def __init__(self, desk: Desk, task_id: str) -> None:
        super().__init__()
        self.desk = desk
        self._task_id = task_id
        self._before: Run | None = None
        self._now: Run | None = None

    def compose(self) -> ComposeResult:
        """The steps, and the keys."""
        with Vertical(classes="dialog -short") as dialog:
            dialog.border_title = Content(f"New models for {one_line(self._task_id)}")
            yield Lines(id="list")
        yield Bar(Row(" "), id="footer", tinted=True)

    def on_mount(self) -> None:
        """Ask what would be chosen now."""
        self.guarded(self._ask())

    def on_resize(self, event: events.Resize) -> None:
        """Paint at this width, once the list has it."""
        super().on_resize(event)
        self.call_after_refresh(self._paint)

    async def _ask(self) -> None:
        answer = await self.desk.client().start(ResolveAgain(self._task_id, dry_run=True))
        self._before, self._now = answer.before, answer.run
        self._paint()

    def _paint(self) -> None:
        pane = self.query_one("#list", Lines)
        width = pane.size.width
        if width:
            rows = again_rows(self._before, self._now, width)
            pane.styles.height = len(rows)
            pane.show(rows)
            self.tell_keys()

    def works(self, action: str) -> bool:
        """Nothing is started before it was shown, or while a step has no model."""
        if action == "go":
            return self._now is not None and not any(step.error for step in self._now.steps)
        return True

    def action_go(self) -> None:
        """Start it, once."""
        if not self.desk.stray.doubled(f"again go {self._task_id}"):
            self.guarded(self._go())

    async def _go(self) -> None:
        started = await self.desk.client().start(ResolveAgain(self._task_id))
        self.dismiss(started.task_id)

    def action_leave(self) -> None:
        """Start nothing."""
        self.dismiss(None)


def again_rows(before: Run | None, now: Run | None, width: int) -> list[Row]:
    """Each step with what it had and what it would have."""
    if before is None or now is None:
        return [Row("asking what would be chosen now …", "dim")]
    old_at, new_at, by = (16, 40, 66) if width >= WIDE else (13, 35, width)
    head = Row("   step", "dim").to(old_at).add("had", "dim").to(new_at).add("would have", "dim")
    rows = [(head.to(by).add("by", "dim") if by < width else head).cut(width)]
    changed = 0
    for old, new in zip(before.steps, now.steps, strict=False):
        kept = new.status != "pending"
        row = Row(f" {new.index + 1} ", "dim").add(label(new), "dim" if kept else "text").to(old_at)
        if new.type == "approval":
            rows.append(row.add(f"gate: {state(new.status)[1] if kept else 'asks you'}", "dim").cut(width))
            continue
        row.add(_model(old, new_at - old_at - 1), "dim").to(new_at)
        if kept:
            rows.append(row.add("stays as it is done", "dim").cut(width))
            continue
        same = (old.sent, old.effort) == (new.sent, new.effort)
        changed += not same
        row.add(_model(new, by - new_at - 3), "text" if same else "accent").add(
            "" if same else f" {glyphs.HERE}", "key"
        )
        rows.append((row.to(by).add(why(new), "dim") if by < width else row).cut(width))
        if new.error is not None:
            rows += [Row(f"   {glyphs.FAILED} {line}", "bad") for line in wrap(one_line(new.error.message), width - 5)]
    told = (
        "nothing differs: the same models as before" if not changed else f"{changed} of the steps would run as another"
    )
    return [*rows, Row(), Row(f" {told}", "dim" if not changed else "warn")]


def _model(step: Step, room: int) -> str:
    effort = f" {step.effort}" if step.effort else ""
    return middle(f"{one_line(model_id(step.sent) or 'the agent decides')}{effort}", max(room, 8))
