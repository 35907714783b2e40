"""What ended attempts wrote is removed by age and by size, if the person wants that; their rows stay.

Only the person's own configuration decides, never a project's. A run that has not ended, an attempt that something
still writes to, and a folder of which the journal knows nothing are left alone.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tui.core.clock import Clock, iso
from tui.core.errors import JournalError
from tui.core.run import TERMINAL_RUN
from tui.executor.attempt import AttemptFolder
from tui.executor.projects import Projects
from tui.store.journal import Journal

log = logging.getLogger(__name__)

DAY = 86_400.0
_FOR_EVER = 1e6
"""Days."""


@dataclass(frozen=True)
class Retention:
    """Looks after the folder of attempts."""

    runs: Path
    swept: Path
    """A file whose age says when it was done last."""
    journal: Journal
    projects: Projects
    clock: Clock

    async def keep(self) -> None:
        """Sweep now, if that was not done within a day, and then once a day."""
        while True:
            if self.due:
                try:
                    await self.sweep()
                    self.swept.touch(mode=0o600)
                except (OSError, JournalError) as error:
                    log.warning("old output could not be removed: %s", error)
            await asyncio.sleep(DAY)

    async def sweep(self) -> int:
        """Remove what is older, and then the oldest of what is more, than is to be kept; how many attempts' output."""
        wanted = self.projects.of(None, whatever=True).settings.retention
        if wanted.days is None and wanted.output is None:
            return 0
        sizes = await asyncio.to_thread(_sizes, self.runs)
        total, removed = sum(sizes.values()), 0
        age = 0 if wanted.days is None else int(min(wanted.days, _FOR_EVER) * DAY * 1000)
        oldest_kept = iso(max(0, self.clock.milliseconds() - age)) if age else ""
        for name, size in sorted(sizes.items()):  # ids sort by time
            too_much = wanted.output is not None and total > wanted.output
            ended_at = self._ended_at(name)
            if ended_at is None or not (too_much or ended_at < oldest_kept):
                continue
            await asyncio.to_thread(shutil.rmtree, self.runs / name)
            total, removed = total - size, removed + 1
        if removed:
            log.info("the output of %d attempts was removed: it was old, or more than is to be kept", removed)
        return removed

    @property
    def due(self) -> bool:
        """Whether it was not done for a day; a clock that was set back counts as that."""
        try:
            ago = self.clock.milliseconds() / 1000 - self.swept.stat().st_mtime
        except OSError:
            return True
        return not 0 <= ago < DAY

    def _ended_at(self, name: str) -> str | None:
        """When the attempt ended, if it, its run and all that it started have."""
        attempt = self.journal.attempt(name)
        if attempt is None or attempt.state != "ended":
            return None
        run = self.journal.run(attempt.run_id)
        folder = AttemptFolder(self.runs / name)
        if run is None or run.status not in TERMINAL_RUN or folder.held("a") or folder.held("b"):
            return None
        return attempt.ended_at or ""


def _sizes(runs: Path) -> dict[str, int]:
    """Bytes of every attempt's folder, by its name."""
    found: dict[str, int] = {}
    with os.scandir(runs) as attempts:
        for attempt in attempts:
            if attempt.is_dir(follow_symlinks=False):
                with os.scandir(attempt.path) as files:
                    found[attempt.name] = sum(file.stat(follow_symlinks=False).st_size for file in files)
    return found
