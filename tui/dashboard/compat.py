"""What is private of Textual: ``App._display``, overridden so that only changed cells are written, and a toast's end.

Textual repaints whole regions, most of it style sequences. Here what a frame would write is compared with a shadow of
the screen (:mod:`tui.dashboard.cells`) and only what differs goes out. Everything else, and everything at all with
``MODELDECK_PAINT=stock``, goes the stock way. The exact pin of Textual and a test that compares both ways under a
terminal emulator hold this in place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.color import ColorSystem
from rich.console import RenderableType
from textual import events
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.geometry import Offset
from textual.notifications import Notification
from textual.screen import Screen

from tui.dashboard.cells import Cell, Looks, Piece, Shadow

Frame = LayoutUpdate | ChopsUpdate


class CellPaint(App[None], inherit_bindings=False):
    """An app that writes changed cells, unless the environment wants the stock way."""

    def __init__(self, env: Mapping[str, str], *, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._cellwise = env.get("MODELDECK_PAINT") != "stock"
        # GNU screen erases to the default background, not to the one in force.
        self._erase = not env.get("TERM", "").startswith("screen") or "TMUX" in env
        self._shadow: Shadow | None = None
        self._looks: Looks | None = None
        self._cursor_at: Offset | None = None

    def drop_shadow(self) -> None:
        """Forget what the terminal shows, because something else may have written there."""
        self._shadow = None

    def repaint(self) -> None:
        """Write every cell anew."""
        self.drop_shadow()
        self.screen.refresh(layout=True)

    def withdraw(self, toast: Notification) -> None:
        """Take a toast away before its time."""
        self._unnotify(toast)

    def on_resize(self, event: events.Resize) -> None:
        """A terminal moves its cells about when its size changes."""
        del event
        self.drop_shadow()

    def on_mount(self) -> None:
        """Back from the shell: the terminal shows nothing of ours."""
        self.app_resume_signal.subscribe(self, lambda _: self.repaint(), immediate=True)

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        driver = self._driver
        if (
            not self._cellwise
            or not isinstance(renderable, LayoutUpdate | ChopsUpdate)
            or self._batch_count
            or not self._running
            or self._closed
            or self.is_headless
            or driver is None
            or driver.is_inline
        ):
            if renderable is not None and not self._batch_count:
                self.drop_shadow()
            super()._display(screen, renderable)
            return
        size = (self.size.width, self.size.height)
        if self._shadow is None or self._shadow.size != size:
            self._shadow = Shadow(*size, erase=self._erase)
        if self._looks is None:
            self._looks = Looks(self.console._color_system or ColorSystem.TRUECOLOR)
        written = self._shadow.update(_pieces(renderable, self._looks))
        cursor = self.screen.outer_size.clamp_offset(self.cursor_position)
        self._previous_cursor_position = cursor
        if written or cursor != self._cursor_at:
            self._cursor_at = cursor
            self._begin_update()
            driver.write(f"{written}\x1b[{cursor.y + 1};{cursor.x + 1}H")
            self._end_update()
            driver.flush()
        self.post_display_hook()


def _pieces(frame: Frame, looks: Looks) -> Iterator[Piece]:
    """What a frame would write: whole lines, or the spans of lines that are dirty."""
    if isinstance(frame, LayoutUpdate):
        for y, strips in enumerate(frame.strips, frame.region.y):
            line: list[Cell] = []
            for strip in strips:
                line += looks.cells(strip)
            yield y, frame.region.x, line
        return
    for y, first, last in frame.spans:
        for end, (x, chop) in zip(frame.chop_ends[y], frame.chops[y].items(), strict=False):
            if chop is not None and x <= last and end > first:
                yield y, x, looks.cells(chop if end <= last else chop.crop(0, last - x))
