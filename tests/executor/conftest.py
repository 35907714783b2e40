"""An executor in this process, without its socket: real journal, real child processes, a trusted project."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tui.config.locations import Locations
from tui.config.trust import TrustStore
from tui.core.clock import Clock, SystemClock, iso
from tui.core.run import Run
from tui.core.verbs import Await, List, Page, StartWorkflow
from tui.executor.assembly import Executor, assemble
from tui.executor.server import Server, bind

LIMIT = 60.0
"""Seconds that anything may take on a slow machine."""

CONFIG = """
default_model: haiku
providers:
  anthropic: {kind: list}
limits: {grace: 2}
agents:
  quick: {kind: rehearsal, rehearsal: {seconds: 0.1, messages: 3}}
  slow: {kind: rehearsal, rehearsal: {seconds: 60, messages: 600}}
  fails: {kind: rehearsal, rehearsal: {seconds: 0.1, outcome: fail}}
  crashes: {kind: rehearsal, rehearsal: {seconds: 0.1, outcome: crash}}
  hangs: {kind: rehearsal, rehearsal: {seconds: 0.1, outcome: hang}}
  claims: {kind: rehearsal, rehearsal: {seconds: 0.1, claims: another-model}}
  asks: {kind: rehearsal, rehearsal: {seconds: 0.1, outcome: ask}}
profiles:
  quick: {agent: quick}
  slow: {agent: slow}
  fails: {agent: fails}
  crashes: {agent: crashes}
  hangs: {agent: hangs}
  claims: {agent: claims}
  asks: {agent: asks}
workflows:
  one: {stages: [{name: plan, profile: quick, model: opus}]}
  three:
    title: Three stages
    stages:
      - {name: plan, profile: quick, model: opus}
      - {name: implement, profile: quick}
      - {name: review, profile: quick}
  gated: {stages: [{name: plan, profile: quick}, {name: ok, type: approval}, {name: build, profile: quick}]}
  slow: {stages: [{name: plan, profile: slow}, {name: review, profile: quick}]}
  fails: {stages: [{name: plan, profile: fails}, {name: review, profile: quick}]}
  crashes: {stages: [{name: plan, profile: crashes}]}
  hangs: {stages: [{name: plan, profile: hangs, timeout: 0.5}]}
  claims: {stages: [{name: plan, profile: claims}, {name: review, profile: quick}]}
  asks: {stages: [{name: clarify, profile: asks, interactive: true}, {name: build, profile: quick}]}
  asks-in-vain: {stages: [{name: clarify, profile: asks}, {name: build, profile: quick}]}
"""


class SetClock(SystemClock):
    """A clock that is put ahead, or back, while it runs."""

    def __init__(self) -> None:
        self.ahead = 0.0
        """Seconds of the time of day."""
        self.later = 0.0
        """Seconds of the clock that is never set."""

    def utc_now(self) -> str:
        return iso(self.milliseconds())

    def milliseconds(self) -> int:
        return super().milliseconds() + round(self.ahead * 1000)

    def monotonic(self) -> float:
        return super().monotonic() + self.later


@dataclass
class House:
    """A person's places, and the executors that lived there."""

    locations: Locations
    project: Path
    home: Path
    executor: Executor
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    clock: Clock = field(default_factory=SystemClock)
    """Of the next executors."""
    boot: str | None = "first boot"
    """Of the machine in which the next executors start."""

    async def restart(self, *, resume: bool = True) -> None:
        """End this executor, leaving agents running, and begin another one."""
        await self.executor.close()
        self.executor = self.begin(resume=resume)

    async def drop(self, *, resume: bool = True) -> None:
        """Let this executor die: all that it was doing stops where it stands, and another one begins."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.executor.journal.close()
        self.executor = self.begin(resume=resume)

    def begin(self, *, resume: bool = True) -> Executor:
        executor = assemble(self.locations, self.clock, self.environ, self.home, boot=self.boot)
        if resume:
            executor.conductor.resume()
        return executor

    async def start(self, workflow: str, **fields: object) -> str:
        request = StartWorkflow(workflow, project=str(self.project), **fields)  # type: ignore[arg-type]
        started = await self.executor.verbs.start(request)
        assert started.task_id is not None
        return started.task_id

    async def ended(self, task_id: str) -> Run:
        tasks = await self.executor.verbs.wait(Await((task_id,), LIMIT))
        assert tasks.done
        return tasks.tasks[0]

    async def run(self, workflow: str, **fields: object) -> Run:
        return await self.ended(await self.start(workflow, **fields))

    async def list(self, view: str, **fields: object) -> Page:
        return await self.executor.verbs.list(List(view, project=str(self.project), **fields))  # type: ignore[arg-type]

    def has_command(self, name: str, text: str) -> None:
        """Write a slash command into the user's home."""
        folder = self.home / ".claude" / "commands"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.md").write_text(text)

    def look(self, task_id: str) -> Run:
        run = self.executor.journal.run(task_id)
        assert run is not None
        return run

    async def until(self, task_id: str, condition: object) -> Run:
        """Wait for an event after which ``condition(run)`` holds."""
        assert callable(condition)
        async with asyncio.timeout(LIMIT):
            async for _ in self.executor.feed.events(0):
                if condition(self.look(task_id)):
                    break
        return self.look(task_id)


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    locations = Locations(tmp_path / "config.yaml", tmp_path / "state", tmp_path / "cache")
    locations.config_file.write_text(CONFIG)
    locations.prepare()
    project = tmp_path / "shop"
    project.mkdir()
    TrustStore(locations.trust).trust(project)
    home = tmp_path / "house"
    home.mkdir()
    house = House(locations, project, home, assemble(locations, SystemClock(), os.environ, home, boot=House.boot))
    yield house
    await asyncio.gather(
        *(house.executor.conductor.cancel(run.task_id or "") for run in house.executor.journal.live_runs())
    )
    await house.executor.close()


@pytest.fixture
def project(house: House) -> Path:
    return house.project


@pytest_asyncio.fixture
async def http(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the house's executor, over its socket."""
    path = house.locations.socket
    server = Server(house.executor.app, path, house.executor.stopping, house.executor.look)
    serving = asyncio.create_task(server.serve(sockets=[bind(path)]))
    transport = httpx.AsyncHTTPTransport(uds=str(path), verify=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://executor", timeout=LIMIT) as client:
        yield client
    house.executor.stopping.set()
    house.executor.feed.close()
    await serving
