"""Agents, machines and people that do the worst: each has one truthful end, and nothing lives on unseen.

| fault | where it is tried |
|---|---|
| full disk, while nothing runs | `store/test_faults` (`full`), `system/test_bad_input` (`full_disk`) |
| full disk, while an agent ends, while a person decides | `disk_that_is_full` |
| read-only journal | `system/test_bad_input` (`read_only`) |
| corrupt journal, half a journal, somebody else's | `store/test_damage`, `store/test_faults`, `system/test_bad_input` |
| a row of a live run that can't be read | `store/test_damage`, `test_recovery` (`can_not_be_read`) |
| a journal to put in its place: daily, and before it is changed | `store/test_faults` (`copy`), `store/test_versions` |
| locked journal | `store/test_faults` (`lock`) |
| clock that jumps: order, limits, durations | `clock` here; retention: `test_retention` (`clock`) |
| 1 GB of output | `more_output_than_allowed`, `much_that_is_left`; a real one: `make bench`, `flood` |
| binary output, half lines, lines over 1 MB | `binary`, `pieces`, `megabytes`; `test_tail` |
| 100,000 lines a second | `hundred_thousand`; how late others are: `make bench`, `flood` |
| closes stdout and lives on; closes all it has; forks; ignores TERM | `closes_its_output`, `forks_closes_or_ignores` |
| the shim killed alone | `shim_alone`; at random: `test_state_machine`, `system/test_kills` |
| leaves a setsid daemon behind | `daemon`; `test_attempt` (`survivors`) |
| `rc` can't be written | `the_end_can_not_be_written`, `nobody_was_there` |
| a prompt of 200 kB | `prompt_of_200_kb` |
| a machine that kills at logout | `test_logout` |
| output stored bounded | `head_and_the_tail` |
| start with runs in every state | `every_state`; one by one: `test_recovery` |
| the attempt's folder, or the state folder, goes | `folder`, `system/test_bad_input` (`goes_away`) |
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.disk import small_files
from tests.executor import odd_agent
from tests.executor.conftest import LIMIT, House, SetClock
from tui.core.errors import JournalError
from tui.core.run import TERMINAL_RUN, Run, RunStatus, StepStatus
from tui.core.run_verbs import Answer, Approve
from tui.core.verbs import Cancel, Peek
from tui.executor.attempt import AttemptFolder
from tui.executor.processes import survivors
from tui.executor.prompt import RESULT

ODD = (
    *("flood", "binary", "halves", "long-line", "many", "silent", "forks", "daemon", "closes", "stubborn", "full"),
    *("counts", "waits", "verbose", "bulk"),
)


@pytest.fixture
def odd(house: House) -> House:
    """The house with all the bad agents: agent, profile and workflow of the same name."""
    agents = "".join(
        f"  {name}: {{kind: claude, command: [{sys.executable}, -I, -S, {odd_agent.__file__}, {name}], "
        f"env: {{ATTEMPTS: {house.locations.runs}}}}}\n"
        for name in ODD
    )
    profiles = "".join(f"  {name}: {{agent: {name}}}\n" for name in ODD)
    workflows = "".join(f"  {name}: {{stages: [{{name: plan, profile: {name}}}]}}\n" for name in ODD)
    config = house.locations.config_file.read_text()
    for head, more in (("agents:\n", agents), ("profiles:\n", profiles), ("workflows:\n", workflows)):
        config = config.replace(f"\n{head}", f"\n{head}{more}", 1)
    house.locations.config_file.write_text(config.replace("{grace: 2}", "{grace: 0.5, max_output: 20_000_000}"))
    return house


def folder(house: House, run: Run) -> AttemptFolder:
    return AttemptFolder(house.locations.runs / (run.steps[0].attempt or ""))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.01)


async def said(house: House, workflow: str, text: bytes) -> Run:
    """Start it; the run once its agent has said so."""
    task_id = await house.start(workflow, input="go")
    run = await house.until(task_id, lambda run: run.steps[0].attempt is not None)
    await until(lambda: folder(house, run).out.exists() and text in folder(house, run).out.read_bytes())
    return run


async def test_more_output_than_allowed_ends_the_attempt_and_says_so(odd: House) -> None:
    run = await odd.run("flood", input="go")
    error = run.steps[0].error
    assert error is not None
    assert (run.status, error.code) == (RunStatus.FAILED, "output_limit")
    assert "20,000,000" in error.message
    assert survivors(folder(odd, run)) == ()


async def test_binary_output_is_shown_without_a_control_character(odd: House) -> None:
    run = await odd.run("binary", input="go")
    assert run.status is RunStatus.SUCCEEDED
    page = await odd.list("output", ids=(run.task_id or "",))
    assert page.output
    assert all(character.isprintable() for message in page.output for character in message.text)


async def test_lines_in_pieces_are_read_whole_and_half_a_last_line_harms_nothing(odd: House) -> None:
    run = await odd.run("halves", input="go")
    assert (run.status, run.steps[0].result) == (RunStatus.SUCCEEDED, "done")
    page = await odd.list("output", ids=(run.task_id or "",))
    assert page.output[-1].text == "half of a line"


async def test_a_line_of_megabytes_is_cut_and_the_next_one_is_read(odd: House) -> None:
    run = await odd.run("long-line", input="go")
    assert (run.status, run.steps[0].result) == (RunStatus.SUCCEEDED, "done")
    tasks = await odd.executor.verbs.peek(Peek((run.task_id or "",)))
    assert all(len(message.text) < 20_000 for message in tasks.output)


async def test_lines_by_the_hundred_thousand_do_not_keep_others_waiting(odd: House) -> None:
    task_id = await odd.start("many", input="go")
    await odd.until(task_id, lambda run: run.steps[0].attempt is not None)
    assert (await odd.run("one")).status is RunStatus.SUCCEEDED
    run = await odd.ended(task_id)
    assert (run.status, run.steps[0].result) == (RunStatus.SUCCEEDED, "done")
    assert folder(odd, run).out.read_bytes().count(b"\n") > 100_000


async def test_much_that_is_left_to_be_read_at_the_end_is_read_in_pieces(odd: House) -> None:
    task_id = await odd.start("bulk", input="go")
    live = odd.executor.conductor.live(task_id)
    assert live is not None
    read = [0]
    while not live.ended.is_set():
        if live.attendance is not None:
            read.append(live.attendance.offset)
        await asyncio.sleep(0)
    assert odd.look(task_id).status is RunStatus.SUCCEEDED
    assert read[-1] > 15 * odd_agent.MEGABYTE
    assert max(later - before for before, later in pairwise(read)) <= 2 * odd_agent.MEGABYTE


async def test_one_that_closes_its_output_and_lives_on_has_not_ended(odd: House) -> None:
    run = await said(odd, "silent", b"done")
    await odd.run("one")
    assert odd.look(run.task_id or "").status is RunStatus.RUNNING
    (odd.project / "let-go").touch()
    assert (await odd.ended(run.task_id or "")).status is RunStatus.SUCCEEDED


@pytest.mark.parametrize(("workflow", "text"), [("forks", b"forked"), ("closes", b"closing"), ("stubborn", b"never")])
async def test_whatever_it_forks_closes_or_ignores_a_cancel_ends_it(odd: House, workflow: str, text: bytes) -> None:
    run = await said(odd, workflow, text)
    tasks = await odd.executor.verbs.cancel(Cancel((run.task_id or "",)))
    assert tasks.tasks[0].status is RunStatus.CANCELLED
    await until(lambda: survivors(folder(odd, run)) == ())


@pytest.mark.parametrize(("workflow", "text"), [("forks", b"forked"), ("closes", b"closing"), ("stubborn", b"never")])
async def test_where_the_shim_alone_is_killed_nothing_of_it_lives_on(odd: House, workflow: str, text: bytes) -> None:
    run = await said(odd, workflow, text)
    os.kill(folder(odd, run).leader() or 0, signal.SIGKILL)
    run = await odd.ended(run.task_id or "")
    assert (run.status, run.steps[0].status) == (RunStatus.LOST, StepStatus.LOST)
    await until(lambda: survivors(folder(odd, run)) == ())


async def test_a_daemon_that_is_left_behind_is_told_with_the_step(odd: House) -> None:
    run = await odd.run("daemon", input="go")
    left = survivors(folder(odd, run))
    assert run.status is RunStatus.SUCCEEDED
    assert len(left) == 1
    assert "one process that" in (run.steps[0].note or "")
    assert str(left[0]) in (run.steps[0].note or "")
    os.kill(left[0], signal.SIGKILL)


async def test_where_the_end_can_not_be_written_the_executor_is_told_by_the_shim_itself(odd: House) -> None:
    run = await odd.run("full", input="go")
    assert (run.status, run.steps[0].result) == (RunStatus.SUCCEEDED, "done")
    assert folder(odd, run).exit_code() is None


async def test_where_it_can_not_be_written_and_nobody_was_there_it_is_lost_and_not_started_again(odd: House) -> None:
    run = await said(odd, "waits", b"waiting")
    attempt = folder(odd, run)
    (attempt.path / "rc.new").mkdir()
    await odd.executor.close()
    (odd.project / "let-go").touch()
    await asyncio.to_thread(
        os.waitpid, attempt.leader() or 0, 0
    )  # nobody's child any more, as when the executor itself has ended
    odd.executor = odd.begin()
    run = await odd.ended(run.task_id or "")
    assert run.status is RunStatus.LOST
    assert len(list(odd.locations.runs.iterdir())) == 1


async def test_a_folder_of_attempts_that_can_not_be_made_fails_the_step_and_says_where(odd: House) -> None:
    shutil.rmtree(odd.locations.runs)
    odd.locations.runs.write_text("in the way")
    run = await odd.run("one")
    assert run.status is RunStatus.FAILED
    assert run.error is not None
    assert str(odd.locations.runs) in run.error.message
    assert odd.executor.journal.live_attempts() == ()
    odd.locations.runs.unlink()
    odd.locations.runs.mkdir()


async def test_a_prompt_of_200_kb_arrives_whole_and_is_in_nobodys_arguments(odd: House) -> None:
    text = "word " * 40_000
    task_id = await odd.start("counts", input=text)
    run = await odd.ended(task_id)
    assert run.status is RunStatus.SUCCEEDED
    assert int((run.steps[0].result or "").split()[0]) >= len(text.strip())
    attempt = odd.executor.journal.attempt(run.steps[0].attempt or "")
    assert attempt is not None
    assert sum(map(len, attempt.argv)) < 4_000


async def test_on_a_disk_that_is_full_an_end_waits_until_it_can_be_written(
    odd: House, caplog: pytest.LogCaptureFixture
) -> None:
    run = await said(odd, "waits", b"waiting")
    with small_files(4096), caplog.at_level(logging.ERROR):
        (odd.project / "let-go").touch()
        await until(lambda: "free" in caplog.text)
        assert folder(odd, run).exit_code() == 0
        assert odd.look(run.task_id or "").status is RunStatus.RUNNING
        tasks = await odd.executor.verbs.peek(Peek((run.task_id or "",)))
        assert [message.text for message in tasks.output] == ["waiting"]
    run = await odd.ended(run.task_id or "")
    assert (run.status, run.steps[0].result) == (RunStatus.SUCCEEDED, "done")
    assert len(list(odd.locations.runs.iterdir())) == 1


async def test_on_a_disk_that_is_full_a_person_is_told_and_can_say_it_again(odd: House) -> None:
    task_id = await odd.start("gated")
    await odd.until(task_id, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await odd.restart()  # so that the write-ahead log begins anew, and is small
    await until(lambda: odd.executor.conductor.waiting() == 1)
    with small_files(4096):
        with pytest.raises(JournalError, match="free"):
            await odd.executor.verbs.start(Approve(task_id))
        assert odd.look(task_id).status is RunStatus.WAITING_APPROVAL
    await odd.executor.verbs.start(Approve(task_id))
    assert (await odd.ended(task_id)).status is RunStatus.SUCCEEDED


@pytest.mark.parametrize("hours", [-24 * 400, 24 * 400])
async def test_a_clock_that_jumps_ends_nothing_early_and_keeps_the_order(odd: House, hours: int) -> None:
    odd.clock = clock = SetClock()
    await odd.restart()
    first = await odd.run("one")
    run = await said(odd, "waits", b"waiting")
    clock.ahead = hours * 3_600
    later = await odd.run("one")
    assert odd.look(run.task_id or "").status is RunStatus.RUNNING
    (odd.project / "let-go").touch()
    assert (await odd.ended(run.task_id or "")).status is RunStatus.SUCCEEDED
    assert later.status is RunStatus.SUCCEEDED
    page = await odd.list("runs")
    assert [task.task_id for task in page.tasks] == [later.task_id, run.task_id, first.task_id]
    seen = [event.seq for event in odd.executor.journal.events(0, 500)]
    assert seen == list(range(1, len(seen) + 1))


@pytest.mark.parametrize("hours", [-24 * 400, 24 * 400])
async def test_a_clock_that_jumps_makes_no_time_negative_and_no_limit_early(odd: House, hours: int) -> None:
    odd.clock = clock = SetClock()
    await odd.restart()
    run = await said(odd, "waits", b"waiting")
    gated = await odd.start("gated")
    hanging = await odd.start("hangs")
    await odd.until(gated, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    for ahead in (hours, 0, hours):
        clock.ahead = ahead * 3_600
        await odd.run("one")
    assert odd.look(run.task_id or "").status is RunStatus.RUNNING
    (odd.project / "let-go").touch()
    await odd.executor.verbs.start(Approve(gated))
    ended = [await odd.ended(task_id) for task_id in (run.task_id or "", gated, hanging)]
    assert [run.status for run in ended] == [RunStatus.SUCCEEDED, RunStatus.SUCCEEDED, RunStatus.FAILED]
    assert ended[2].steps[0].error is not None
    assert ended[2].steps[0].error.code == "timeout"
    page = await odd.list("runs")
    for each in page.tasks:
        for thing in (each, *each.steps):
            assert thing.started_at is not None
            assert thing.ended_at is not None
            assert thing.ended_at >= thing.started_at


async def test_an_executor_that_begins_with_runs_in_every_state_goes_on_with_each(odd: House) -> None:
    config = odd.locations.config_file
    config.write_text(config.read_text().replace("max_output:", "attempts: 2, max_output:"))
    await odd.restart()
    gated, asks = await odd.start("gated"), await odd.start("asks")
    await odd.until(gated, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    await odd.until(asks, lambda run: run.status is RunStatus.WAITING_ANSWER)
    ended = [await odd.run("one"), await odd.run("fails")]
    runs = await said(odd, "waits", b"waiting")
    vanishes = await said(odd, "waits", b"waiting")
    queued = await odd.start("one")
    await odd.until(queued, lambda run: run.status is RunStatus.RUNNING)
    await odd.executor.close()
    leader = folder(odd, vanishes).leader() or 0
    os.kill(leader, signal.SIGKILL)
    await asyncio.to_thread(os.waitpid, leader, 0)

    odd.executor = odd.begin(resume=False)
    journal = odd.executor.journal
    never = replace(ended[0], task_id="r_never", status=RunStatus.PENDING, steps=odd.look(queued).steps, ended_at=None)
    await journal.create(never, ())
    assert {run.status for run in journal.live_runs()} == set(RunStatus) - TERMINAL_RUN
    odd.executor.conductor.resume()
    for task_id in (queued, "r_never"):
        assert (await odd.ended(task_id)).status is RunStatus.SUCCEEDED
    assert (await odd.ended(vanishes.task_id or "")).status is RunStatus.LOST
    assert odd.look(runs.task_id or "").status is RunStatus.RUNNING
    assert odd.executor.conductor.waiting() == 2
    assert [odd.look(run.task_id or "") for run in ended] == ended

    (odd.project / "let-go").touch()
    await odd.executor.verbs.start(Approve(gated))
    await odd.executor.verbs.start(Answer(asks, "the left one"))
    for task_id in (runs.task_id or "", gated, asks):
        assert (await odd.ended(task_id)).status is RunStatus.SUCCEEDED
    assert journal.live_attempts() == ()
    attempts = [attempt.id for run in journal.runs(limit=50)[0] for attempt in journal.attempts(run.task_id or "")]
    assert sorted(attempts) == sorted(path.name for path in odd.locations.runs.iterdir())


async def test_of_a_long_result_the_head_and_the_tail_are_kept_and_the_rest_is_in_the_file(odd: House) -> None:
    run = await odd.run("verbose", input="go")
    result = run.steps[0].result or ""
    assert len(result) < RESULT + 100
    assert result.startswith("the first word")
    assert result.endswith("the last word")
    assert folder(odd, run).out.stat().st_size > 1_000_000


async def test_an_attempt_folder_that_somebody_removed_under_it_still_ends(odd: House, tmp_path: Path) -> None:
    run = await said(odd, "waits", b"waiting")
    folder(odd, run).path.rename(tmp_path / "taken-away")
    (odd.project / "let-go").touch()
    run = await odd.ended(run.task_id or "")
    # What it wrote is read from where it was written, and the shim could still pass its status to its parent.
    assert run.status is RunStatus.SUCCEEDED
    assert run == odd.look(run.task_id or "")
