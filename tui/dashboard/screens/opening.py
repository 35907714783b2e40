"""What a key opens, while the executor has not answered yet: it keeps what is typed for the screen that will open."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from tui.core.plain import one_line
from tui.dashboard.burst import as_shown
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.row import Row, fit
from tui.dashboard.screens.place import Dialog
from tui.dashboard.state import Change
from tui.dashboard.widgets.bar import Bar

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk
    from tui.dashboard.screens.place import Place

LOOK_EVERY = 0.05
"""Seconds between two looks at whether it can open."""

Retype = Callable[[list[events.Key]], None]
"""Types keys once more, before all that were typed after them."""

KEPT = 500
"""Keys that are kept; more than that is no name and no sentence."""


class Opening(Dialog[None]):
    """Opens ``action`` of ``place`` when the executor has answered, and types there what was typed here."""

    BINDINGS: ClassVar[list[Binding]] = bindings("opening")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("opening",)
    AUTO_FOCUS = ""

    class Ready(Message):
        """The executor has answered."""

    def __init__(self, desk: Desk, place: Place, action: str, title: str, retype: Retype) -> None:
        super().__init__()
        self.desk = desk
        self._place = place
        self._action = action
        self._title = one_line(title)
        self._retype = retype
        self._subject = place.subject(action)
        self._typed: list[tuple[str, str | None]] = []
        self._over = False

    def compose(self) -> ComposeResult:
        """What it waits for, what was typed, keys."""
        with Vertical(classes="dialog -short") as dialog:
            dialog.border_title = Content(self._title)
            yield Bar(Row("The executor has not answered yet; this opens as soon as it has.", "dim"), id="told")
            yield Bar(Row(" "), id="typed")
        yield Bar(Row(" "), id="footer", tinted=True)

    def on_mount(self) -> None:
        """Look whether it can open, again and again: some of the answers are the place's own."""
        super().on_mount()
        self._paint()
        self.set_interval(LOOK_EVERY, lambda: self.redraw(frozenset()))

    def _paint(self) -> None:
        if self.is_mounted:
            typed = self._as_shown()
            self.query_one("#typed", Bar).say(Row("> ", "dim").add(fit(typed[-60:], min(len(typed), 60)), "strong"))

    def _as_shown(self) -> str:
        return "".join(as_shown(key, character) for key, character in self._typed)

    def typed_early(self, text: str) -> bool:
        """Letters that were on their way when this opened."""
        self._keep(*((letter, letter) for letter in text))
        return True

    @property
    def _here(self) -> bool:
        return self in self.app.screen_stack

    def on_key(self, event: events.Key) -> None:
        """Keep it for what opens; what closes this is not kept."""
        if event.key == "escape" or not self._here:
            return
        event.stop()
        event.prevent_default()
        self._keep((event.key, event.character))

    def _keep(self, *keys: tuple[str, str | None]) -> None:
        self._typed = [*self._typed, *keys][:KEPT]
        self._paint()

    def redraw(self, changes: frozenset[Change]) -> None:
        """It has answered, or it does not."""
        if self._over or not self.is_mounted:
            return
        if self._place.ready:
            self.post_message(self.Ready())
        elif self.desk.state.line == "apart":
            self._end(f"nothing was opened: {one_line(self.desk.state.why_apart or 'the executor does not answer')}")

    async def on_opening_ready(self) -> None:
        """Open it, after the keys that are on their way here; the app does, which hears what the screen answers."""
        if not self._over:
            self.app.call_next(self._open)

    async def _open(self) -> None:
        app, place = self.app, self._place
        if self._over or not self._here:
            return
        if self.message_queue_size:
            self.post_message(self.Ready())
            return
        self._over = True
        if place.subject(self._action) != self._subject:
            self._end("nothing was opened: what it was about is gone")
            return
        self.dismiss()
        await app.run_action(self._action, place)
        if app.screen is place and place.focused is None:  # nothing took the keys: alone they could start something
            self._tell("nothing was opened")
            return
        self._retype([events.Key(key, character) for key, character in self._typed])

    def _end(self, why: str) -> None:
        self._over = True
        self.dismiss()
        self._tell(why)

    def _tell(self, why: str) -> None:
        typed = self._as_shown()
        more = f"; {typed[-40:]!r} was thrown away" if typed else ""
        self.app.notify(f"{self._title}: {why}{more}", severity="warning", timeout=8, markup=False)

    def action_leave(self) -> None:
        """Open nothing."""
        self._over = True
        self.dismiss()
