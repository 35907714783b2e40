"""The answer at a gate, with a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from tui.dashboard.keymap import Scope, bindings
from tui.dashboard.row import Row
from tui.dashboard.screens.place import Dialog
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.field import Field

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk

ECHO = 0.4
"""Seconds in which a first letter that is the opening key again is the lagging line's."""


class CommentDialog(Dialog[str | None]):
    """Answers with the comment, or ``None`` to answer nothing."""

    BINDINGS: ClassVar[list[Binding]] = bindings("comment")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("comment",)
    AUTO_FOCUS = ""

    def __init__(self, desk: Desk, opened_by: str, title: str, *, approve: bool) -> None:
        super().__init__()
        self.desk = desk
        self._opened_by = opened_by
        self._title = title
        self._approve = approve
        self._opened = desk.stray.clock()
        self._early = ""

    def compose(self) -> ComposeResult:
        """What it is for, and the field."""
        with Vertical(classes="dialog -short") as dialog:
            dialog.border_title = f'{"Approve" if self._approve else "Reject"} "{self._title}"'
            told = "The next step is told what you write." if self._approve else "The run ends; what you write is kept."
            yield Bar(Row(told, "dim"), id="ask")
            yield Field(self._echo, placeholder="a comment; empty is allowed", id="comment")
        yield Bar(Row(" "), id="footer", tinted=True)

    def on_mount(self) -> None:
        """Write at once."""
        field = self.query_one("#comment", Field)
        field.focus()
        text, self._early = self._early, ""
        if text:
            field.insert_text_at_cursor(text)

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

    def action_send(self) -> None:
        """Answer the gate."""
        self.dismiss(self.query_one("#comment", Field).value.strip())

    def action_leave(self) -> None:
        """Answer nothing."""
        self.dismiss(None)
