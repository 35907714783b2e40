"""Reminders of runs that wait for a person: by the time of day, over restarts, whatever is done to the clock."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.executor.conftest import House, SetClock
from tui.core.clock import iso
from tui.core.run import Run, RunStatus
from tui.core.run_verbs import Answer, Approve
from tui.core.verbs import Cancel
from tui.executor.reminders import LOOK, Reminders

HOUR = 3600.0
BEGAN = 1_795_165_200_000
"""When all that waits here began to: 2026-11-20 09:00 in UTC."""


class Days:
    """A clock that stands still but while somebody sleeps, and what happens to it meanwhile."""

    def __init__(self, *, ahead: float = 0.0) -> None:
        self.now = BEGAN / 1000 + ahead
        self.awake = 0.0
        self.slept: list[float] = []
        self.meanwhile: dict[int, Callable[[], None]] = {}
        """What happens at the end of which sleep."""

    def utc_now(self) -> str:
        return iso(self.milliseconds())

    def milliseconds(self) -> int:
        return round(self.now * 1000)

    def monotonic(self) -> float:
        return self.awake

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.awake += seconds
        self.meanwhile.get(len(self.slept), lambda: None)()

    def set(self, hours: float) -> None:
        self.now += hours * HOUR


def slept_until_due(clock: Days, hours: float = 3.0) -> float:
    """Hours of sleep until the reminder."""
    reminders = Reminders(clock, lambda: hours, clock.sleep)
    asyncio.run(reminders.due(iso(BEGAN)))
    return sum(clock.slept) / HOUR


def test_it_comes_after_its_hours() -> None:
    assert slept_until_due(Days()) == 3


def test_what_had_waited_before_counts() -> None:
    assert slept_until_due(Days(ahead=2 * HOUR)) == 1
    assert slept_until_due(Days(ahead=300 * HOUR)) == 0


def test_a_clock_that_is_set_forward_brings_it_early_and_one_that_is_set_back_not_late() -> None:
    forward, back = Days(), Days()
    forward.meanwhile = {1: lambda: forward.set(1000)}
    back.meanwhile = {1: lambda: back.set(-1000)}
    assert slept_until_due(forward) == 1
    assert slept_until_due(back) == 3


def test_a_machine_that_sleeps_meanwhile_does_not_make_it_late() -> None:
    clock = Days()
    clock.meanwhile = {1: lambda: clock.set(1.5)}  # for so long nothing was awake
    assert slept_until_due(clock) == 1.5


def test_without_hours_none_is_due_until_there_are_some() -> None:
    clock, hours = Days(), [None, None, 3.0]
    reminders = Reminders(clock, lambda: hours.pop(0) if len(hours) > 1 else hours[0], clock.sleep)
    asyncio.run(reminders.due(iso(BEGAN)))
    assert sum(clock.slept) == 3 * HOUR
    assert max(clock.slept) <= LOOK


@given(
    st.floats(-1000, 1000),
    st.dictionaries(st.integers(1, 30), st.floats(-1000, 1000), max_size=5),
    st.floats(0.01, 30),
)
def test_it_always_comes_and_never_later_than_its_hours(ahead: float, jumps: dict[int, float], hours: float) -> None:
    clock = Days(ahead=ahead * HOUR)
    clock.meanwhile = {at: lambda by=by: clock.set(by) for at, by in jumps.items()}  # type: ignore[misc]
    assert slept_until_due(clock, hours) <= hours + 0.001


# --- through the executor ---------------------------------------------------------------------------------------------


async def set_clock(house: House, hours: str = "2") -> SetClock:
    """The house with a clock that can be set, and a reminder after so many hours."""
    config = house.locations.config_file
    config.write_text(config.read_text() + f"remind_hours: {hours}\n")
    house.clock = clock = SetClock()
    await house.restart()
    return clock


async def waiting(house: House, workflow: str = "gated") -> str:
    task_id = await house.start(workflow)
    await house.until(task_id, waits)
    return task_id


def waits(run: Run) -> bool:
    return run.status in (RunStatus.WAITING_APPROVAL, RunStatus.WAITING_ANSWER)


async def later(house: House, clock: SetClock, hours: float) -> None:
    """The next executor, so many hours later."""
    clock.ahead += hours * HOUR
    await house.restart()


async def settled(house: House) -> None:
    """Whatever was due has happened: a run came and went meanwhile."""
    await house.run("one")


async def test_each_comes_once_is_journalled_and_told_also_over_restarts(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock = await set_clock(house)
    task_id = await waiting(house)
    since = (house.look(task_id).steps[1].started_at or "")[:16].replace("T", " ")
    assert (house.look(task_id).reminders, house.look(task_id).note) == (0, None)
    await later(house, clock, 1)
    await settled(house)
    assert house.look(task_id).reminders == 0
    for number in (1, 2):
        await later(house, clock, 2)
        run = await house.until(task_id, lambda run, number=number: run.reminders == number)
        assert run.note == f"waits for an approval since {since} UTC (reminder {number})"
        assert f"run {task_id} {run.note}" in caplog.text
        assert run.reminded_at is not None
        for _ in range(2):
            await later(house, clock, 0.5)
        await settled(house)
        assert house.look(task_id) == run, "once only, however often the executor begins anew"
        clock.ahead -= HOUR
    await house.executor.verbs.start(Approve(task_id))
    run = await house.ended(task_id)
    assert (run.reminders, run.reminded_at, run.note) == (0, None, None)
    assert reminding() == 0


async def test_after_a_long_absence_there_is_one(house: House) -> None:
    clock = await set_clock(house)
    task_id = await waiting(house)
    await later(house, clock, 1000)
    await house.until(task_id, lambda run: run.reminders == 1)
    await settled(house)
    assert house.look(task_id).reminders == 1


async def test_a_question_is_reminded_of_with_its_words_and_is_then_forgotten(house: House) -> None:
    clock = await set_clock(house)
    task_id = await waiting(house, "asks")
    await later(house, clock, 3)
    run = await house.until(task_id, lambda run: run.reminders == 1)
    assert (run.note or "").endswith("UTC (reminder 1): Which of the two ways should I take?")
    await house.executor.verbs.start(Answer(task_id, "left"))
    run = await house.ended(task_id)
    assert (run.status, run.reminders) == (RunStatus.SUCCEEDED, 0)


async def test_a_clock_that_is_set_back_by_a_year_does_no_harm(house: House) -> None:
    clock = await set_clock(house)
    task_id = await waiting(house)
    await later(house, clock, -24 * 365)
    await settled(house)
    assert house.look(task_id).reminders == 0
    await house.executor.verbs.start(Approve(task_id))
    assert (await house.ended(task_id)).status is RunStatus.SUCCEEDED


async def test_who_wants_none_gets_none_and_what_does_not_wait_has_no_timer(house: House) -> None:
    clock = await set_clock(house, "null")
    task_id = await waiting(house)
    await later(house, clock, 1000)
    await settled(house)
    assert house.look(task_id).reminders == 0
    assert reminding() == 1
    await house.executor.verbs.cancel(Cancel((task_id,)))
    assert reminding() == 0


def reminding() -> int:
    return sum(task.get_name().startswith("remind") for task in asyncio.all_tasks())
