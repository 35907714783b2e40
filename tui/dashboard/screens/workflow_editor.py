"""The editor of a workflow's defaults: each stage with what it says, and what it would run if that were saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer

from tui.core.config_verbs import UpdateWorkflow
from tui.core.errors import ConflictError, ModeldeckError, RequestError
from tui.core.items import WorkflowItem
from tui.core.plain import one_line
from tui.core.run import Run, Step
from tui.core.verbs import List
from tui.dashboard import glyphs
from tui.dashboard.defaults import OF_A_STAGE, Choice, Defaults, Written, in_words, stored
from tui.dashboard.efforts import model_of
from tui.dashboard.face import drop_down
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.latest import LatestRequest
from tui.dashboard.row import Row, fit, middle
from tui.dashboard.screens.place import Dialog
from tui.dashboard.state import Change
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.menu import Menu
from tui.dashboard.words import sent_as

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk

CHECK_AFTER = 0.15
"""Seconds that the keys rest before the executor is asked what would run."""

INNER = 18
"""Cells of a drop-down's inside."""

ROOMY = 96
"""From this width on, the tier that answers stands beside each stage."""

AROUND = 10
"""Rows of the screen that are not the list's."""

LABEL, EFFORT, RUNS, BY = 18, 43, 51, 78
"""Where the drop-down, the effort, the model that would run and its reason stand."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the editor."""

    kind: Literal["stage", "heading", "told"]
    index: int
    """Of the stage; of a heading that of its first substep."""
    text: str = ""


