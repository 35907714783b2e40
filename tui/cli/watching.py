"""Waiting for tasks to end, with or without their output, across a crash of the executor."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict
from typing import TYPE_CHECKING

from tui.cli import show
from tui.cli.describe import message
from tui.core.errors import UnreachableError
from tui.core.run import TERMINAL_RUN, TERMINAL_STEP, Run, RunStatus
from tui.core.verbs import Await, List, Message, Peek, Tasks

if TYPE_CHECKING:
    from tui.client.client import ExecutorClient

SLICE = 30.0
"""Seconds that one call waits at most."""
WAITS = {
    RunStatus.WAITING_APPROVAL: ": modeldeck run approve {id}",
    RunStatus.WAITING_ANSWER: "\nanswer with: modeldeck run answer {id} TEXT",
}
"""What to type, after what it waits for."""


async def until_ended(client: ExecutorClient, ids: Sequence[str], timeout: float | None) -> Tasks:  # noqa: ASYNC109
    """Wait until all have ended, or ``timeout`` seconds have passed: then ``done`` is false.

    An executor that was killed is started again. Raises :class:`UnreachableError` when it was stopped by somebody.
    """
    loop = asyncio.get_running_loop()
    deadline = None if timeout is None else loop.time() + timeout
    told: dict[str, int] = {}
    span = 1.0
    while True:
        left = SLICE if deadline is None else max(0.0, deadline - loop.time())
        try:
            found = await client.wait(Await(tuple(ids), min(span, left)))
        except UnreachableError as error:
            await _get_back(client, error, ids)
            continue
        if found.done or (deadline is not None and loop.time() >= deadline):
            return found
        for run in found.tasks:
            _tell_waiting(run, told)
        span = SLICE
        await asyncio.sleep(0.1)  # one that is being stopped answers at once


async def with_output(client: ExecutorClient, task_id: str, *, as_json: bool) -> Run:
    """Print what the run's agents say until it has ended; otherwise like :func:`until_ended`."""
    output, told = Output(client, task_id, as_json), dict[str, int]()
    while True:
        try:
            return await _followed(client, task_id, output, told)
        except UnreachableError as error:
            await _get_back(client, error, (task_id,))


async def _followed(client: ExecutorClient, task_id: str, output: Output, told: dict[str, int]) -> Run:
    first = await client.peek(Peek((task_id,), tail=0))
    (run,) = first.tasks
    await output.catch_up(run)
    _tell_waiting(run, told)
    if run.status in TERMINAL_RUN:
        return run
    async with aclosing(client.events(first.seq)) as events:
        async for event in events:
            if event.type == "reset":
                (run,) = (await client.peek(Peek((task_id,), tail=0))).tasks
            elif event.task_id != task_id:
                continue
            elif event.run is not None:
                run = event.run
            await output.catch_up(run)
            _tell_waiting(run, told)
            if run.status in TERMINAL_RUN:
                return run
    raise UnreachableError(_stopped((task_id,)))


async def _get_back(client: ExecutorClient, error: UnreachableError, ids: Sequence[str]) -> None:
    """Start an executor again that was killed. Raises what else ``error`` tells."""
    from tui.client.feed import LostError  # noqa: PLC0415
    from tui.client.transport import NobodyThereError  # noqa: PLC0415

    if isinstance(error, NobodyThereError) and not error.crashed:
        raise UnreachableError(_stopped(ids)) from error
    if not isinstance(error, NobodyThereError | LostError):
        raise error
    await client.connect()


def _stopped(ids: Sequence[str]) -> str:
    return f"The executor was stopped. Nothing is lost; go on waiting with: modeldeck task await {' '.join(ids)}"


class Output:
    """Prints each message of a run once, step by step."""

    def __init__(self, client: ExecutorClient, task_id: str, as_json: bool) -> None:
        self._client = client
        self._task_id = task_id
        self._as_json = as_json
        self._offsets: dict[str, int] = {}
        """How far each attempt's output was read."""
        self._finished: set[str] = set()

    async def catch_up(self, run: Run) -> None:
        """Print what was added since the last time."""
        for step in run.steps:
            if step.attempt is None or step.attempt in self._finished:
                continue
            while True:
                page = await self._client.list(
                    List(
                        view="output",
                        ids=(self._task_id,),
                        attempt=step.attempt,
                        offset=self._offsets.get(step.attempt, 0),
                        limit=500,
                    )
                )
                for said in page.output:
                    self._print(said, step.name)
                if page.offset == self._offsets.get(step.attempt, 0):
                    break
                self._offsets[step.attempt] = page.offset
            if step.status in TERMINAL_STEP:
                self._finished.add(step.attempt)

    def _print(self, said: Message, stage: str) -> None:
        if self._as_json:
            show.as_json({"stage": stage, **asdict(said)})
        else:
            show.line(message(said, stage))
        show.flush()


def _tell_waiting(run: Run, told: dict[str, int]) -> None:
    """Say on stderr that a run waits for a person, once for each time it does, and at each reminder of it."""
    if run.task_id is None:
        return
    if run.status not in WAITS:
        told.pop(run.task_id, None)
    elif told.get(run.task_id) != run.reminders:
        told[run.task_id] = run.reminders
        show.note(f"{run.task_id} {run.note or 'waits for you'}{WAITS[run.status].format(id=run.task_id)}")
