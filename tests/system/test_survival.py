"""The executor is killed in the middle of a run, again and again; the run goes on as if nothing had been."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from tui.client.client import ExecutorClient
from tui.config.locations import Locations
from tui.config.trust import TrustStore
from tui.core.errors import UnreachableError
from tui.core.run import Run, RunStatus
from tui.core.verbs import Await, List, Message, StartWorkflow

LIMIT = 120.0
STAGES = 3
MESSAGES = 8
CONFIG = f"""
providers: {{anthropic: {{kind: list}}}}
agents: {{actor: {{kind: rehearsal, rehearsal: {{seconds: 0.4, messages: {MESSAGES}}}}}}}
profiles: {{actor: {{agent: actor}}}}
workflows:
  three: {{stages: [{{name: one, profile: actor}}, {{name: two, profile: actor}}, {{name: three, profile: actor}}]}}
"""


class Deck:
    """A person's places and the clients that come and go."""

    def __init__(self, folder: Path) -> None:
        self.locations = Locations(folder / "config.yaml", folder / "state", folder / "cache")
        self.locations.prepare()
        self.locations.config_file.write_text(CONFIG)
        self.project = folder / "shop"
        self.project.mkdir()
        TrustStore(self.locations.trust).trust(self.project)

    async def end_executor(self, signum: signal.Signals) -> None:
        """The blow; the next client comes while the executor may still be dying."""
        async with ExecutorClient(self.locations) as client:
            os.kill((await client.connect()).pid, signum)


@pytest.mark.slow
async def test_a_run_survives_twenty_deaths_of_the_executor(tmp_path: Path) -> None:
    deck = Deck(tmp_path)
    moments = random.Random(20)  # the same twenty moments at every run of the test
    for _ in range(20):
        async with ExecutorClient(deck.locations) as client:
            await client.connect()
            started = await client.start(StartWorkflow("three", project=str(deck.project)))
        assert started.task_id is not None
        await asyncio.sleep(moments.uniform(0, 1.6))  # the moment of the blow is what is tried here
        await deck.end_executor(signal.SIGKILL)
        async with ExecutorClient(deck.locations) as client:
            await client.connect()
            tasks = await client.wait(Await((started.task_id,), LIMIT))
            assert tasks.done
            output = [await everything(client, started.task_id, step) for step in range(STAGES)]
        check(deck, tasks.tasks[0], output)
    await deck.end_executor(signal.SIGTERM)
    attempts = Counter(path.name for path in deck.locations.runs.iterdir())
    assert len(attempts) == 20 * STAGES


async def everything(client: ExecutorClient, task_id: str, step: int) -> list[Message]:
    found, offset = list[Message](), 0
    while True:
        page = await client.list(List("output", ids=(task_id,), step=step, offset=offset, limit=3))
        if page.offset == offset:
            return found
        found, offset = [*found, *page.output], page.offset


def check(deck: Deck, run: Run, output: list[list[Message]]) -> None:
    """Each stage ran once and whole: one start, every message once and in order, one end."""
    assert run.status is RunStatus.SUCCEEDED, run.error
    assert len({step.attempt for step in run.steps}) == STAGES
    for step, messages in zip(run.steps, output, strict=True):
        lines = (deck.locations.runs / (step.attempt or "") / "out").read_text().splitlines()
        said = [json.loads(line) for line in lines]
        assert [line["type"] for line in said] == ["start", *["message"] * MESSAGES, "end"]
        assert [line["number"] for line in said[1:-1]] == list(range(1, MESSAGES + 1))
        assert [message.offset for message in messages] == sorted({message.offset for message in messages})
        assert len(messages) >= MESSAGES


async def test_term_with_an_open_event_stream_ends_the_executor_within_a_second(tmp_path: Path) -> None:
    deck = Deck(tmp_path)
    process = await asyncio.create_subprocess_exec(
        *executor_command(), env={**os.environ, **deck.locations.environment}, stderr=asyncio.subprocess.DEVNULL
    )
    async with ExecutorClient(deck.locations) as client:
        async with asyncio.timeout(LIMIT):
            while True:
                try:
                    await client.connect(autostart=False)
                except UnreachableError:
                    await asyncio.sleep(0.02)
                else:
                    break
        assert deck.locations.socket.stat().st_mode & 0o777 == 0o600

        async def listen() -> None:
            async for _ in client.events(0):
                pass

        listener = asyncio.create_task(listen())
        started = await client.start(StartWorkflow("three", project=str(deck.project)))
        await client.wait(Await((started.task_id or "",), LIMIT))
        loop = asyncio.get_running_loop()
        before = loop.time()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), LIMIT) == 0
        took = loop.time() - before
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
    assert took < 5, f"{took:.2f} s"  # under a second on a quiet machine; make bench prints the figure
    assert not deck.locations.socket.exists()


def executor_command() -> tuple[str, ...]:
    return (sys.executable, "-m", "tui", "executor", "run")
