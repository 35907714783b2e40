"""A run that has not ended, as the executor holds it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping

from tui.core.run import Run
from tui.executor.attendance import Attendance
from tui.posix.environment import combined


class LiveRun:
    """A run that has not ended, and what is going on for it."""

    def __init__(self, run: Run, client: Mapping[str, str] | None = None) -> None:
        self.run = run
        self._client = dict(client or {})
        self.ended = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.at: int | None = None
        """The step that it has come to."""
        self.called_off = asyncio.Event()
        """Set when that one is not to be begun any more: the run was cancelled, or the step skipped."""
        self.decision: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when a person has said what the run waits for, and the journal has it."""
        self.attendance: Attendance | None = None
        self.task: asyncio.Task[None] | None = None
        self.changing = asyncio.Lock()

    @property
    def task_id(self) -> str:
        """The id, which a started run always has."""
        return self.run.task_id or ""

    def environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of its agents, in an executor with ``own``.

        It follows the client that started the run. An executor that took the run over from another one knows only the
        PATH of that client: that is in the journal, and the rest, which may hold a password, is not.
        """
        path = {"PATH": self.run.search_path} if self.run.search_path is not None else {}
        return combined(own, self._client) | path

    async def unless_called_off(self, wait: Awaitable[object]) -> bool:
        """Wait for what only counts while the step that it has come to does; false if that was called off first."""
        waited = asyncio.ensure_future(wait)
        called_off = asyncio.ensure_future(self.called_off.wait())
        try:
            await asyncio.wait({waited, called_off}, return_when=asyncio.FIRST_COMPLETED)
            if waited.done():
                waited.result()
            return waited.done() and not self.called_off.is_set()
        finally:
            for task in (waited, called_off):
                if not task.done():
                    task.cancel()
            await asyncio.gather(waited, called_off, return_exceptions=True)
