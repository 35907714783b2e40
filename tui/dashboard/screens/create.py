"""The menu of what can be created here: four actions, each with a model of its own for this time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical

from tui.core.items import WorkflowItem
from tui.core.plain import one_line
from tui.core.run import Run
from tui.core.settings import SpecType
from tui.core.spec import Spec
from tui.core.verbs import StartWorkflow
from tui.dashboard.draft import Draft
from tui.dashboard.face import drop_down
from tui.dashboard.filing import Filed
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.row import Row
from tui.dashboard.screens.place import Dialog
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.menu import Menu

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk


@dataclass(slots=True)
class Action:
    """Something that can be created."""

    title: str
    type: SpecType | None = None
    """``None``: nothing is created, the card's defaults are edited."""
    model: str | None = None
    """What is picked for all its stages, this time; ``None``: each stage has its own."""


def actions() -> tuple[Action, ...]:
    """The four, with nothing picked."""
    return (
        Action("Create a spec", "feature"),
        Action("Create a bug", "bug"),
        Action("Create a todo", "todo"),
        Action("Add a story", "story"),
    )


class CreateMenu(Dialog[Filed | None]):
    """Answers with what was stored, or ``None``. Opened again, nothing is picked."""

    BINDINGS: ClassVar[list[Binding]] = bindings("menu")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("menu",)
    AUTO_FOCUS = ""

    def __init__(self, desk: Desk, parent: Spec | None = None, *, workflow: WorkflowItem | None = None) -> None:
        super().__init__()
        self._workflow = workflow
        """Whose stages' defaults can be edited from here too."""
        self.desk = desk
        self._above = parent
        """What a story is added to."""

    def compose(self) -> ComposeResult:
        """The actions, and the keys."""
        with Vertical(classes="dialog -short") as dialog:
            dialog.border_title = "Create"
            yield Menu[Action](self._draw, id="list")
            yield Bar(Row(" "), id="told")
        yield Bar(Row(" "), id="footer", tinted=True)

    @property
    def menu(self) -> Menu[Action]:
        """The actions."""
        return self.query_one("#list", Menu)

    def on_mount(self) -> None:
        """Nothing is picked."""
        found = actions()
        if self._workflow is not None:
            found = (*found, Action(f"Edit the defaults of {one_line(self._workflow.title)}"))
        self.menu.styles.height = len(found)
        self.menu.fill(found)
        self._tell()

    def _draw(self, action: Action, width: int) -> Row:
        if action.type is None:
            return Row(f"  {action.title}").cut(width)
        return Row(f"  {action.title}").to(min(28, width // 2)).join(drop_down(action.model)).cut(width)

    def on_menu_chosen(self) -> None:
        """Another action."""
        self._tell()

    def _tell(self) -> None:
        action = self.menu.item
        if action is None:
            return
        self.tell_keys()
        if action.type is None:
            self.query_one("#told", Bar).say(Row("  the model that each stage has, in the file that defines it", "dim"))
            return
        serving = self._serving(action.type)
        row = Row(f"  {action.type}", "strong")
        if not serving:
            row.add(": no workflow serves it; it can be written now and started later", "warn")
        elif len(serving) == 1:
            row.add(f": done by {one_line(serving[0])}", "dim")
        else:
            row.add(f": you choose among {one_line(', '.join(serving))}", "dim")
        if action.type == "story" and self._above is not None:
            row.add(f" · of: {one_line(self._above.title)}", "dim")
        self.query_one("#told", Bar).say(row)

    def _serving(self, kind: SpecType) -> list[str]:
        return [card.name for card in self.desk.state.cards if kind in card.item.specs]

    def works(self, action: str) -> bool:
        """A model is picked for what is created."""
        chosen = self.menu.item if self.is_mounted else None
        return action != "pick_model" or chosen is None or chosen.type is not None

    def action_move(self, by: int) -> None:
        """The next action, or the one before."""
        self.menu.move(by)

    def action_pick_model(self) -> None:
        """One model for all stages of this action."""
        from tui.dashboard.screens.picker import Picker  # noqa: PLC0415  # the menu is there before it

        action = self.menu.item
        if action is None or action.type is None:
            return
        serving = self._serving(action.type)

        def taken(answer: tuple[str | None] | None) -> None:
            if answer is not None:
                action.model = answer[0]
                self.menu.fill(self.menu.items, self.menu.at)

        async def preview(selector: str | None) -> Run | None:
            if not serving:
                return None
            project = str(self.desk.state.project)
            return await self.desk.plan(StartWorkflow(serving[0], model=selector, project=project, dry_run=True))

        self.app.push_screen(Picker(self.desk, action.title, action.model, preview), taken)

    def action_go(self) -> None:
        """The form, with the type and the model of this action."""
        from tui.dashboard.screens.spec_form import SpecForm  # noqa: PLC0415  # fields are costly

        action = self.menu.item
        if action is None or self.desk.stray.doubled("create"):
            return
        if action.type is None:
            self._edit()
            return
        parent = self._above.id if self._above is not None and action.type == "story" else None
        self.app.push_screen(SpecForm(self.desk, Draft(action.type, parent=parent, every=action.model)), self.dismiss)

    def _edit(self) -> None:
        from tui.dashboard.screens.workflow_editor import WorkflowEditor  # noqa: PLC0415  # the menu is there before it

        if self._workflow is not None:
            editor = WorkflowEditor(self.desk, self._workflow)
            self.dismiss(None)
            self.app.push_screen(editor)

    def action_leave(self) -> None:
        """Create nothing."""
        self.dismiss(None)
