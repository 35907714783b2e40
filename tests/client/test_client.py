"""What goes over the wire and what comes back, against a real server on a real socket."""

from __future__ import annotations

import fcntl
import socket

import pytest
from starlette.responses import PlainTextResponse

from tests.client.fake_executor import FakeExecutor
from tui.client.client import ExecutorClient
from tui.client.transport import NobodyThereError
from tui.config.locations import Locations
from tui.core.errors import ModeldeckError, RequestError, UnreachableError
from tui.core.verbs import Await, StartWorkflow


async def test_a_verb_sends_its_whole_request_and_reads_the_answer(locations: Locations, fake: FakeExecutor) -> None:
    async with ExecutorClient(locations, handed={}) as client:
        started = await client.start(StartWorkflow("nap", model="haiku", step_models={"1": "opus"}))
    assert (started.task_id, started.next, started.seq) == ("r_1", ("task_await r_1",), 7)
    verb, body = fake.asked[-1]
    assert verb == "task_start"
    assert (body["kind"], body["workflow"], body["model"], body["step_models"]) == (
        "workflow",
        "nap",
        "haiku",
        {"1": "opus"},
    )


async def test_an_error_of_the_executor_arrives_as_what_it_is(locations: Locations, fake: FakeExecutor) -> None:
    async with ExecutorClient(locations, handed={}) as client:
        with pytest.raises(RequestError, match="No workflow 'np'") as caught:
            await client.start(StartWorkflow("np"))
    assert (caught.value.suggestions, caught.value.field) == (("nap",), "workflow")


@pytest.mark.parametrize("status", [200, 500])
async def test_an_answer_in_another_language_is_one_sentence(
    locations: Locations, fake: FakeExecutor, status: int
) -> None:
    fake.answer = PlainTextResponse("<html>", status)
    async with ExecutorClient(locations, handed={}) as client:
        with pytest.raises(UnreachableError, match="is not a Modeldeck executor"):
            await client.wait(Await(("r_1",)))


async def test_another_protocol_is_refused_with_what_to_do(locations: Locations, fake: FakeExecutor) -> None:
    fake.protocol = 99
    async with ExecutorClient(locations, handed={}) as client:
        with pytest.raises(UnreachableError, match=r"protocol 99.*modeldeck executor stop"):
            await client.connect()
        assert (await client.health()).protocol == 99


async def test_without_autostart_nobody_there_is_said(locations: Locations) -> None:
    async with ExecutorClient(locations, handed={}) as client:
        with pytest.raises(NobodyThereError, match="No executor is running"):
            await client.connect(autostart=False)


async def test_a_stale_socket_is_nobody(locations: Locations) -> None:
    async with FakeExecutor().serving(locations.socket):
        pass
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(locations.socket))
    async with ExecutorClient(locations, handed={}) as client:
        with pytest.raises(NobodyThereError) as caught:
            await client.health()
        assert caught.value.crashed
        with locations.lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with pytest.raises(NobodyThereError) as caught:
                await client.health()
        assert not caught.value.crashed, "it is just ending, or just starting"


async def test_each_change_of_the_connection_is_told(locations: Locations, fake: FakeExecutor) -> None:
    told: list[str] = []
    async with ExecutorClient(locations, handed={}, tell=told.append) as client:
        await client.connect()
    assert told == ["connected"]


async def test_every_error_is_of_the_tree(locations: Locations) -> None:
    async with ExecutorClient(locations, handed={}) as client:
        with pytest.raises(ModeldeckError):
            await client.start(StartWorkflow("nap"))
