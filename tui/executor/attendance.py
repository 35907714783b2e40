"""Attending one attempt from its start, or its adoption, to its end: reading, limits, and cancelling.

Cancel kills first and then frees: TERM to the group, KILL after a grace, and only when nothing lives is it ended.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from tui.agents.base import Findings, Reader
from tui.core.errors import ErrorBody
from tui.core.plain import one_line, without_credentials
from tui.core.settings import Limits
from tui.executor.attempt import AttemptFolder
from tui.executor.attempt_files import Output
from tui.executor.processes import end_survivors, ended, kill_below, signal_group, survivors
from tui.executor.tail import Tail, Ticker
from tui.posix.descriptors import is_shortage

log = logging.getLogger(__name__)

ERR_TAIL = 16_384
"""Bytes at the end of stderr in which the cause of a failure is looked for."""


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
        output: Output,
        reader: Reader,
        ticker: Ticker,
        limits: Limits,
        *,
        timeout: float | None,
        monotonic: Callable[[], float],
        progress: Callable[[], None],
    ) -> None:
        self.folder = folder
        self.reader = reader
        self._ticker = ticker
        self._limits = limits
        self._monotonic = monotonic
        self._progress = progress
        self._output = output
        self._tail = Tail(output.out, reader)
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
        try:
            return await self._end(await self._watch(pid, intend_cancel))
        finally:
            self._output.close()

    async def _watch(self, pid: int | None, intend_cancel: Callable[[str], Awaitable[object]]) -> int | None:
        self._ticker.follow(self._look)
        gone = asyncio.ensure_future(ended(self.folder, pid))
        asked = asyncio.ensure_future(self._cancel.wait())
        try:
            await asyncio.wait({gone, asked}, return_when=asyncio.FIRST_COMPLETED)
            if asked.done() and not gone.done() and self.cancel_reason:
                await intend_cancel(self.cancel_reason)
                await self._terminate(gone, pid)
            return await gone
        finally:
            self._ticker.leave(self._look)
            asked.cancel()
            gone.cancel()

    async def _terminate(self, gone: asyncio.Future[int | None], pid: int | None) -> None:
        grace = self._limits.grace
        signal_group(self.folder, signal.SIGTERM, pid)
        await asyncio.wait({gone}, timeout=grace)
        while not gone.done():
            if pid is not None:  # first what is below the shim: it sees what loses its parent, and ends when all have
                await kill_below(self.folder, pid, grace)
                await asyncio.wait({gone}, timeout=grace)
            if not gone.done():
                signal_group(self.folder, signal.SIGKILL, pid)
                await asyncio.wait({gone}, timeout=grace)

    def _look(self) -> None:
        """One tick. What fails here is this attempt's failure and ends it; what the machine lacks is waited for."""
        try:
            self._advance()
        except Exception as error:
            if is_shortage(error):  # that says nothing about the attempt
                return
            log.exception("attempt %s: its output can't be read", self.folder.path.name)
            self._ticker.leave(self._look)
            self.cancel(f"unreadable: its output can't be read: {_cause(error)}")

    def _advance(self) -> None:
        """Read what is new, and hold the attempt to its limits."""
        self._tail.advance()
        now, size = self._monotonic(), self._output.size()
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
        findings = await self._findings(exit_code)
        if self.cancel_reason or exit_code is None:
            lost = exit_code is None and self.cancel_reason is None
            return End(findings, exit_code, lost=lost, cancelled=self.cancel_reason)
        return End(findings, exit_code, left_behind=survivors(self.folder))

    async def _findings(self, exit_code: int | None) -> Findings:
        """Read the rest. Where that fails, whatever the agent did can't be shown, so the step fails."""
        failure = None
        errors = b""
        try:
            if self._output.size() <= self._limits.max_output:
                while self._tail.advance():  # noqa: ASYNC110 - nothing is waited for, others only have their turn
                    await asyncio.sleep(0)  # it may have written a gigabyte: others have their turn between two pieces
                self._tail.finish()
            # What is found in it is journalled and shown.
            errors = without_credentials(self._output.err.end(ERR_TAIL))
        except Exception as error:
            if is_shortage(error):
                raise
            log.exception("attempt %s: its output can't be read", self.folder.path.name)
            failure = ErrorBody("unreadable", f"Its output can't be read: {_cause(error)}")
        findings = self.reader.finish(exit_code, errors)
        return findings if failure is None else replace(findings, error=failure)

    def _exit_code(self, status: int | None) -> int | None:
        written = self.folder.exit_code()
        if written is None and status is not None and status >= 0:
            return status  # the disk was full, so that the shim could only tell its parent
        return written


def _cause(error: Exception) -> str:
    return one_line(str(error) or type(error).__name__, 300)
