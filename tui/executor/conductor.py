"""Conducting runs: each run is one task that takes its steps in order, from the first or from where it was left.

What happens is a row before it is an act, so that after a death at any point the journal and the attempt's own files
together say what is true (``attempt.py``).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Protocol

from tui.core.clock import Clock
from tui.core.errors import ConflictError, ErrorBody, JournalError, ModeldeckError
from tui.core.request_key import RequestKey
from tui.core.run import TERMINAL_RUN, TERMINAL_STEP, Attempt, Run, RunStatus, Step, StepStatus, StepTrace
from tui.executor.feed import Feed
from tui.executor.judge import CANCELLED_BY_PERSON
from tui.executor.live import LiveRun
from tui.executor.reminders import Reminders
from tui.executor.transitions import RUN_OF_STEP, agents_after, ended, failed, forwards, is_over
from tui.executor.waiting import at_gate, reminded, wait_of, with_step
from tui.executor.worktree import Worktrees
from tui.posix.descriptors import is_shortage
from tui.store.damage import DamagedRun
from tui.store.journal import Journal
from tui.store.mapping import UnreadableRowError

log = logging.getLogger(__name__)

JOURNAL_PAUSE = 2.0
"""Seconds between two tries to write what has happened already, while the journal can't be written."""
SHORTAGE_PAUSE = 1.0
"""Seconds before a step is gone on with that lacked what the machine may have again by then."""


