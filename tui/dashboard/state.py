"""What the dashboard knows, in plain objects: cards, picks, runs, models, the line. Screens read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tui.dashboard.alarms import Alarms
from tui.dashboard.cards import face_of, first_model
from tui.dashboard.face import Face
from tui.dashboard.news import (
    Connecting,
    DeckRead,
    LineLost,
    ModelsRead,
    News,
    OutputGrew,
    Pick,
    PlansRead,
    RunChanged,
    RunsRead,
    SpecChanged,
)
from tui.dashboard.words import ENDED, WAITING

if TYPE_CHECKING:
    from tui.core.catalog import Provider
    from tui.core.items import AliasItem, ProviderItem, Status, WorkflowItem
    from tui.core.run import Run

Line = Literal["starting", "connected", "apart"]
Change = Literal["deck", "status", "models", "runs", "specs", "output", "clock"]
"""What a screen may have to paint anew."""


@dataclass(slots=True)
class Card:
    """A workflow on the deck, with this window's own pick."""

    item: WorkflowItem
    pick: str | None = None
    """The selector picked here; ``None`` is inherit: nothing picked."""
    effort: str | None = None
    """The effort picked here, for the model ``effort_of`` and for no other."""
    effort_of: str | None = None
    plan: Run | None = None
    """What would run; ``None`` while it is being asked."""
    problem: str | None = None
    """Why the last start was refused, until something else is tried."""
    run: Run | None = None
    """The newest run that this window knows of."""

    @property
    def name(self) -> str:
        """The workflow's name."""
        return self.item.name

    @property
    def live(self) -> bool:
        """Whether a run of it has not ended."""
        return self.run is not None and self.run.status not in ENDED

    def unpicked(self) -> Card:
        """The card as another window has it: a pick is this window's own."""
        return Card(self.item, plan=self.plan if (self.pick, self.effort) == (None, None) else None, run=self.run)

    def face(self, now: datetime) -> Face:
        """What it says."""
        return face_of(self, now)


@dataclass(frozen=True, slots=True)
class Keepsake:
    """A card as it was last seen: it shows, and nothing can be done with it until the executor answers."""

    kept: Face
    live: bool = False

    @property
    def name(self) -> str:
        """The workflow's name."""
        return self.kept.name

    def face(self, now: datetime) -> Face:
        """What it said."""
        del now
        return self.kept


@dataclass(slots=True)
class DeckState:
    """Everything that is painted."""

    project: Path
    now: Callable[[], datetime]
    keepsakes: list[Keepsake] = field(default_factory=list)
    """What is shown until the cards are read."""
    cards: list[Card] = field(default_factory=list)
    line: Line = "starting"
    as_of: str | None = None
    """When the cards were read, if they come from the cache."""
    why_apart: str | None = None
    """Why there is no line, or was none at the last try."""
    stopped: bool = False
    """The executor was stopped in order, and nobody asked for another."""
    refused: bool = False
    """There is an executor, which answered with an error."""
    status: Status | None = None
    providers: tuple[Provider, ...] = ()
    aliases: tuple[AliasItem, ...] = ()
    needs: dict[str, ProviderItem] = field(default_factory=dict)
    """What each provider needs to be used."""
    models_read: bool = False
    recents: list[str] = field(default_factory=list)
    """Selectors that were taken in a list of models, the newest first."""
    runs: dict[str, Run] = field(default_factory=dict)
    """By task id, in no order."""
    older: str | None = None
    """Cursor of runs that were not read yet."""
    runs_read: bool = False
    alarms: Alarms = field(default_factory=Alarms)

    def card(self, name: str) -> Card | None:
        """The card of a workflow."""
        return next((card for card in self.cards if card.name == name), None)

    def picks(self) -> dict[str, Pick]:
        """Each card's own pick."""
        return {card.name: (card.pick, card.effort) for card in self.cards}

    def newest_runs(self) -> list[Run]:
        """All runs known, the newest first."""
        return sorted(self.runs.values(), key=lambda run: (run.created_at or "", run.task_id or ""), reverse=True)

    @property
    def running(self) -> int:
        """Runs known here that go on by themselves."""
        return sum(run.status not in ENDED for run in self.runs.values()) - self.waiting

    @property
    def waiting(self) -> int:
        """Runs known here that wait for a person."""
        return sum(run.status in WAITING for run in self.runs.values())

    @property
    def trusted(self) -> bool | None:
        """Whether the folder is trusted; ``None`` where nobody said yet."""
        return self.status.trusted if self.status else None

    # What is heard -----------------------------------------------------------------------------------------------

    def hear(self, news: News) -> set[Change]:
        """Take in the news; the answer says what to paint anew."""
        changes: set[Change] = set()
        match news:
            case Connecting():
                self.line = "starting"
                changes = {"status"}
            case LineLost():
                self.line, self.why_apart = "apart", news.why
                self.stopped, self.refused = news.stopped, news.answered
                if self.cards:
                    self.as_of = self.as_of or self.now().isoformat()
                changes = {"status", "deck"}
            case DeckRead():
                changes = self._deck_read(news)
            case ModelsRead():
                self.providers, self.aliases = news.providers, news.aliases
                self.needs = {item.id: item for item in news.items}
                self.models_read = True
                changes = {"models"}
            case PlansRead():
                self._plan(news.plans, news.picks)
                changes = {"deck"}
            case RunsRead():
                for run in news.runs:
                    if (before := self.runs.get(run.task_id or "")) is not None:  # it went on while there was no line
                        self.alarms.consider(before, run)
                    self.keep(run)
                self.older, self.runs_read = news.next, True
                changes = {"runs", "deck", "status"}
            case RunChanged():
                self.alarms.consider(self.runs.get(news.run.task_id or ""), news.run)
                changes = self.keep(news.run)
            case SpecChanged():
                changes = {"specs"}
            case OutputGrew():
                changes = {"output"}
        return changes

    def _deck_read(self, news: DeckRead) -> set[Change]:
        before = {card.name: card for card in self.cards}
        cards = []
        for item in news.workflows:
            card = before.get(item.name) or Card(item)
            card.item = item
            cards.append(card)
        self.cards, self.keepsakes = cards, []
        self._plan(news.plans, news.picks)
        self.status = news.status
        self.line, self.as_of, self.why_apart = "connected", None, None
        self.stopped = self.refused = False
        for run in self.runs.values():
            self._lay_on_card(run)
        return {"deck", "status"}

    def _plan(self, plans: Mapping[str, Run], picks: Mapping[str, Pick]) -> None:
        """Lay each plan on its card, unless something else was picked meanwhile."""
        for card in self.cards:
            if card.name in plans and (card.pick, card.effort) == picks.get(card.name):
                card.plan = plans[card.name]
                if card.effort is not None and first_model(card.plan) != card.effort_of:
                    card.effort = card.plan = None  # the feed asks anew

    def keep(self, run: Run) -> set[Change]:
        """Take in a run as it is now."""
        if run.task_id is None:
            return set()
        self.runs[run.task_id] = run
        self._lay_on_card(run)
        return {"runs", "deck", "status"}

    def _lay_on_card(self, run: Run) -> None:
        card = self.card(run.workflow)
        if card is None or (run.project is not None and run.project != str(self.project)):
            return
        if card.run is None or (run.created_at or "") >= (card.run.created_at or ""):
            card.run = run
