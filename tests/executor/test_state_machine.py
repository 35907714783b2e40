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
import tempfile
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, ClassVar

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

from tests.executor.conftest import LIMIT, House
from tui.config.locations import Locations
from tui.config.trust import TrustStore
from tui.core.clock import SystemClock
from tui.core.errors import ConflictError
from tui.core.run import TERMINAL_RUN, TERMINAL_STEP, Run, RunStatus, Step, StepStatus
from tui.core.run_verbs import Answer, Approve, Reject, ResolveAgain, Retry, RunOp, Skip
from tui.core.verbs import Cancel
from tui.executor.assembly import assemble
from tui.executor.attempt import AttemptFolder
from tui.executor.processes import survivors

PLACES = 3
"""Agents at once, so that some wait for their turn."""
AGENT = """#!/bin/sh
# Notes that it was started, outside of its attempt's folder, and then plays its part.
cat >/dev/null
echo "$MODELDECK_ATTEMPT" >>"$HOME/starts"
part=$1
while [ "$1" != --model ]; do shift; done
case $part in
slow) exec sleep 600 ;;
fails) exit 1 ;;
esac
echo '{"type":"result","subtype":"success","is_error":false,"result":"done","modelUsage":{"'"$2"'":{}}}'
"""
CONFIG = """
default_model: haiku
providers: {{anthropic: {{kind: list}}}}
limits: {{grace: 1, attempts: {places}}}
agents:
  quick: {{kind: claude, command: [/bin/sh, {agent}, quick]}}
  slow: {{kind: claude, command: [/bin/sh, {agent}, slow]}}
  fails: {{kind: claude, command: [/bin/sh, {agent}, fails]}}
  asks: {{kind: rehearsal, rehearsal: {{seconds: 0, messages: 1, outcome: ask}}}}
profiles: {{quick: {{agent: quick}}, slow: {{agent: slow}}, fails: {{agent: fails}}, asks: {{agent: asks}}}}
workflows:
  three: {{stages: [{{name: a, profile: quick}}, {{name: b, profile: quick}}, {{name: c, profile: quick}}]}}
  gated:
    stages:
      - {{name: a, profile: quick}}
      - {{name: one, type: approval}}
      - {{name: b, profile: quick}}
      - {{name: two, type: approval}}
      - {{name: c, profile: quick}}
  slow: {{stages: [{{name: a, profile: quick}}, {{name: b, profile: slow}}, {{name: c, profile: quick}}]}}
  fails: {{stages: [{{name: a, profile: quick}}, {{name: b, profile: fails}}, {{name: c, profile: quick}}]}}
  asks: {{stages: [{{name: a, profile: asks, interactive: true}}, {{name: b, profile: quick}}]}}
"""
WORKFLOW = st.sampled_from(("three", "gated", "gated", "slow", "fails", "asks"))
WHICH = st.integers(0, 1000)
"""Picks one of those that there are."""


