"""Runs that failed or DIFFER while nobody looked: counted until they are seen.

A run is seen as soon as its own screen, or the list of runs with it, is the screen in front. Each window counts for
itself, and only what happens after it was opened: earlier failures are on the cards and in the list.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.core.plain import one_line
from tui.dashboard.row import Ink, Row
from tui.dashboard.words import STATES

if TYPE_CHECKING:
    from tui.core.run import Run

DIFFERS, FAILED = "DIFFERS", "failed"


def alarm_of(run: Run | None) -> str | None:
    """Return why a run needs a look; ``None`` where it does not."""
    if run is None:
        return None
    if any(step.verdict == "differs" for step in run.steps):
        return DIFFERS
    return FAILED if run.status in ("failed", "lost") else None


@dataclass(slots=True)
class Alarms:
    """Of one window."""

    unseen: dict[str, Run] = field(default_factory=dict)
    """By task id, the oldest first."""
    _raised: set[tuple[str, str]] = field(default_factory=set)
    """What was raised once is not raised again, whatever is read or told again."""
    _fresh: bool = False

    def consider(self, before: Run | None, run: Run) -> None:
        """Raise an alarm where ``run`` needs a look now and did not ``before``."""
        why, task_id = alarm_of(run), run.task_id or ""
        if why is None or why == alarm_of(before) or (task_id, why) in self._raised:
            if task_id in self.unseen:
                self.unseen[task_id] = run
            return
        self._raised.add((task_id, why))
        self.unseen[task_id] = run
        self._fresh = True

    def see(self, shown: Iterable[str]) -> bool:
        """Take ``shown`` as seen; whether any of them was not."""
        before = len(self.unseen)
        for task_id in shown:
            self.unseen.pop(task_id, None)
        self._fresh = self._fresh and bool(self.unseen)
        return len(self.unseen) != before

    def take_fresh(self) -> bool:
        """Return whether there is an unseen alarm that was not announced yet, once."""
        fresh, self._fresh = self._fresh, False
        return fresh

    def announcement(self, key: str) -> str:
        """Return the words of the one toast for all; ``key`` lists the runs."""
        runs = list(self.unseen.values())
        if len(runs) > 1:
            return f"{len(runs)} runs {' or '.join(self._words(runs))}; {key} lists them"
        (run,) = runs
        word = DIFFERS if alarm_of(run) == DIFFERS else STATES[run.status][1]
        return f"{one_line(run.title or run.workflow)}: {word} ({one_line(run.task_id or '')})"

    def parts(self) -> list[Row]:
        """Return the counts for the header, the worst first."""
        inks: tuple[tuple[str, Ink], ...] = ((DIFFERS, "alarm"), (FAILED, "bad"))
        counts = {why: sum(alarm_of(run) == why for run in self.unseen.values()) for why, _ in inks}
        return [Row(f"{counts[why]} {why}", ink) for why, ink in inks if counts[why]]

    @staticmethod
    def _words(runs: list[Run]) -> list[str]:
        found = {alarm_of(run) for run in runs}
        return [word for why, word in ((DIFFERS, "DIFFER"), (FAILED, "failed")) if why in found]
