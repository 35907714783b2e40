"""Toasts that are replaced or withdrawn: one for all alarms, and one for each run that waits for the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.notifications import Notification, Notify, SeverityLevel

from tui.core.plain import one_line
from tui.dashboard.words import WAITING
from tui.dashboard.words import state as state_words

if TYPE_CHECKING:
    from tui.core.run import Run
    from tui.dashboard.alarms import Alarms
    from tui.dashboard.compat import CellPaint

SECONDS = 10
"""For which a toast is shown."""


class Toasts:
    """The toasts of one window."""

    def __init__(self, app: CellPaint) -> None:
        self._app = app
        self._alarm: Notification | None = None
        self._reminders: dict[str | None, Notification] = {}
        """By run."""

    def announce(self, alarms: Alarms, key: str) -> None:
        """Show one toast for all unseen alarms, with the newest of them; withdraw it when they are seen.

        ``key`` opens the list of runs.
        """
        fresh = alarms.take_fresh()
        if self._alarm is not None and (fresh or not alarms.unseen):
            self._app.withdraw(self._alarm)
            self._alarm = None
        if fresh:
            self._alarm = self._show(alarms.announcement(key), "error")

    def remind(self, run: Run) -> None:
        """Show that a run still waits for the user, or withdraw its toast when it waits no more."""
        before = self._reminders.pop(run.task_id, None)
        if before is not None:
            self._app.withdraw(before)
        if run.reminders and run.status in WAITING:
            text = f"{one_line(run.title or run.workflow)} still {state_words(run.status)[1]}"
            self._reminders[run.task_id] = self._show(f"{text} ({one_line(run.task_id or '')})", "warning")

    def _show(self, text: str, severity: SeverityLevel) -> Notification:
        toast = Notification(text, severity=severity, timeout=SECONDS, markup=False)
        self._app.post_message(Notify(toast))
        return toast