class Life(RuleBasedStateMachine):
    """One journal, the executors that serve it one after the other, and a client that comes back after each."""

    outcomes: ClassVar[Counter[RunStatus]]
    """How runs ended, in all lives."""
    did: ClassVar[Counter[str]]
    """What people asked for and was done."""
    template: Path
    """A state folder with an empty journal: making one anew takes longer than all the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="life-"))
        self.ids: list[str] = []
        self.ended: dict[str, Run] = {}
        self.seen: list[int] = []
        self.told: dict[str, RunStatus] = {}
        self.begun: dict[str, int] = {}
        """The shim's process of each attempt."""
        self.listener: asyncio.Task[None] | None = None
        self.house = self.do(self.settle_in())

    def do(self, act: Coroutine[Any, Any, Any]) -> Any:
        """Let the executor go on while ``act`` goes on; between two acts the world stands still."""
        return self.runner.run(act)

    async def settle_in(self) -> House:
        places = Locations(self.folder / "config.yaml", self.folder / "state", self.folder / "cache")
        agent, project, home = self.folder / "agent.sh", self.folder / "shop", self.folder / "home"
        agent.write_text(AGENT)
        places.config_file.write_text(CONFIG.format(agent=agent, places=PLACES))
        shutil.copytree(self.template, places.state_folder)
        places.prepare()
        for folder in (project, home):
            folder.mkdir()
        TrustStore(places.trust).trust(project)
        environ = {"HOME": str(home), "PATH": os.environ["PATH"]}
        house = House(places, project, home, assemble(places, SystemClock(), environ, home), environ)
        self.listen(house)
        return house

    # --- the client ---------------------------------------------------------------------------------------------------

    def listen(self, house: House) -> None:
        """Come back, from where it was."""
        self.listener = asyncio.get_running_loop().create_task(self._listen(house))

    async def _listen(self, house: House) -> None:
        async for event in house.executor.feed.events(self.seen[-1] if self.seen else 0):
            assert event.type in ("run", "output"), event
            if event.type == "run":
                self.seen.append(event.seq)
            if event.run is not None and event.run.task_id is not None:
                before = self.told.get(event.run.task_id)
                assert before not in TERMINAL_RUN or event.run.status is before
                self.told[event.run.task_id] = event.run.status

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for ``condition``. It asks for files and processes too, of which no event tells."""
        async with asyncio.timeout(LIMIT):
            while not condition():
                await asyncio.sleep(0.005)

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
        self.do(self._another(abrupt=False))

    @rule()
    def the_executor_is_dropped_in_the_middle(self) -> None:
        self.do(self._another(abrupt=True))

    async def _another(self, *, abrupt: bool) -> None:
        if abrupt:
            # All that it was doing stops where it stands; only the file is let go of, as the kernel would.
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.house.executor.journal.close()
        else:
            await self.house.executor.close()
        await self._gone()
        self.house.executor = self.house.begin()
        self.listen(self.house)

    async def _gone(self) -> None:
        """The client has noticed; what it found wrong is told."""
        assert self.listener is not None
        (outcome,) = await asyncio.gather(self.listener, return_exceptions=True)
        if isinstance(outcome, Exception):
            raise outcome

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
            await self._gone()

    async def until_all_cancelled(self) -> None:
        live = [run.task_id or "" for run in self.house.executor.journal.live_runs()]
        async with asyncio.timeout(LIMIT):
            await asyncio.gather(*(self.house.executor.conductor.cancel(task_id) for task_id in live))

    # --- looking ------------------------------------------------------------------------------------------------------

    def look(self, task_id: str) -> Run:
        return self.house.look(task_id)

    def one(self, which: int, rather: RunStatus | None = None) -> Run:
        """One of all runs; three times of four one that is as it is ``rather`` wanted, if there is any."""
        runs = [self.look(task_id) for task_id in self.ids]
        fitting = [run for run in runs if run.status is rather and which % 4]
        return (fitting or runs)[which % len(fitting or runs)]

    def waits(self, run: Run, how: RunStatus) -> bool:
        """Whether it waits so, and nobody has said anything yet."""
        live = self.house.executor.conductor.live(run.task_id or "")
        return live is not None and live.run.status is how and not live.decision.done()

    def asked(self, request: RunOp) -> bool:
        """Ask for it; whether it was done."""
        try:
            self.do(self.house.executor.verbs.start(request))
        except ConflictError:
            return False
        self.did[request.op] += 1
        return True

    def rests(self) -> bool:
        """Whether nothing more happens by itself: all has ended, or waits for a person, a slow agent, or a place."""
        steps = [self._waits_for(run) for run in self.house.executor.journal.live_runs()]
        slow = sum(step is not None and step.agent == "slow" and step.attempt is not None for step in steps)
        return all(
            step is not None
            and (
                step.status in (StepStatus.WAITING_APPROVAL, StepStatus.WAITING_ANSWER)
                or (step.attempt is None and slow >= PLACES)
                or (step.attempt is not None and step.agent == "slow")
            )
            for step in steps
        )

    def _waits_for(self, run: Run) -> Step | None:
        """The step at which a run is; ``None`` if that is about to change, for it was decided, cancelled or killed."""
        live, step = self.house.executor.conductor.live(run.task_id or ""), current(run)
        if live is None or step is None or live.cancelled.is_set() or live.decision.done():
            return None
        if step.attempt is not None and step.status is not StepStatus.WAITING_ANSWER:
            folder = AttemptFolder(self.house.locations.runs / step.attempt)
            return step if folder.held("a") else None
        return step


def current(run: Run) -> Step | None:
    """The first step that has not ended."""
    return next((step for step in run.steps if step.status not in TERMINAL_STEP), None)


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
    run_state_machine_as_test(
        Begun,
        settings=settings(
            max_examples=80,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # when child processes end is not ours to say, so that nothing can be shrunk
            suppress_health_check=list(HealthCheck),
        ),
    )
    # Each way to end, and all that people can do, was tried.
    assert set(Begun.outcomes) == TERMINAL_RUN
    assert set(Begun.did) == {
        f"run.{what}" for what in ("approve", "reject", "answer", "skip", "retry", "resolve_again")
    }
