"""Whatever people, agents and executors do, in whatever order: no step starts twice, no event is lost or told twice,
what has ended stays as it is, and nothing is left running when all has ended.

Starts, approvals, rejections, answers, skips, cancels, retries, runs resolved again, killed agents and executors that
end or are dropped in the middle come at random, with real journals and real child processes.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.executor.conftest import LIMIT
from tests.executor.world import World, current
from tui.config.locations import Locations
from tui.core.clock import SystemClock
from tui.core.errors import ConflictError
from tui.core.run import TERMINAL_RUN, TERMINAL_STEP, Run, RunStatus, StepStatus
from tui.core.run_verbs import Answer, Approve, Reject, ResolveAgain, Retry, RunOp, Skip
from tui.core.verbs import Cancel
from tui.executor.assembly import assemble
from tui.executor.attempt import AttemptFolder
from tui.executor.processes import survivors

WORKFLOW = st.sampled_from(("three", "gated", "gated", "slow", "fails", "asks"))
WHICH = st.integers(0, 1000)
"""Picks one of those that there are."""


class Life(World, RuleBasedStateMachine):
    """What people, agents and executors do."""

    outcomes: ClassVar[Counter[RunStatus]]
    """How runs ended, in all lives."""
    did: ClassVar[Counter[str]]
    """What people asked for and was done."""

    def __init__(self) -> None:
        super().__init__()
        self.ended: dict[str, Run] = {}
        self.begun: dict[str, int] = {}
        """The shim's process of each attempt."""

    # --- what can be done ---------------------------------------------------------------------------------------------

    @initialize(workflows=st.lists(WORKFLOW, min_size=1, max_size=4))
    def some_start(self, workflows: list[str]) -> None:
        for workflow in workflows:
            self.start(workflow)

    @rule(workflow=WORKFLOW)
    def start(self, workflow: str) -> None:
        self.ids.append(self.do(self.house.start(workflow)))

    @rule(turns=st.integers(0, 40))
    def a_moment_passes(self, turns: int) -> None:
        async def pass_() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)

        self.do(pass_())

    @precondition(lambda self: self.ids)
    @rule(more=st.integers(1, 6))
    def some_things_happen(self, more: int) -> None:
        last = self.house.executor.journal.last_seq
        self.do(self.until(lambda: self.house.executor.journal.last_seq >= last + more or self.rests()))

    @precondition(lambda self: self.ids)
    @rule()
    def all_that_can_happen_happens(self) -> None:
        self.do(self.until(self.rests))

    @precondition(lambda self: self.ids)
    @rule(which=WHICH, yes=st.booleans(), at_rest=st.booleans())
    def a_person_decides(self, which: int, yes: bool, at_rest: bool) -> None:
        if at_rest:
            self.all_that_can_happen_happens()
        run = self.one(which, RunStatus.WAITING_APPROVAL)
        waits = self.waits(run, RunStatus.WAITING_APPROVAL)
        done = self.asked((Approve if yes else Reject)(run.task_id or "", comment="so be it"))
        assert done or not waits  # it may have come to wait only just now

    @precondition(lambda self: self.ids)
    @rule(which=WHICH, at_rest=st.booleans())
    def a_person_answers(self, which: int, at_rest: bool) -> None:
        if at_rest:
            self.all_that_can_happen_happens()
        run = self.one(which, RunStatus.WAITING_ANSWER)
        waits = self.waits(run, RunStatus.WAITING_ANSWER)
        before = sum(exchange.answer is not None for exchange in run.steps[0].exchanges)
        done = self.asked(Answer(run.task_id or "", "the left one"))
        assert done or not waits
        exchanges = self.look(run.task_id or "").steps[0].exchanges
        assert sum(exchange.answer is not None for exchange in exchanges) == before + done

    @precondition(lambda self: self.ids)
    @rule(which=WHICH, step=st.integers(0, 5))
    def a_person_skips(self, which: int, step: int) -> None:
        run = self.one(which, RunStatus.WAITING_APPROVAL)
        can = step < len(run.steps) and run.steps[step].status is StepStatus.PENDING
        done = self.asked(Skip(run.task_id or "", step))
        assert can or not done
        if done:
            assert self.look(run.task_id or "").steps[step].status is StepStatus.SKIPPED

    @precondition(lambda self: self.ids)
    @rule(which=WHICH)
    def a_person_cancels(self, which: int) -> None:
        run = self.one(which)
        tasks = self.do(self.house.executor.verbs.cancel(Cancel((run.task_id or "",))))
        assert tasks.done
        assert tasks.tasks[0].status in TERMINAL_RUN

    @precondition(lambda self: self.ids)
    @rule(which=WHICH, resolved=st.booleans())
    def a_person_does_it_again(self, which: int, resolved: bool) -> None:
        before = self.one(which, RunStatus.FAILED)
        request = (ResolveAgain if resolved else Retry)(before.task_id or "")
        try:
            started = self.do(self.house.executor.verbs.start(request))
        except ConflictError:
            assert before.status not in TERMINAL_RUN or not any(
                step.status in (StepStatus.FAILED, StepStatus.CANCELLED, StepStatus.LOST) for step in before.steps
            )
        else:
            assert self.look(before.task_id or "").status in TERMINAL_RUN
            self.ids.append(started.task_id)
            self.did[request.op] += 1

    @precondition(lambda self: self.ids)
    @rule(which=WHICH)
    def somebody_kills_a_shim(self, which: int) -> None:
        step = current(self.one(which))
        if step is None or step.attempt is None:
            return
        attempt = AttemptFolder(self.house.locations.runs / step.attempt)
        leader = attempt.leader()
        if leader is not None and attempt.held("a"):
            os.kill(leader, signal.SIGKILL)

    @rule()
    def the_executor_ends_and_another_begins(self) -> None:
        self.do(self.another(abrupt=False))

    @rule()
    def the_executor_is_dropped_in_the_middle(self) -> None:
        self.do(self.another(abrupt=True))

    # --- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def no_event_is_lost_or_told_twice(self) -> None:
        assert self.seen == list(range(1, len(self.seen) + 1))
        if self.listener is not None and self.listener.done():
            self.listener.result()

    @invariant()
    def no_step_is_started_twice(self) -> None:
        starts = self.folder / "home" / "starts"
        counted = Counter(starts.read_text().split()) if starts.exists() else Counter()
        assert all(count == 1 for count in counted.values()), counted
        for task_id in self.ids:
            run = self.look(task_id)
            attempts = Counter(attempt.step for attempt in self.house.executor.journal.attempts(task_id))
            for step, count in attempts.items():
                answers = sum(exchange.answer is not None for exchange in run.steps[step].exchanges)
                assert count <= 1 + answers, (run, attempts)
        for path in self.house.locations.runs.iterdir():
            leader = AttemptFolder(path).leader()
            assert leader is None or self.begun.setdefault(path.name, leader) == leader, path

    @invariant()
    def what_has_ended_stays_as_it_is(self) -> None:
        for task_id in self.ids:
            run = self.look(task_id)
            if run.status in TERMINAL_RUN:
                assert all(step.status in TERMINAL_STEP for step in run.steps)
                assert self.ended.setdefault(task_id, run) == run

    def teardown(self) -> None:
        try:
            self.do(self._end())
        finally:
            self.runner.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    async def _end(self) -> None:
        """At the end of all days everything has ended, the client knows, and nothing lives on."""
        executor = self.house.executor
        try:
            await self.until_all_cancelled()
            last = executor.journal.last_seq
            async with asyncio.timeout(LIMIT):
                while self.seen != list(range(1, last + 1)) and self.listener and not self.listener.done():
                    await asyncio.sleep(0.001)
            assert self.seen == list(range(1, last + 1))
            assert executor.journal.live_runs() == ()
            assert executor.journal.live_attempts() == ()
            left = [survivors(AttemptFolder(path)) for path in self.house.locations.runs.iterdir()]
            assert [one for one in left if one] == []
            self.what_has_ended_stays_as_it_is()
            self.no_step_is_started_twice()
            self.outcomes.update(run.status for run in self.ended.values())
        finally:
            await executor.close()
            await self.gone()

    def asked(self, request: RunOp) -> bool:
        """Ask for it; whether it was done."""
        try:
            self.do(self.house.executor.verbs.start(request))
        except ConflictError:
            return False
        self.did[request.op] += 1
        return True


