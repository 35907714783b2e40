"""The dashboard's app: wires the places to the desk, paints the first frame from what is remembered, then connects."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding
from textual.command import Provider
from textual.screen import Screen
from textual.theme import Theme
from textual.timer import Timer

from tui.core.errors import ConfigError
from tui.core.plain import one_line, plain
from tui.dashboard.cache import Remembered, recall, remember
from tui.dashboard.chrome import notices
from tui.dashboard.compat import CellPaint
from tui.dashboard.desk import Desk, Trust
from tui.dashboard.feed import Deckhand
from tui.dashboard.glyphs import speaks_utf8
from tui.dashboard.keymap import BY_ID, bindings
from tui.dashboard.lost_line import LostLine
from tui.dashboard.screens.place import Watch
from tui.dashboard.screens.workflows import Workflows
from tui.dashboard.state import Change, DeckState, Keepsake
from tui.dashboard.stray import Stray
from tui.dashboard.theme import first_theme, needs_plain, read_theme
from tui.dashboard.toasts import Toasts
from tui.dashboard.type_ahead import settled, taken

if TYPE_CHECKING:
    from tui.config.locations import Locations

FRAME = 0.1
"""Seconds between two frames that events ask for, at least."""

ENDED_BY = (signal.SIGTERM, signal.SIGHUP)
"""Signals that end the dashboard in order."""

AT_LATEST = 0.5
"""Seconds after which the executor is connected to, whether or not the first frame was painted."""

LOOK_AT_LINE = 2.0
"""Seconds between two looks at whether the terminal is still there."""


def local_now() -> datetime:
    """The wall clock, in the person's own time zone."""
    return datetime.now(UTC).astimezone()


def _palette() -> type[Provider]:
    from tui.dashboard.palette import Keys  # noqa: PLC0415  # not needed before the first paint

    return Keys


