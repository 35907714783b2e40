"""The connections of clients: so many at most, and none for ever that asks for nothing.

Descriptors are shared with the journal and with agents, so clients get a part of them. Where all are taken the one that
has been idle longest goes, and where none is idle the new one is refused. If the process has no descriptor left all the
same, nobody is accepted for a moment: asyncio's own loop would try, and log, thousands of times a second.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import struct
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from tui.config.codec import write
from tui.core.errors import ErrorBody
from tui.executor.request_head import BoundedHead
from tui.posix.descriptors import is_shortage

log = logging.getLogger(__name__)

MOST = 512
"""Connections at once, whatever the limit of descriptors."""
IDLE = 30.0
"""Seconds without a whole request after which a connection is closed."""
PAUSE = 0.5
"""Seconds without accepting after the process had no descriptor left."""
_BURST = 16
"""Connections that are accepted before others have their turn."""
_QUIET = 60.0
"""Seconds between two lines in the log about the same shortage."""


def share_of(descriptors: int) -> int:
    """Return how many connections clients may have in a process with so many ``descriptors``: the rest is for work."""
    return min(MOST, max(8, descriptors // 4))


class OwnUserOnly(BoundedHead):
    """Drops a connection whose other end is not this user, before a byte is read, and one that stays idle."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        most: int = MOST,
        idle: float = IDLE,
        uid: int | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._most = most
        self._uid = os.getuid() if uid is None else uid
        self._idle_limit = idle
        self._idle_check: asyncio.TimerHandle | None = None
        self.idle_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Check the peer and the room, then serve it."""
        super().connection_made(transport)
        self.idle_since = self.loop.time()
        if peer_uid(transport.get_extra_info("socket")) not in (self._uid, None):
            transport.abort()
        elif len(self.connections) > self._most and not close_idlest(self.connections, besides=self):
            self._refuse()
        else:
            self._idle_check = self.loop.call_later(self._idle_limit, self._check_idle)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self._idle_check is not None:
            self._idle_check.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Note when it became idle."""
        self.idle_since = self.loop.time()
        super().on_response_complete()

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return (cycle is None or cycle.response_complete) and not self.pipeline

    def _check_idle(self) -> None:
        left = self.idle_since + self._idle_limit - self.loop.time()
        if self.is_idle and left <= 0:
            self.transport.close()
        else:
            again = max(left, self._idle_limit / 10) if self.is_idle else self._idle_limit
            self._idle_check = self.loop.call_later(again, self._check_idle)

    def _refuse(self) -> None:
        sentence = f"The executor has {self._most} connections at work already; try again in a moment"
        body = write(ErrorBody("machine", sentence))
        head = f"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(head.encode() + b"connection: close\r\n\r\n" + body)
        self.transport.close()


def close_idlest(connections: set[Any], besides: OwnUserOnly | None = None) -> bool:
    """Close the connection, another one than ``besides``, that has been idle longest; whether there was one."""
    idle = [one for one in connections if isinstance(one, OwnUserOnly) and one.is_idle and one is not besides]
    if not idle:
        return False
    idlest = min(idle, key=lambda one: one.idle_since)
    connections.discard(idlest)  # it counts no more, though its end is noticed only later
    idlest.transport.abort()
    return True


class Acceptor:
    """Accepts the connections of one listening socket, and waits a moment where the process has no descriptor left."""

    def __init__(self, listener: socket.socket, connections: set[Any], protocol: Callable[[], OwnUserOnly]) -> None:
        self._listener = listener
        self._connections = connections
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[object]] = set()
        self._resume: asyncio.TimerHandle | None = None
        self._told_at = float("-inf")
        self.pauses = 0
        """How often there was no descriptor left."""
        listener.setblocking(False)
        self._loop.add_reader(listener, self._accept)

    def close(self) -> None:
        """Accept nobody any more."""
        if self._resume is not None:
            self._resume.cancel()
        self._loop.remove_reader(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        for _ in range(_BURST):
            try:
                connection, _address = self._listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                if not is_shortage(error):
                    raise
                self._pause(error)
                return
            connection.setblocking(False)
            task: asyncio.Task[object] = self._loop.create_task(
                self._loop.connect_accepted_socket(self._protocol, connection)
            )
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _pause(self, error: OSError) -> None:
        self.pauses += 1
        close_idlest(self._connections)
        now = self._loop.time()
        if now - self._told_at >= _QUIET:
            self._told_at = now
            log.warning("no client can be accepted for a moment: %s", error.strerror)
        self._loop.remove_reader(self._listener)
        self._resume = self._loop.call_later(PAUSE, self._go_on)

    def _go_on(self) -> None:
        self._resume = None
        self._loop.add_reader(self._listener, self._accept)


def peer_uid(connection: socket.socket) -> int | None:
    """The user at the other end; ``None`` where the system can't tell, so that the socket's mode alone protects."""
    if hasattr(socket, "SO_PEERCRED"):
        _pid, uid, _gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(uid)
    return None
