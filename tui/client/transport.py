"""HTTP over the executor's socket, which sends nothing before it knows that the listener is this person's own."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from collections.abc import Iterable
from pathlib import Path

import httpcore
import httpx

from tui.client.peer import peer
from tui.core.errors import UnreachableError


class NobodyThereError(UnreachableError):
    """Nobody listens at the socket: an executor may be started.

    ``crashed``: the socket was left behind, and nobody holds the executor's lock any more. One that is stopped takes
    its socket with it before it lets go of the lock.
    """

    def __init__(self, path: Path, lock: Path) -> None:
        super().__init__(f"No executor is running: nobody answers at {path}.")
        self.crashed = path.exists() and not _held(lock)


def not_ours(path: Path) -> UnreachableError:
    """The sentence for a socket where someone else listens."""
    return UnreachableError(
        f"The socket {path} belongs to someone else, so nothing was sent to it. "
        "Remove it, or set MODELDECK_STATE to a folder of your own."
    )


def _held(lock: Path) -> bool:
    """Whether some process holds ``lock``, tested so that two who test do not see each other."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


class _OwnSocket(httpcore.AsyncNetworkBackend):
    """Connects as httpcore does, and closes at once where the listener runs under another uid than ``uid``."""

    def __init__(self, uid: int, lock: Path) -> None:
        self._uid = uid
        self._lock = lock
        self._plain = httpcore.AnyIOBackend()

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109  (httpcore's signature)
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            stream = await self._plain.connect_unix_socket(path, timeout, socket_options)
        except httpcore.ConnectError as error:
            raise self._why(Path(path), error) from error
        try:
            theirs = peer(_socket_of(stream)).uid
        except OSError as error:
            await stream.aclose()
            raise httpcore.ConnectError(str(error)) from error
        if theirs != self._uid:
            await stream.aclose()
            raise not_ours(Path(path))
        return stream

    def _why(self, path: Path, error: httpcore.ConnectError) -> UnreachableError:
        with contextlib.suppress(OSError):
            if path.lstat().st_uid != self._uid:
                return not_ours(path)
        if isinstance(error.__context__ or error.__cause__, PermissionError):
            return UnreachableError(f"The executor's socket {path} may not be opened: {error}")
        return NobodyThereError(path, self._lock)


def _socket_of(stream: httpcore.AsyncNetworkStream) -> socket.socket:
    found: socket.socket = stream.get_extra_info("socket")
    return found


class SocketTransport(httpx.AsyncHTTPTransport):
    """httpx's own transport with its connection pool changed for one that checks whom it talks to."""

    def __init__(self, path: Path, lock: Path, *, uid: int | None = None) -> None:
        super().__init__(verify=False)  # no TLS on a Unix socket; loading certificates costs 20 ms
        # httpx has no argument for a network backend; tests/client/test_peer.py fails if this stops having an effect.
        self._pool = httpcore.AsyncConnectionPool(
            uds=str(path),
            network_backend=_OwnSocket(os.geteuid() if uid is None else uid, lock),
            max_connections=100,
            max_keepalive_connections=4,
            keepalive_expiry=4.0,
        )
