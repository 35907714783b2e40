"""The executor's events: server-sent events read from bytes, and a feed that survives a lost connection.

Read by hand because our stream uses a small part of the format, one ``data`` line an event, and because httpx's own
lines break at U+2028, which JSON may hold unescaped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from tui.client.transport import NobodyThereError
from tui.config.codec import read_reply
from tui.core.errors import UnreachableError
from tui.core.events import Event

FIRST_DELAY = 0.1
LONGEST_DELAY = 5.0
"""Seconds between two attempts to get back."""


class LostError(UnreachableError):
    """The connection broke in the middle of an answer: the executor was killed, or crashed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One server-sent event."""

    data: str
    id: str | None = None
    event: str | None = None


async def server_sent(chunks: AsyncIterator[bytes]) -> AsyncIterator[Sent]:
    """Events of a stream, as the WHATWG's server-sent events define them, for lines that end in LF or CRLF."""
    fields: dict[str, str] = {}
    data: list[str] = []
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for raw in lines:
            line = raw.removesuffix(b"\r").decode("utf-8", "replace")
            if not line:
                if data:
                    yield Sent("\n".join(data), fields.get("id"), fields.get("event"))
                fields, data = {}, []
                continue
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data":
                data.append(value)
            else:
                fields[name] = value


class Source(Protocol):
    """What the feed needs of a client."""

    def stream(self, after: int | None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Open the stream of events. Raises :class:`LostError`, :class:`NobodyThereError`."""

    async def identify(self, *, revive: bool) -> object:
        """Which executor answers (equal for one process); with ``revive`` one is started where there is none."""


async def follow(
    source: Source, after: int | None, *, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncIterator[Event]:
    """Events from ``after`` on (``None``: from now), across lost connections and crashes of the executor.

    A ``reset`` means: what is known may be out of date, read it anew. It comes when the executor says so, after a
    restart, and after a gap that can't be filled. An executor that was killed or crashed is started again. One that
    was stopped in order is not: then the events end.

    Raises :class:`UnreachableError` if there is none to begin with, it can't be started again, or what answers is not
    ours or speaks another protocol.
    """
    last, known, delay, crashed = after, None, FIRST_DELAY, False
    while True:
        try:
            who = await source.identify(revive=crashed)
            async with source.stream(last) as chunks:
                if known is not None and (who != known or last is None):
                    yield Event(seq=last or 0, type="reset")
                known, crashed = who, False
                async for sent in server_sent(chunks):
                    delay = FIRST_DELAY
                    event = _event(sent)
                    if sent.id is not None and sent.id.isdecimal():
                        last = int(sent.id)
                    if event.type == "reset":
                        last = event.seq
                    yield event
        except NobodyThereError as error:
            crashed = crashed or error.crashed
            if not crashed:
                if known is None:
                    raise
                return
        except LostError:
            crashed = True
        await pause(delay)
        delay = min(delay * 2, LONGEST_DELAY)


def _event(sent: Sent) -> Event:
    try:
        return read_reply(Event, sent.data)
    except ValueError as error:
        raise UnreachableError("The executor sent an event that this modeldeck can't read.") from error
