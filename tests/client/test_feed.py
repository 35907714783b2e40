"""Events: the format, getting back after a loss, and what a reset means."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.conftest import COMMAND
from tests.client.fake_executor import FakeExecutor
from tui.client.client import ExecutorClient
from tui.client.feed import Sent, server_sent
from tui.client.transport import NobodyThereError
from tui.config.locations import Locations
from tui.core.errors import UnreachableError
from tui.core.events import Event

LIMIT = 30


async def _next(events: AsyncIterator[Event]) -> Event:
    return await asyncio.wait_for(anext(events), LIMIT)


async def _sent(*chunks: bytes) -> list[Sent]:
    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return [event async for event in server_sent(stream())]


WHOLE = (
    ': hello\n\nid: 4\nevent: run\ndata: {"a": "ä\u2028b"}\n\r\ndata:one\ndata: two\r\n\r\nevent: lonely\n\n'.encode()
)
EVENTS = [Sent('{"a": "ä\u2028b"}', "4", "run"), Sent("one\ntwo")]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=8))
def test_events_do_not_depend_on_where_the_chunks_end(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(WHOLE)]
    chunks = [WHOLE[start:end] for start, end in pairwise(edges)]
    assert asyncio.run(_sent(*chunks)) == EVENTS


async def test_events_come_as_they_are_published(locations: Locations, fake: FakeExecutor) -> None:
    async with ExecutorClient(locations, handed={}) as client, aclosing(client.events()) as events:
        first = asyncio.ensure_future(_next(events))
        await asyncio.wait_for(fake.listening.wait(), LIMIT)
        fake.publish({"seq": 1, "type": "run", "task_id": "r_1"})
        assert await first == Event(1, "run", "r_1")
        fake.publish({"seq": 1, "type": "output", "task_id": "r_1", "attempt": "a_1", "offset": 10})
        assert await _next(events) == Event(1, "output", "r_1", attempt="a_1", offset=10)
    assert fake.afters == [None]


async def test_a_lost_stream_is_resumed_after_the_last_event(locations: Locations, fake: FakeExecutor) -> None:
    async with ExecutorClient(locations, handed={}) as client, aclosing(client.events(0)) as events:
        fake.publish({"seq": 1, "type": "run"})
        assert (await _next(events)).seq == 1
        fake.end_streams()
        fake.publish({"seq": 2, "type": "run"})
        assert await _next(events) == Event(2, "run")
    assert fake.afters == ["0", "1"]


async def test_too_old_a_place_gives_a_reset_and_goes_on_from_there(locations: Locations, fake: FakeExecutor) -> None:
    fake.oldest = 40
    async with ExecutorClient(locations, handed={}) as client, aclosing(client.events(3)) as events:
        assert await _next(events) == Event(40, "reset")
        fake.end_streams()
        again = asyncio.ensure_future(_next(events))
        await asyncio.wait_for(fake.listening.wait(), LIMIT)
        fake.publish({"seq": 41, "type": "run"})
        assert await again == Event(41, "run")
    assert fake.afters == ["3", "40"]


async def test_another_executor_at_the_same_socket_means_reset(locations: Locations, fake: FakeExecutor) -> None:
    async with ExecutorClient(locations, handed={}) as client, aclosing(client.events(0)) as events:
        fake.publish({"seq": 1, "type": "run"})
        await _next(events)
        fake.started_at = "2026-11-20T10:00:00.000Z"
        fake.end_streams()
        assert (await _next(events)).type == "reset"


async def test_a_gap_without_a_known_place_means_reset(locations: Locations, fake: FakeExecutor) -> None:
    async with ExecutorClient(locations, handed={}) as client, aclosing(client.events()) as events:
        after_the_gap = asyncio.ensure_future(_next(events))
        await asyncio.wait_for(fake.listening.wait(), LIMIT)
        fake.end_streams()
        assert await after_the_gap == Event(0, "reset")


async def test_an_executor_that_was_killed_is_started_again(locations: Locations) -> None:
    async with (
        ExecutorClient(locations, handed=dict(os.environ), command=COMMAND) as client,
        aclosing(client.events(0)) as events,
    ):
        before = await client.connect()
        assert await _next(events) == Event(1, "run")
        os.kill(before.pid, signal.SIGKILL)
        assert (await _next(events)).type == "reset"
        assert (await client.health()).pid != before.pid


async def test_events_end_with_an_executor_that_was_stopped_and_none_is_started(locations: Locations) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    fake = FakeExecutor()
    fake.events.append({"seq": 1, "type": "run"})
    nothing = ("/nonexistent",)
    async with (
        ExecutorClient(locations, handed={}, tell=told.put_nowait, command=nothing) as client,
        aclosing(client.events(0)) as events,
    ):
        async with fake.serving(locations.socket):
            await client.connect()
            await _next(events)
        with pytest.raises(StopAsyncIteration):
            await _next(events)
        assert [told.get_nowait() for _ in range(2)] == ["connected", "lost"]


async def test_without_an_executor_there_are_no_events_to_wait_for(locations: Locations) -> None:
    async with ExecutorClient(locations, handed={}) as client, aclosing(client.events()) as events:
        with pytest.raises(NobodyThereError):
            await _next(events)


async def test_an_event_that_is_no_event_is_one_sentence(locations: Locations, fake: FakeExecutor) -> None:
    fake.events.append({"seq": 1, "type": "of a newer one"})
    async with ExecutorClient(locations, handed={}) as client, aclosing(client.events(0)) as events:
        with pytest.raises(UnreachableError, match="can't read"):
            await _next(events)
