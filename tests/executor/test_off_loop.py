"""Nothing holds the event loop: large folders, folders that do not answer, long outputs and huge lists of models."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import traceback
from pathlib import Path

import pytest

from tests.executor.conftest import LIMIT, House
from tests.executor.lag import lag_of
from tui.config.trust import TrustStore
from tui.core.errors import MachineError
from tui.core.run import RunStatus
from tui.core.verbs import Peek, StartWorkflow
from tui.executor.folder_reader import FolderReader, in_thread

GENEROUS = 1.0
"""Seconds that a loaded machine may hold the loop; what is measured here takes several times that on it."""


async def test_what_reads_a_folder_runs_in_another_thread() -> None:
    reader = FolderReader()
    assert await reader.read("/shop", threading.get_ident) != threading.get_ident()
    with pytest.raises(ZeroDivisionError):
        await reader.read("/shop", lambda: 1 // 0)  # type: ignore[arg-type, return-value]


async def test_a_read_is_never_older_than_the_question_and_who_waits_shares_one() -> None:
    reader, going, go_on, begun = FolderReader(), threading.Event(), threading.Event(), []

    def slow() -> int:
        begun.append(1)
        going.set()
        go_on.wait(LIMIT)
        return len(begun)

    first = asyncio.create_task(reader.read("/shop", slow))
    assert await asyncio.to_thread(going.wait, LIMIT)
    later = [asyncio.create_task(reader.read("/shop", slow)) for _ in range(5)]
    await asyncio.sleep(0)
    go_on.set()
    assert await first == 1
    assert await asyncio.gather(*later) == [2] * 5


async def test_a_folder_that_hangs_takes_one_thread_and_others_go_on() -> None:
    reader, hanging = FolderReader(seconds=0.2, most=2), threading.Event()
    before = threading.active_count()
    for _ in range(3):
        with pytest.raises(MachineError, match="could not be read within"):
            await reader.read("/hung", hanging.wait)
    assert threading.active_count() == before + 1
    assert await reader.read("/shop", lambda: 7) == 7
    hanging.set()
    await reader.close()


async def test_a_view_of_a_folder_that_hangs_is_answered_and_so_is_every_other(house: House, tmp_path: Path) -> None:
    hanging = threading.Event()
    reader = house.executor.projects._reader
    reader._seconds = 0.3
    hung = asyncio.create_task(reader.read(str(house.project), hanging.wait))
    await asyncio.sleep(0)
    other = tmp_path / "other"
    other.mkdir()
    TrustStore(house.locations.trust).trust(other)
    with pytest.raises(MachineError, match="could not be read within"):
        await house.list("workflows")
    project, house.project = house.project, other
    run = await house.run("one")
    assert run.status is RunStatus.SUCCEEDED
    house.project = project
    hanging.set()
    await asyncio.gather(hung, return_exceptions=True)
    assert (await house.list("workflows")).workflows


class Opened:
    """Names of what this process opens or lists, and in which thread. A hook can't be taken away, so it is switched."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[tuple[int, str, str]] = []
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event in ("open", "os.listdir", "os.scandir"):
            path = arguments[0]
            name = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
            frames = (f"{frame.f_code.co_filename}:{line}" for frame, line in traceback.walk_stack(None))
            self.seen.append((threading.get_ident(), name, "\n".join(one for one in frames if "/tui/" in one)))


OPENED = Opened()


async def test_no_file_of_a_folder_is_opened_on_the_event_loop(house: House) -> None:
    commands = house.project / ".claude" / "commands"
    commands.mkdir(parents=True)
    (commands / "fix.md").write_text("Fix $ARGUMENTS")
    (house.project / ".modeldeck.yaml").write_text("workflows: {mine: {stages: [{name: a, profile: quick}]}}\n")
    TrustStore(house.locations.trust).trust(house.project)
    OPENED.seen.clear()
    OPENED.on = True
    try:
        for view in ("workflows", "status", "check", "defaults", "models", "specs"):
            await house.list(view)
        await house.list("plan", requests=(StartWorkflow("mine"),))
        run = await house.run("mine")
        await house.executor.look()
    finally:
        OPENED.on = False
    assert run.status is RunStatus.SUCCEEDED
    inside = [one for one in OPENED.seen if str(house.project) in one[1]]
    assert inside
    own = [(name, at) for thread, name, at in inside if thread == threading.get_ident()]
    assert not own, "\n".join(f"{name}\n{at}" for name, at in own)


async def test_a_large_folder_does_not_hold_the_loop(house: House) -> None:
    commands = house.project / ".claude" / "commands"
    commands.mkdir(parents=True)
    for number in range(2_000):
        (commands / f"command-{number}.md").write_text(f"---\ndescription: number {number}\n---\nDo $ARGUMENTS\n" * 8)
    TrustStore(house.locations.trust).trust(house.project)
    with lag_of(asyncio.get_running_loop()) as lag:
        for view in ("workflows", "status", "check", "defaults"):
            await house.list(view)
    assert lag.longest < GENEROUS, lag.held_by


async def test_a_long_output_does_not_hold_the_loop(house: House) -> None:
    run = await house.run("one")
    out = house.locations.runs / (run.steps[0].attempt or "") / "out"
    lines = out.read_bytes().splitlines(keepends=True)
    with out.open("ab") as file:
        file.writelines(lines[0] for _ in range(300_000))
    with lag_of(asyncio.get_running_loop()) as lag:
        page = await house.list("output", ids=(run.task_id,), limit=500)
        await house.executor.verbs.peek(Peek((run.task_id or "",), tail=50))
    assert page.output
    assert lag.longest < GENEROUS, lag.held_by


async def test_a_huge_list_of_models_does_not_hold_the_loop(house: House) -> None:
    config = house.locations.config_file
    models = ",".join(f"{{id: m{number}}}" for number in range(38_000))
    text = config.read_text().replace(
        "providers:\n", f"providers:\n  huge: {{kind: list, base_url: 'http://127.0.0.1:1', models: [{models}]}}\n", 1
    )
    config.write_text(text)
    with lag_of(asyncio.get_running_loop()) as lag:
        page = await house.list("models", query="m37", scope="all", limit=500)
        await house.list("tags")
    assert page.config is None
    assert len(page.models[0].models) == 500
    assert lag.longest < GENEROUS, lag.held_by


async def test_a_thread_that_is_not_waited_for_does_no_harm() -> None:
    go_on = threading.Event()
    task = asyncio.create_task(in_thread(lambda: go_on.wait(LIMIT), "left"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    go_on.set()
    assert await in_thread(os.getpid, "next") == os.getpid()
