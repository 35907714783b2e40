"""The place of models: every provider with the state of its list, every model with what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical

from tui.core.plain import one_line
from tui.dashboard.facts import fact_rows
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.row import Row
from tui.dashboard.screens.list_place import ListPlace
from tui.dashboard.screens.text import TextScreen
from tui.dashboard.setup_hint import remedy
from tui.dashboard.shelf import Line, columns, line_row, matching, stocked
from tui.dashboard.state import Change
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.menu import Menu
from tui.dashboard.widgets.pane import Pane

if TYPE_CHECKING:
    from tui.core.catalog import Provider
    from tui.dashboard.desk import Desk
    from tui.dashboard.state import DeckState

_OF_A_LINE = frozenset({"open", "refresh", "provider"})
"""Actions that need a line."""


class Models(ListPlace):
    """One line a provider and a model; beside it, or under enter, all that is known."""

    BINDINGS: ClassVar[list[Binding]] = bindings("list", "models")  # type: ignore[assignment]
    PLACE = "models"
    FOOT: ClassVar[tuple[Scope, ...]] = ("models", "everywhere")
    FILTER = "words of a name; vision, tools, reasoning, gone"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._filter = ""
        self._read: tuple[Provider, ...] = ()
        self._lines: list[Line] = []

    def body(self) -> ComposeResult:
        """The list, and beside it what is known of the chosen line."""
        with Horizontal(id="body"):
            with Vertical(id="stock"):
                yield Bar(Row(" "), id="columns")
                yield Menu[Line](self._draw, id="list")
            yield Pane(id="detail")

    @property
    def menu(self) -> Menu[Line]:
        """The list."""
        return self.query_one("#list", Menu)

    listing = menu

    def on_resize(self, event: events.Resize) -> None:
        """The headings stand over the columns once the list has its width."""
        super().on_resize(event)
        self.call_after_refresh(self._head)

    def _draw(self, line: Line, width: int) -> Row:
        return line_row(line, width, self.desk.state.now(), self.desk.state.needs)

    def paint(self, changes: frozenset[Change]) -> None:
        """The chosen line stays chosen when newer lists come."""
        state = self.desk.state
        if self._read is not state.providers:
            self._read, self._lines = state.providers, stocked(state.providers)
        if changes & {"models", "status"}:
            self._fill(kept=self.menu.item)

    def _fill(self, kept: Line | None) -> None:
        found = matching(self._lines, self._filter)
        name = kept.name if kept else None
        self.menu.fill(found, next((i for i, line in enumerate(found) if line.name == name), 0))
        self._head()
        self.follow()

    def _head(self) -> None:
        if self.menu.items:
            row = columns(self.menu.size.width)
        elif self._filter:
            row = Row(f' nothing holds "{self._filter}"', "dim")
        else:
            row = Row(" no provider is known" if self.desk.state.models_read else " reading …", "dim")
        self.query_one("#columns", Bar).say(row)

    def follow(self) -> None:
        """The detail pane and the footer follow the chosen line."""
        state = self.desk.state
        line = self.menu.item
        self.query_one("#detail", Pane).tell(lambda width: _facts(line, width, state))
        super().follow()

    def sift(self, text: str) -> None:
        """Show the lines that hold the words."""
        self._filter = text
        self._fill(kept=self.menu.item)

    def works(self, action: str) -> bool:
        """What the chosen line allows; here the refresh key reads lists, where there is a line to read them by."""
        if not self.is_mounted:
            return True
        if action == "reload":
            return self.desk.feed.client is None
        if action == "unfilter":
            return self.filtering
        return action not in _OF_A_LINE or self.menu.item is not None or self.desk.feed.client is None

    # Moving ------------------------------------------------------------------------------------------------------

    def action_provider(self, direction: int) -> None:
        """The next provider, or the one before."""
        items, at = self.menu.items, self.menu.at + direction
        while 0 <= at < len(items) and items[at].model is not None:
            at += direction
        if 0 <= at < len(items):
            self.menu.go(at, direction)
            self.follow()

    def action_open(self) -> None:
        """All that is known of the chosen line, on a screen of its own."""
        if self.menu.item is not None:
            self.app.push_screen(FactsScreen(self.desk, self.menu.item))

    # Refreshing --------------------------------------------------------------------------------------------------

    def action_refresh(self) -> None:
        """Have the list of the chosen line's provider read anew."""
        line = self.menu.item
        if self.desk.feed.client is None:
            self.guarded(self.desk.feed.reload())
        elif line is not None and not self.desk.stray.doubled(f"refresh {line.provider.id}"):
            self.hint(f"reading the list of {one_line(line.provider.name or line.provider.id)} anew …")
            self.guarded(self.desk.refresh(line.provider.id))

    def action_refresh_all(self) -> None:
        """Have all lists read anew."""
        if not self.desk.stray.doubled("refresh all"):
            self.hint("reading all lists anew …")
            self.guarded(self.desk.refresh())


class FactsScreen(TextScreen):
    """All that is known of one line."""

    PLACE = "models"

    def __init__(self, desk: Desk, line: Line) -> None:
        super().__init__(desk, Row(" ").add(one_line(line.name), "strong"))
        self._line = line

    def rows(self, width: int) -> list[Row]:
        """The facts; newer ones when a newer list came."""
        state = self.desk.state
        lines = stocked(one for one in state.providers if one.id == self._line.provider.id)
        self._line = next((line for line in lines if line.name == self._line.name), self._line)
        return _facts(self._line, width, state)


def _facts(line: Line | None, width: int, state: DeckState) -> list[Row]:
    todo = remedy(line.provider, state) if line is not None else None
    return fact_rows(line, width, state.now(), state.needs, todo)
