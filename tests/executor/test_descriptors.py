"""No descriptor left: agents keep the end that they had, clients wait, and the log stays small."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import logging
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from starlette.applications import Starlette

from tests.executor.conftest import LIMIT, House
from tui.agents.base import Command
from tui.config.locations import Locations
from tui.config.trust import TrustStore
from tui.core.run import Run, RunStatus, Step, StepStatus
from tui.executor.attempt import AttemptFolder
from tui.executor.conductor import Conductor
from tui.executor.connections import IDLE, MOST, share_of
from tui.executor.live import LiveRun
from tui.executor.reminders import Reminders
from tui.executor.server import Server, bind
from tui.executor.worktree import Worktrees
from tui.posix.log_file import LogFile, aside

CONFIG = """
default_model: haiku
providers: {{anthropic: {{kind: list}}}}
agents: {{count: {{kind: claude, command: [/bin/sh, {agent}]}}}}
profiles: {{count: {{agent: count}}}}
workflows: {{one: {{stages: [{{name: plan, profile: count}}]}}}}
"""
AGENT = """cat >/dev/null
ulimit -S -n >"$HOME/limit"
while [ ! -e "$HOME/go-on" ]; do sleep 0.1; done
while [ "$1" != --model ]; do shift; done
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","modelUsage":{"'"$2"'":{}}}'
"""


@contextmanager
def no_descriptor_left(spare: int = 0) -> Iterator[None]:
    """Meanwhile this process can open nothing, or only so many more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 20, hard))
    taken = []
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        for _ in range(spare):
            os.close(taken.pop())
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("spare", range(2, 10))
async def test_a_step_begun_with_few_descriptors_left_has_the_end_that_its_agent_had(
    house: House, spare: int, caplog: pytest.LogCaptureFixture
) -> None:
    """With two nothing can be started, with nine everything; between them it fails at every point in turn."""
    task_id = await house.start("gated")
    await house.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    with no_descriptor_left(spare):
        await house.executor.conductor.say(task_id, partial(approved, at=house.clock.utc_now()))
        async with asyncio.timeout(LIMIT):
            while house.executor.conductor.live(task_id) and not any(
                "waits: " in one.message for one in caplog.records
            ):
                await asyncio.sleep(0.01)
    run = await house.ended(task_id)
    assert (run.status, run.error) == (RunStatus.SUCCEEDED, None)
    assert {step.status for step in run.steps} == {StepStatus.SUCCEEDED}
    assert run.steps[2].result is not None
    assert len(list(house.locations.runs.iterdir())) == 2, "each step was begun once"


def approved(run: Run, at: str) -> Run:
    gate = replace(run.steps[1], status=StepStatus.SUCCEEDED, ended_at=at)
    return replace(run, status=RunStatus.RUNNING, steps=(run.steps[0], gate, run.steps[2]))


def test_an_agent_that_can_not_be_started_leaves_no_lock_held(tmp_path: Path) -> None:
    """A lock that the executor itself holds would look like an agent that lives for ever."""
    folder = AttemptFolder(tmp_path / "a_1")
    folder.prepare(b"")
    for spare in range(3):
        with no_descriptor_left(spare), pytest.raises(OSError, match="Too many open files"):
            folder.spawn(Command(("true",), {}, b"", tmp_path))
        assert not folder.held("a")
        assert not folder.held("b")


class Broken:
    """Work with an error of ours in it, after its agent was started."""

    def __init__(self) -> None:
        self.abandoned: list[str] = []

    async def __call__(self, conductor: Conductor, live: LiveRun, index: int) -> None:
        await conductor.change_step(live, index, lambda step: replace(step, status=StepStatus.RUNNING, attempt="a_1"))
        raise RuntimeError("an error of ours")

    async def abandon(self, attempt_id: str) -> None:
        self.abandoned.append(attempt_id)


async def test_an_error_of_our_own_loses_the_step_and_cancels_nothing(house: House) -> None:
    """Nobody cancelled it, and nobody knows what its agent did; whatever lives of it is ended."""
    executor, work = house.executor, Broken()
    worktrees = Worktrees(house.locations.worktrees, executor.projects, {}, executor.journal.live_runs)
    reminders = Reminders(house.clock, lambda: None)
    conductor = Conductor(executor.journal, executor.feed, house.clock, work, reminders, worktrees=worktrees)
    steps = (Step(0, "plan"), Step(1, "review"))
    await conductor.start(Run("r_1", "workflow", "one", RunStatus.PENDING, steps), (), {})
    run = await house.until("r_1", lambda run: run.ended_at is not None)
    assert run.status is RunStatus.LOST
    assert [step.status for step in run.steps] == [StepStatus.LOST, StepStatus.SKIPPED]
    assert run.steps[0].error is not None
    assert work.abandoned == ["a_1"]


@contextlib.asynccontextmanager
async def serving(path: Path, *, most: int = MOST, idle: float = IDLE) -> AsyncIterator[Server]:
    stopping = asyncio.Event()

    async def look() -> None:
        pass

    server = Server(Starlette(), path, stopping, look, most=most, idle=idle)
    task = asyncio.create_task(server.serve(sockets=[bind(path)]))
    try:
        while not server.started:
            await asyncio.sleep(0)
        async with asyncio.timeout(LIMIT):
            yield server
    finally:
        stopping.set()
        await task