_ROUNDS = 4
"""Of eighty lives, at most; one is enough on a machine that has nothing else to do."""


@pytest.mark.slow
def test_whatever_happens_in_whatever_order(tmp_path: Path) -> None:
    class Begun(Life):
        outcomes: ClassVar[Counter[RunStatus]] = Counter()
        did: ClassVar[Counter[str]] = Counter()
        template = tmp_path / "state"

    async def first() -> None:
        places = Locations(tmp_path / "config.yaml", tmp_path / "state", tmp_path / "cache")
        places.prepare()
        await assemble(places, SystemClock(), {}, tmp_path).close()

    asyncio.run(first())
    all_ops = {f"run.{what}" for what in ("approve", "reject", "answer", "skip", "retry", "resolve_again")}
    for part in range(_ROUNDS):
        run_state_machine_as_test(
            Begun,
            settings=settings(
                max_examples=80,
                stateful_step_count=25,
                deadline=None,
                derandomize=part == 0,
                database=None,
                phases=[Phase.generate],  # when child processes end is not ours to say, so that nothing can be shrunk
                suppress_health_check=list(HealthCheck),
            ),
        )
        # What a step comes to hangs on when its agent ends: on a busy machine it takes more to have tried everything.
        if set(Begun.outcomes) == TERMINAL_RUN and set(Begun.did) == all_ops:
            break
    # Each way to end, and all that people can do, was tried.
    assert set(Begun.outcomes) == TERMINAL_RUN
    assert set(Begun.did) == all_ops
