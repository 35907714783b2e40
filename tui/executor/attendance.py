"""Attending one attempt from its start, or its adoption, to its end: reading, limits, and cancelling.

Cancel kills first and then frees: TERM to the group, KILL after a grace, and only when nothing lives is it ended.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tui.agents.base import Findings, Reader
from tui.core.settings import Limits
from tui.executor.attempt import AttemptFolder
from tui.executor.processes import end_survivors, ended, signal_group, survivors
from tui.executor.tail import Tail, Ticker


@dataclass(frozen=True)
class End:
    """How an attempt ended."""

    findings: Findings
    exit_code: int | None
    lost: bool = False
    """It went without a word, so nobody can say what it did."""
    cancelled: str | None = None
    """The reason, if it was ended on purpose."""
    left_behind: tuple[int, ...] = ()
    """Processes that the agent started and that live on after a proper end."""


class Attendance:
    """One attempt under the executor's eyes."""

    def __init__(
        self,
        folder: AttemptFolder,
        reader: Reader,
        ticker: Ticker,
        limits: Limits,
        timeout: float | None,
        *,
        monotonic: Callable[[], float],
        progress: Callable[[], None],
    ) -> None:
        self.folder = folder
        self.reader = reader
        self._ticker = ticker
        self._limits = limits
        self._monotonic = monotonic
        self._progress = progress
        self._tail = Tail(folder.out, reader)
        self._seen = 0
        self._heard_at = monotonic()
        self._deadline = None if timeout is None else monotonic() + timeout
        self._cancel = asyncio.Event()
        self.cancel_reason: str | None = None

    @property
    def offset(self) -> int:
        """Bytes of output read so far."""
        return self._tail.offset

    def cancel(self, reason: str) -> None:
        """Ask for the end; the first reason stays."""
        self.cancel_reason = self.cancel_reason or reason
        self._cancel.set()

    async def attend(self, pid: int | None, intend_cancel: Callable[[str], Awaitable[object]]) -> End:
        """Watch until the end. ``intend_cancel`` journals the reason before the first signal is sent."""
        self._ticker.follow(self._look)
        gone = asyncio.ensure_future(ended(self.folder, pid))
        asked = asyncio.ensure_future(self._cancel.wait())
        try:
            await asyncio.wait({gone, asked}, return_when=asyncio.FIRST_COMPLETED)
            if asked.done() and not gone.done() and self.cancel_reason:
                await intend_cancel(self.cancel_reason)
                await self._terminate(gone)
            status = await gone
        finally:
            self._ticker.leave(self._look)
            asked.cancel()
            gone.cancel()
        return await self._end(status)

    async def _terminate(self, gone: asyncio.Future[int | None]) -> None:
        for signum in (signal.SIGTERM, signal.SIGKILL):
            signal_group(self.folder, signum)
            await asyncio.wait({gone}, timeout=self._limits.grace)
            if gone.done():
                break
        while not gone.done():  # the shim may have written its pid only now
            signal_group(self.folder, signal.SIGKILL)
            await asyncio.wait({gone}, timeout=self._limits.grace)

    def _look(self) -> None:
        """One tick: read what is new, and hold the attempt to its limits."""
        self._tail.advance()
        now, size = self._monotonic(), self.folder.size()
        if size != self._seen:
            self._seen, self._heard_at = size, now
            self._progress()
        if size > self._limits.max_output:
            self.cancel(f"output_limit: it wrote more than {self._limits.max_output:,} bytes")
        elif now - self._heard_at > self._limits.silence:
            self.cancel(f"silence: it wrote nothing for {self._limits.silence:.0f} seconds")
        elif self._deadline is not None and now > self._deadline:
            self.cancel("timeout: its time was up")

    async def _end(self, status: int | None) -> End:
        exit_code = self._exit_code(status)
        if self.cancel_reason or exit_code is None:
            await end_survivors(self.folder, self._limits.grace)
            exit_code = self._exit_code(status)  # a shim that was killed may have been just writing it down
        if self.folder.size() <= self._limits.max_output:
            while self._tail.advance():  # noqa: ASYNC110 - nothing is waited for, others only have their turn
                await asyncio.sleep(0)  # it may have written a gigabyte: others have their turn between two pieces
            self._tail.finish()
        findings = self.reader.finish(exit_code, self.folder.err_tail())
        if self.cancel_reason or exit_code is None:
            lost = exit_code is None and self.cancel_reason is None
            return End(findings, exit_code, lost=lost, cancelled=self.cancel_reason)
        return End(findings, exit_code, left_behind=survivors(self.folder))

    def _exit_code(self, status: int | None) -> int | None:
        written = self.folder.exit_code()
        if written is None and status is not None and status >= 0:
            return status  # the disk was full, so that the shim could only tell its parent
        return written
