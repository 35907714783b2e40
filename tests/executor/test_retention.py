"""What is removed of old output, and what never is."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.executor.conftest import LIMIT, House
from tui.core.clock import SystemClock, iso
from tui.core.run import RunStatus
from tui.core.verbs import Peek
from tui.executor.retention import Retention

DAY = 86_400_000


class Later(SystemClock):
    """The machine's clock, days ahead."""

    def __init__(self, days: float) -> None:
        self.ahead = int(days * DAY)

    def milliseconds(self) -> int:
        return super().milliseconds() + self.ahead

    def utc_now(self) -> str:
        return iso(self.milliseconds())


def retention(house: House, wanted: str, *, later: float = 0) -> Retention:
    config = house.locations.config_file
    config.write_text(f"{config.read_text()}retention: {wanted}\n")
    executor = house.executor
    swept = house.locations.state_folder / "swept"
    return Retention(house.locations.runs, swept, executor.journal, executor.projects, Later(later))


def kept(house: House) -> int:
    return sum(1 for _ in house.locations.runs.iterdir())


async def test_unless_it_is_wanted_nothing_is_ever_removed(house: House) -> None:
    await house.run("three")
    assert await retention(house, "{}", later=10_000).sweep() == 0
    assert kept(house) == 3


async def test_what_is_older_goes_and_its_run_stays_as_it_was(house: House) -> None:
    run = await house.run("three")
    keeper = retention(house, "{days: 30}", later=29)
    assert await keeper.sweep() == 0
    assert await replace(keeper, clock=Later(31)).sweep() == 3
    assert kept(house) == 0
    assert house.look(run.task_id or "") == run
    tasks = await house.executor.verbs.peek(Peek((run.task_id or "",)))
    assert tasks.output == ()


async def test_of_too_much_the_oldest_goes_first(house: House) -> None:
    old, new = await house.run("one"), await house.run("one")
    size = sum(file.stat().st_size for file in (house.locations.runs / (new.steps[0].attempt or "")).iterdir())
    assert await retention(house, f"{{output: {size + 10}}}").sweep() == 1
    assert not (house.locations.runs / (old.steps[0].attempt or "")).exists()
    assert (house.locations.runs / (new.steps[0].attempt or "")).exists()


async def test_what_goes_on_waits_or_is_not_known_is_never_touched(house: House) -> None:
    gated, slow = await house.start("gated"), await house.start("slow")
    await house.until(gated, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.until(slow, lambda run: run.steps[0].evidence is not None)
    (house.locations.runs / "a_of_nobody").mkdir()
    (house.locations.runs / "a_link").symlink_to(house.project)
    assert await retention(house, "{days: 1, output: 1}", later=100).sweep() == 0
    assert kept(house) == 4


async def test_it_is_done_once_a_day(house: House) -> None:
    await house.run("one")
    keeper = retention(house, "{days: 1}", later=0)

    async def lives(clock: Later) -> None:
        task = asyncio.create_task(replace(keeper, clock=clock).keep())
        async with asyncio.timeout(LIMIT):
            while not keeper.swept.exists():
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    await lives(Later(0))
    assert replace(keeper, clock=Later(0.5)).due is False
    assert replace(keeper, clock=Later(1.5)).due is True
    assert replace(keeper, clock=Later(-3)).due is True
    assert kept(house) == 1
