"""uvicorn on a socket of ours: private to the user, asleep while nothing happens, gone within a second when told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from tui.core.errors import MachineError
from tui.executor.connections import IDLE, MOST, Acceptor, OwnUserOnly

CHECK = 60.0
"""Seconds between two looks at what may have changed behind our back."""


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
        self,
        app: ASGIApp,
        path: Path,
        stopping: asyncio.Event,
        look: Callable[[], Awaitable[None]],
        check: float = CHECK,
        *,
        most: int = MOST,
        idle: float = IDLE,
        uid: int | None = None,
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
        self.servers = []
        self.acceptors: list[Acceptor] = []
        self._path = path
        self._stopping = stopping
        self._look = look
        self._check = check
        self._protocol = partial(OwnUserOnly, most=most, idle=idle, uid=uid)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen at ``sockets``, and no longer at those before."""
        for acceptor in self.acceptors:
            acceptor.close()
        state = self.server_state
        protocol = partial(self._protocol, config=self.config, server_state=state, app_state={})
        self.acceptors = [Acceptor(one, state.connections, protocol) for one in sockets or ()]
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept nobody any more, then end what is going on."""
        for acceptor in self.acceptors:
            acceptor.close()
        await super().shutdown()

    async def main_loop(self) -> None:
        """Wait for the end; once a minute look about, and see that clients can still find us."""
        await self.on_tick(0)
        bound = self._inode()
        while not self._stopping.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._check)
                return
            await self._look()
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
