"""What an agent wrote, message by message, each with the model that said it. Follows the end until one scrolls away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from tui.core.plain import one_line, plain
from tui.core.verbs import Message
from tui.dashboard.row import Ink, Row, wrap
from tui.dashboard.widgets.lines import Lines
from tui.dashboard.words import moment

KEPT = 4000
"""Messages kept in the window; older ones are in the attempt's output."""

_INKS: dict[str, Ink] = {"tool": "dim", "system": "dim", "error": "bad", "raw": "dim", "text": "text"}


class Transcript(Lines):
    """Messages, wrapped to the width."""

    def __init__(self, zone: tzinfo | None, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._zone = zone
        self.messages: list[Message] = []
        self.follows = True
        """Whether the end stays in view as it grows."""
        self._nobody = ""
        self.empty = Row()
        """What is said while there is nothing."""

    def clear(self, empty: Row, nobody: str) -> None:
        """Begin anew; ``nobody`` stands over text that names no model."""
        self.messages, self.follows, self.empty, self._nobody = [], True, empty, nobody
        self.show([empty])
        self.jump(0)

    def extend(self, messages: Sequence[Message]) -> None:
        """Messages were read."""
        if not messages:
            return
        before = self.messages[-1] if self.messages else None
        rows = [] if before is None else list(self.rows)
        for message in messages:
            rows.extend(self._rows_of(message, before))
            before = message
        self.messages.extend(messages)
        if len(self.messages) > KEPT:
            del self.messages[: len(self.messages) - KEPT * 3 // 4]
            rows = self._all_rows()
        self.show(rows)
        self._follow()

    def row_count(self) -> int:
        """The rows, and room below them so that following turns by part of a page, not by a line."""
        return len(self.rows) + (self.size.height // 3 if len(self.rows) > self.size.height else 0)

    def on_resize(self) -> None:
        """Wrap anew."""
        if self.messages:
            self.rows = self._all_rows()
        super().on_resize()
        self._follow()

    def page(self, direction: int) -> None:
        """Reading back stops the following; arriving at the end takes it up again."""
        super().page(direction)
        self.follows = self.scroll_offset.y + self.size.height >= len(self.rows)

    def edge(self, direction: int) -> None:
        """The beginning, or the end, which is followed."""
        self.follows = direction > 0
        if self.follows:
            self._follow()
        else:
            self.jump(0)

    def _follow(self) -> None:
        height = self.size.height
        if self.follows and height and len(self.rows) > self.scroll_offset.y + height:
            self.jump(len(self.rows) - height + height // 3)

    def _all_rows(self) -> list[Row]:
        rows: list[Row] = []
        before = None
        for message in self.messages:
            rows.extend(self._rows_of(message, before))
            before = message
        return rows

    def _rows_of(self, message: Message, before: Message | None) -> list[Row]:
        rows = []
        model = one_line(message.model or "")
        if message.kind == "text" and (before is None or before.kind != "text" or before.model != message.model):
            then = moment(message.at)
            at = then.astimezone(self._zone).strftime("%H:%M:%S") if then else ""
            rows.append(Row(f" {model or self._nobody}", "accent" if model else "dim").add(f"  {at}", "dim"))
        ink = _INKS.get(message.kind, "dim")
        lead = "" if message.kind == "text" else f"{message.kind}  "
        room = max(self.size.width - 4, 20)
        rows.extend(Row("   ").add(line, ink) for line in wrap(lead + plain(message.text).rstrip("\n"), room))
        return rows
