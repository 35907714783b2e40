"""What is done once a day: the journal is copied, and what is old goes, if the person wants that.

What goes is what ended attempts wrote, and ended runs with all that is known of them. Only the person's own
configuration decides, never a project's. A run that has not ended, an attempt that something still writes to, a spec
and its newest run, a worktree, and a folder of which the journal knows nothing are left alone. Events are no history
but news: of them so many are kept that no listener asks for older ones.
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
from tui.core.settings import Retention as Wanted
from tui.executor.attempt import AttemptFolder
from tui.executor.projects import Projects
from tui.store.journal import Journal

log = logging.getLogger(__name__)

DAY = 86_400.0
LEAP = 60 * DAY
"""A clock that went on by more than this since the last sweep was perhaps set wrong: it is believed a day later."""
PAGE = 500
"""Runs that are looked at at once."""
BATCH = 20
"""Runs that are taken away at once: who writes meanwhile waits for so many at most."""
EVENTS = 100_000
"""Events that are kept."""
EVENTS_PAGE = 5_000
"""Events that are taken away at once."""
_FOR_EVER = 1e6
"""Days."""


@dataclass(frozen=True)
class Retention:
    """Looks after the journal and the folder of attempts."""

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
                    if self.believable:
                        await self.sweep()
                    else:
                        log.warning("the clock went on by more than two months: nothing old is removed for a day")
                    self._note()
                except (OSError, JournalError) as error:
                    log.warning("what is old could not be removed: %s", error)
            await asyncio.sleep(DAY)

    async def sweep(self) -> None:
        """Copy the journal, and take away whatever is older, or more, than is to be kept."""
        await self._back_up()
        await self.forget_runs()
        await self.remove_output()
        await self.forget_events()

    async def _back_up(self) -> None:
        try:
            if await self.journal.back_up() is None:
                log.info("the journal was not copied: it is larger than is copied every day, or the disk is too full")
        except JournalError as error:  # to make room may be just what is needed
            log.warning("%s", error.message)

    async def forget_runs(self) -> int:
        """Take away runs that ended too long ago, and the oldest of those that are too many; how many went.

        Their output goes first: where this ends in the middle, the journal still knows what is left to be removed.
        No run ended before one that was there earlier began, whatever the machine's clock was set to then.
        """
        wanted = self._wanted
        if wanted.run_days is None and wanted.runs is None:
            return 0
        now, oldest_kept = self.clock.utc_now(), self._since(wanted.run_days)
        since = ""
        excess = 0 if wanted.runs is None else self.journal.ended_count() - wanted.runs
        gone, after = 0, 0
        while True:
            page, further = self.journal.ended_runs(after, PAGE)
            old = []
            for place, run in enumerate(page):
                since = max(since, run.created_at if run.created_at <= now else "")
                too_old = max(run.ended_at, since) < oldest_kept
                if (place < excess or too_old) and not run.last_of_spec:
                    old.append(run.number)
            going = [number for number in old if await self._removed(self.journal.attempts_of(number))]
            for start in range(0, len(going), BATCH):
                await self.journal.forget(going[start : start + BATCH])
            gone, excess = gone + len(going), excess - len(page)
            if further is None or (excess <= 0 and wanted.run_days is None):
                break
            after = further
            await asyncio.sleep(0)  # others have their turn between two pages
        if gone:
            log.info("%d runs were removed from the journal: they were old, or more than are to be kept", gone)
        return gone

    async def remove_output(self) -> int:
        """Remove what attempts wrote that is too old, and then the oldest of what is too much; of how many attempts."""
        wanted = self._wanted
        if wanted.days is None and wanted.output is None:
            return 0
        sizes = await asyncio.to_thread(_sizes, self.runs)
        total, removed = sum(sizes.values()), 0
        oldest_kept = self._since(wanted.days)
        for name, size in sorted(sizes.items()):  # ids sort by time
            too_much = wanted.output is not None and total > wanted.output
            ended_at = self._ended_at(name)
            if ended_at is None or not (too_much or ended_at < oldest_kept) or not await self._removed((name,)):
                continue
            total, removed = total - size, removed + 1
        if removed:
            log.info("the output of %d attempts was removed: it was old, or more than is to be kept", removed)
        return removed

    async def forget_events(self, keep: int = EVENTS) -> int:
        """Take away all events but the newest; how many went."""
        first = at = self.journal.oldest_seq
        last = self.journal.last_seq - keep
        while at <= last:
            at = min(at + EVENTS_PAGE, last + 1)
            await self.journal.forget_events(at - 1)
        return at - first

    @property
    def due(self) -> bool:
        """Whether it was not done for a day; a clock that was set back counts as that."""
        ago = self._ago()
        return ago is None or not 0 <= ago < DAY

    @property
    def believable(self) -> bool:
        """Whether the clock may be asked what is old."""
        ago = self._ago()
        return ago is None or ago < LEAP

    @property
    def _wanted(self) -> Wanted:
        own = self.projects.of(None)
        shipped = own.fault is not None and own.fault.in_use == "shipped"
        # What a file that can't be read would keep is not known, so nothing goes.
        return Wanted(None, None, None, None) if shipped else own.settings.retention

    def _ago(self) -> float | None:
        """Seconds since it was done last."""
        try:
            return self.clock.milliseconds() / 1000 - self.swept.stat().st_mtime
        except OSError:
            return None

    def _note(self) -> None:
        """That it was done now, by the clock that counts here."""
        self.swept.touch(mode=0o600)
        now = self.clock.milliseconds() / 1000
        os.utime(self.swept, (now, now))

    def _since(self, days: float | None) -> str:
        """The oldest end that is kept; earlier than any where age does not matter."""
        if days is None:
            return ""
        return iso(max(0, self.clock.milliseconds() - int(min(days, _FOR_EVER) * DAY * 1000)))

    def _ended_at(self, name: str) -> str | None:
        """When the attempt ended, if it and its run have."""
        attempt = self.journal.attempt(name)
        if attempt is None or attempt.state != "ended":
            return None
        run = self.journal.run(attempt.run_id)
        if run is None or run.status not in TERMINAL_RUN:
            return None
        return attempt.ended_at or ""

    async def _removed(self, attempts: tuple[str, ...]) -> bool:
        """Remove the folders of ended attempts, unless one is still written to; whether nothing of them is left."""
        folders = [AttemptFolder(self.runs / name) for name in attempts]
        try:
            if any(folder.held("a") or folder.held("b") for folder in folders):
                return False
            for folder in folders:
                if folder.path.exists():
                    await asyncio.to_thread(shutil.rmtree, folder.path)
        except OSError as error:
            log.warning("%s could not be removed: %s", error.filename, error.strerror)
            return False
        return True


def _sizes(runs: Path) -> dict[str, int]:
    """Bytes of every attempt's folder, by its name."""
    found: dict[str, int] = {}
    with os.scandir(runs) as attempts:
        for attempt in attempts:
            if attempt.is_dir(follow_symlinks=False):
                with os.scandir(attempt.path) as files:
                    found[attempt.name] = sum(file.stat(follow_symlinks=False).st_size for file in files)
    return found
