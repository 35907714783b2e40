"""The line to the executor: connect, read everything once, follow the events, and again when the line is lost.

The feed runs beside the first paint, never before it. What it hears it tells as small objects, in order, on the
event loop's own thread; it holds no state that is painted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui.core.errors import ModeldeckError, UnreachableError
from tui.dashboard.news import (
    Connecting,
    DeckRead,
    LineLost,
    News,
    OutputGrew,
    Pick,
    PlansRead,
    RunChanged,
    RunsRead,
    SpecChanged,
)
from tui.dashboard.stock import read_models

if TYPE_CHECKING:
    from tui.core.events import Event, Health
    from tui.core.items import WorkflowItem
    from tui.core.run import Run
    from tui.core.verbs import Await, Cancel, List, Page, Peek, Start, Started, Tasks

PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before each new attempt to connect; the last one goes on."""

STOPPED = LineLost("executor stopped", PAUSES[0], stopped=True)
"""It was ended in order."""


class Deckhand(Protocol):
    """What the dashboard needs of the executor's client."""

    async def connect(self, autostart: bool = True) -> object:
        """Reach the executor, starting one if there is none."""

    async def start(self, request: Start) -> Started:
        """``task_start``."""

    async def wait(self, request: Await) -> Tasks:
        """``task_await``."""

    async def peek(self, request: Peek) -> Tasks:
        """``task_peek``."""

    async def cancel(self, request: Cancel) -> Tasks:
        """``task_cancel``."""

    async def list(self, request: List) -> Page:
        """``task_list``."""

    async def health(self) -> Health:
        """Version, protocol and pid."""

    def events(self, after: int | None) -> AsyncIterator[Event]:
        """What changes from ``after`` on; with ``None`` from now on."""

    async def close(self) -> None:
        """Hang up. The executor goes on."""


