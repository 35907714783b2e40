"""An executor that is killed while it is asked for something: that happens once, and the client is answered."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tui.client.client import ExecutorClient
from tui.client.peer import listener
from tui.client.transport import NobodyThereError
from tui.config.locations import Locations
from tui.config.trust import TrustStore
from tui.core.run import RunStatus
from tui.core.run_verbs import Approve, Retry
from tui.core.spec_verbs import CreateSpec, ImportSpecs
from tui.core.verbs import Await, List, StartWorkflow

PROGRAM = str(Path(__file__).with_name("dying_executor.py"))
LIMIT = 60.0
CONFIG = """
default_model: haiku
providers: {anthropic: {kind: list}}
agents:
  quick: {kind: rehearsal, rehearsal: {seconds: 0.1, messages: 1}}
  fails: {kind: rehearsal, rehearsal: {seconds: 0.1, messages: 1, outcome: fail}}
profiles: {quick: {agent: quick}, fails: {agent: fails}}
workflows:
  one: {stages: [{name: plan, profile: quick}]}
  gate: {stages: [{name: ok, type: approval}]}
  fails: {stages: [{name: plan, profile: fails}]}
"""
MOMENTS = ("received", "written", "half")


@pytest.fixture
def shop(locations: Locations, tmp_path: Path) -> Path:
    locations.config_file.write_text(CONFIG)
    folder = tmp_path / "shop"
    folder.mkdir()
    TrustStore(locations.trust).trust(folder)
    return folder


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}


def dying(locations: Locations, environ: Mapping[str, str], moment: str, tmp_path: Path) -> ExecutorClient:
    """A client whose first executor dies at this moment; its later ones live."""
    command = (sys.executable, PROGRAM, moment, str(tmp_path / "died"))
    return ExecutorClient(locations, handed=environ, command=command)


async def everything(client: ExecutorClient, view: str) -> tuple[Any, ...]:
    page = await client.list(List(view, limit=500))  # type: ignore[arg-type]
    return page.tasks if view == "runs" else page.specs


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_start_during_a_kill_gives_exactly_one_run(
    locations: Locations, shop: Path, environ: dict[str, str], tmp_path: Path, moment: str
) -> None:
    async with dying(locations, environ, moment, tmp_path) as client:
        await client.connect()
        started = await client.start(StartWorkflow("one", project=str(shop)))
        assert (tmp_path / "died").exists()
        assert started.task_id is not None
        assert (await client.wait(Await((started.task_id,), LIMIT))).tasks[0].status is RunStatus.SUCCEEDED
        assert [run.task_id for run in await everything(client, "runs")] == [started.task_id]
    assert len(list(locations.runs.iterdir())) == 1, "the agent was started once"


@pytest.mark.parametrize("moment", MOMENTS)
async def test_an_op_during_a_kill_is_done_once(
    locations: Locations, shop: Path, environ: dict[str, str], tmp_path: Path, moment: str
) -> None:
    async with ExecutorClient(locations, handed=environ) as client:
        await client.connect()
        gated = (await client.start(StartWorkflow("gate", project=str(shop)))).task_id or ""
        failed = (await client.start(StartWorkflow("fails", project=str(shop)))).task_id or ""
        await client.wait(Await((failed,), LIMIT))
    requests = (
        Approve(gated, comment="go on"),
        CreateSpec("bug", "it is broken", project=str(shop)),
        ImportSpecs([{"type": "bug", "title": "one"}, {"type": "bug", "title": "two"}], project=str(shop)),
        Retry(failed),
    )
    for request in requests:
        found = await asyncio.to_thread(listener, locations.socket)
        assert found is not None
        assert found.pid is not None
        os.kill(found.pid, signal.SIGKILL)
        (tmp_path / "died").unlink(missing_ok=True)
        async with dying(locations, environ, moment, tmp_path) as client:
            await client.connect()
            answer = await client.start(request)
            assert (tmp_path / "died").exists(), request
            if isinstance(request, ImportSpecs):
                assert [one.spec and one.spec.title for one in answer.imported] == ["one", "two"]
    async with ExecutorClient(locations, handed=environ) as client:
        await client.connect()
        assert sorted(item.spec.title for item in await everything(client, "specs")) == ["it is broken", "one", "two"]
        runs = await everything(client, "runs")
        assert sorted(run.workflow for run in runs) == ["fails", "fails", "gate"]
        (gate,) = (await client.wait(Await((gated,), LIMIT))).tasks
        assert gate.status is RunStatus.SUCCEEDED
        assert gate.steps[0].note is None or "go on" in str(gate.steps[0])


async def test_one_killed_before_the_request_is_sent_is_brought_back(
    locations: Locations, shop: Path, environ: dict[str, str]
) -> None:
    async with ExecutorClient(locations, handed=environ) as client:
        await client.connect()
        os.kill(client.started[0].pid, signal.SIGKILL)
        await asyncio.to_thread(client.started[0].wait)
        started = await client.start(StartWorkflow("one", project=str(shop)))
        assert [run.task_id for run in await everything(client, "runs")] == [started.task_id]


async def test_handing_over_brings_back_what_was_killed_meanwhile(
    locations: Locations, environ: dict[str, str]
) -> None:
    async with ExecutorClient(locations, handed=environ) as client:
        await client.connect()
        os.kill(client.started[0].pid, signal.SIGKILL)
        await asyncio.to_thread(client.started[0].wait)
        assert await client.hand_over() == ()
        assert (await client.health()).pid == client.started[1].pid


async def test_a_question_brings_back_an_executor_for_a_command_and_not_in_the_background(
    locations: Locations, environ: dict[str, str]
) -> None:
    for one_command in (False, True):
        async with ExecutorClient(locations, handed=environ, one_command=one_command) as client:
            found = (await client.connect()).pid
            os.kill(found, signal.SIGTERM)
            if client.started:
                await asyncio.to_thread(client.started[0].wait)
            if one_command:
                assert (await client.list(List("runs"))).tasks == ()
            else:
                with pytest.raises(NobodyThereError):
                    await client.list(List("runs"))


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_command_during_a_kill_starts_exactly_one_run(
    locations: Locations, shop: Path, environ: dict[str, str], tmp_path: Path, moment: str
) -> None:
    environ |= locations.environment
    first = subprocess.Popen((sys.executable, PROGRAM, moment, str(tmp_path / "died")), env=environ)
    while listener(locations.socket) is None:
        assert first.poll() is None
    command = (sys.executable, "-m", "tui", "task", "start", "--workflow", "one", "--json")
    done = subprocess.run(command, cwd=shop, env=environ, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert first.wait(LIMIT) == -signal.SIGKILL
    assert done.returncode == 0, done.stderr
    task_id = json.loads(done.stdout)["task_id"]
    listed = (sys.executable, "-m", "tui", "task", "list", "--view", "runs", "--json")
    runs = subprocess.run(listed, cwd=shop, env=environ, capture_output=True, text=True, timeout=LIMIT, check=True)
    assert [run["task_id"] for run in json.loads(runs.stdout)["tasks"]] == [task_id]
