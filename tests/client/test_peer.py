"""Nothing is sent to a listener that is not ours."""

from __future__ import annotations

import asyncio
import os

import pytest

from tests.client.fake_executor import FakeExecutor
from tui.client.client import ExecutorClient
from tui.client.peer import Peer, listener
from tui.config.locations import Locations
from tui.core.errors import UnreachableError
from tui.core.verbs import SetEnvironment


async def test_not_a_byte_goes_to_a_listener_under_another_uid(locations: Locations) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.read())
        writer.close()

    async with (
        await asyncio.start_unix_server(hear, locations.socket),
        ExecutorClient(locations, handed={}, uid=os.geteuid() + 1) as client,
    ):
        with pytest.raises(UnreachableError, match="belongs to someone else"):
            await client.start(SetEnvironment(values={"KEY": "secret"}))
        assert await asyncio.wait_for(heard, 10) == b""


async def test_the_kernel_names_the_listener(locations: Locations, fake: FakeExecutor) -> None:
    assert await asyncio.to_thread(listener, locations.socket) == Peer(os.geteuid(), os.getpid())


def test_nobody_listens(locations: Locations) -> None:
    assert listener(locations.socket) is None
