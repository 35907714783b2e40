"""The dashboard's app: it wires the places to the desk, paints the first frame from what is remembered, then connects."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding
from textual.screen import Screen

from tui.dashboard.cache import Remembered, recall
from tui.dashboard.desk import Desk, Trust
from tui.dashboard.feed import Deckhand
from tui.dashboard.glyphs import speaks_utf8
from tui.dashboard.keymap import bindings
from tui.dashboard.screens.place import Watch
from tui.dashboard.screens.workflows import Workflows
from tui.dashboard.state import Change, DeckState
from tui.dashboard.stray import Stray
from tui.dashboard.theme import default_theme

if TYPE_CHECKING:
    from tui.config.locations import Locations

FRAME = 0.1
"""Seconds between two frames that events ask for, at least."""


def local_now() -> datetime:
    """The wall clock, in the person's own time zone."""
    return datetime.now(UTC).astimezone()


class ModeldeckApp(App[None], inherit_bindings=False):
    """The dashboard."""

    TITLE = "Modeldeck"
    DEFAULT_MODE = "workflows"
    CSS_PATH: ClassVar[list[str | Path]] = ["styles/base.tcss", "styles/places.tcss", "styles/dialogs.tcss"]  # type: ignore[assignment]
    BINDINGS: ClassVar[list[Binding]] = bindings("everywhere")  # type: ignore[assignment]

    def __init__(
        self,
        project: Path,
        connect: Callable[[], Deckhand],
        *,
        remembered: Remembered | None = None,
        now: Callable[[], datetime] = local_now,
        clock: Callable[[], float] = time.monotonic,
        env: Mapping[str, str] | None = None,
        trust: Callable[[], Trust] | None = None,
    ) -> None:
        super().__init__()
        remembered = remembered or Remembered()
        env = os.environ if env is None else env
        state = DeckState(project, now, cards=remembered.cards, as_of=remembered.as_of)
        self.desk = Desk(state, connect, self.changed, Stray(clock), trust, dict(remembered.keymap))
        self._changes: set[Change] = set()
        self._clock = clock
        self._painted_at = 0.0
        self._paint_due = False
        self.set_class(not speaks_utf8(env), "-ascii")
        self.add_mode("workflows", lambda: Workflows(self.desk))
        self.add_mode("runs", self._open_runs)
        theme, _ = default_theme()
        self.register_theme(theme)
        self.theme = theme.name

    def _open_runs(self) -> Screen[None]:
        from tui.dashboard.screens.runs import Runs  # noqa: PLC0415  # not needed before the first paint

        return Runs(self.desk)

    def on_mount(self) -> None:
        """The first frame is painted from what is remembered; only then the line is laid."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._leave, number)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.run_worker(self.desk.feed.follow(), name="feed", exit_on_error=True)

    def _leave(self, number: int) -> None:
        self.exit(return_code=128 + number)

    # Painting what changed ---------------------------------------------------------------------------------------

    def changed(self, changes: set[Change]) -> None:
        """Something changed: paint it, at most ten frames a second."""
        self._changes |= changes
        if self._paint_due or not self._changes or not self.is_running:
            return
        self._paint_due = True
        wait = self._painted_at + FRAME - self._clock()
        if wait > 0:
            self.set_timer(wait, self._paint)
        else:
            self.call_later(self._paint)

    def _paint(self) -> None:
        self._paint_due = False
        self._painted_at = self._clock()
        changes, self._changes = frozenset(self._changes), set()
        for screen in self.screen_stack:
            if isinstance(screen, Watch):
                screen.redraw(changes)

    # Keys that work everywhere -----------------------------------------------------------------------------------

    def action_place(self, place: str) -> None:
        """Go to a place: its list, whatever was opened over it."""
        while self.current_mode == place and len(self.screen_stack) > 1:
            self.pop_screen()
        self.switch_mode(place)

    def action_help(self) -> None:
        """All keys."""
        from tui.dashboard.screens.help import HelpScreen  # noqa: PLC0415  # not needed before the first paint

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.desk))

    def action_redraw(self) -> None:
        """Paint the whole screen anew."""
        self.screen.refresh(layout=True)

    async def action_reload(self) -> None:
        """Read everything again."""
        screen = self.screen
        if isinstance(screen, Watch):
            screen.guarded(self.desk.feed.reload())


def run(locations: Locations, project: Path, connect: Callable[[], Deckhand]) -> int:
    """Show the dashboard until it is left. The answer is the exit status."""
    app = ModeldeckApp(project, connect, remembered=recall(locations.deck_cache, project))
    app.run(mouse=False)
    return app.return_code or 0
