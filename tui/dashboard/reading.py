"""Follows what one attempt writes: asks from where it stopped, until nothing more is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tui.core.verbs import List, Message, Page
from tui.dashboard.latest import LatestRequest

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk

PAGE = 500
"""Messages read at once."""

Source = tuple[str, int, str | None]
"""Run, step and attempt."""


class Reading:
    """``show`` is handed what was read, in order."""

    def __init__(self, desk: Desk, show: Callable[[Sequence[Message]], None]) -> None:
        self._desk = desk
        self._show = show
        self._source: Source | None = None
        self._offset = 0
        self._pages = LatestRequest(lambda: (self._source, self._offset))
        self._busy = False
        self._more = False

    def turn(self, source: Source | None) -> bool:
        """Read from there; whether that is another source than before."""
        if source == self._source:
            return False
        self._source, self._offset = source, 0
        return True

    def due(self) -> bool:
        """Whether somebody has to :meth:`read` now; who reads already is told that there is more."""
        self._more = True
        busy, self._busy = self._busy, True
        return not busy

    async def _page(self, request: tuple[Source | None, int]) -> Page:
        source, offset = request
        task_id, step, _ = source or ("", 0, None)
        return await self._desk.read(List(view="output", ids=(task_id,), step=step, offset=offset, limit=PAGE))

    async def read(self) -> None:
        """Read all that is there now."""
        try:
            while self._more:
                self._more = False
                if self._source is None or self._source[2] is None or self._desk.feed.client is None:
                    return
                page = await self._pages.answer(self._page)
                if page is None:  # another source, or this one from its beginning, is wanted by now
                    self._more = True
                    continue
                self._more = self._more or page.offset > self._offset
                self._offset = max(page.offset, self._offset)
                self._show(page.output)
        finally:
            self._busy = False
