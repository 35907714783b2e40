"""Doing an agent's step: waiting for its turn, starting or adopting its attempt, attending it, judging it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from tui.agents.base import Command
from tui.agents.table import one_shot
from tui.core.errors import ConflictError, JournalError, MachineError, ModeldeckError
from tui.core.ids import new_attempt_id
from tui.core.run import TERMINAL_STEP, Attempt, Run, Step, StepStatus
from tui.core.settings import Limits
from tui.executor.attempt import AttemptFolder, Presence
from tui.executor.attempt_files import Output
from tui.executor.attendance import Attendance, End
from tui.executor.conductor import Conductor
from tui.executor.environment import Handed, needs_of
from tui.executor.feed import Feed
from tui.executor.judge import CANCELLED_BY_PERSON, judged, observed
from tui.executor.launching import launch_of
from tui.executor.live import LiveRun
from tui.executor.masking import reader_of
from tui.executor.process_table import lived
from tui.executor.processes import end_survivors
from tui.executor.projects import Project, Projects
from tui.executor.prompt import step_prompt
from tui.executor.readiness import Readiness
from tui.executor.references import expand
from tui.executor.slots import Slots
from tui.executor.tail import Ticker
from tui.executor.waiting import asked
from tui.executor.worktree import Worktrees
from tui.posix.descriptors import is_shortage
from tui.store.journal import Journal

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AgentWork:
    """What doing a step takes; calling it does one."""

    runs: Path
    """A folder for each attempt is made in here."""
    journal: Journal
    projects: Projects
    worktrees: Worktrees
    handed: Handed
    user_env: Mapping[str, str] = field(repr=False)
    """The executor's own environment, as far as it is passed on."""
    feed: Feed
    slots: Slots
    ticker: Ticker
    random: Callable[[int], bytes] = os.urandom
    boot: str | None = None
    """Names this start of the machine."""

    async def __call__(self, conductor: Conductor, live: LiveRun, index: int) -> None:
        """Do step ``index``, or go on with it, with an attempt after each answer to a question of its agent.

        Returns without a change if the run was cancelled, or the step skipped, while it waited.
        """
        asks = StepStatus.WAITING_ANSWER
        if live.run.steps[index].status is not asks:
            await self._attempt(conductor, live, index)
        while live.run.steps[index].status is asks and await conductor.heard(live):
            await self._attempt(conductor, live, index)

    async def abandon(self, attempt_id: str) -> None:
        """End whatever lives of an attempt of which the journal can't say what to do with it."""
        await end_survivors(self._folder(attempt_id), Limits().grace)

    async def _attempt(self, conductor: Conductor, live: LiveRun, index: int) -> None:
        step = live.run.steps[index]
        begun = self.journal.attempt(step.attempt) if step.attempt else None
        async with contextlib.AsyncExitStack() as stack:
            if begun is not None and not self._came_to_nothing(begun):
                stack.enter_context(self.slots.adopted(step.agent or ""))
                await self._attend(conductor, live, index, begun, None)
            elif started := await self._in_turn(conductor, live, index, begun, stack):
                await self._attend(conductor, live, index, *started)

    def _came_to_nothing(self, begun: Attempt) -> bool:
        """Whether an intent provably never became a process, so that it may be started.

        The journal alone survives a power cut for certain: then the files may be gone though the agent ran.
        """
        same_boot = begun.boot is not None and begun.boot == self.boot
        never = begun.state == "intended" and self._folder(begun.id).presence() is Presence.NEVER_STARTED
        return same_boot and never

    async def _in_turn(
        self,
        conductor: Conductor,
        live: LiveRun,
        index: int,
        begun: Attempt | None,
        stack: contextlib.AsyncExitStack,
    ) -> tuple[Attempt, Output] | None:
        """Start an attempt when its turn comes, in a place that ``stack`` gives back; ``None`` if it was called off.

        ``begun`` is an intent that came to nothing because the executor died. Where it is not started now either, its
        end is journalled.
        """
        try:
            if await self._has_variables(conductor, live, index):
                place = stack.enter_async_context(await self._place(live.run, live.run.steps[index]))
                if await live.unless_called_off(place) and await live.unless_called_off(self.worktrees.made(live.run)):
                    return await self._start(conductor, live, index, begun)
        except ModeldeckError:
            await self._drop(conductor, live, begun)
            raise
        await self._drop(conductor, live, begun)
        return None

    async def _drop(self, conductor: Conductor, live: LiveRun, begun: Attempt | None) -> None:
        if begun is not None:
            ended = replace(begun, state="ended", ended_at=conductor.clock.utc_now())
            await conductor.change(live, lambda run: run, ended)

    async def _place(self, run: Run, step: Step) -> AbstractAsyncContextManager[None]:
        return self.slots.place(step.agent or "", await self._limits(run), whose=run.project or "")

    def _folder(self, attempt: str) -> AttemptFolder:
        return AttemptFolder(self.runs / attempt)

    async def _limits(self, run: Run) -> Limits:
        """The limits in force. An agent that runs is attended even where its folder or the configuration has gone."""
        try:
            return (await self.projects.load(run.project)).settings.limits
        except ModeldeckError as error:
            log.warning("run %s: the usual limits are in force: %s", run.task_id, error.message)
            return Limits()

    async def _has_variables(self, conductor: Conductor, live: LiveRun, index: int) -> bool:
        """Wait until the variables that the step needs were handed over; false if it was called off first."""
        step, project = live.run.steps[index], await self.projects.load(live.run.project)
        project.require_config()
        ready = Readiness(self.handed.values, live.environment(self.user_env))
        ready.require_known(live.run, step, project)
        names = needs_of(step, project.settings)
        project.require_approved(step.agent or "", names)
        if missing := self.handed.missing(names):
            note = f"waits for {', '.join(missing)}: hand over with 'modeldeck executor env --hand-over'"
            await conductor.change(live, _noted(note))
            if not await live.unless_called_off(self.handed.complete(names)):
                return False
        if live.run.note is not None:
            await conductor.change(live, _noted(None))
        return True

    async def _start(
        self, conductor: Conductor, live: LiveRun, index: int, begun: Attempt | None
    ) -> tuple[Attempt, Output]:
        """Journal the intent, or the one that ``begun`` is, then start; its output is opened before it can touch it.

        Trust is asked for at every step: what an earlier one wrote into the folder may be what this one would obey.
        """
        project = await self.projects.load(live.run.project)
        project.require_config()
        project.require_trust()
        clock = conductor.clock
        attempt_id = begun.id if begun else new_attempt_id(clock.milliseconds(), self.random)
        command = self._command(live, index, project, attempt_id)
        step = live.run.steps[index]
        attempt = Attempt(
            id=attempt_id,
            run_id=live.task_id,
            step=index,
            agent=step.agent or "",
            agent_kind=step.agent_kind or "",
            argv=command.argv,
            cwd=str(command.cwd),
            env_names=tuple(sorted(command.env)),
            env_removed=command.env_removed,
            permission=step.permission or "edit",
            created_at=clock.utc_now(),
            boot=self.boot,
        )
        await conductor.change_step(live, index, _begun(attempt), attempt, insist=False)
        folder = self._folder(attempt_id)
        output = Output(folder.path)
        try:
            folder.prepare(command.stdin)
            output.size()
            pid = folder.spawn(command)
        except OSError as error:
            output.close()
            if is_shortage(error):  # nothing was started, and in a moment it can be
                raise
            ended = replace(attempt, state="ended", ended_at=clock.utc_now())
            await conductor.change(live, lambda run: run, ended)
            raise MachineError(f"The agent can't be started in {folder.path}: {error.strerror}") from error
        running = replace(attempt, state="running", pid=pid)
        try:  # its files are in the agent's reach: from now on the journal says too that it was started
            await conductor.change(live, lambda run: run, running, durable=False, insist=False)
        except JournalError as error:
            log.error("run %s: %s", live.task_id, error.message)
        except BaseException:
            output.close()
            raise
        return running, output

    def _command(self, live: LiveRun, index: int, project: Project, attempt: str) -> Command:
        run = live.run
        command = run.steps[index].command
        text = expand(command, run.input, Path(run.place)).text if command else ""
        launch = launch_of(
            run,
            index,
            project.settings,
            attempt=attempt,
            prompt=step_prompt(run, index, text),
            handed=project.provided(self.handed.values, run.steps[index].agent),
            user_env=live.environment(self.user_env),
        )
        return one_shot(launch.agent.kind).command(launch)

    async def _attend(
        self, conductor: Conductor, live: LiveRun, index: int, attempt: Attempt, output: Output | None
    ) -> None:
        try:
            limits = await self._limits(live.run)
        except BaseException:
            if output is not None:
                output.close()
            raise
        step = live.run.steps[index]
        folder = self._folder(attempt.id)
        pid = attempt.pid or folder.leader()
        reader = reader_of(attempt.agent_kind, attempt.id, step.sent, self.handed.secrets)
        shown = asyncio.Event()

        def progress() -> None:
            self.feed.wrote(live.task_id, attempt.id, attendance.offset)
            shown.set()

        attendance = live.attendance = Attendance(
            folder,
            output or Output(folder.path),
            reader,
            self.ticker,
            limits,
            timeout=None if step.timeout is None else step.timeout - (lived(pid) if output is None else 0.0),
            monotonic=conductor.clock.monotonic,
            progress=progress,
        )
        if attempt.cancel_reason or live.cancelled.is_set():  # before there was anybody to tell
            attendance.cancel(attempt.cancel_reason or CANCELLED_BY_PERSON)
        reporter = asyncio.create_task(_report(conductor, live, index, attendance, shown))

        async def intend_cancel(reason: str) -> None:
            nonlocal attempt
            attempt = replace(attempt, cancel_reason=reason)
            await conductor.change(live, lambda run: run, attempt)

        try:
            end = await attendance.attend(pid, intend_cancel)
        finally:
            live.attendance = None
            reporter.cancel()
            await asyncio.gather(reporter, return_exceptions=True)
        await self._finish(conductor, live, index, attempt, end)

    async def _finish(self, conductor: Conductor, live: LiveRun, index: int, attempt: Attempt, end: End) -> None:
        at = conductor.clock.utc_now()
        version = end.findings.agent_version
        ended = replace(attempt, state="ended", exit_code=end.exit_code, agent_version=version, ended_at=at)
        await conductor.change(live, lambda run: asked(run, index, judged(run.steps[index], end, at)), ended)


def _noted(note: str | None) -> Callable[[Run], Run]:
    return lambda run: replace(run, note=note)


def _begun(attempt: Attempt) -> Callable[[Step], Step]:
    def change(step: Step) -> Step:
        if step.status in TERMINAL_STEP:
            raise ConflictError(f"The {step.numbered} was skipped before it began")
        started = step.started_at or attempt.created_at
        return replace(step, status=StepStatus.RUNNING, attempt=attempt.id, started_at=started)

    return change


async def _report(
    conductor: Conductor, live: LiveRun, index: int, attendance: Attendance, shown: asyncio.Event
) -> None:
    """Journal who answers as soon as it is seen, while the step still runs."""
    while True:
        await shown.wait()
        shown.clear()
        findings = attendance.reader.findings()
        step = live.run.steps[index]
        seen = observed(step, findings)
        if (seen.answered, seen.evidence, seen.note) != (step.answered, step.evidence, step.note):
            await conductor.change_step(live, index, partial(observed, findings=findings), durable=False)
