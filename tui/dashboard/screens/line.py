"""A line of text that is asked for: a comment at a gate, the answer to a question, a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from tui.core.plain import plain
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.row import Row, wrap
from tui.dashboard.screens.place import Dialog
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.field import Field
from tui.dashboard.widgets.pane import Pane

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk

ECHO = 0.4
"""Seconds in which a first letter that is the opening key again is the lagging line's."""


class LineDialog(Dialog[str | None]):
    """Answers with the text, or ``None`` to say nothing. ``told`` stands above the field; what is long is turned."""

    BINDINGS: ClassVar[list[Binding]] = bindings("comment")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("comment",)
    AUTO_FOCUS = ""

    def __init__(
        self,
        desk: Desk,
        opened_by: str,
        title: str,
        told: str,
        *,
        placeholder: str = "a comment; empty is allowed",
        value: str = "",
        needed: bool = False,
    ) -> None:
        super().__init__()
        self.desk = desk
        self._opened_by = opened_by
        self._title = title
        self._told = plain(told)
        self._placeholder = placeholder
        self._value = value
        self._needed = needed
        """Whether an empty text is no answer."""
        self._opened = desk.stray.clock()
        self._early = ""

    def compose(self) -> ComposeResult:
        """What it is for, and the field."""
        with Vertical(classes="dialog -short") as dialog:
            dialog.border_title = Content(self._title)
            yield Pane(id="asked")
            field = Field(self._echo, placeholder=self._placeholder, id="comment")
            field.value = self._value
            yield field
        yield Bar(Row(" "), id="footer", tinted=True)

    def on_mount(self) -> None:
        """Write at once."""
        field = self.query_one("#comment", Field)
        field.focus()
        text, self._early = self._early, ""
        if text:
            field.insert_text_at_cursor(text)

    def on_resize(self, event: events.Resize) -> None:
        """As many lines as what is told takes at this width."""
        super().on_resize(event)
        self.call_after_refresh(self._tell)

    def _tell(self) -> None:
        pane = self.query_one("#asked", Pane)
        rows = [Row(line, "strong" if self._needed else "dim") for line in wrap(self._told, max(pane.size.width, 20))]
        pane.styles.height = min(len(rows), max(self.size.height // 2, 1))
        pane.tell(lambda _: rows)
        self.call_after_refresh(self.tell_keys)

    def typed_early(self, text: str) -> bool:
        """Letters are for the field."""
        if self.query("#comment"):
            self.query_one("#comment", Field).insert_text_at_cursor(text)
        elif not self._echo(text):
            self._early += text
        return True

    def _echo(self, key: str) -> bool:
        return key in (self.desk.key(self._opened_by), "upper_a", "upper_d") and (
            self.desk.stray.clock() - self._opened < ECHO
        )

    def on_input_submitted(self, event: Field.Submitted) -> None:
        """Enter in the text."""
        event.stop()
        self.action_send()

    def works(self, action: str) -> bool:
        """What is asked is turned where it has no room."""
        if action != "page" or not self.is_mounted:
            return True
        pane = self.query_one("#asked", Pane)
        return len(pane.rows) > pane.size.height

    def action_page(self, direction: int) -> None:
        """More of what is asked."""
        self.query_one("#asked", Pane).page(direction)

    def action_send(self) -> None:
        """Answer."""
        text = self.query_one("#comment", Field).value.strip()
        if text or not self._needed:
            self.dismiss(text)

    @property
    def unsaved(self) -> bool:
        """Something else was written than was there."""
        return any(field.value.strip() not in ("", self._value.strip()) for field in self.query(Field))

    def action_leave(self) -> None:
        """Say nothing; what was written is thrown away when asked twice."""
        if not self.unsaved or self.asked_twice("leave line", "comment-back", "again throws away what you wrote"):
            self.dismiss(None)
