"""The form of a spec: two fields to write in, and lines that are stepped through; the executor checks every change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, TextArea

from tui.core.plain import one_line
from tui.core.run import Run
from tui.core.spec_verbs import CreateSpec, SpecItem, StartSpec, UpdateSpec
from tui.dashboard.draft import Draft
from tui.dashboard.filing import Filed
from tui.dashboard.form_rows import FormLine, asked_for, form_lines, good_for, heading, known_model, line_row
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.row import Row
from tui.dashboard.screens.form_fields import FormFields
from tui.dashboard.state import Change
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.menu import Menu
from tui.dashboard.widgets.pane import Pane

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk

CHECK_AFTER = 0.15
"""Seconds that the keys rest before the executor checks what was entered."""


class SpecForm(FormFields):
    """Answers with what was stored, or ``None``."""

    BINDINGS: ClassVar[list[Binding]] = bindings("form")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("form",)
    AUTO_FOCUS = ""

    def __init__(self, desk: Desk, draft: Draft) -> None:
        super().__init__(desk, draft)
        self._due: Timer | None = None
        self._early = ""
        self._there = False
        self._framed = ("", "")
        """What the frame says, at the top and at the bottom."""
        self._warned = False
        """Whether it was told that somebody else was faster."""
        self._moved = False
        """Whether the person went anywhere among the lines."""

    def compose(self) -> ComposeResult:
        """Title, text, lines, what the chosen one costs, keys."""
        with Vertical(classes="dialog", id="form"):
            title = Input(self.draft.title, placeholder="title", id="title", compact=True, select_on_focus=False)
            text = TextArea(self.draft.text, placeholder="what is to be done, and why", id="text", compact=True)
            text.cursor_blink = title.cursor_blink = (
                False  # over a slow line nothing is written unless something changed
            )
            yield title
            yield text
            yield Menu[FormLine](self._draw, heading=lambda line: line.passed_over, id="list")
            yield Pane(id="told")
        yield Bar(Row(" "), id="footer", tinted=True)

    @property
    def menu(self) -> Menu[FormLine]:
        """The lines."""
        return self.query_one("#list", Menu)

    def on_mount(self) -> None:
        """A new one begins with its title, a stored one with its stages."""
        self._there = True
        if self.draft.base is None:
            self.set_focus(self.query_one("#title", Input))
        text, self._early = self._early, ""
        if text:
            self.query_one("#title", Input).insert_text_at_cursor(text)
        self.shown()
        self.guarded(self.filing.look_round())
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
        self.call_after_refresh(self.shown)

    def redraw(self, changes: frozenset[Change]) -> None:
        """What models mean and cost may have changed, and somebody else may have stored a newer one."""
        if "specs" in changes and self.is_mounted:
            self._check()
        if changes & {"models", "deck"} and self.is_mounted:
            self.shown()

    def shown(self) -> None:
        """The lines, and what is told of the chosen one."""
        if not self.is_mounted:
            return
        lines = form_lines(self.draft, self.filing.error, self.filing.above)
        first = None if self._moved else asked_for(self.draft, self.filing.error)
        before = FormLine("field", first) if first else self.menu.item
        at = next((i for i, line in enumerate(lines) if before is not None and line.same(before)), 0)
        self.menu.fill(lines, at)
        self._tell()
        self.tell_keys()

    def _draw(self, line: FormLine, width: int) -> Row:
        return line_row(line, self.draft, self.desk.state, width)

    def _tell(self) -> None:
        line = self.menu.item
        self.query_one("#told", Pane).tell(lambda width: good_for(line, self.draft, self.desk.state, width))
        self._frame()

    def _frame(self) -> None:
        """What it is, at the top; how many lines are out of sight, at the bottom."""
        above, height = self.menu.scroll_offset.y, self.menu.size.height
        below = self.menu.row_count() - above - height if height else 0
        unseen = [f"{count} {word}" for count, word in ((above, "above"), (below, "below")) if count > 0]
        told = (heading(self.draft, self.filing.above), f"more lines: {', '.join(unseen)}" if unseen else "")
        if told != self._framed:
            self._framed = told
            dialog = self.query_one("#form", Vertical)
            dialog.border_title, dialog.border_subtitle = (Content(text) for text in told)

    def on_menu_chosen(self) -> None:
        """Another line."""
        self._tell()
        self.tell_keys()

    # Asking the executor -----------------------------------------------------------------------------------------

    def changed(self) -> None:
        """Show it at once; have it checked when the keys rest."""
        self.shown()
        self._check_soon()

    def _check_soon(self) -> None:
        if self._due is not None:
            self._due.stop()
        self._due = self.set_timer(CHECK_AFTER, self._check)

    def _check(self) -> None:
        self.guarded(self._checked())

    async def _checked(self) -> None:
        await self.filing.check()

    def overtaken(self, item: SpecItem) -> None:
        """Somebody else stored a newer one: both are shown, nothing is lost."""
        self._write_fields()
        self._warned = True
        told = "; what you both changed is marked" if self.draft.theirs else ", elsewhere than you did"
        self.app.notify(
            f"Somebody else stored version {item.spec.version} meanwhile{told}. "
            "Nothing of yours was lost or stored yet.",
            severity="warning",
            timeout=8,
            markup=False,
        )

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
        if event.value != self.draft.title:
            self.draft.title = event.value
            self._check_soon()  # an answer about the title before is outdated
        if self.filing.error is not None and self.filing.error.field == "title":
            self.filing.error = None
            self.shown()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """The text."""
        event.stop()
        if event.text_area.text != self.draft.text:
            self.draft.text = event.text_area.text
            self._check_soon()

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
        if action in ("save", "begin", "leave", "next"):
            return True
        if self.focused is not None:
            return False
        line = self.menu.item
        stage = line.stage if line is not None else None
        if action in ("pick_model", "effort", "apply"):
            return stage is not None and self.draft.on(stage)
        needs = {"theirs": self.draft.theirs, "undo": self.draft.history, "preset": self.presets}
        return bool(needs.get(action, True))

    def action_move(self, by: int) -> None:
        """The next line, or the one before."""
        self._moved = True
        self.menu.move(by)

    def action_turn(self) -> None:
        """Switch a stage on or off; the next type, workflow or preset."""
        self._moved = True
        line = self.menu.item
        if line is None:
            return
        if line.stage is not None:
            self.draft.toggle(line.stage)
            self.changed()
            return
        self.turn(line.name)

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
                self.changed()

        async def preview(selector: str | None) -> Run | None:
            return await self.filing.preview(stage, selector)

        self.app.push_screen(Picker(self.desk, stage.name, self.draft.choice(stage)[0], preview), taken)

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
        self.changed()

    def action_apply(self) -> None:
        """This stage's choice for all."""
        line = self.menu.item
        if line is not None and line.stage is not None:
            self.draft.apply_to_all(self.draft.choice(line.stage))
            self.changed()

    def action_preset(self) -> None:
        """The next preset over all stages; each can differ after."""
        self.next_preset()

    def action_sdlc(self) -> None:
        """The five stages of the whole cycle."""
        self.draft.sdlc()
        self.changed()

    def action_reset(self) -> None:
        """What would run now, for every stage."""
        self.draft.start_over()
        self.changed()

    def action_undo(self) -> None:
        """Take back the newest choice."""
        if self.draft.undo():
            self.guarded(self.filing.look_round())
            self.changed()

    def action_theirs(self) -> None:
        """What somebody else stored: of the chosen line, or else of title and text."""
        line = self.menu.item
        names = [line.name] if line is not None and line.name in self.draft.theirs else list(self.draft.theirs)
        for name in names[:1]:
            self.draft.take_theirs(name)
        self._write_fields()
        self.guarded(self.filing.look_round())
        self.changed()

    # Leaving -----------------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Store it, once; where nothing was changed there is nothing to store."""
        if self.draft.base is not None and not self.draft.changed:
            self.dismiss(None)
        else:
            self._save_then(lambda spec_id: self.dismiss(Filed(spec_id)))

    def action_begin(self) -> None:
        """Store what was changed, and show what starting it runs."""
        if self.draft.base is not None and not self.draft.changed:
            self._begin(self.draft.base.id)
        else:
            self._save_then(self._begin)

    def _begin(self, spec_id: str) -> None:
        from tui.dashboard.screens.start import StartDialog  # noqa: PLC0415  # the form is there before it

        title = f"{self.draft.type} · {self.draft.title}"
        dialog = StartDialog(self.desk, title, StartSpec(spec_id), None, write=False)
        self.app.push_screen(dialog, lambda task_id: self.dismiss(Filed(spec_id, task_id)))

    def _save_then(self, done: Callable[[str], object]) -> None:
        if self.desk.stray.doubled("save spec", within=0.5):
            return
        if self.draft.stale:
            self.guarded(self._check_then_save(done))
        else:
            self.guarded(self._save(self.filing.to_store(), done))

    async def _check_then_save(self, done: Callable[[str], object]) -> None:
        """Save once the stages are those of the type and workflow that are shown."""
        while (checked := await self.filing.check()) is None:
            pass  # another check overtook this one, such as that of the choice before: the save is still wanted
        if checked:
            await self._save(self.filing.to_store(), done)

    async def _save(self, request: CreateSpec | UpdateSpec, done: Callable[[str], object]) -> None:
        if self._due is not None:
            self._due.stop()
        answer = await self.filing.save(request)
        if answer is None:
            if self.filing.error is not None and self.filing.error.field == "title":
                self.query_one("#title", Input).focus()
            return
        if self._warned:
            self.app.clear_notifications()  # what was told of the other writer is no more true
        if answer.note:
            self.app.notify(one_line(answer.note), timeout=8, markup=False)
        if answer.spec is not None:
            done(answer.spec.id)

    @property
    def unsaved(self) -> bool:
        """Anything was changed."""
        return self.draft.changed

    def action_leave(self) -> None:
        """Store nothing; what was written is thrown away when asked twice."""
        saves = self.desk.key("form-save", writing=self.focused is not None)
        if not self.draft.changed or self.asked_twice(
            "leave form", "form-leave", f"again throws away what you changed; {saves} saves"
        ):
            self.dismiss(None)
