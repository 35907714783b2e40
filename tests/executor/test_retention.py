"""What is removed of old output and of old runs, and what never is."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from tests.executor.conftest import LIMIT, House, SetClock
from tui.core.run import Run, RunStatus
from tui.core.spec_verbs import CreateSpec, StartSpec
from tui.core.verbs import Cancel, Peek
from tui.executor.attempt import AttemptFolder
from tui.executor.retention import DAY, LEAP, Retention
from tui.store.connect import backup_of


def later(days: float) -> SetClock:
    """The machine's clock, days ahead."""
    clock = SetClock()
    clock.ahead = days * DAY
    return clock


def retention(house: House, wanted: str, *, days: float = 0) -> Retention:
    config = house.locations.config_file
    if wanted:
        config.write_text(f"{config.read_text()}retention: {wanted}\n")
    executor = house.executor
    swept = house.locations.state_folder / "swept"
    return Retention(house.locations.runs, swept, executor.journal, executor.projects, later(days))


def kept(house: House) -> int:
    return sum(1 for _ in house.locations.runs.iterdir())


async def test_unless_it_is_wanted_nothing_is_ever_removed(house: House) -> None:
    await house.run("three")
    assert await retention(house, "{}", days=10_000).remove_output() == 0
    assert kept(house) == 3


async def test_what_is_older_goes_and_its_run_stays_as_it_was(house: House) -> None:
    run = await house.run("three")
    keeper = retention(house, "{days: 30}", days=29)
    assert await keeper.remove_output() == 0
    assert await replace(keeper, clock=later(31)).remove_output() == 3
    assert kept(house) == 0
    assert house.look(run.task_id or "") == run
    tasks = await house.executor.verbs.peek(Peek((run.task_id or "",)))
    assert tasks.output == ()


async def test_of_too_much_the_oldest_goes_first(house: House) -> None:
    old, new = await house.run("one"), await house.run("one")
    size = sum(file.stat().st_size for file in (house.locations.runs / (new.steps[0].attempt or "")).iterdir())
    assert await retention(house, f"{{output: {size + 10}}}").remove_output() == 1
    assert not (house.locations.runs / (old.steps[0].attempt or "")).exists()
    assert (house.locations.runs / (new.steps[0].attempt or "")).exists()