async def connected(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_unix_connection(str(path))


async def test_of_too_many_connections_the_idlest_goes(tmp_path: Path) -> None:
    async with serving(tmp_path / "s", most=3):
        first, *others = [await connected(tmp_path / "s") for _ in range(4)]
        assert await first[0].read() == b""
        for reader, writer in others:
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            assert (await reader.readline()).startswith(b"HTTP/1.1 404")
            writer.close()
        first[1].close()


async def test_a_connection_that_asks_for_nothing_is_closed(tmp_path: Path) -> None:
    async with serving(tmp_path / "s", idle=0.2):
        silent, half = await connected(tmp_path / "s"), await connected(tmp_path / "s")
        half[1].write(b"GET / HTTP/1.1\r\nhost:")
        for reader, writer in (silent, half):
            assert await reader.read() == b""
            writer.close()


async def test_a_shortage_at_the_door_is_logged_once_and_waited_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(tmp_path / "s") as server:
        waiting = [socket.socket(socket.AF_UNIX) for _ in range(40)]
        for one in waiting:
            one.setblocking(False)
        with no_descriptor_left():
            for one in waiting:
                one.connect(str(tmp_path / "s"))
            while not server.acceptors[0].pauses:
                await asyncio.sleep(0.01)
        reader, writer = await connected(tmp_path / "s")
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 404")
        writer.close()
        for one in waiting:
            one.close()
        assert server.acceptors[0].pauses < 10
    told = [record for record in caplog.records if "no client can be accepted" in record.message]
    assert len(told) == 1


def test_the_log_is_put_aside_while_it_is_written(tmp_path: Path) -> None:
    """In a process of its own: its stderr is what is led elsewhere."""
    log = tmp_path / "executor.log"
    program = (
        "import logging, os, sys, pathlib\n"
        "from tui.posix.log_file import LogFile\n"
        "logging.basicConfig(handlers=[LogFile(pathlib.Path(sys.argv[1]), 10_000)], level=logging.INFO)\n"
        "for number in range(2_000): logging.info('line %d', number)\n"
        "os.write(2, b'written past the handler\\n')\n"
    )
    with log.open("ab") as file:
        subprocess.run([sys.executable, "-c", program, str(log)], stderr=file, check=True)
    assert sum(path.stat().st_size for path in (log, aside(log))) < 25_000
    assert log.read_text().endswith("written past the handler\n")
    assert "line 1999" in log.read_text() + aside(log).read_text()


def test_a_log_that_leads_elsewhere_is_left_alone(tmp_path: Path) -> None:
    handler = LogFile(tmp_path / "executor.log", 10)
    handler.emit(logging.LogRecord("x", logging.INFO, "", 0, "to whatever stderr is", None, None))
    assert list(tmp_path.iterdir()) == []


def request(path: Path, name: str, body: dict[str, object]) -> dict[str, object]:
    """Ask the executor as anybody could."""
    line = http.client.HTTPConnection("executor", timeout=LIMIT)
    line.sock = socket.socket(socket.AF_UNIX)
    line.sock.connect(str(path))
    line.request("POST", f"/v1/{name}", json.dumps(body))
    answer: dict[str, object] = json.loads(line.getresponse().read())
    line.close()
    return answer


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_an_executor_with_few_descriptors_and_many_idle_connections(tmp_path: Path) -> None:
    home, project, agent = tmp_path / "home", tmp_path / "shop", tmp_path / "agent.sh"
    project.mkdir()
    agent.write_text(AGENT)
    env = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "MODELDECK_CONFIG": str(tmp_path / "config.yaml"),
        "MODELDECK_STATE": str(tmp_path / "state"),
        "MODELDECK_CACHE": str(tmp_path / "cache"),
    }
    home.mkdir()
    (tmp_path / "config.yaml").write_text(CONFIG.format(agent=agent))
    places = Locations.of(env, home)
    places.prepare()
    TrustStore(places.trust).trust(project)

    def narrow() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))

    with places.log.open("ab") as log, ExitStack() as idle:
        executor = subprocess.Popen(
            [sys.executable, "-m", "tui", "executor", "run"],
            env=env,
            cwd="/",
            preexec_fn=narrow,  # noqa: PLW1509
            stderr=log,
        )
        try:
            deadline = time.monotonic() + LIMIT
            while not places.socket.exists() and time.monotonic() < deadline:
                assert executor.poll() is None
            for _ in range(300):
                one = idle.enter_context(socket.socket(socket.AF_UNIX))
                one.connect(str(places.socket))
            started = request(
                places.socket, "task_start", {"kind": "workflow", "workflow": "one", "project": str(project)}
            )
            busy, began = cpu_seconds(executor.pid), time.monotonic()
            while not (home / "limit").exists():
                assert time.monotonic() < deadline
            (home / "go-on").touch()
            found = request(places.socket, "task_await", {"ids": [started["task_id"]], "timeout": LIMIT})
            assert found["tasks"][0]["status"] == "succeeded", found  # type: ignore[index]
            spent = cpu_seconds(executor.pid) - busy
            assert spent < 1 + (time.monotonic() - began) / 2
            assert len(os.listdir(f"/proc/{executor.pid}/fd")) < 200  # noqa: PTH208
            assert (home / "limit").read_text().strip() == "100"
        finally:
            executor.terminate()
            executor.wait(LIMIT)
    assert places.log.stat().st_size < 50_000


def test_clients_get_a_part_of_the_descriptors() -> None:
    assert [share_of(limit) for limit in (20, 200, 1024, 4096, 1 << 20)] == [8, 50, 256, 512, 512]