class Feed:
    """Keeps the line. ``tell`` hears the news; ``picks`` says what each card's own pick is now."""

    def __init__(
        self,
        connect: Callable[[], Deckhand],
        project: Path,
        tell: Callable[[News], None],
        picks: Callable[[], Mapping[str, Pick]],
    ) -> None:
        self._connect = connect
        self._project = str(project)
        self._tell = tell
        self._picks = picks
        self._again = asyncio.Event()
        self._reading = asyncio.Lock()
        self._shelves: asyncio.Task[None] | None = None
        self._shelves_due = False
        self._draining = False
        """Whether it said that it is ending."""
        self.client: Deckhand | None = None
        """The client while the line stands."""

    def now(self) -> None:
        """Stop waiting and try to connect at once."""
        self._again.set()

    async def follow(self) -> None:
        """Connect, read, follow, and begin again, until cancelled.

        An executor that was stopped in order is not started again unasked: until :meth:`now` one is only looked for.
        """
        failures, stopped = 0, False
        while True:
            if not stopped:
                self._tell(Connecting())
            client, lost = None, None
            try:
                client = self._connect()
                await client.connect(autostart=not stopped)
                self.client, stopped = client, False
                known = await self._read(client)
                failures = 0
                await self._listen(client, client.events(known))
                stopped, lost = True, STOPPED
            except (ModeldeckError, OSError) as error:
                if self._draining and isinstance(error, UnreachableError):
                    stopped, lost = True, STOPPED
                elif not stopped:
                    lost = LineLost(_sentence(error), PAUSES[min(failures, len(PAUSES) - 1)], answered=_answered(error))
                failures += 1
            finally:
                self.client, self._draining = None, False
                if self._shelves is not None:
                    self._shelves.cancel()
                if client is not None:
                    await client.close()
            if lost is not None:
                self._tell(lost)
            stopped = not await self._rest(PAUSES[min(failures, len(PAUSES) - 1)]) and stopped

    async def _rest(self, seconds: float) -> bool:
        """Wait so long; whether somebody asked to try at once."""
        self._again.clear()
        try:
            await asyncio.wait_for(self._again.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _listen(self, client: Deckhand, stream: AsyncIterator[Event]) -> None:
        async for event in stream:
            if event.type == "run" and event.run is not None:
                self._tell(RunChanged(event.run))
            elif event.type == "spec":
                self._tell(SpecChanged(event.spec_id))
            elif event.type == "output":
                self._tell(OutputGrew(event.task_id, event.attempt))
            elif event.type == "catalog":
                self._restock(client)
            elif event.type in ("settings", "reset"):
                await self._read(client)

    def _restock(self, client: Deckhand) -> None:
        """Read beside the events what is on offer now: of several changes in a row the last one is what counts."""
        self._shelves_due = True
        if self._shelves is None or self._shelves.done():
            self._shelves = asyncio.get_running_loop().create_task(self._read_offer(client))

    async def _read_offer(self, client: Deckhand) -> None:
        while self._shelves_due:
            self._shelves_due = False
            try:
                async with self._reading:
                    self._tell(await read_models(client, self._project))
                    await self._plan_again(client, {})
            except (ModeldeckError, OSError):
                return  # the line is lost: the events tell that, and the next line reads everything

    async def reload(self) -> None:
        """Read everything again, or connect at once where there is no line."""
        if self.client is None:
            self.now()
        else:
            await self._read(self.client)

    async def _read(self, client: Deckhand) -> int:
        """Read what the deck needs first, then what the picker and the runs need. Gives where events go on."""
        from tui.core.verbs import List  # noqa: PLC0415  # not needed before the first paint

        async with self._reading:
            first = await client.list(List(view="status", project=self._project))
            status = first.status
            if status is None:
                raise ModeldeckError("The executor's answer holds no status")
            self._draining = status.draining
            workflows: list[WorkflowItem] = []
            cursor: str | None = None
            while True:
                page = await client.list(List(view="workflows", project=self._project, limit=500, after=cursor))
                workflows.extend(page.workflows)
                cursor = page.next
                if cursor is None:
                    break
            picks = dict(self._picks())
            names = [item.name for item in workflows]
            plans = await self.plans(client, names, picks)
            asked = {name: picks.get(name, (None, None)) for name in names}
            self._tell(DeckRead(status, tuple(workflows), plans, asked))
            await self._plan_again(client, asked)
            self._tell(await read_models(client, self._project))
            runs = await client.list(List(view="runs", limit=100))
            self._tell(RunsRead(runs.tasks, runs.next))
            return first.seq

    async def _plan_again(self, client: Deckhand, planned: Mapping[str, Pick]) -> None:
        """Ask about the cards whose pick is another one now than was planned, until none is."""
        while due := {name: pick for name, pick in self._picks().items() if planned.get(name) != pick}:
            self._tell(PlansRead(await self.plans(client, list(due), due), due))
            planned = {**planned, **due}

    async def plans(self, client: Deckhand, names: list[str], picks: Mapping[str, Pick]) -> dict[str, Run]:
        """What each workflow would run, asked in one call."""
        from tui.core.verbs import List, StartWorkflow  # noqa: PLC0415  # not needed before the first paint

        if not names:
            return {}
        requests = tuple(
            StartWorkflow(workflow=name, model=model, effort=effort, project=self._project, dry_run=True)
            for name in names
            for model, effort in [picks.get(name, (None, None))]
        )
        page = await client.list(List(view="plan", project=self._project, limit=len(requests), requests=requests))
        return dict(zip(names, page.plan, strict=False))


def _answered(error: Exception) -> bool:
    """Whether it is an executor's own answer, not the want of one."""
    return isinstance(error, ModeldeckError) and not isinstance(error, UnreachableError)


def failure(error: Exception) -> str:
    """What went wrong, as it is told here: what the line broke with says nothing to a person."""
    from tui.client.feed import LostError  # noqa: PLC0415  # not needed before the first paint

    return "The executor ended before it answered" if isinstance(error, LostError) else str(error)


def _sentence(error: Exception) -> str:
    """What went wrong and what to try."""
    hints: tuple[str, ...] = getattr(error, "suggestions", ())
    return f"{failure(error)}; try {hints[0]}" if hints else failure(error)
