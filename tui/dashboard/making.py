"""Making a picked model the default: of a workflow's stages, or the person's own; and taking that back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui.core.config_verbs import SetDefault
from tui.core.plain import one_line
from tui.core.verbs import List
from tui.dashboard.defaults import Defaults, MakeDefault, OwnWritten, Written, editable, in_words, stored
from tui.dashboard.offers import AGENT_DEFAULT, Offer
from tui.dashboard.words import count

if TYPE_CHECKING:
    from tui.core.items import WorkflowItem
    from tui.core.verbs import Started
    from tui.dashboard.desk import Desk
    from tui.dashboard.state import Card

OF_A_PERSON = (
    Offer("none of your own", inherits=True, note="default_model is taken out; the shipped one answers"),
    Offer("agent default", AGENT_DEFAULT, note="no model is passed; the agent decides", sought=AGENT_DEFAULT),
)
"""What a list of models begins with for a person's own default."""


@dataclass(slots=True)
class Maker:
    """Writes defaults, remembers them in ``desk.written``, and puts back what they replaced."""

    desk: Desk
    tell: Callable[[str], None]
    """Says what was done."""

    def of(self, card: Card) -> MakeDefault | None:
        """How a model becomes the default of all of a card's stages; ``None`` where they can't be written."""
        item = card.item  # as it is shown: where it has changed by the second key, the executor refuses
        stages = [stored(stage) for stage in item.stages if stage.type == "agent"]
        if editable(item) is not None or not stages:
            return None

        def told() -> str:
            now = ", ".join(dict.fromkeys(in_words(choice) for choice in stages))
            return f"it becomes the default of {count(len(stages), 'stage')} (now {now})"

        async def write(selector: str | None) -> None:
            await self._write(item, selector)

        return MakeDefault(told, write)

    async def _write(self, item: WorkflowItem, selector: str | None) -> None:
        defaults = Defaults(item)
        defaults.choose_all(selector)
        if not defaults.touched:
            self.tell("It says that already")
            return
        done = await self._send(defaults)
        before = {index: stored(item.stages[index]) for index in defaults.touched}
        self.desk.written.append(Written(item.name, before, dict(defaults.touched)))
        key = self.desk.key("undo-default")
        self.tell(f"{count(len(before), 'stage')}: {done.note}; {key} puts back what was there")

    async def undo(self) -> None:
        """Put back what the newest one replaced, unless somebody changed it since; again, the one before."""
        if not self.desk.written:
            return
        last = self.desk.written[-1]
        if isinstance(last, OwnWritten):
            await self._undo_own(last)
            return
        read = await self.desk.read(List("workflows", project=str(self.desk.state.project)))
        now = next((item for item in read.workflows if item.name == last.workflow), None)
        stages = now.stages if now is not None else ()
        if now is None or any(
            index >= len(stages) or stored(stages[index]) != choice for index, choice in last.after.items()
        ):
            self.desk.written.remove(last)
            self.tell(f"{one_line(last.workflow)} was changed since; nothing was put back")
            return
        done = await self._send(Defaults(now, dict(last.before)))
        self.desk.written.remove(last)
        self.tell(f"What was there is back: {done.note}")

    async def make_own(self, selector: str | None) -> None:
        """The person's own default."""
        before = await self.own()
        done = await self.desk.client().start(SetDefault(selector))
        told = f"Your default: {done.note}"
        if before != selector:
            self.desk.written.append(OwnWritten(before, selector))
            undoes = "takes it out again" if before is None else f"puts back {one_line(before)}"
            told += f"; {self.desk.key('undo-default')} {undoes}"
        read = await self.desk.read(List("defaults", project=str(self.desk.state.project)))
        first = any(one.name == "default_model" and one.origin == "project" for one in read.defaults)
        self.tell(f"{told}{'; in this folder its own comes first' if first else ''}")

    async def _undo_own(self, last: OwnWritten) -> None:
        if await self.own() != last.after:
            self.desk.written.remove(last)
            self.tell("Your default was changed since; nothing was put back")
            return
        done = await self.desk.client().start(SetDefault(last.before))
        self.desk.written.remove(last)
        self.tell(f"What was there is back: {done.note}")

    async def own(self) -> str | None:
        """What the person's own file says."""
        read = await self.desk.read(List("defaults"))
        return next((one.says for one in read.defaults if one.name == "default_model" and one.origin == "user"), None)

    async def _send(self, defaults: Defaults) -> Started:
        return await self.desk.client().start(defaults.request(str(self.desk.state.project)))
