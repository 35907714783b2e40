"""The form of a spec: two fields to write in, and lines that are stepped through; the executor checks every change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.timer import Timer
from textual.widgets import Input, TextArea

from tui.core.errors import ConflictError, ErrorBody, RequestError
from tui.core.plain import one_line
from tui.core.run import Run
from tui.core.spec import SPEC_TYPES
from tui.core.spec_verbs import SpecStage
from tui.core.verbs import List, Started, StartWorkflow
from tui.dashboard.draft import Draft
from tui.dashboard.form_rows import FormLine, form_lines, good_for, known_model, line_row
from tui.dashboard.keymap import Scope, bindings
from tui.dashboard.row import Row
from tui.dashboard.screens.place import Dialog
from tui.dashboard.state import Change
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.menu import Menu

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk

CHECK_AFTER = 0.15
"""Seconds that the keys rest before the executor checks what was entered."""


class SpecForm(Dialog[str | None]):
    """Answers with the id of the spec that was stored, or ``None``."""

    BINDINGS: ClassVar[list[Binding]] = bindings("form")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("form",)
    AUTO_FOCUS = ""

    def __init__(self, desk: Desk, draft: Draft) -> None:
        super().__init__()
        self.desk = desk
        self.draft = draft
        self._error: ErrorBody | None = None
        self._preset: str | None = None
        """The preset that was laid over all stages last."""
        self._due: Timer | None = None
        self._checked = 0
        self._early = ""
        self._there = False

    def compose(self) -> ComposeResult:
        """Title, text, lines, what the chosen one costs, keys."""
        with Vertical(classes="dialog", id="form") as dialog:
            dialog.border_title = "New spec" if self.draft.base is None else f"Spec {self.draft.base.id}"
            title = Input(self.draft.title, placeholder="title", id="title", compact=True)
            text = TextArea(self.draft.text, placeholder="what is to be done, and why", id="text", compact=True)
            text.cursor_blink = title.cursor_blink = (
                False  # over a slow line nothing is written unless something changed
            )
            yield title
            yield text
            yield Menu[FormLine](self._draw, heading=lambda line: line.passed_over, id="list")
            yield Bar(Row(" "), id="told")
        yield Bar(Row(" "), id="footer", tinted=True)

    @property
    def menu(self) -> Menu[FormLine]:
        """The lines."""
        return self.query_one("#list", Menu)

    def on_mount(self) -> None:
        """A new one begins with its title, a stored one with its stages."""
        self._there = True
        if self.draft.base is None:
            self.query_one("#title", Input).focus()
        text, self._early = self._early, ""
        if text:
            self.query_one("#title", Input).insert_text_at_cursor(text)
        self._check()

    def typed_early(self, text: str) -> bool:
        """Letters right behind the key that opened a new spec are its title's."""
        if self._there or self.draft.base is not None:
            return False
        self._early += text
        return True

    def on_resize(self, event: events.Resize) -> None:
        """Paint at this width, once the list has it."""
        super().on_resize(event)
        self.call_after_refresh(self.paint)

    def redraw(self, changes: frozenset[Change]) -> None:
        """What models mean and cost may have changed."""
        if changes & {"models", "deck"} and self.is_mounted:
            self.paint()

    def paint(self) -> None:
        """The lines, and what is told of the chosen one."""
        if not self.menu.size.width:
            return
        before = self.menu.item
        lines = form_lines(self.draft, self._error, self._preset)
        at = next((i for i, line in enumerate(lines) if before is not None and line.same(before)), 0)
        self.menu.fill(lines, at)
        self._tell()
        self.tell_keys()

    def _draw(self, line: FormLine, width: int) -> Row:
        return line_row(line, self.draft, self.desk.state, width)

    def _tell(self) -> None:
        told = self.query_one("#told", Bar)
        told.say(good_for(self.menu.item, self.draft, self.desk.state, max(self.menu.size.width, 20)))

    def on_menu_chosen(self) -> None:
        """Another line."""
        self._tell()
        self.tell_keys()

    # Asking the executor -----------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """Show it at once; have it checked when the keys rest."""
        self.paint()
        if self._due is not None:
            self._due.stop()
        self._due = self.set_timer(CHECK_AFTER, self._check)

    def _check(self) -> None:
        self._checked += 1
        self.guarded(self._checked_by_executor(self._checked))

    async def _checked_by_executor(self, number: int) -> None:
        try:
            answer = await self._ask(dry_run=True)
        except RequestError as error:
            if number == self._checked:
                self._error = error.body()
                self.paint()
            return
        except ConflictError:
            await self._overtaken()
            return
        if number == self._checked:
            self._error = None
            self.draft.answered(answer.spec, answer.stages)
            self.paint()

    async def _ask(self, *, dry_run: bool, preset: str | None = None) -> Started:
        request = self.draft.request(str(self.desk.state.project), dry_run=dry_run, preset=preset)
        return await self.desk.client().start(request)

    async def _overtaken(self) -> None:
        """Somebody else stored a newer one: both are shown, nothing is lost."""
        base = self.draft.base
        if base is None:
            return
        page = await self.desk.read(List(view="specs", ids=(base.id,)))
        if not page.specs:
            return
        self.draft.overtaken(page.specs[0])
        self._error = None
        self._write_fields()
        told = "; what you both changed is marked" if self.draft.theirs else ", elsewhere than you did"
        version = page.specs[0].spec.version
        self.app.notify(
            f"Somebody else stored version {version} meanwhile{told}. Nothing of yours was lost or stored yet.",
            severity="warning",
            timeout=8,
            markup=False,
        )
        self._check()

    def _write_fields(self) -> None:
        title, text = self.query_one("#title", Input), self.query_one("#text", TextArea)
        if title.value != self.draft.title:
            title.value = self.draft.title
        if text.text != self.draft.text:
            text.text = self.draft.text

    # Fields ------------------------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """The title."""
        event.stop()
        self.draft.title = event.value
        if self._error is not None and self._error.field == "title":
            self._error = None
            self.paint()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """The text."""
        event.stop()
        self.draft.text = event.text_area.text

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """From the title on to the lines."""
        event.stop()
        self.set_focus(None)
        self.tell_keys()

    def on_descendant_focus(self) -> None:
        """The footer follows."""
        self.tell_keys()

    def action_next(self, by: int) -> None:
        """Title, text, lines, and round again."""
        ring = (self.query_one("#title", Input), self.query_one("#text", TextArea), None)
        at = ring.index(self.focused) if self.focused in ring else 2
        self.set_focus(ring[(at + by) % len(ring)])
        self.tell_keys()

    # Lines -------------------------------------------------------------------------------------------------------

    def works(self, action: str) -> bool:
        """Letters are text while one writes; a stage that is off can't be given a model."""
        if not self.is_mounted:
            return True
        if action in ("save", "leave", "next"):
            return True
        if self.focused is not None:
            return False
        line = self.menu.item
        stage = line.stage if line is not None else None
        if action in ("pick_model", "effort", "apply"):
            return stage is not None and self.draft.on(stage)
        if action == "theirs":
            return bool(self.draft.theirs)
        return action != "preset" or bool(self._presets())

    def _presets(self) -> tuple[str, ...]:
        status = self.desk.state.status
        return status.presets if status else ()

    def action_move(self, by: int) -> None:
        """The next line, or the one before."""
        self.menu.move(by)

    def action_turn(self) -> None:
        """Switch a stage on or off; the next type, workflow or preset."""
        line = self.menu.item
        if line is None:
            return
        if line.stage is not None:
            self.draft.toggle(line.stage)
            self._changed()
        elif line.kind == "type":
            at = SPEC_TYPES.index(self.draft.type)
            self.draft.turn(kind=SPEC_TYPES[(at + 1) % len(SPEC_TYPES)])
            self._preset = None
            self._changed()
        elif line.kind == "workflow":
            self._next_workflow()
        else:
            self.action_preset()

    def _next_workflow(self) -> None:
        kind = self.draft.type
        names = [card.name for card in self.desk.state.cards if kind in card.item.specs]
        names += [card.name for card in self.desk.state.cards if not card.item.specs]
        if not names:
            self.hint(f"no workflow serves a {kind}; it can be written now and started later")
            return
        at = names.index(self.draft.workflow) if self.draft.workflow in names else -1
        self.draft.turn(workflow=names[(at + 1) % len(names)])
        self._changed()

    def action_pick_model(self) -> None:
        """Choose the model of a stage."""
        from tui.dashboard.screens.picker import Picker  # noqa: PLC0415  # the form is there before it

        line = self.menu.item
        if line is None or line.stage is None:
            return
        stage = line.stage

        def taken(answer: tuple[str | None] | None) -> None:
            if answer is not None:
                self.draft.choose(stage.name, answer[0])
                self._changed()

        async def preview(selector: str | None) -> Run | None:
            return await self._preview(stage, selector)

        self.app.push_screen(Picker(self.desk, stage.name, self.draft.choice(stage)[0], preview), taken)

    async def _preview(self, stage: SpecStage, selector: str | None) -> Run | None:
        """What the stage would run as."""
        if self.draft.workflow is None:
            return None
        request = StartWorkflow(self.draft.workflow, model=selector, project=str(self.desk.state.project), dry_run=True)
        plan = await self.desk.plan(request)
        own = tuple(step for step in plan.steps if step.stage == stage.name) if plan is not None else ()
        if plan is None or not own:
            return plan
        step = replace(own[0], reason=(own[0].reason or "").replace("run model", f"spec ({stage.name})", 1))
        return replace(plan, steps=(step,))

    def action_effort(self) -> None:
        """The next effort level of the stage's model, then none."""
        line = self.menu.item
        if line is None or line.stage is None:
            return
        model, effort = self.draft.choice(line.stage)
        known = known_model(model, self.desk.state)[1]
        levels = known.efforts or () if known is not None else ()
        if not levels:
            self.hint("no effort levels are known of this model")
            return
        ring = (None, *levels)
        at = ring.index(effort) if effort in ring else 0
        self.draft.choose(line.stage.name, model, ring[(at + 1) % len(ring)])
        self._changed()

    def action_apply(self) -> None:
        """This stage's choice for all."""
        line = self.menu.item
        if line is not None and line.stage is not None:
            self.draft.apply_to_all(self.draft.choice(line.stage))
            self._changed()

    def action_preset(self) -> None:
        """The next preset over all stages; each can differ after."""
        ring = self._presets()
        if ring:
            at = ring.index(self._preset) if self._preset in ring else -1
            self._preset = ring[(at + 1) % len(ring)]
            self.guarded(self._lay_preset(self._preset))

    async def _lay_preset(self, name: str) -> None:
        try:
            answer = await self._ask(dry_run=True, preset=name)
        except RequestError as error:
            self._error = error.body()
        else:
            if self._preset == name:
                self.draft.take_preset(answer.stages)
        self._changed()

    def action_sdlc(self) -> None:
        """The five stages of the whole cycle."""
        self.draft.sdlc()
        self._changed()

    def action_reset(self) -> None:
        """What would run now, for every stage."""
        self.draft.start_over()
        self._preset = None
        self._changed()

    def action_theirs(self) -> None:
        """What somebody else stored: of the chosen line, or else of title and text."""
        line = self.menu.item
        names = [line.name] if line is not None and line.name in self.draft.theirs else list(self.draft.theirs)
        for name in names[:1]:
            self.draft.take_theirs(name)
        self._write_fields()
        self._changed()

    # Leaving -----------------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Store it, once."""
        if not self.desk.stray.doubled("save spec", within=0.5):
            self.guarded(self._save())

    async def _save(self) -> None:
        if self._due is not None:
            self._due.stop()
        try:
            answer = await self._ask(dry_run=False)
        except ConflictError as error:
            if error.field != "version":
                raise
            await self._overtaken()
        except RequestError as error:
            self._error = error.body()
            self.paint()
            if error.field == "title":
                self.query_one("#title", Input).focus()
        else:
            if answer.note:
                self.app.notify(one_line(answer.note), timeout=8, markup=False)
            self.dismiss(answer.spec.id if answer.spec else None)

    def action_leave(self) -> None:
        """Store nothing; what was written is thrown away when asked twice."""
        if not self.draft.changed or self.desk.stray.confirmed("leave form"):
            self.dismiss(None)
        else:
            self.hint(
                f"{self.desk.key('form-leave')} again throws away what you changed; {self.desk.key('form-save')} saves"
            )
