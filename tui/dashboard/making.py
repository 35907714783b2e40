"""Making a picked model the default: of a workflow's stages, or the person's own; and taking that back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.core.config_verbs import SetDefault
from tui.core.plain import one_line
from tui.core.verbs import List
from tui.dashboard.defaults import Choice, Defaults, MakeDefault, editable, in_words, stored
from tui.dashboard.offers import AGENT_DEFAULT, Offer
from tui.dashboard.words import count

if TYPE_CHECKING:
    from tui.core.verbs import Started
    from tui.dashboard.desk import Desk
    from tui.dashboard.state import Card

OF_A_PERSON = (
    Offer("none of your own", inherits=True, note="default_model is taken out; the shipped one answers"),
    Offer("agent default", AGENT_DEFAULT, note="no model is passed; the agent decides", sought=AGENT_DEFAULT),
)
"""What a list of models begins with for a person's own default."""


@dataclass(frozen=True, slots=True)
class Written:
    """Defaults that were written from here."""

    workflow: str
    before: Mapping[int, Choice]
    after: Mapping[int, Choice]


@dataclass(frozen=True, slots=True)
class OwnWritten:
    """The person's own default that was written from here."""

    before: str | None
    after: str | None


@dataclass(slots=True)
class Maker:
    """Writes defaults, and remembers the last ones, to put back what they replaced."""

    desk: Desk
    tell: Callable[[str], None]
    """Says what was done."""
    last: Written | OwnWritten | None = None

    def of(self, card: Card) -> MakeDefault | None:
        """How a model becomes the default of all of a card's stages; ``None`` where they can't be written."""
        stages = [stored(stage) for stage in card.item.stages if stage.type == "agent"]
        if editable(card.item) is not None or not stages:
            return None

        def told() -> str:
            now = ", ".join(dict.fromkeys(in_words(choice) for choice in stages))
            return f"it becomes the default of {count(len(stages), 'stage')} (now {now})"

        async def write(selector: str | None) -> None:
            await self._write(card, selector)

        return MakeDefault(told, write)

    async def _write(self, card: Card, selector: str | None) -> None:
        defaults = Defaults(card.item)
        defaults.choose_all(selector)
        if not defaults.touched:
            self.tell("It says that already")
            return
        done = await self._send(defaults)
        before = {index: stored(card.item.stages[index]) for index in defaults.touched}
        self.last = Written(card.name, before, dict(defaults.touched))
        key = self.desk.key("undo-default")
        self.tell(f"{count(len(before), 'stage')}: {done.note}; {key} puts back what was there")

    async def undo(self) -> None:
        """Put back what the last one replaced, unless somebody changed it since."""
        last = self.last
        if last is None:
            return
        if isinstance(last, OwnWritten):
            await self._undo_own(last)
            return
        read = await self.desk.read(List("workflows", project=str(self.desk.state.project)))
        now = next((item for item in read.workflows if item.name == last.workflow), None)
        stages = now.stages if now is not None else ()
        if now is None or any(
            index >= len(stages) or stored(stages[index]) != choice for index, choice in last.after.items()
        ):
            self.tell(f"{one_line(last.workflow)} was changed since; nothing was put back")
            return
        done = await self._send(Defaults(now, dict(last.before)))
        self.last = None
        self.tell(f"What was there is back: {done.note}")

    async def make_own(self, selector: str | None) -> None:
        """The person's own default."""
        before = await self.own()
        done = await self.desk.client().start(SetDefault(selector))
        told = f"Your default: {done.note}"
        if before != selector:
            self.last = OwnWritten(before, selector)
            undoes = "takes it out again" if before is None else f"puts back {one_line(before)}"
            told += f"; {self.desk.key('undo-default')} {undoes}"
        read = await self.desk.read(List("defaults", project=str(self.desk.state.project)))
        first = any(one.name == "default_model" and one.origin == "project" for one in read.defaults)
        self.tell(f"{told}{'; in this folder its own comes first' if first else ''}")

    async def _undo_own(self, last: OwnWritten) -> None:
        if await self.own() != last.after:
            self.tell("Your default was changed since; nothing was put back")
            return
        done = await self.desk.client().start(SetDefault(last.before))
        self.last = None
        self.tell(f"What was there is back: {done.note}")

    async def own(self) -> str | None:
        """What the person's own file says."""
        read = await self.desk.read(List("defaults"))
        return next((one.says for one in read.defaults if one.name == "default_model" and one.origin == "user"), None)

    async def _send(self, defaults: Defaults) -> Started:
        return await self.desk.client().start(defaults.request(str(self.desk.state.project)))
