"""The executor of ``tests/executor``, with agents that attack it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.executor.conftest import LIMIT, House
from tests.executor.conftest import house as house  # noqa: PLC0414  # the fixture
from tests.faults import hostile_agent
from tui.core.run import Run
from tui.executor.attempt import AttemptFolder

AGENTS = (
    "replaces-its-files",
    "wipes-its-folder",
    "ends-when-let-go",
    "detaches",
    "detaches-and-ends",
    "detaches-and-stays",
    "detaches-when-told",
)


@pytest.fixture
def hostile(house: House) -> House:
    """The executor's house with a workflow of one step for each hostile agent."""
    root = Path(hostile_agent.__file__).parents[2]
    agents = "".join(
        f"  {name}: {{kind: claude, command: [{sys.executable}, -m, tests.faults.hostile_agent, {name}], "
        f"env: {{ATTEMPTS: {house.locations.runs}, PYTHONPATH: {root}}}}}\n"
        for name in AGENTS
    )
    profiles = "".join(f"  {name}: {{agent: {name}}}\n" for name in AGENTS)
    workflows = "".join(f"  {name}: {{stages: [{{name: plan, profile: {name}}}]}}\n" for name in AGENTS)
    workflows += "  takes-too-long: {stages: [{name: plan, profile: ends-when-let-go, timeout: 5}]}\n"
    config = house.locations.config_file.read_text()
    for head, more in (("agents:\n", agents), ("profiles:\n", profiles), ("workflows:\n", workflows)):
        config = config.replace(f"\n{head}", f"\n{head}{more}", 1)
    house.locations.config_file.write_text(config.replace("{grace: 2}", "{grace: 0.5}"))
    return house


def folder(house: House, run: Run) -> AttemptFolder:
    return AttemptFolder(house.locations.runs / (run.steps[0].attempt or ""))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.01)


async def begun(house: House, workflow: str, sign: str) -> Run:
    """A run whose agent has made the file ``sign`` in the project."""
    task_id = await house.start(workflow, input="go")
    run = await house.until(task_id, lambda run: run.steps[0].attempt is not None)
    await until((house.project / sign).exists)
    return run


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def starts(house: House) -> list[str]:
    """The attempts whose agents were started, once for each start."""
    return (house.project / "starts").read_text().split()