class Conductor:
    """All live runs."""

    def __init__(
        self, journal: Journal, feed: Feed, clock: Clock, work: Work, reminders: Reminders, *, worktrees: Worktrees
    ) -> None:
        self._journal = journal
        self._feed = feed
        self._work = work
        self._reminders = reminders
        self._worktrees = worktrees
        self.clock = clock
        self._live: dict[str, LiveRun] = {}
        self._losing: set[asyncio.Task[None]] = set()

    def live(self, task_id: str) -> LiveRun | None:
        """The run, if it has not ended."""
        return self._live.get(task_id)

    def waiting(self) -> int:
        """Runs that wait for a person."""
        waits = (RunStatus.WAITING_APPROVAL, RunStatus.WAITING_ANSWER)
        return sum(live.run.status in waits for live in self._live.values())

    async def start(
        self, run: Run, traces: tuple[StepTrace, ...], client: Mapping[str, str], key: RequestKey | None = None
    ) -> int:
        """Journal a new run and begin it, with ``client``, the environment of the client that starts it.

        Return the event's number. Raises :class:`JournalError`.
        """
        seq = await self._journal.create(run, traces, key=key)
        self._begin(run, client)
        self._feed.changed()
        return seq

    def resume(self) -> None:
        """Go on with every run that had not ended when the executor last did; one that can't be read is lost."""
        lost = self._journal.damaged_runs()
        for damaged in lost:
            losing = asyncio.create_task(self._lose(damaged), name=f"lose {damaged.run.task_id}")
            self._losing.add(losing)
            losing.add_done_callback(self._losing.discard)
        ids = {damaged.run.task_id for damaged in lost}
        for run in self._journal.live_runs():
            if run.task_id not in ids:
                self._begin(run)

    async def cancel(self, task_id: str) -> None:
        """End a run, killing what runs; returns when it has ended. One that has ended already stays as it is."""
        live = self._live.get(task_id)
        if live is None:
            return
        live.cancelled.set()
        live.called_off.set()
        if live.attendance is not None:
            live.attendance.cancel(CANCELLED_BY_PERSON)
        await live.ended.wait()

    async def say(self, task_id: str, change: Callable[[Run], Run], key: RequestKey | None = None) -> None:
        """Journal a person's word, with which a run that waits goes on, and let it.

        Raises what ``change`` does for a run that does not wait for it, and :class:`JournalError`.
        """
        live = self._live.get(task_id)
        if live is None or live.cancelled.is_set():
            raise ConflictError(f"The run {task_id} waits for nothing: it has ended", field="task_id")
        await self.change(live, change, insist=False, key=key)
        live.decision.set_result(None)

    async def heard(self, live: LiveRun) -> bool:
        """Wait until a person has said what the run waits for; false if it was cancelled first."""
        reminding = asyncio.create_task(self._remind(live), name=f"remind {live.task_id}")
        try:
            if not await live.unless_called_off(asyncio.shield(live.decision)):
                return False
        finally:
            reminding.cancel()
            await asyncio.gather(reminding, return_exceptions=True)
        live.decision = asyncio.get_running_loop().create_future()
        return True

    async def skip(self, run: Run, index: int, key: RequestKey | None = None) -> None:
        """Leave out a step that has not begun; raises :class:`ConflictError` for any other."""
        live = self._live.get(run.task_id or "")
        waits = 0 <= index < len(run.steps) and run.steps[index].status is StepStatus.PENDING
        if live is None or not waits or live.run.steps[index].attempt is not None:
            known = 0 <= index < len(run.steps)
            named = run.steps[index].numbered if known else f"step {index + 1}"
            raise ConflictError(f"In the run {run.task_id} there is no {named} that has not begun", field="step")
        at = self.clock.utc_now()

        def skipped(run: Run) -> Run:
            step = run.steps[index]
            if step.status is not StepStatus.PENDING:  # it began while this was waiting to be written
                raise ConflictError(f"The {step.numbered} has begun", field="step")
            left_out = with_step(run, index, replace(step, status=StepStatus.SKIPPED, ended_at=at))
            return replace(left_out, note=None) if live.at == index else left_out

        await self.change(live, skipped, insist=False, key=key)
        if live.at == index:
            live.called_off.set()

    async def settle(self) -> None:
        """Wait for the end of those runs in which nothing is left to do but to write it down."""
        over = [live for live in self._live.values() if is_over(live.run)]
        await asyncio.gather(*(live.ended.wait() for live in over))

    async def close(self) -> None:
        """Stop conducting. Agents that run go on; the next executor adopts them."""
        tasks = [*self._losing, *(live.task for live in self._live.values() if live.task is not None)]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _lose(self, damaged: DamagedRun) -> None:
        """End a run that can't be read, after what still works for it."""
        log.error("run %s is lost: %s", damaged.run.task_id, damaged.reason)
        while True:
            try:
                for attempt in damaged.attempts:
                    await self._work.abandon(attempt)
                await self._journal.lose(damaged)
            except (JournalError, OSError) as error:
                log.error("run %s: %s", damaged.run.task_id, error)
                await asyncio.sleep(JOURNAL_PAUSE)
            else:
                break
        self._feed.changed()

    # --- changes ------------------------------------------------------------------------------------------------------

    async def change(
        self,
        live: LiveRun,
        change: Callable[[Run], Run],
        attempt: Attempt | None = None,
        *,
        durable: bool = True,
        insist: bool = True,
        key: RequestKey | None = None,
    ) -> None:
        """Journal a change of a run and tell the listeners.

        What has happened can't be taken back, so a journal that can't be written now is tried again until it can;
        without ``insist`` the :class:`JournalError` is raised instead, for what has not happened yet.
        """
        async with live.changing:
            run = forwards(change(live.run))
            while True:
                try:
                    await self._journal.save(run, attempt, durable=durable, key=key)
                except ConflictError:
                    raise
                except JournalError as error:
                    if not insist:
                        raise
                    log.error("run %s: %s", run.task_id, error.message)
                    await asyncio.sleep(JOURNAL_PAUSE)
                else:
                    break
            live.run = run
        self._feed.changed()

    async def change_step(
        self,
        live: LiveRun,
        index: int,
        change: Callable[[Step], Step],
        attempt: Attempt | None = None,
        *,
        durable: bool = True,
        insist: bool = True,
    ) -> None:
        """:meth:`change` for one step."""

        def changed(run: Run) -> Run:
            return with_step(run, index, change(run.steps[index]))

        await self.change(live, changed, attempt, durable=durable, insist=insist)

    # --- one run ------------------------------------------------------------------------------------------------------

    def _begin(self, run: Run, client: Mapping[str, str] | None = None) -> None:
        live = LiveRun(run, client)
        self._live[live.task_id] = live
        live.task = asyncio.create_task(self._conduct(live), name=f"run {live.task_id}")

    async def _conduct(self, live: LiveRun) -> None:
        try:
            if live.run.status is RunStatus.PENDING:
                at = self.clock.utc_now()
                await self.change(live, lambda run: replace(run, status=RunStatus.RUNNING, started_at=at))
            for index in range(len(live.run.steps)):
                if not await self._take_step(live, index):
                    return
            await self._end(live, RunStatus.SUCCEEDED)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("run %s", live.task_id)
            await self._give_up(live, ErrorBody("error", "Modeldeck itself failed here; the executor's log tells more"))
        finally:
            if live.run.status in TERMINAL_RUN:
                del self._live[live.task_id]
                live.ended.set()

    async def _take_step(self, live: LiveRun, index: int) -> bool:
        """Do one step; says whether the run goes on. A run that ends here has been ended."""
        live.at = index
        if not live.cancelled.is_set():
            live.called_off.clear()
        if live.run.steps[index].status not in TERMINAL_STEP:
            if live.cancelled.is_set():
                await self._end(live, RunStatus.CANCELLED)
                return False
            await self._do_step(live, index)
        step = live.run.steps[index]
        if step.status in RUN_OF_STEP:
            await self._end(live, RUN_OF_STEP[step.status], error=step.error)
            return False
        if step.status not in TERMINAL_STEP:  # cancelled while it waited for its turn
            await self._end(live, RunStatus.CANCELLED)
            return False
        if step.verdict == "differs" and live.run.on_mismatch == "stop" and agents_after(live.run, index):
            error = ErrorBody(
                "differs",
                f"The {step.numbered} was sent {step.sent}, but {', '.join(step.answered)} answered; "
                "stopped before the next step (on_mismatch: stop)",
            )
            await self._end(live, RunStatus.FAILED, error=error)
            return False
        return True

    async def _do_step(self, live: LiveRun, index: int) -> None:
        """Do what a step takes, or fail it.

        What is lacking for now, a descriptor or the journal, is waited for where an agent may be at work already: how
        that ends is not ours to say. The step is then gone on with as after a restart.
        """
        while True:
            try:
                if live.run.steps[index].type == "approval":
                    await self._gate(live, index)
                else:
                    await self._work(self, live, index)
            except (ModeldeckError, OSError) as failure:
                step = live.run.steps[index]
                begun = step.status is StepStatus.RUNNING
                if is_shortage(failure) or (begun and _is_about_journal(failure)):
                    log.warning("run %s: the %s waits: %s", live.task_id, step.numbered, failure)
                    await asyncio.sleep(SHORTAGE_PAUSE)
                    continue
                if not isinstance(failure, ModeldeckError) or (begun and isinstance(failure, UnreadableRowError)):
                    raise
                if step.status not in TERMINAL_STEP:  # it may have been skipped meanwhile
                    await self.change_step(live, index, partial(failed, error=failure.body(), at=self.clock.utc_now()))
            return

    async def _give_up(self, live: LiveRun, error: ErrorBody) -> None:
        """End a run after an error of our own. What its agent did nobody knows, so its step is lost."""
        step = live.run.steps[live.at] if live.at is not None else None
        if step is None or step.status is not StepStatus.RUNNING:
            await self._end(live, RunStatus.FAILED, error=error)
            return
        if step.attempt is not None:
            try:
                await self._work.abandon(step.attempt)
            except OSError as problem:
                log.error("run %s: what it left behind may go on: %s", live.task_id, problem)
        at = self.clock.utc_now()
        await self.change_step(
            live, step.index, lambda step: replace(step, status=StepStatus.LOST, error=error, ended_at=at)
        )
        await self._end(live, RunStatus.LOST, error=error)

    async def _gate(self, live: LiveRun, index: int) -> None:
        if live.run.steps[index].status is StepStatus.PENDING:
            await self.change(live, partial(at_gate, index=index, at=self.clock.utc_now()))
        await self.heard(live)

    async def _remind(self, live: LiveRun) -> None:
        while (wait := wait_of(live.run)) is not None:
            await self._reminders.due(live.run.reminded_at or wait.since)
            try:
                await self.change(live, partial(reminded, at=self.clock.utc_now()), insist=False)
            except ConflictError:  # somebody was just quicker
                return
            except JournalError as error:
                log.error("run %s: %s", live.task_id, error.message)
                await asyncio.sleep(JOURNAL_PAUSE)
            else:
                log.info("run %s %s", live.task_id, live.run.note)

    async def _end(self, live: LiveRun, status: RunStatus, *, error: ErrorBody | None = None) -> None:
        worktree = await self._worktrees.left(live.run)
        at = self.clock.utc_now()
        await self.change(live, partial(ended, status=status, at=at, error=error, worktree=worktree))


def _is_about_journal(failure: Exception) -> bool:
    """Return whether the journal can't be used now; a row that can't be read will not get better."""
    return isinstance(failure, JournalError) and not isinstance(failure, UnreadableRowError)


class Work(Protocol):
    """Does the steps of agents; :class:`tui.executor.work.AgentWork` is the one."""

    async def __call__(self, conductor: Conductor, live: LiveRun, index: int) -> None:
        """Do a step, whatever state it was left in."""

    async def abandon(self, attempt_id: str) -> None:
        """End whatever lives of an attempt of which the journal can't say what to do with it."""
