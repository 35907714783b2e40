"""What every screen has: the desk, a guard around work that may fail, and a footer that tells the keys."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.css.query import NoMatches
from textual.geometry import Size
from textual.screen import ModalScreen, Screen
from textual.timer import Timer

from tui.core.errors import ModeldeckError
from tui.core.plain import one_line
from tui.dashboard.chrome import banner, footer, header
from tui.dashboard.desk import Desk
from tui.dashboard.feed import failure
from tui.dashboard.key import Scope
from tui.dashboard.keymap import BY_ID, KEYS
from tui.dashboard.row import Row
from tui.dashboard.state import Change
from tui.dashboard.why_not import ELSEWHERE, WHY_NOT
from tui.dashboard.widgets.bar import Bar

EVERYTHING: frozenset[Change] = frozenset({"deck", "status", "models", "runs", "specs", "output", "clock"})
SMALLEST = (60, 20)
BROAD = 170
"""From this width on dialogs and the pane at the side are wider."""

Answer = TypeVar("Answer")


class Watch(Screen[Answer]):
    """A screen that the app tells what changed."""

    FOOT: ClassVar[tuple[Scope, ...]] = ("everywhere",)
    """Whose keys the footer tells, in this order."""

    ONLY_READ: ClassVar[bool] = False
    """Whether it holds no work of the user's, so that the key of its place closes it."""

    desk: Desk
    _hint: Timer | None = None
    _asking: str | None = None
    """The binding whose key is asked for again."""

    def redraw(self, changes: frozenset[Change]) -> None:
        """Paint what changed."""

    def guarded(self, work: Coroutine[None, None, None]) -> None:
        """Do the work beside the screen; what goes wrong is told in one sentence."""
        self.run_worker(self._guard(work), exit_on_error=True)

    async def _guard(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except NoMatches:
            if self in self.app.screen_stack:  # else it was closed before its answer came
                raise
        except (ModeldeckError, OSError) as error:
            hints = getattr(error, "suggestions", ())
            hint = f"\nTry {', '.join(hints[:3])}" if hints else ""
            self.app.notify(one_line(failure(error)) + hint, severity="error", timeout=8, markup=False)

    def _foot(self) -> Bar:
        return self.query_one("#footer", Bar)

    def works(self, action: str) -> bool:
        """Whether an action makes sense now; what does not is not in the footer and does nothing."""
        del action
        return True

    @property
    def unsaved(self) -> bool:
        """Whether something was written here that would be lost with the screen."""
        return False

    def typed_early(self, text: str) -> bool:
        """Take in a letter that was typed before the screen's field could hear it; whether it was one."""
        del text
        return False

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Textual's question; see :meth:`works`."""
        del parameters
        return self.works(action)

    def tell_keys(self) -> None:
        """Write the footer."""
        if self._hint is None:
            writing = self.focused is not None  # only fields ever have the focus
            self._foot().say(footer(self.desk, self.FOOT, self.works, self.app.size.width, writing=writing))

    def hint(self, text: str, seconds: float = 4.0) -> None:
        """Say something in the footer's place for a while; a question keeps it until a key answers it."""
        if self._asking is not None:
            return  # what a later answer has to say would hide what the same key does now
        self._end_hint()
        self._foot().say(Row(f" {text}", "warn"))
        self._hint = self.set_timer(seconds, self._end_hint)

    def _end_hint(self) -> None:
        if self._hint is not None:
            self._hint.stop()
        self._hint = self._asking = None
        self.tell_keys()

    def asked_twice(self, what: str, key: str, does: str) -> bool:
        """Whether ``what`` is wanted for the second time; the first time tells what the binding ``key`` again does."""
        if self.desk.stray.confirmed(what):
            self._end_hint()
            return True
        self._end_hint()
        self.hint(f"{self.desk.key(key)} {does}")
        self._asking = key
        return False

    def heard(self, *names: str) -> bool:
        """A key of these names was pressed: a hint has been read, and any other key takes back what was asked.

        The answer is whether that was all the key was for.
        """
        asking = self._asking
        if self._hint is None or (asking is not None and self._repeats(asking, names)):
            return False
        self._end_hint()
        if asking is not None:
            self.desk.stray.forget()
        return asking is not None and "escape" in names

    def say_why_not(self, *names: str) -> None:
        """Say why a key of this screen does nothing now, where it does nothing."""
        for key in KEYS:
            if key.id in WHY_NOT and key.scope in (*self.FOOT, "everywhere"):
                keys = self.desk.keys.get(key.id) or key.keys
                if not set(keys.split(",")).isdisjoint(names) and not self._able(key.action.partition("(")[0]):
                    self.hint(WHY_NOT[key.id], 2.0)
                    return
        for scope in self.FOOT:
            if text := next((says for name, says in ELSEWHERE.get(scope, {}).items() if name in names), None):
                self.hint(text, 2.0)

    def _able(self, action: str) -> bool:
        return self.works(action) and self.app.check_action(action, ()) is not False

    def _repeats(self, binding: str, names: tuple[str, ...]) -> bool:
        keys = self.desk.keys.get(binding) or BY_ID[binding].keys
        return not set(keys.split(",")).isdisjoint(names)


class Place(Watch[None]):
    """A place or a full screen: header, banner, a body, footer."""

    PLACE: ClassVar[str] = ""
    OPENS: ClassVar[frozenset[str]] = frozenset()
    """Actions that open a screen of which the executor's answers are a part."""
    ASKS: ClassVar[frozenset[str]] = frozenset()
    """Actions that open nothing and need those answers too."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        """Header, banner, body, footer."""
        yield Bar(Row(" "), id="header", tinted=True)
        yield Bar(id="banner")
        yield from self.body()
        yield Bar(Row(" "), id="footer", tinted=True)

    def body(self) -> ComposeResult:
        """What is between the bars."""
        yield from ()

    @property
    def ready(self) -> bool:
        """Whether the executor has answered what the screens that open here are made of."""
        return self.desk.state.models_read

    def subject(self, action: str) -> str | None:
        """What an action is about, by name; ``None`` where there is nothing that it could be about."""
        del action
        return ""

    def waits(self, action: str) -> bool:
        """Whether an action has to wait until the executor has answered."""
        asks = action in self.OPENS or action in self.ASKS
        return asks and not self.ready and self.desk.state.line == "starting" and self.subject(action) is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What waits works too."""
        return self.waits(action) or super().check_action(action, parameters)

    def redraw(self, changes: frozenset[Change]) -> None:
        """Paint the bars; what is between them is the place's own."""
        if not self.is_mounted:
            return
        width, height = self.size
        self._see()
        self.query_one("#header", Bar).say(header(self.desk, self.PLACE or self.app.current_mode, width))
        small = width < SMALLEST[0] or height < SMALLEST[1]
        self.set_class(small, "-small")
        told = banner(self.desk, self.desk.state.now())
        if small:
            told = Row(f" {width}x{height} is too small: {SMALLEST[0]}x{SMALLEST[1]} is wanted", "warn")
        self.query_one("#banner", Bar).say(told)
        if not small:
            self.paint(changes)
            self._see()
        self.tell_keys()

    def _see(self) -> None:
        """Take the alarms of the runs in front as seen; the count and the toast go with the next frame."""
        if self.app.screen is self and self.desk.state.alarms.see(self.shown_runs()):
            self.desk.changed({"status"})

    def shown_runs(self) -> Iterable[str]:
        """Return the runs whose state is on this screen, so that their alarms are seen."""
        return ()

    def paint(self, changes: frozenset[Change]) -> None:
        """Paint the body."""

    def on_resize(self, event: events.Resize) -> None:
        """Another size: another layout."""
        self.set_class(event.size.width >= 118, "-wide")
        self.set_class(event.size.width >= BROAD, "-broad")
        self.redraw(EVERYTHING)

    def on_screen_resume(self) -> None:
        """Back from another screen: what happened meanwhile is painted now."""
        self.redraw(EVERYTHING)


class Dialog(ModalScreen[Answer], Watch[Answer]):
    """A dialog over a place; on a narrow screen it takes the whole width."""

    _mixed_in: int | None = None
    """Number of the burst of keys that opened it, where that burst began with something else."""

    def born(self, desk: Desk) -> None:
        """Remember what opened this: what starts a run calls it when it is made."""
        if desk.burst.mixed(lambda screen: screen in self.app.screen_stack):
            self._mixed_in = desk.burst.number

    def meant(self) -> bool:
        """Whether a start is wanted; one at the end of a burst that began with something else is asked for again."""
        mixed_in, self._mixed_in = self._mixed_in, None
        if mixed_in != self.desk.burst.number:
            return True
        self.hint("typed in one go with other keys: once more starts it")
        return False

    def dismiss(self, result: Answer | None = None) -> AwaitComplete:
        """Close it, once: a second answer finds it closed."""
        return super().dismiss(result) if self in self.app.screen_stack else AwaitComplete()

    def on_mount(self) -> None:
        """Its first frame has the size already."""
        self._sized(self.app.size)

    def on_resize(self, event: events.Resize) -> None:
        """Another size: another layout."""
        self._sized(event.size)
        self.call_after_refresh(self.tell_keys)

    def _sized(self, size: Size) -> None:
        self.set_class(size.width < 100, "-narrow")
        self.set_class(size.width >= BROAD, "-broad")
        self.set_class(size.height < 30, "-low")
