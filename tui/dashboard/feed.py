"""The line to the executor: connect, read everything once, follow the events, and again when the line is lost.

The feed runs beside the first paint, never before it. What it hears it tells as small objects, in order, on the
event loop's own thread; it holds no state that is painted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui.core.errors import ModeldeckError

if TYPE_CHECKING:
    from tui.core.catalog import Provider
    from tui.core.run import Run
    from tui.core.verbs import (
        AliasItem,
        Await,
        Cancel,
        Event,
        Health,
        List,
        Page,
        Peek,
        Start,
        Started,
        Status,
        Tasks,
        WorkflowItem,
    )

PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before each new attempt to connect; the last one goes on."""


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


@dataclass(frozen=True, slots=True)
class Connecting:
    """The executor is being looked for, or started."""


@dataclass(frozen=True, slots=True)
class LineLost:
    """There is no executor to talk to, and why. It is tried again in ``pause`` seconds."""

    why: str
    pause: float


@dataclass(frozen=True, slots=True)
class DeckRead:
    """Everything the deck shows, as it is now."""

    status: Status
    workflows: tuple[WorkflowItem, ...]
    plans: Mapping[str, Run]
    """By workflow, with the picks that were asked about."""
    picks: Mapping[str, str | None]
    """What each plan was made for."""


@dataclass(frozen=True, slots=True)
class ModelsRead:
    """What the picker offers."""

    providers: tuple[Provider, ...]
    aliases: tuple[AliasItem, ...]


@dataclass(frozen=True, slots=True)
class RunsRead:
    """The newest runs; ``next`` is the cursor of older ones."""

    runs: tuple[Run, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A run as it is after a change."""

    run: Run


@dataclass(frozen=True, slots=True)
class OutputGrew:
    """An attempt wrote something."""

    task_id: str | None
    attempt: str | None


News = Connecting | LineLost | DeckRead | ModelsRead | RunsRead | RunChanged | OutputGrew


class Feed:
    """Keeps the line. ``tell`` hears the news; ``picks`` says what each card's own pick is now."""

    def __init__(
        self,
        connect: Callable[[], Deckhand],
        project: Path,
        tell: Callable[[News], None],
        picks: Callable[[], Mapping[str, str | None]],
    ) -> None:
        self._connect = connect
        self._project = str(project)
        self._tell = tell
        self._picks = picks
        self._again = asyncio.Event()
        self._reading = asyncio.Lock()
        self.client: Deckhand | None = None
        """The client while the line stands."""

    def now(self) -> None:
        """Stop waiting and try to connect at once."""
        self._again.set()

    async def follow(self) -> None:
        """Connect, read, follow, and begin again, until cancelled."""
        failures = 0
        while True:
            self._tell(Connecting())
            client = None
            try:
                client = self._connect()
                await client.connect()
                self.client = client
                known = await self._read(client)
                failures = 0
                await self._listen(client, client.events(known))
                why = "The executor hung up"
            except (ModeldeckError, OSError) as error:
                why = str(error)
            finally:
                self.client = None
                if client is not None:
                    await client.close()
            pause = PAUSES[min(failures, len(PAUSES) - 1)]
            failures += 1
            self._tell(LineLost(why, pause))
            await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        self._again.clear()
        try:
            await asyncio.wait_for(self._again.wait(), seconds)
        except TimeoutError:
            return

    async def _listen(self, client: Deckhand, stream: AsyncIterator[Event]) -> None:
        async for event in stream:
            if event.type == "run" and event.run is not None:
                self._tell(RunChanged(event.run))
            elif event.type == "output":
                self._tell(OutputGrew(event.task_id, event.attempt))
            elif event.type in ("settings", "reset"):
                await self._read(client)

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
            self._tell(DeckRead(status, tuple(workflows), plans, {name: picks.get(name) for name in names}))
            models = await client.list(List(view="models", scope="all", project=self._project, limit=500))
            self._tell(ModelsRead(models.models, models.aliases))
            runs = await client.list(List(view="runs", limit=100))
            self._tell(RunsRead(runs.tasks, runs.next))
            return first.seq

    async def plans(self, client: Deckhand, names: list[str], picks: Mapping[str, str | None]) -> dict[str, Run]:
        """What each workflow would run, asked in one call."""
        from tui.core.verbs import List, StartWorkflow  # noqa: PLC0415  # not needed before the first paint

        if not names:
            return {}
        requests = tuple(
            StartWorkflow(workflow=name, model=picks.get(name), project=self._project, dry_run=True) for name in names
        )
        page = await client.list(List(view="plan", project=self._project, limit=len(requests), requests=requests))
        return dict(zip(names, page.plan, strict=False))
