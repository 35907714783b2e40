"""What the screens act through: the state they paint, the line to the executor, and the verbs they may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui.core.errors import UnreachableError
from tui.dashboard.burst import Burst
from tui.dashboard.cards import first_model
from tui.dashboard.efforts import levels
from tui.dashboard.feed import Deckhand, Feed
from tui.dashboard.keymap import BY_ID, first_key
from tui.dashboard.latest import LatestRequest
from tui.dashboard.news import DeckRead, News, RunChanged
from tui.dashboard.state import Card, Change, DeckState
from tui.dashboard.stray import Stray

if TYPE_CHECKING:
    from tui.config.trust import Review
    from tui.core.run import Run
    from tui.core.spec_verbs import StartSpec
    from tui.core.verbs import List, Page, StartWorkflow
    from tui.dashboard.defaults import OwnWritten, Written
    from tui.dashboard.news import Pick
    from tui.dashboard.offers import Shelves

RECENTS = 6
"""How many selectors are remembered."""


class Trust(Protocol):
    """What the dashboard needs of the trust store."""

    def review(self, folder: Path) -> Review:
        """Return what the folder would bring."""

    def trust(self, folder: Path, shown: Review) -> object:
        """Trust the folder as it was shown."""


@dataclass(slots=True)
class Desk:
    """One per window."""

    state: DeckState
    connect: Callable[[], Deckhand]
    changed: Callable[[set[Change]], None]
    stray: Stray
    open_trust: Callable[[], Trust] | None = None
    """Opens the trust store, when it is first needed."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """The person's own keys by binding id."""
    settled: Callable[[], None] = lambda: None
    """Called whenever the whole deck was read."""
    reminded: Callable[[Run], None] = lambda _: None
    """Called when a run reminds that it waits for a person, and when it waits no more."""
    shelves: Shelves | None = None
    """What lists of models are made of; the first list that is opened puts it here."""
    written: list[Written | OwnWritten] = field(default_factory=list)
    """Defaults that were saved from this window, the newest last: what undo puts back."""
    burst: Burst = field(default_factory=Burst)
    """What is typed in one go."""
    feed: Feed = field(init=False)
    _plans: dict[str, LatestRequest[Pick | None]] = field(default_factory=dict)
    """What each card's plan is asked with, by its name."""

    def __post_init__(self) -> None:
        """Lay the line; nothing is connected yet."""
        self.feed = Feed(self.connect, self.state.project, self.hear, self.state.picks)

    def hear(self, news: News) -> None:
        """Take in what the feed tells."""
        before = self.state.runs.get(news.run.task_id or "") if isinstance(news, RunChanged) else None
        self.changed(self.state.hear(news))
        if isinstance(news, DeckRead):
            self.settled()
        elif isinstance(news, RunChanged) and before is not None and _waits_as(before) != _waits_as(news.run):
            self.reminded(news.run)

    def key(self, binding: str, *, writing: bool = False) -> str:
        """The key that a binding has now, as a person reads it; with ``writing`` one that works in a field."""
        return first_key(self.keys.get(binding) or BY_ID[binding].keys, writing=writing)

    def client(self) -> Deckhand:
        """The client.

        Raises :class:`UnreachableError` while there is no line.
        """
        if self.feed.client is None:
            raise UnreachableError("The executor is not connected yet; nothing was done")
        return self.feed.client

    async def read(self, request: List) -> Page:
        """``task_list``."""
        return await self.client().list(request)

    def request(self, card: Card, **more: object) -> StartWorkflow:
        """What starting this card asks for, as it is shown."""
        from tui.core.verbs import StartWorkflow  # noqa: PLC0415  # not needed before the first paint

        return StartWorkflow(
            workflow=card.name,
            model=card.pick,
            effort=card.effort,
            project=str(self.state.project),
            **more,  # type: ignore[arg-type]
        )

    async def plan(self, request: StartWorkflow | StartSpec, *, worktrees: bool = False) -> Run | None:
        """What a request would run; with ``worktrees`` also what git says of the run's own, which takes its time."""
        from tui.core.verbs import List  # noqa: PLC0415  # not needed before the first paint

        if request.kind == "spec":
            page = await self.read(List(view="plan", project=request.project, specs=(request,), worktrees=worktrees))
        else:
            page = await self.read(List(view="plan", project=request.project, requests=(request,), worktrees=worktrees))
        return page.plan[0] if page.plan else None

    def pick(self, card: Card, selector: str | None) -> Coroutine[None, None, None]:
        """Take a model for this card, in this window alone; gives the work of asking what that means.

        An effort that was picked for another model is not carried over.
        """
        card.pick, card.effort = selector, None
        return self._picked(card)

    def next_effort(self, card: Card) -> Coroutine[None, None, None] | None:
        """Take the next effort level of the card's model, after the last one none; ``None`` where none is known."""
        offered = levels(card.plan, self.state.providers) if card.plan else ()
        if card.plan is None or not offered:
            return None
        ring = (None, *offered)
        at = ring.index(card.effort) if card.effort in ring else 0
        card.effort, card.effort_of = ring[(at + 1) % len(ring)], first_model(card.plan)
        return self._picked(card)

    def _picked(self, card: Card) -> Coroutine[None, None, None]:
        card.plan = card.problem = None
        self.changed({"deck"})
        return self._replan(card)

    async def _replan(self, card: Card) -> None:
        if self.feed.client is None:
            return  # the next connection asks for every card
        plans = self._plans.setdefault(card.name, LatestRequest(lambda: self.state.picks().get(card.name)))
        plan = await plans.answer(lambda _: self.plan(self.request(card, dry_run=True)))
        if plan is not None:
            card.plan = plan
            self.changed({"deck"})

    def took(self, selector: str | None) -> None:
        """Remember what was taken in a list of models."""
        if selector is not None:
            recents = self.state.recents
            recents[:] = [selector, *(one for one in recents if one != selector)][:RECENTS]
            self.settled()

    async def set_favourite(self, selector: str, *, on: bool) -> None:
        """Among the person's favourites, or no more: shown at once, before the whole deck is read anew."""
        from tui.core.config_verbs import SetFavourite  # noqa: PLC0415  # not needed before the first paint

        await self.client().start(SetFavourite(selector, on))
        status = self.state.status
        if status is not None:
            rest = tuple(one for one in status.favourites if one != selector)
            self.state.status = replace(status, favourites=(*rest, selector) if on else rest)
            self.changed({"status"})

    async def refresh(self, *providers: str) -> None:
        """Have the lists of these providers read anew, of all without one; what is new comes as an event."""
        from tui.core.verbs import RefreshCatalog  # noqa: PLC0415  # not needed before the first paint

        await self.client().start(RefreshCatalog(providers=providers, project=str(self.state.project)))

    async def start(self, request: StartWorkflow | StartSpec) -> Run | None:
        """Start a run; the answer is the run as it was created."""
        started = await self.client().start(request)
        run = started.run
        if run is None and started.task_id is not None:
            run = await self.look(started.task_id)
        if run is not None:
            self.keep(run)
        return run

    async def look(self, task_id: str) -> Run | None:
        """A run as it is now."""
        from tui.core.verbs import List  # noqa: PLC0415  # not needed before the first paint

        page = await self.read(List(view="runs", ids=(task_id,), limit=1))
        run = next((run for run in page.tasks if run.task_id == task_id), None)
        if run is not None:
            self.keep(run)
        return run

    def keep(self, run: Run) -> None:
        """Take in a run that was answered, unless an event was faster."""
        if run.task_id not in self.state.runs:
            self.changed(self.state.keep(run))

    async def cancel(self, task_id: str) -> None:
        """End a run."""
        from tui.core.verbs import Cancel  # noqa: PLC0415  # not needed before the first paint

        await self.client().cancel(Cancel((task_id,)))

    async def decide(self, task_id: str, step: int, *, approve: bool) -> None:
        """Answer the gate ``step``, and no other."""
        from tui.core.run_verbs import Approve, Reject  # noqa: PLC0415  # not needed before the first paint

        await self.client().start(Approve(task_id, step=step) if approve else Reject(task_id, step=step))


def _waits_as(run: Run) -> tuple[str, int]:
    """What it waits for, if it does, and how often that was told."""
    return run.status, run.reminders
