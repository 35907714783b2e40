"""Agents, machines and people that do the worst: each has one truthful end, and nothing lives on unseen."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.executor import odd_agent
from tests.executor.conftest import LIMIT, House
from tui.core.clock import SystemClock, iso
from tui.core.run import Run, RunStatus, StepStatus
from tui.core.verbs import Cancel, Peek
from tui.executor.assembly import assemble
from tui.executor.attempt import AttemptFolder
from tui.executor.processes import survivors

ODD = (
    *("flood", "binary", "halves", "long-line", "many", "silent", "forks", "daemon", "closes", "stubborn", "full"),
    *("counts", "waits"),
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


class Jumping(SystemClock):
    """A machine whose time of day is set while it runs."""

    ahead = 0

    def utc_now(self) -> str:
        return iso(self.milliseconds())

    def milliseconds(self) -> int:
        return super().milliseconds() + self.ahead


@pytest.mark.parametrize("hours", [-24 * 400, 24 * 400])
async def test_a_clock_that_jumps_ends_nothing_early_and_keeps_the_order(odd: House, hours: int) -> None:
    clock = Jumping()
    await odd.executor.close()
    odd.executor = assemble(odd.locations, clock, os.environ, odd.home)
    first = await odd.run("one")
    run = await said(odd, "waits", b"waiting")
    clock.ahead = hours * 3_600_000
    later = await odd.run("one")
    assert odd.look(run.task_id or "").status is RunStatus.RUNNING
    (odd.project / "let-go").touch()
    assert (await odd.ended(run.task_id or "")).status is RunStatus.SUCCEEDED
    assert later.status is RunStatus.SUCCEEDED
    page = await odd.list("runs")
    assert [task.task_id for task in page.tasks] == [later.task_id, run.task_id, first.task_id]
    seen = [event.seq for event in odd.executor.journal.events(0, 500)]
    assert seen == list(range(1, len(seen) + 1))


async def test_an_attempt_folder_that_somebody_removed_under_it_still_ends(odd: House, tmp_path: Path) -> None:
    run = await said(odd, "waits", b"waiting")
    folder(odd, run).path.rename(tmp_path / "taken-away")
    (odd.project / "let-go").touch()
    run = await odd.ended(run.task_id or "")
    assert run.status in (RunStatus.FAILED, RunStatus.LOST)
    assert run == odd.look(run.task_id or "")