async def test_what_goes_on_waits_or_is_not_known_is_never_touched(house: House) -> None:
    gated, slow = await house.start("gated"), await house.start("slow")
    await house.until(gated, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.until(slow, lambda run: run.steps[0].evidence is not None)
    (house.locations.runs / "a_of_nobody").mkdir()
    (house.locations.runs / "a_link").symlink_to(house.project)
    assert await retention(house, "{days: 1, output: 1}", days=100).remove_output() == 0
    assert kept(house) == 4


async def test_it_is_done_once_a_day(house: House) -> None:
    await house.run("one")
    keeper = retention(house, "{days: 1}", days=0)

    async def lives(clock: SetClock) -> None:
        task = asyncio.create_task(replace(keeper, clock=clock).keep())
        async with asyncio.timeout(LIMIT):
            while not keeper.swept.exists():
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    await lives(later(0))
    assert replace(keeper, clock=later(0.5)).due is False
    assert replace(keeper, clock=later(1.5)).due is True
    assert replace(keeper, clock=later(-3)).due is True
    assert kept(house) == 1


# --- runs -------------------------------------------------------------------------------------------------------------


def known(house: House) -> list[str]:
    """The runs that the journal has, the oldest first."""
    page, _ = house.executor.journal.runs(limit=100)
    return [run.task_id or "" for run in reversed(page)]


def folders(house: House, *runs: Run) -> set[str]:
    """The names of their attempts' folders that are there."""
    names = {step.attempt for run in runs for step in run.steps if step.attempt}
    return names & {path.name for path in house.locations.runs.iterdir()}


async def test_unless_it_is_wanted_no_run_is_ever_forgotten(house: House) -> None:
    run = await house.run("one")
    assert await retention(house, "{days: 1, output: 1}", days=10_000).forget_runs() == 0
    assert known(house) == [run.task_id]


async def test_a_run_that_ended_long_ago_goes_with_all_that_is_known_of_it(house: House) -> None:
    run, journal = await house.run("three"), house.executor.journal
    task_id = run.task_id or ""
    keeper = retention(house, "{run_days: 30}", days=29)
    assert await keeper.forget_runs() == 0
    assert folders(house, run)
    assert await replace(keeper, clock=later(31)).forget_runs() == 1
    assert known(house) == []
    assert folders(house, run) == set()
    assert journal.run(task_id) is None
    assert journal.trace(task_id) == journal.attempts(task_id) == ()
    assert (await house.run("one")).status is RunStatus.SUCCEEDED


async def test_of_too_many_the_oldest_go_and_their_numbers_are_never_given_again(house: House) -> None:
    runs = [await house.run("one") for _ in range(4)]
    page, after = house.executor.journal.runs(limit=2)
    assert await retention(house, "{runs: 3}").forget_runs() == 1
    assert known(house) == [run.task_id for run in runs[1:]]
    assert len(folders(house, *runs)) == 3
    rest, _ = house.executor.journal.runs(limit=2, after=after)
    assert [run.task_id for run in (*page, *rest)] == [run.task_id for run in runs[:0:-1]]
    last = await house.run("one")
    assert known(house)[-1] == last.task_id


async def test_what_has_not_ended_is_neither_forgotten_nor_counted(house: House) -> None:
    gated, slow = await house.start("gated"), await house.start("slow")
    await house.until(gated, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await house.until(slow, lambda run: run.steps[0].evidence is not None)
    ended = await house.run("one")
    keeper = retention(house, "{run_days: 1, runs: 1}")
    assert await keeper.forget_runs() == 0
    assert await replace(keeper, clock=later(100)).forget_runs() == 1
    assert known(house) == [gated, slow]
    assert folders(house, ended) == set()


async def test_a_run_of_which_something_lives_on_is_kept_until_that_has_ended(house: House) -> None:
    task_id = await house.start("slow")
    await house.until(task_id, lambda run: run.steps[0].evidence is not None)
    await house.executor.verbs.cancel(Cancel((task_id,)))
    folder = AttemptFolder(house.locations.runs / (house.look(task_id).steps[0].attempt or ""))
    await asyncio.to_thread((folder.path / "b").touch)
    held = await asyncio.create_subprocess_exec("flock", str(folder.path / "b"), "sleep", "600", start_new_session=True)
    async with asyncio.timeout(LIMIT):
        while not folder.held("b"):
            await asyncio.sleep(0.01)
    keeper = retention(house, "{run_days: 1}", days=2)
    assert await keeper.forget_runs() == 0
    os.killpg(held.pid, signal.SIGKILL)
    await held.wait()
    async with asyncio.timeout(LIMIT):
        while folder.held("b"):  # the sleep has it too, and may be dying
            await asyncio.sleep(0.01)
    assert await keeper.forget_runs() == 1


async def test_a_spec_stays_and_its_newest_run_with_it(house: House) -> None:
    created = await house.executor.verbs.start(
        CreateSpec("patch", "A patch", workflow="one", project=str(house.project))
    )
    spec_id = created.spec.id if created.spec else ""
    runs = []
    for _ in range(2):
        started = await house.executor.verbs.start(StartSpec(spec_id))
        runs.append(await house.ended(started.task_id or ""))
    assert await retention(house, "{run_days: 1, runs: 1}", days=100).forget_runs() == 1
    assert known(house) == [runs[1].task_id]
    page = await house.list("specs")
    assert [(item.spec.id, item.status) for item in page.specs] == [(spec_id, "succeeded")]


async def test_a_worktree_is_never_touched(house: House) -> None:
    run = await house.run("one")
    tree = house.locations.state_folder / "worktrees" / (run.task_id or "") / "work"
    tree.parent.mkdir(parents=True)
    tree.write_text("a day's work")
    keeper = retention(house, "{run_days: 1, runs: 1, days: 1, output: 1}", days=100)
    await keeper.sweep()
    assert known(house) == []
    assert tree.read_text() == "a day's work"


async def test_the_journal_is_copied_before_and_where_it_can_not_be_what_is_old_goes_all_the_same(house: House) -> None:
    old = await house.run("one")
    keeper = retention(house, "{run_days: 30}")
    await keeper.sweep()
    copy = backup_of(house.locations.journal)
    with closing(sqlite3.connect(copy)) as file:
        assert file.execute("SELECT task_id FROM runs").fetchall() == [(old.task_id,)]
    copy.unlink()
    copy.mkdir()
    await replace(keeper, clock=later(31)).sweep()
    assert known(house) == []


async def test_a_folder_that_can_not_be_removed_keeps_its_run_and_no_other(house: House) -> None:
    runs = [await house.run("one") for _ in range(3)]
    odd = house.locations.runs / (runs[1].steps[0].attempt or "")
    aside = odd.rename(house.locations.runs.parent / "aside")
    odd.symlink_to(aside)  # what is no folder is not followed
    assert await retention(house, "{run_days: 1}", days=2).forget_runs() == 2
    assert known(house) == [runs[1].task_id]
    assert (aside / "out").exists()


async def test_more_runs_than_are_looked_at_at_once_all_go(house: House) -> None:
    run = await house.run("one")
    for number in range(620):
        copy = replace(run, task_id=f"r_{number:04}", steps=())
        await house.executor.journal.create(copy, ())
    assert await retention(house, "{runs: 7}").forget_runs() == 614
    assert known(house) == [f"r_{number:04}" for number in range(613, 620)]
    assert await retention(house, "").forget_runs() == 0


# --- news -------------------------------------------------------------------------------------------------------------


async def test_old_events_go_and_who_asks_for_them_starts_anew(house: House) -> None:
    run, journal = await house.run("three"), house.executor.journal
    last = journal.last_seq
    gone = await retention(house, "{}").forget_events(keep=3)
    assert (gone, journal.oldest_seq, journal.last_seq) == (last - 3, last - 2, last)
    stream = house.executor.feed.events(1)
    assert ((event := await anext(stream)).type, event.seq) == ("reset", last)
    stream = house.executor.feed.events(last - 3)
    assert [(await anext(stream)).seq for _ in range(3)] == [last - 2, last - 1, last]
    assert await retention(house, "").forget_events(keep=0) == 3
    assert journal.oldest_seq == last + 1
    assert house.look(run.task_id or "") == run
    more = asyncio.ensure_future(anext(house.executor.feed.events(last)))
    await house.start("one")
    assert (await asyncio.wait_for(more, LIMIT)).seq == last + 1


async def test_a_listener_that_fell_behind_what_is_kept_is_told_so(house: House) -> None:
    await house.run("one")
    stream = house.executor.feed.events(0)
    assert (await anext(stream)).seq == 1
    while not (event := await anext(stream)).run:
        assert event.type == "run"
    await house.run("three")
    await retention(house, "{}").forget_events(keep=2)
    event = await anext(stream)
    assert (event.type, event.seq) == ("reset", house.executor.journal.last_seq)


# --- the clock --------------------------------------------------------------------------------------------------------


async def test_a_clock_that_leapt_is_not_believed_before_it_went_on_for_a_day(house: House) -> None:
    run = await house.run("one")
    keeper = retention(house, "{run_days: 30}")
    keeper.swept.touch()
    leapt = later(LEAP / DAY + 1)
    assert (replace(keeper, clock=leapt).due, replace(keeper, clock=leapt).believable) == (True, False)
    await until_noted(replace(keeper, clock=leapt))
    assert known(house) == [run.task_id]
    day_later = replace(keeper, clock=later(LEAP / DAY + 2.1))
    assert (day_later.due, day_later.believable) == (True, True)
    back = replace(keeper, clock=later(0))
    assert (back.due, back.believable) == (True, True)
    await until_noted(back)
    assert known(house) == [run.task_id]
    await until_noted(replace(keeper, clock=later(31)))
    assert known(house) == []


@pytest.mark.parametrize("days", [-400, 400])
async def test_what_ran_while_the_clock_was_wrong_is_not_old_for_that(house: House, days: int) -> None:
    house.clock = clock = SetClock()
    await house.restart()
    await house.run("one")
    clock.ahead = days * DAY
    await house.run("one")
    clock.ahead = 0
    await house.run("one")
    assert await retention(house, "{run_days: 30}", days=29).forget_runs() == 0
    assert await retention(house, "", days=31).forget_runs() == (3 if days < 0 else 2)


async def until_noted(keeper: Retention) -> None:
    """Let it live until it has looked once."""
    before = keeper.swept.stat().st_mtime
    task = asyncio.create_task(keeper.keep())
    async with asyncio.timeout(LIMIT):
        while keeper.swept.stat().st_mtime == before:
            await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
