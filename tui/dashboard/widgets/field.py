"""A text field that is deaf to the echo of the key which opened it."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.widgets import Input


class Field(Input):
    """``echo`` says of a first letter whether it is the lagging line's, not the person's."""

    def __init__(self, echo: Callable[[str], bool], *, placeholder: str, id: str) -> None:
        super().__init__(placeholder=placeholder, id=id, compact=True)
        self._echo = echo
        self.cursor_blink = False  # over a slow line nothing is written unless something changed

    def on_key(self, event: events.Key) -> None:
        """Swallow the echo."""
        if not self.value and self._echo(event.key):
            event.stop()
            event.prevent_default()
