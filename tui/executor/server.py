"""uvicorn on a socket of ours: private to the user, asleep while nothing happens, gone within a second when told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tui.config.codec import write
from tui.core.errors import MachineError, RequestError

CHECK = 60.0
"""Seconds between two looks at what may have changed behind our back."""


URL_LIMIT = 8_192
"""Bytes of a request's URL."""
HEAD_LIMIT = 1 << 18
"""Bytes of a request's headers: twice the environment that may come with it, and what one read brings."""

_URL = 414, "URI Too Long", f"The URL of the request is longer than {URL_LIMIT:,} bytes"
_HEADERS = 431, "Request Header Fields Too Large", f"The headers of the request are longer than {HEAD_LIMIT >> 10} kB"


class _TooLongError(Exception):
    """Ends the parsing of a request whose head is too long."""


class OwnUserOnly(HttpToolsProtocol):
    """Drops a connection whose other end is not this user, before a byte is read, and bounds a request's head.

    uvicorn itself keeps a URL and headers of any length.
    """

    _read = 0
    """Bytes since the head of this request began."""
    _kept = 0
    """Of its headers that are whole."""
    _in_head = True
    _refusal: tuple[int, str, str] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Check the peer, then serve it."""
        super().connection_made(transport)
        if peer_uid(transport.get_extra_info("socket")) not in (os.getuid(), None):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Parse it; refuse a head without an end, of which the parser keeps the last header to itself."""
        super().data_received(data)
        if self._in_head and not self.transport.is_closing():
            self._read += len(data)
            if self._read > 2 * HEAD_LIMIT:
                self._refusal = _HEADERS
                self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin to count."""
        super().on_message_begin()
        self._read, self._kept, self._in_head = 0, 0, True

    def on_url(self, url: bytes) -> None:
        """Take a part of the URL."""
        super().on_url(url)
        if len(self.url) > URL_LIMIT:
            self._refusal = _URL
            raise _TooLongError

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        super().on_header(name, value)
        self._kept += len(name) + len(value) + 4
        if self._kept > HEAD_LIMIT:
            self._refusal = _HEADERS
            raise _TooLongError

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._in_head = False
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what can't be parsed in one sentence, as every other error, and close the connection."""
        status, reason, sentence = self._refusal or (400, "Bad Request", "The request is not valid HTTP")
        body = write(RequestError(sentence).body())
        head = f"HTTP/1.1 {status} {reason}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(f"{head}connection: close\r\n\r\n".encode() + body)
        self.transport.close()


def peer_uid(connection: socket.socket) -> int | None:
    """The user at the other end; ``None`` where the system can't tell, so that the socket's mode alone protects."""
    if hasattr(socket, "SO_PEERCRED"):
        _pid, uid, _gid = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(uid)
    return None


def bind(path: Path) -> socket.socket:
    """A listening socket at ``path`` that this user alone can open.

    Only the holder of the executor's lock may call it: what lies there is a leftover. Raises :class:`MachineError`.
    """
    with contextlib.suppress(FileNotFoundError):
        found = path.lstat()
        if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.getuid():
            raise MachineError(f"{path} is not a socket of yours; move it away, or set MODELDECK_STATE")
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    except OSError as error:
        listener.close()
        raise MachineError(f"The socket {path} can't be made: {error.strerror}") from None
    finally:
        os.umask(before)
    listener.listen(128)
    return listener


def answers(path: Path) -> bool:
    """Whether somebody takes connections at ``path``."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


class Server(uvicorn.Server):
    """uvicorn without its clock and its signal handlers: it sleeps until ``stopping`` is set."""

    def __init__(
        self, app: ASGIApp, path: Path, stopping: asyncio.Event, look: Callable[[], None], check: float = CHECK
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=OwnUserOnly,
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                date_header=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._path = path
        self._stopping = stopping
        self._look = look
        self._check = check

    async def main_loop(self) -> None:
        """Wait for the end; once a minute look about, and see that clients can still find us."""
        await self.on_tick(0)
        bound = self._inode()
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._check)
                return
            self._look()
            if not self._stopping.is_set() and (self._inode() != bound or bound is None):
                await self.startup([bind(self._path)])
                bound = self._inode()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to whoever runs us."""
        yield

    def _inode(self) -> int | None:
        try:
            return self._path.lstat().st_ino
        except FileNotFoundError:
            return None
