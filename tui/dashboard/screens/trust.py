"""What an untrusted folder would run, and the key that trusts it: looked at first, trusted second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding

from tui.core.errors import ConflictError
from tui.core.plain import one_line
from tui.dashboard import glyphs
from tui.dashboard.chrome import home_short
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.row import Row, wrap
from tui.dashboard.screens.place import EVERYTHING
from tui.dashboard.screens.text import TextScreen

if TYPE_CHECKING:
    from tui.config.trust import Review
    from tui.dashboard.desk import Desk, Trust


class TrustScreen(TextScreen):
    """Lists; nothing of the folder is run to make the list."""

    BINDINGS: ClassVar[list[Binding]] = bindings("list", "trust")
    FOOT: ClassVar[tuple[Scope, ...]] = ("trust",)

    def __init__(self, desk: Desk, trust: Trust) -> None:
        super().__init__(
            desk, Row(" Trust ", "strong").add(one_line(home_short(desk.state.project))).add("?", "strong")
        )
        self._trust = trust
        self._review: Review | None = None

    def on_mount(self) -> None:
        """Read the folder."""
        self.guarded(self._look())

    async def _look(self) -> None:
        self._review = await asyncio.to_thread(self._trust.review, self.desk.state.project)
        self.redraw(EVERYTHING)

    def rows(self, width: int) -> list[Row]:
        """What would run, and what the key does."""
        rows = [Row(), Row(" Until you trust it, nothing of this folder runs and nobody it names is contacted.")]
        if self._review is None:
            return [*rows, Row(), Row(" reading the folder …", "dim")]
        head = " It would bring:" if self._review.would_run else " It holds nothing that would run by itself."
        rows += [Row(), Row(head, "strong")]
        for sentence in self._review.would_run:
            first, *more = wrap(one_line(sentence, 1000), max(width - 6, 20))
            rows.append(Row(f"  {glyphs.LOST} ", "warn").add(first))
            rows += [Row("    ").add(line) for line in more]
        key = self.desk.key("trust-yes")
        return [*rows, Row(), Row(f" {key} ", "key").add("trusts the folder as it is now; a change asks again.", "dim")]

    def works(self, action: str) -> bool:
        """Nothing is trusted before it was shown."""
        return super().works(action) and (action != "yes" or self._review is not None)

    def action_yes(self) -> None:
        """Trust it, unless the key came twice from the place below."""
        if not self.desk.stray.doubled("trust"):
            self.app.run_worker(self._guard(self._yes()))  # it goes on when this screen has gone

    async def _yes(self) -> None:
        if self._review is None:
            return
        try:
            await asyncio.to_thread(self._trust.trust, self.desk.state.project, self._review)
        except ConflictError:
            await self._look()  # what changed is shown, the key counts again
            raise
        if self.is_current:
            self.dismiss()
        await self.desk.feed.reload()