class ModeldeckApp(CellPaint, inherit_bindings=False):
    """The dashboard.

    ``connect`` makes a client when one is needed; ``remembered`` is what the first frame is painted from; ``cache``,
    ``themes`` and ``trust`` say where the deck is kept, where the person's own themes are, and open the trust store.
    """

    TITLE = "Modeldeck"
    DEFAULT_MODE = "workflows"
    CSS_PATH: ClassVar[list[str | Path]] = [  # type: ignore[assignment]
        "styles/base.tcss",
        "styles/places.tcss",
        "styles/dialogs.tcss",
    ]
    BINDINGS: ClassVar[list[Binding]] = bindings("everywhere")  # type: ignore[assignment]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_palette}

    def __init__(
        self,
        project: Path,
        connect: Callable[[], Deckhand],
        *,
        remembered: Remembered | None = None,
        cache: Path | None = None,
        themes: Path | None = None,
        trust: Callable[[], Trust] | None = None,
        now: Callable[[], datetime] = local_now,
        clock: Callable[[], float] = time.monotonic,
        env: Mapping[str, str] | None = None,
    ) -> None:
        env = os.environ if env is None else env
        self._plain = needs_plain(env)
        super().__init__(env, ansi_color=True if self._plain else None)
        remembered = remembered or Remembered()
        keepsakes = [Keepsake(face) for face in remembered.faces]
        state = DeckState(project, now, keepsakes=keepsakes, as_of=remembered.as_of, recents=remembered.recents)
        self._toasts = Toasts(self)
        self.desk = Desk(
            state, connect, self.changed, Stray(clock), trust, remembered.keymap, self._settled, self._toasts.remind
        )
        self._cache = cache
        self._themes = themes
        self._clock = clock
        self._changes: set[Change] = set()
        self._painted_at = -FRAME
        self._paint_due = False
        self._ticking: Timer | None = None
        self._told_errors: set[str] = set()
        self._typed: deque[events.Key | events.Paste] = deque()
        """Keys and pastes that wait for the one before them."""
        self._settling = False
        self._begun = False
        self.set_class(not speaks_utf8(env), "-ascii")
        theme, self._theme_data = first_theme(remembered.theme, plain=self._plain)
        self._wear(theme)
        self.set_keymap(remembered.keymap)
        self.add_mode("workflows", lambda: Workflows(self.desk))
        self.add_mode("specs", self._open_specs)
        self.add_mode("runs", self._open_runs)
        self.add_mode("models", self._open_models)

    def _open_specs(self) -> Screen[None]:
        from tui.dashboard.screens.specs import Specs  # noqa: PLC0415  # not needed before the first paint

        return Specs(self.desk)

    def _open_runs(self) -> Screen[None]:
        from tui.dashboard.screens.runs import Runs  # noqa: PLC0415  # not needed before the first paint

        return Runs(self.desk)

    def _open_models(self) -> Screen[None]:
        from tui.dashboard.screens.models import Models  # noqa: PLC0415  # not needed before the first paint

        return Models(self.desk)

    def on_mount(self) -> None:
        """The first frame is painted from what is remembered; only then the line is laid."""
        loop = asyncio.get_running_loop()
        for number in ENDED_BY:
            loop.add_signal_handler(number, self._leave, number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDED_BY)
        if not self.is_headless and sys.__stdin__ is not None:
            self._line = LostLine(sys.__stdin__.fileno())
            self.set_interval(LOOK_AT_LINE, self._look_at_line)
        self.call_after_refresh(self._begin)
        self.set_timer(AT_LATEST, self._begin)

    def _begin(self) -> None:
        """Connect, after the first paint; a screen that a key opened before it may have put it off."""
        if self._begun:
            return
        self._begun = True
        self.run_worker(self.desk.feed.follow(), name="feed", exit_on_error=True)

    def _leave(self, number: int) -> None:
        self.exit(return_code=128 + number)

    def _look_at_line(self) -> None:
        if self._line.gone():
            self._leave(signal.SIGHUP)

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes go one by one: each finds the screen that the one before it left."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            if isinstance(event, events.Key):
                self.desk.burst.key(self._clock())
                if event.key == "ctrl+j":  # enter, typed before the terminal was ours
                    event = events.Key("enter", "\r")
            self._typed.append(event)
            await self._next_typed()
        else:
            await super().on_event(event)

    def retype(self, keys: list[events.Key]) -> None:
        """Take keys as if they were typed now, before all that wait."""
        self._typed.extendleft(reversed(keys))
        self.call_next(self._next_typed)

    async def _next_typed(self) -> None:
        while self._typed and not self._settling:
            event = self._typed.popleft()
            plain_letter = isinstance(event, events.Key) and event.is_printable and self.focused is not None
            await super().on_event(event)
            if not plain_letter:
                self._settling = True
                self.run_worker(self._settle, group="typed")  # type: ignore[arg-type]  # theirs wants no awaits

    async def _settle(self) -> None:
        """Wait until all that the key concerned has dealt with it, then go on with the next one."""
        await settled(self)
        self._settling = False
        self.call_next(self._next_typed)

    async def on_key(self, event: events.Key) -> None:
        """Take a key that no field took, where it is not simply a binding's."""
        screen = self.screen
        if not isinstance(screen, Watch):
            return
        if await taken(self, screen, event):
            event.stop()
            event.prevent_default()
        elif screen.focused is None:
            screen.say_why_not(event.key, event.character or "")

    def on_paste(self, event: events.Paste) -> None:
        """Take a text that was pasted where no field was, or none yet: the screen's field, or nobody."""
        screen, lines = self.screen, plain(event.text).splitlines()
        if isinstance(screen, Watch) and screen.focused is None and lines and not screen.typed_early(lines[0]):
            screen.hint("nothing here takes what was pasted")

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
        if not self.is_running:
            return  # the program ends, and the screens are being taken apart
        self._painted_at = self._clock()
        changes, self._changes = frozenset(self._changes), set()
        for screen in self.screen_stack:
            if isinstance(screen, Watch):
                screen.redraw(changes)
        self._toasts.announce(self.desk.state.alarms, self.desk.key("runs"))
        self._run_clock()

    def _run_clock(self) -> None:
        """Seconds are counted while something runs or waits, and at no other time."""
        running = self.desk.state.running + self.desk.state.waiting > 0
        if running and self._ticking is None:
            self._ticking = self.set_interval(1.0, lambda: self.changed({"clock"}))
        elif not running and self._ticking is not None:
            self._ticking.stop()
            self._ticking = None

    # What the executor says of looks and keys --------------------------------------------------------------------

    def _settled(self) -> None:
        """The whole deck was read: wear its theme, take its keys, and remember it all for the next start."""
        status = self.desk.state.status
        if status is None or status.on_shipped_defaults:
            return  # theme, keys and cards stay remembered as they were
        keys = {name: key for name, key in status.keymap.items() if name in BY_ID}
        for name in sorted(set(status.keymap) - set(keys)):
            self._tell_once(f"keymap: there is no binding {name!r}; ? lists them with their ids")
        if keys != self.desk.keys:
            self.desk.keys = keys
            self.set_keymap(keys)
        if not self._plain and status.theme != self.theme and self._themes is not None:
            try:
                theme, self._theme_data = read_theme(status.theme, self._themes)
            except ConfigError as error:
                self._tell_once(str(error))
            else:
                self._wear(theme)
        if self._cache is not None:
            state = self.desk.state
            with suppress(OSError):  # a deck that can't be kept is read anew at the next start
                now = state.now()
                faces = [card.unpicked().face(now) for card in state.cards]
                remember(
                    self._cache,
                    state.project,
                    faces,
                    as_of=now.isoformat(),
                    theme=self._theme_data,
                    keymap=keys,
                    recents=state.recents,
                )

    def _wear(self, theme: Theme) -> None:
        self.register_theme(theme)
        self.theme = theme.name

    def _tell_once(self, sentence: str) -> None:
        if sentence not in self._told_errors:
            self._told_errors.add(sentence)
            self.notify(one_line(sentence), severity="warning", timeout=8, markup=False)

    # Keys that work everywhere -----------------------------------------------------------------------------------

    def action_place(self, place: str) -> None:
        """Go to a place: its list, whatever was opened over it."""
        while self.current_mode == place and len(self.screen_stack) > 1:
            self.pop_screen()
        self.switch_mode(place)
        while len(self.screen_stack) > 1 and isinstance(self.screen, Watch) and self.screen.ONLY_READ:
            self.pop_screen()

    def action_help(self) -> None:
        """All keys."""
        from tui.dashboard.screens.help import HelpScreen  # noqa: PLC0415  # not needed before the first paint

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.desk))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There may be nothing to warn of."""
        if action == "notices":
            return bool(notices(self.desk.state.status))
        return super().check_action(action, parameters)

    def action_notices(self) -> None:
        """All warnings, whole."""
        from tui.dashboard.screens.notices import NoticesScreen  # noqa: PLC0415  # not needed before the first paint

        if not isinstance(self.screen, NoticesScreen):
            self.push_screen(NoticesScreen(self.desk))

    async def action_quit(self) -> None:
        """Leave; where something was written and not saved, when asked twice."""
        screen = self.screen
        unsaved = any(isinstance(one, Watch) and one.unsaved for one in self.screen_stack)
        does = "again leaves Modeldeck and throws away what you wrote"
        if not unsaved or not isinstance(screen, Watch) or screen.asked_twice("quit", "quit-now", does):
            await super().action_quit()

    def action_redraw(self) -> None:
        """Paint the whole screen anew."""
        self.repaint()

    def action_reload(self) -> None:
        """Read everything again."""
        if isinstance(self.screen, Watch):
            self.screen.guarded(self.desk.feed.reload())


def run(locations: Locations, project: Path, connect: Callable[[], Deckhand]) -> int:
    """Show the dashboard until it is left. The answer is the exit status.

    ``connect`` makes a client that does not reconnect by itself: the dashboard shows how the line stands.
    """

    def trust() -> Trust:
        from tui.client.handover import mentioned  # noqa: PLC0415
        from tui.config.trust import TrustStore  # noqa: PLC0415  # not needed before the first paint

        return TrustStore(locations.trust, lambda: mentioned(locations))

    app = ModeldeckApp(
        project,
        connect,
        remembered=recall(locations.deck_cache, project),
        cache=locations.deck_cache,
        themes=locations.themes,
        trust=trust,
    )
    # From the moment that Textual takes the terminal until somebody can give it back, these have to wait.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDED_BY)
    try:
        app.run(mouse=False)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDED_BY)
    return app.return_code or 0
