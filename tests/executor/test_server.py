"""The socket of an executor: there again when it vanished, left alone when the state folder is ours no more."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from tui.executor.serve import is_ours
from tui.executor.server import Server, answers, bind

OFTEN = 0.05
"""Seconds between two looks, in place of a minute."""


@asynccontextmanager
async def serving(path: Path, stopping: asyncio.Event, look: Callable[[], object]) -> AsyncIterator[asyncio.Task[None]]:
    """A server at ``path`` that looks about often."""

    async def looks() -> None:
        look()

    server = asyncio.create_task(Server(Starlette(), path, stopping, looks, OFTEN).serve(sockets=[bind(path)]))
    try:
        async with asyncio.timeout(30):
            yield server
    finally:
        stopping.set()
        await server


async def test_a_socket_that_vanished_is_there_again(tmp_path: Path) -> None:
    path, looked = tmp_path / "s", asyncio.Event()
    async with serving(path, asyncio.Event(), looked.set):
        await looked.wait()
        path.unlink()
        while not (path.exists() and answers(path)):
            looked.clear()
            await looked.wait()
        assert path.stat().st_mode & 0o777 == 0o600


async def test_one_whose_look_ends_it_binds_nothing_anew(tmp_path: Path) -> None:
    path, stopping = tmp_path / "s", asyncio.Event()
    async with serving(path, stopping, stopping.set) as server:
        path.unlink()
        await asyncio.wait({server})
        assert not path.exists()


async def test_another_user_is_not_heard(tmp_path: Path) -> None:
    path, stopping, requests = tmp_path / "s", asyncio.Event(), list[Scope]()

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        requests.append(scope)

    async def look() -> None:
        pass

    server = Server(app, path, stopping, look, uid=os.getuid() + 1)
    serving = asyncio.create_task(server.serve(sockets=[bind(path)]))
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"GET /v1/health HTTP/1.1\r\nhost: x\r\n\r\n")
        with suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()
    stopping.set()
    await serving
    assert requests == []


def test_a_lock_is_ours_as_long_as_its_file_is_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "executor.lock"
    path.touch()
    lock = os.open(path, os.O_RDWR)
    try:
        assert is_ours(lock, path)
        path.rename(tmp_path / "away")
        assert not is_ours(lock, path)
        path.touch()
        assert not is_ours(lock, path)
        path.unlink()
        (tmp_path / "away").rename(path)
        assert is_ours(lock, path)
    finally:
        os.close(lock)
