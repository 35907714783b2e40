"""What every place that is a list has: moving through it, a field that filters it, and the way to a run."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.timer import Timer

from tui.core.plain import one_line
from tui.dashboard.screens.place import EVERYTHING, Place
from tui.dashboard.widgets.deck import Deck
from tui.dashboard.widgets.pane import Pane

if TYPE_CHECKING:
    from textual.widgets import Input


class Listing(Protocol):
    """What is moved through: a deck of cards or a menu of lines."""

    def move(self, by: int) -> None:
        """The next one, or the one before."""

    def page(self, direction: int) -> None:
        """A page."""

    def edge(self, direction: int) -> None:
        """The first one, or the last."""


class ListPlace(Place):
    """A place of cards or lines."""

    AUTO_FOCUS = ""  # back from a dialog the keys are the list's, also where a filter is open
    FILTER: ClassVar[str] = ""
    """What the empty field says."""
    UNDER_FILTER: ClassVar[str] = "#body"
    """What the field stands above."""
    RESTS: ClassVar[float] = 0.0
    """Seconds that the typing rests before it counts; where the executor is asked, not every letter is."""
    _due: Timer | None = None

    @property
    @abstractmethod
    def listing(self) -> Listing:
        """What is moved through."""

    def follow(self) -> None:
        """What is told of the focused one follows it."""
        self.tell_keys()

    def sift(self, text: str) -> None:
        """Show what ``text`` asks for, and all where it is empty."""

    # Moving ------------------------------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """The next one, or the one before."""
        self.listing.move(by)
        self.follow()

    def action_page(self, direction: int) -> None:
        """A page."""
        self.listing.page(direction)
        self.follow()

    def action_edge(self, direction: int) -> None:
        """The first one, or the last."""
        self.listing.edge(direction)
        self.follow()

    # Filtering ---------------------------------------------------------------------------------------------------

    @property
    def filtering(self) -> bool:
        """Whether the field is there."""
        return bool(self.query("#filter"))

    def _field(self) -> Input:
        from textual.widgets import Input  # noqa: PLC0415  # not needed before the first paint

        return self.query_one("#filter", Input)

    async def action_filter(self) -> None:
        """Open the filter, or go back to it."""
        from textual.widgets import Input  # noqa: PLC0415  # not needed before the first paint

        if not self.filtering:
            field = Input(placeholder=self.FILTER, id="filter", compact=True)
            field.cursor_blink = False  # over a slow line nothing is written unless something changed
            await self.mount(field, before=self.UNDER_FILTER)
        self.set_focus(self._field())  # at once: the next letter is the filter's
        self.tell_keys()

    def typed_early(self, text: str) -> bool:
        """Letters right behind the filter's key are for the filter: as keys they could start something."""
        if self.focused is None or self.focused.id != "filter":
            return False
        self._field().insert_text_at_cursor(text)
        return True

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what matches, once the typing rests."""
        event.stop()
        self._rest_no_more()
        if self.RESTS:
            self._due = self.set_timer(self.RESTS, self._sift_typed)
        else:
            self._sift_typed()

    def _rest_no_more(self) -> None:
        if self._due is not None:
            self._due.stop()
            self._due = None

    def _sift_typed(self) -> None:
        self._rest_no_more()
        if self.filtering:
            self.sift(self._field().value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The keys are the list's again; the filter stays."""
        event.stop()
        self._sift_typed()
        self.set_focus(None)
        self.tell_keys()

    async def action_unfilter(self) -> None:
        """All of them."""
        self._rest_no_more()
        await self.query("#filter").remove()
        self.sift("")
        self.redraw(EVERYTHING)

    # Runs --------------------------------------------------------------------------------------------------------

    def open_run(self, task_id: str | None) -> None:
        """Watch a run, if there is one."""
        from tui.dashboard.screens.run import RunScreen  # noqa: PLC0415  # not needed before the first paint

        if task_id is not None:
            self.app.push_screen(RunScreen(self.desk, task_id))

    def cancel_run(self, task_id: str | None, key: str, whose: str) -> None:
        """End a run, when asked twice by the key of that id."""
        if task_id is None:
            return
        if self.asked_twice(f"cancel {task_id}", key, f"again ends {one_line(whose)}"):
            self.hint("cancelling …", 1.0)
            self.guarded(self.desk.cancel(task_id))


class CardPlace(ListPlace):
    """A place of cards, and beside them what is known of the focused one."""

    def cards(self) -> ComposeResult:
        """The deck and the pane."""
        with Horizontal(id="body"):
            yield Deck(self.desk.state.now, id="deck")
            yield Pane(id="detail")

    @property
    def deck(self) -> Deck:
        """The cards."""
        return self.query_one("#deck", Deck)

    @property
    def listing(self) -> Listing:
        """The cards are what is moved through."""
        return self.deck
