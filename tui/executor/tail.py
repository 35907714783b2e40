"""Following what attempts write: complete lines to the agent's reader, one tick for all, none when nothing runs."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from tui.agents.base import Reader
from tui.core.verbs import Message
from tui.executor.attempt_files import KeptFile, NotAFileError, open_regular

log = logging.getLogger(__name__)

TICK = 0.1
"""Seconds between two looks."""
CHUNK = 1 << 20
"""Bytes read from one attempt in one look, so that a flood from one starves nobody."""
LINE = 1 << 20
"""Bytes of a line that are read; the rest of it is passed over."""
MOST = 1 << 22
"""Bytes in which messages are looked for in one call."""
PEEK = 1 << 18
"""Bytes at the end of the output in which the last messages are looked for."""


class Tail:
    """The output of one attempt, read from its start, so that an adopted one is understood like an own one."""

    def __init__(self, file: KeptFile, reader: Reader) -> None:
        self._file = file
        self._reader = reader
        self._pending = bytearray()
        self.offset = 0
        """Bytes read so far."""

    def advance(self) -> bool:
        """Read what is new, at most one chunk; says whether there was anything."""
        chunk = self._file.read(self.offset, CHUNK)
        start = self.offset
        self.offset += len(chunk)
        at = 0
        while (end := chunk.find(b"\n", at)) >= 0:
            self._take(chunk[at:end])
            self._end_line(start + end + 1)
            at = end + 1
        self._take(chunk[at:])
        return bool(chunk)

    def finish(self) -> None:
        """Read to the end; a last line without its newline counts too."""
        while self.advance():
            pass
        if self._pending:
            self._end_line(self.offset)

    def _take(self, part: bytes) -> None:
        self._pending += part[: LINE - len(self._pending)]

    def _end_line(self, offset: int) -> None:
        line, self._pending = bytes(self._pending), bytearray()
        if line.strip():
            self._reader.feed(line, offset)


class Ticker:
    """Calls everybody who follows something, ten times a second; sleeps for good when nobody does.

    One that raises is not called again, and the others are: what its error means is for itself to handle.
    """

    def __init__(self) -> None:
        self._followers: set[Callable[[], None]] = set()
        self._task: asyncio.Task[None] | None = None

    def follow(self, follower: Callable[[], None]) -> None:
        """Call ``follower`` at each tick from now on."""
        self._followers.add(follower)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="ticker")

    def leave(self, follower: Callable[[], None]) -> None:
        """Stop calling ``follower``."""
        self._followers.discard(follower)

    async def _run(self) -> None:
        while self._followers:
            await asyncio.sleep(TICK)
            for follower in tuple(self._followers):
                try:
                    follower()
                except Exception:
                    log.exception("a follower of an attempt's output failed and is not called again")
                    self._followers.discard(follower)


def messages(
    path: Path, reader: Reader, offset: int, limit: int, *, ended: bool, most: int = MOST
) -> tuple[tuple[Message, ...], int]:
    """What stands in ``path`` from ``offset`` on, as messages: about ``limit`` of them, and where to go on.

    Of more than ``most`` bytes the rest is left for the next call, also where there was no message in them: whoever
    goes on until the offset stays the same has read all. While the attempt runs only complete lines are read, so one
    who comes back with the returned offset misses and repeats nothing.
    """
    found: list[Message] = []
    try:
        file = open_regular(path)
    except (FileNotFoundError, NotAFileError):
        return (), offset
    with file:
        end = os.fstat(file.fileno()).st_size  # what is written meanwhile may be quicker than this
        stop = min(end, offset + most)
        file.seek(offset)
        while len(found) < limit and offset < stop:
            line = part = file.readline(LINE)
            size = len(line)
            while not part.endswith(b"\n") and offset + size < end:
                part = file.readline(LINE)
                size += len(part)
            if not (part.endswith(b"\n") or ended):
                break
            offset += size
            if line.strip():
                found.extend(reader.feed(line.rstrip(b"\n"), offset))
    return tuple(found), offset


def last_messages(path: Path, reader: Reader, count: int, *, ended: bool) -> tuple[Message, ...]:
    """The last ``count`` messages, of what stands in the last part of ``path``: its size must not matter."""
    try:
        with open_regular(path) as file:
            start = max(0, os.fstat(file.fileno()).st_size - PEEK)
            file.seek(start)
            skipped = len(file.readline()) if start else 0
    except (FileNotFoundError, NotAFileError):
        return ()
    found, _ = messages(path, reader, start + skipped, PEEK, ended=ended, most=PEEK)
    return found[-count:] if count > 0 else ()
