"""Which spec a story belongs to: the newest ones, to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from tui.core.plain import one_line
from tui.core.spec import Spec
from tui.core.verbs import List
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.row import Row, middle
from tui.dashboard.screens.place import Dialog
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.menu import Menu

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk

MOST = 200
"""Specs that are offered, the newest first."""


class StoryOf(Dialog[tuple[Spec | None] | None]):
    """Answers with the spec in a tuple, ``(None,)`` for nobody's story, or ``None`` to leave it as it is."""

    BINDINGS: ClassVar[list[Binding]] = bindings("choose", "list")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("choose",)
    AUTO_FOCUS = ""

    def __init__(self, desk: Desk, own: str | None, above: str | None) -> None:
        super().__init__()
        self.desk = desk
        self._own = own
        """The spec itself, which is not offered."""
        self._above = above
        self._read_all = False

    def compose(self) -> ComposeResult:
        """The specs, and the keys."""
        with Vertical(classes="dialog -short") as dialog:
            dialog.border_title = "A story of"
            yield Menu[Spec | None](self._draw, id="list")
        yield Bar(Row(" "), id="footer", tinted=True)

    @property
    def menu(self) -> Menu[Spec | None]:
        """The specs."""
        return self.query_one("#list", Menu)

    def on_mount(self) -> None:
        """Nobody's is there at once; the others are asked for."""
        self._fill([None], 0)
        self.guarded(self._read())

    async def _read(self) -> None:
        page = await self.desk.read(List(view="specs", project=str(self.desk.state.project), limit=MOST))
        own = self._own
        found = [item.spec for item in page.specs if own is None or own not in (item.spec.id, item.spec.parent)]
        at = next((i for i, spec in enumerate(found, 1) if spec.id == self._above), 0)
        self._read_all = True
        self._fill([None, *found], at)
        self.tell_keys()

    def works(self, action: str) -> bool:
        """Return whether ``action`` makes sense now: nothing is taken before the present one could be shown."""
        return action != "go" or self._read_all

    def _fill(self, specs: list[Spec | None], at: int) -> None:
        self.menu.styles.height = min(len(specs), max(self.size.height * 9 // 10 - 2, 1))
        self.menu.fill(specs, at)

    def _draw(self, spec: Spec | None, width: int) -> Row:
        if spec is None:
            return Row("  nobody's story", "dim")
        row = Row(f"  {spec.type}", "dim").to(12).add(one_line(spec.title)).to(max(width - 20, 20))
        return row.add(f" {middle(one_line(spec.id), 18)}", "dim").cut(width)

    def action_move(self, by: int) -> None:
        """The next spec, or the one before."""
        self.menu.move(by)

    def action_page(self, direction: int) -> None:
        """A page of specs."""
        self.menu.page(direction)

    def action_edge(self, direction: int) -> None:
        """The first, or the last."""
        self.menu.edge(direction)

    def action_go(self) -> None:
        """Take it."""
        self.dismiss((self.menu.item,))

    def action_leave(self) -> None:
        """Leave it as it is."""
        self.dismiss(None)
