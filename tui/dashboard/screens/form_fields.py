"""What a person writes of a spec beside its title, text and stages: each field is a line with its own way to change."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.errors import RequestError
from tui.core.spec import SPEC_TYPES, Spec
from tui.core.spec_verbs import SpecItem
from tui.dashboard.draft import Draft
from tui.dashboard.filing import Filed, Filing
from tui.dashboard.screens.place import Dialog

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk


class FormFields(Dialog[Filed | None]):
    """The part of the form that changes fields; the form itself shows them."""

    def __init__(self, desk: Desk, draft: Draft) -> None:
        super().__init__()
        self.desk = desk
        self.draft = draft
        self.filing = Filing(desk, draft, self.shown, self.overtaken)

    def shown(self) -> None:
        """Paint it."""

    def changed(self) -> None:
        """Paint it, and have it checked."""

    def overtaken(self, item: SpecItem) -> None:
        """Tell that somebody else stored ``item``."""

    @property
    def presets(self) -> tuple[str, ...]:
        """All that are configured, the person's own and the shipped ones."""
        status = self.desk.state.status
        return status.presets if status else ()

    def turn(self, name: str) -> None:
        """The next value of a field, or a dialog for it."""
        turns: dict[str, Callable[[], None]] = {
            "type": self._next_type,
            "workflow": self._next_workflow,
            "preset": self.next_preset,
            "model_set": self._next_set,
            "attachments": self._attach_files,
            "project": self._move_to,
            "parent": self._belong,
        }
        turns[name]()

    def _next_type(self) -> None:
        at = SPEC_TYPES.index(self.draft.type)
        self.draft.turn(kind=SPEC_TYPES[(at + 1) % len(SPEC_TYPES)])
        self.changed()

    def _next_workflow(self) -> None:
        kind = self.draft.type
        names = [card.name for card in self.desk.state.cards if kind in card.item.specs]
        names += [card.name for card in self.desk.state.cards if not card.item.specs]
        if not names:
            self.hint(f"no workflow serves a {kind}; it can be written now and started later")
            return
        at = names.index(self.draft.flow) if self.draft.flow in names else -1
        self.draft.turn(workflow=names[(at + 1) % len(names)])
        self.changed()

    def _next_set(self) -> None:
        ring = self.filing.sets
        now = self.draft.model_set or self.draft.usual_set
        if not ring:
            self.hint("no model sets are configured")
            return
        self.draft.put("model_set", ring[(ring.index(now) + 1) % len(ring)] if now in ring else ring[0])
        self.changed()

    def _attach_files(self) -> None:
        def taken(text: str) -> None:
            from tui.client.attachments import attachment  # noqa: PLC0415  # most specs have none

            names = [name.strip() for name in text.split(",") if name.strip()]
            folder = Path(self.draft.project or self.desk.state.project)
            try:
                self.draft.put("attachments", tuple(attachment(name, folder) for name in names))
            except RequestError as error:
                self.filing.error = error.body()
                self.shown()
            else:
                self.filing.error = None
                self.changed()

        paths = ", ".join(one.path for one in self.draft.attachments)
        self._write(
            "Files that go with the work", "their paths, with commas between them; none takes all away", paths, taken
        )

    def _move_to(self) -> None:
        def taken(text: str) -> None:
            kept = self.draft.base.project if self.draft.base is not None else None
            folder = os.path.expanduser(text)  # noqa: PTH111 - where nobody has that home it stays as it was written
            self.draft.put("project", str(self.desk.state.project / folder) if text else kept)
            self.changed()
            self.guarded(self.filing.look_round())

        here = self.draft.project or str(self.desk.state.project)
        self._write("The folder that it is about", "its path; empty leaves it as it was", here, taken)

    def _write(self, title: str, told: str, value: str, taken: Callable[[str], None]) -> None:
        """Ask for a line of text."""
        from tui.dashboard.screens.line import LineDialog  # noqa: PLC0415  # most specs need none

        def said(text: str | None) -> None:
            if text is not None:
                taken(text)

        self.app.push_screen(LineDialog(self.desk, "form-turn", title, told, placeholder="a path", value=value), said)

    def _belong(self) -> None:
        from tui.dashboard.screens.stories import StoryOf  # noqa: PLC0415  # most specs are nobody's story

        def taken(answer: tuple[Spec | None] | None) -> None:
            if answer is not None:
                spec = answer[0]
                self.draft.put("parent", spec.id if spec else None)
                self.filing.above = spec.title if spec else None
                self.changed()
                self.guarded(self.filing.look_round())

        own = self.draft.base.id if self.draft.base is not None else None
        self.app.push_screen(StoryOf(self.desk, own, self.draft.parent), taken)

    def next_preset(self) -> None:
        """Put the next preset in force for all stages, then none; each stage can differ after."""
        ring = (None, *self.presets)
        now = self.filing.wanted or self.draft.in_force
        name = ring[(ring.index(now) + 1) % len(ring)] if now in ring else ring[0]
        self.filing.wanted = name
        if name is not None:
            self.guarded(self._lay_preset(name))
        else:
            self.draft.drop_preset()
            self.changed()

    async def _lay_preset(self, name: str) -> None:
        if await self.filing.lay_preset(name):
            self.changed()
        else:
            self.shown()