class WorkflowEditor(Dialog[None]):
    """Answers with nothing: what was saved is told, and comes back with the deck."""

    BINDINGS: ClassVar[list[Binding]] = bindings("editor")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("editor",)
    AUTO_FOCUS = ""

    def __init__(self, desk: Desk, item: WorkflowItem) -> None:
        super().__init__()
        self.desk = desk
        self.defaults = Defaults(item)
        self._plan: Run | None = None
        self._error = ""
        self._due: Timer | None = None
        self._plans = LatestRequest(lambda: self._request(dry_run=True))
        self._written = LatestRequest(lambda: self.defaults.base.digest)
        self._saving = False
        """Whether a save is on its way: what changes in the file is this editor's own doing."""

    def compose(self) -> ComposeResult:
        """Headings, stages, why the chosen one would run that, keys."""
        with Vertical(classes="dialog -short") as dialog:
            dialog.border_title = Content(f'Defaults of "{one_line(self.defaults.base.title)}"')
            yield Bar(Row(" "), id="columns")
            yield Menu[Line](self._draw, heading=lambda line: line.kind != "stage", id="list")
            yield Bar(Row(" "), id="told")
        yield Bar(Row(" "), id="footer", tinted=True)

    @property
    def menu(self) -> Menu[Line]:
        """The lines."""
        return self.query_one("#list", Menu)

    def on_mount(self) -> None:
        """As it is, and what that runs."""
        self._ask()

    def on_resize(self, event: events.Resize) -> None:
        """Paint at this width, once the list has it."""
        super().on_resize(event)
        self.call_after_refresh(self.paint)

    def redraw(self, changes: frozenset[Change]) -> None:
        """What models are on offer may have changed, and what the file says."""
        card = self.desk.state.card(self.defaults.base.name)
        written = card is not None and card.item.digest != self.defaults.base.digest
        if self.is_mounted and not self._saving and ("models" in changes or ("deck" in changes and written)):
            self._ask()

    # Painting ----------------------------------------------------------------------------------------------------

    def paint(self) -> None:
        """The lines, and what is told of the chosen one."""
        if not self.menu.size.width:
            return
        before = self.menu.item
        lines = self._lines()
        at = next((i for i, line in enumerate(lines) if before is not None and line == before), 0)
        head = Row(" stage", "dim").to(LABEL).add("says", "dim").to(EFFORT).add("effort", "dim").to(RUNS)
        head.add("would run", "dim")
        if self.menu.size.width >= ROOMY:
            head.to(BY).add("by", "dim")
        self.query_one("#columns", Bar).say(head)
        self.menu.styles.height = max(min(len(lines), self.size.height - AROUND), 1)
        self.menu.fill(lines, at)
        self._tell()
        self.tell_keys()

    def _lines(self) -> list[Line]:
        lines: list[Line] = []
        around = None
        for index, stage in enumerate(self.defaults.base.stages):
            if stage.type == "approval":
                lines.append(Line("heading", index, f"{one_line(stage.name)}: a gate, where you approve"))
            elif stage.part is not None and stage.name != around:
                lines.append(Line("heading", index, one_line(stage.name)))
            around = stage.name if stage.part is not None else None
            if stage.type != "approval":
                lines += [Line("stage", index), *(Line("told", index, text) for text in self._troubles(index))]
        return lines

    def _troubles(self, index: int) -> list[str]:
        """What is wrong with what a stage says, and what somebody else wrote for it."""
        told = []
        step = self._step(index)
        kept = "" if index in self.defaults.touched else "kept: "
        if step is not None and step.error is not None:
            told.append(f"{glyphs.FAILED} {kept}{one_line(step.error.message)}")
        elif step is not None and step.obstacles:
            told.append(f"{glyphs.FAILED} can't start here: {one_line(step.obstacles[0].message)}")
        elif step is not None and step.warnings:
            told.append(f"{glyphs.LOST} {kept}{one_line(step.warnings[0])}")
        if (there := self.defaults.theirs.get(index)) is not None:
            told.append(f"{glyphs.LOST} written meanwhile: {in_words(there)}; yours is kept until you take theirs")
        return told

    def _step(self, index: int) -> Step | None:
        steps = self._plan.steps if self._plan is not None else ()
        return next((step for step in steps if step.index == index), None)

    def _draw(self, line: Line, width: int) -> Row:
        if line.kind == "told":
            return Row("      ").add(line.text, "warn").cut(width)
        if line.kind == "heading":
            return Row(f" {line.text}", "dim").cut(width)
        stage = self.defaults.base.stages[line.index]
        model, effort = self.defaults.choice(line.index)
        mine = line.index in self.defaults.touched
        row = Row(f"{'*' if mine else ' '}{'  ' if stage.part else ''}", "pick")
        row.add(fit(one_line(stage.part or stage.name), LABEL - row.width - 1), "text").to(LABEL)
        row.join(drop_down(in_words((model, None)), INNER)).to(EFFORT)
        row.add(fit(one_line(effort or "–"), RUNS - EFFORT - 1), "dim")
        step = self._step(line.index)
        if step is None:
            return row.to(RUNS).add("…", "dim").cut(width)
        row.to(RUNS).add(middle(sent_as(step), BY - RUNS - 1), "text")
        if step.error is None and width >= ROOMY:
            row.to(BY).add(one_line(step.tier or ""), "dim")
        return row.cut(width)

    def _tell(self) -> None:
        line = self.menu.item
        step = self._step(line.index) if line is not None else None
        row = Row(" ")
        if self._error:
            row.add(f"{glyphs.FAILED} {self._error}", "bad")
        elif step is not None:
            row.add(f"{one_line(step.why)}", "dim")
        self.query_one("#told", Bar).say(row)

    def on_menu_chosen(self) -> None:
        """Another line."""
        self._tell()
        self.tell_keys()

    # Asking the executor -----------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self.paint()
        if self._due is not None:
            self._due.stop()
        self._due = self.set_timer(CHECK_AFTER, self._ask)

    def _ask(self) -> None:
        self.guarded(self._read_plan())

    async def _read_plan(self) -> None:
        try:
            answer = await self._plans.answer(self.desk.client().start)
        except ConflictError:
            if not self._saving:
                await self._overtaken()
            return
        except RequestError as refused:
            self._error = one_line(refused.message)
        else:
            if answer is None:
                return
            self._plan, self._error = answer.run, ""
        self.paint()

    def _request(self, *, dry_run: bool = False, also: tuple[int, Choice] | None = None) -> UpdateWorkflow:
        return self.defaults.request(str(self.desk.state.project), dry_run=dry_run, also=also)

    async def _overtaken(self) -> None:
        """Show what another writer changed beside the user's own changes; nothing is lost."""
        workflows = List("workflows", project=str(self.desk.state.project))
        page = await self._written.answer(lambda _: self.desk.read(workflows))
        if page is None:
            return
        now = next((item for item in page.workflows if item.name == self.defaults.base.name), None)
        if now is None:
            self._error = "it is gone from the configuration"
            self.paint()
            return
        had = bool(self.defaults.touched)
        self.defaults.overtaken(now)
        if had and not self.defaults.touched:
            told = "has other stages now; what you had changed here is gone with the old ones"
        elif self.defaults.theirs:
            told = "was changed by somebody else meanwhile; what you both changed is marked"
        else:
            told = "was changed by somebody else meanwhile, elsewhere than here"
        self.app.notify(f"The workflow {told}. Nothing of yours was saved yet.", severity="warning", markup=False)
        self._ask()

    # Keys --------------------------------------------------------------------------------------------------------

    def works(self, action: str) -> bool:
        """What would do nothing is not offered."""
        if not self.is_mounted:
            return True
        line = self.menu.item
        needs = {
            "save": bool(self.defaults.touched),
            "undo": bool(self.defaults.history),
            "reset": line is not None and line.index in self.defaults.touched,
            "theirs": line is not None and line.index in self.defaults.theirs,
        }
        return needs.get(action, True)

    def action_move(self, by: int) -> None:
        """The next stage, or the one before."""
        self.menu.move(by)

    def action_pick_model(self) -> None:
        """Choose what the stage says."""
        from tui.dashboard.screens.picker import Picker  # noqa: PLC0415  # the editor is there before it

        line = self.menu.item
        if line is None:
            return
        index = line.index
        seen = self.defaults.base
        stage = seen.stages[index]

        def taken(answer: tuple[str | None] | None) -> None:
            if answer is None or answer[0] == self.defaults.choice(index)[0]:
                return
            self.defaults.remember()
            if self.defaults.choose_as_seen(seen, index, answer[0]):
                self._changed()
            else:
                self.hint("the workflow has other stages now; nothing was changed")

        async def preview(selector: str | None) -> Run | None:
            request = self._request(dry_run=True, also=(index, (selector, None)))
            plan = (await self.desk.client().start(request)).run
            own = tuple(step for step in plan.steps if step.index == index) if plan is not None else ()
            return replace(plan, steps=own) if plan is not None else None

        name = f"{stage.name}/{stage.part}" if stage.part else stage.name
        picked = self.defaults.choice(index)[0]
        self.app.push_screen(Picker(self.desk, name, picked, preview, first=OF_A_STAGE), taken)

    def action_effort(self) -> None:
        """The next effort level of the stage's model, then none."""
        line = self.menu.item
        if line is None:
            return
        step = self._step(line.index)
        known = model_of(step.sent, self.desk.state.providers) if step is not None else None
        model, effort = self.defaults.choice(line.index)
        ring = (None, *((known.efforts or ()) if known is not None else ()))
        if len(ring) == 1 and effort is None:
            self.hint("no effort levels are known of this model")
            return
        at = ring.index(effort) if effort in ring else 0
        self.defaults.remember()
        self.defaults.choose(line.index, model, ring[(at + 1) % len(ring)])
        self._changed()

    def action_reset(self) -> None:
        """What the configuration says of this stage."""
        line = self.menu.item
        if line is not None:
            self.defaults.remember()
            self.defaults.reset(line.index)
            self._changed()

    def action_undo(self) -> None:
        """Take back the newest change that is not saved."""
        if self.defaults.undo():
            self._changed()

    def action_theirs(self) -> None:
        """What somebody else wrote for this stage."""
        self.action_reset()

    def action_save(self) -> None:
        """Write it, once; over what somebody else wrote for the same stages when asked twice."""
        does = f"again writes yours over what was written meanwhile; {self.desk.key('editor-theirs')} takes theirs"
        if self.defaults.theirs and not self.asked_twice(f"save over {self.defaults.theirs}", "editor-save", does):
            return
        if not self._saving and not self.desk.stray.doubled("save defaults", within=0.5):
            self._saving = True
            # Built now, not when it is sent: another writer's change that arrives in between must be a conflict.
            base, after = self.defaults.base, dict(self.defaults.touched)
            before = {index: stored(base.stages[index]) for index in after}
            self.guarded(self._save(self._request(), Written(base.name, before, after)))

    async def _save(self, request: UpdateWorkflow, written: Written) -> None:
        try:
            done = await self.desk.client().start(request)
        except ModeldeckError as error:
            self._saving = False
            if isinstance(error, ConflictError) and error.field == "digest":
                await self._overtaken()
                return
            if not isinstance(error, RequestError):
                raise
            self._error = one_line(error.message)
            self.paint()
        else:
            self.desk.written.append(written)
            note = one_line(done.note or "saved")
            undo = f"{self.desk.key('undo-default')} on the deck puts back what was there"
            self.app.notify(f"{note[:1].upper()}{note[1:]}; {undo}", timeout=8, markup=False)
            self.dismiss(None)

    @property
    def unsaved(self) -> bool:
        """A default was changed."""
        return bool(self.defaults.touched)

    def action_leave(self) -> None:
        """Save nothing; what was changed is thrown away when asked twice."""
        does = f"again throws away what you changed; {self.desk.key('editor-save')} saves"
        if not self.defaults.touched or self.asked_twice("leave editor", "editor-leave", does):
            self.dismiss(None)
