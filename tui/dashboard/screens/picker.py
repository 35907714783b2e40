"""The picker: one list for every place where a model is chosen. Type to filter; what a line comes to is told below."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from tui.core.plain import one_line
from tui.core.run import Run
from tui.dashboard import glyphs
from tui.dashboard.cards import trouble, why, work
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.latest import LatestRequest
from tui.dashboard.obstacles import obstacles
from tui.dashboard.offers import OF_A_CARD, Finder, Offer, Shelves, literal, offers
from tui.dashboard.row import Row, middle
from tui.dashboard.screens.place import Dialog
from tui.dashboard.setup_hint import first_steps
from tui.dashboard.standing import end_of, lists_line, sees, span_of_efforts
from tui.dashboard.state import Change
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.menu import Menu
from tui.dashboard.words import dollars, sent_as, tokens

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui.dashboard.defaults import MakeDefault
    from tui.dashboard.desk import Desk

PREVIEW_AFTER = 0.12
"""Seconds that a line is chosen before it is asked what it comes to."""

FACTS = 51
"""Cells of price, context, effort, vision and end."""

FEW = 41
"""Cells of all that but the effort, where there is no room for it."""

ROOMY = 96
"""From this width on all facts are shown."""


class Picker(Dialog[tuple[str | None] | None]):
    """Answers with a one-tuple of the selector (``None`` in it is inherit), or ``None`` to leave things as they are."""

    BINDINGS: ClassVar[list[Binding]] = bindings("picker")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("picker",)

    def __init__(
        self,
        desk: Desk,
        title: str,
        picked: str | None,
        preview: Callable[[str | None], Awaitable[Run | None]],
        *,
        first: Sequence[Offer] = (),
        default: MakeDefault | None = None,
        running: bool = False,
        current: Callable[[], Awaitable[str | None]] | None = None,
        wants_any: bool = False,
    ) -> None:
        super().__init__()
        self.desk = desk
        self._title = one_line(title)
        self._picked = picked
        self._preview = preview
        self._begins = first
        """The lines before all others; by default those of a card."""
        self._default = default
        self._goes_on = running
        """Whether a run goes on that keeps its models."""
        self._current = current
        """Reads the present choice, where ``picked`` does not say it."""
        self._wants_any = wants_any
        """Whether taking the present choice is an answer too, not only another one."""
        self._touched = False
        """Whether the user typed or moved."""
        self._lists = 0
        """Counts the lists that came: what a line resolves to is asked again with each."""
        self._previews = LatestRequest(lambda: (self.menu.item.selector if self.menu.item else None, self._lists))
        self._inherits = LatestRequest(lambda: self._lists)
        self._would_be: str | None = None
        self._refused: dict[str | None, str] = {}
        self._told: dict[str | None, Row] = {}
        self._due: Timer | None = None
        self._early = ""
        self._sought = ""
        self.finder = Finder(())

    def compose(self) -> ComposeResult:
        """Filter, headings, list, what the chosen line comes to, keys."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = Content(f'Model for "{self._title}"')
            if self._goes_on:
                dialog.border_subtitle = Content("a run goes on: a change applies to later runs")
            yield Input(placeholder="type to filter, or a whole name", id="query", compact=True)
            yield Bar(Row(" "), id="columns")
            yield Menu[Offer](self._draw, heading=lambda offer: offer.heading, id="list")
            yield Bar(Row(" "), id="told")
            yield Bar(Row(" "), id="lists")
        yield Bar(Row(" "), id="footer", tinted=True)

    @property
    def menu(self) -> Menu[Offer]:
        """The list."""
        return self.query_one("#list", Menu)

    def typed_early(self, text: str) -> bool:
        """Letters are for the filter."""
        self._early += text
        if self.query("#query"):
            self._type_early()
        return True

    def _type_early(self) -> None:
        text, self._early = self._early, ""
        if text:
            self.query_one("#query", Input).insert_text_at_cursor(text)

    def on_mount(self) -> None:
        """Everything, with what is picked now chosen; and what inherit would be."""
        self._type_early()
        self.gather()
        self.call_after_refresh(self._first)
        self.guarded(self._ask_inherit())
        if self._current is not None:
            self.guarded(self._ask_current(self._current))

    async def _ask_current(self, current: Callable[[], Awaitable[str | None]]) -> None:
        self._picked = await current()
        self.gather()
        self.search(self.query_one("#query", Input).value, keep=self._touched)

    def _first(self) -> None:
        self.search(self.query_one("#query", Input).value)  # somebody may have typed already
        self.tell_keys()

    def on_resize(self, event: events.Resize) -> None:
        """Name the columns that there is room for now."""
        super().on_resize(event)
        self.call_after_refresh(self._columns)

    def redraw(self, changes: frozenset[Change]) -> None:
        """Newer lists came: what a line resolves to may be another model now."""
        if "models" in changes and self.is_mounted:
            self._lists += 1
            self._told.clear()
            self._refused.clear()
            self.guarded(self._ask_inherit())
            self.gather()
            self.search(self.query_one("#query", Input).value, keep=True)

    def gather(self) -> None:
        """Lay out what is on offer now."""
        state = self.desk.state
        favourites = state.status.favourites if state.status else ()
        if self.desk.shelves is None:
            self.desk.shelves = Shelves()
        stock = self.desk.shelves.of(state.providers, favourites, state.needs)
        now = state.now()
        found = offers(
            stock,
            state.aliases,
            favourites,
            recents=state.recents,
            first=(*(self._begins or OF_A_CARD), *first_steps(state)),
            would_be=self._would_be,
            picked=self._picked,
            now=now,
        )
        self.finder = Finder(found)
        self.query_one("#lists", Bar).say(lists_line(state.providers, now))

    async def _ask_inherit(self) -> None:
        plan = await self._inherits.answer(lambda _: self._preview(None))
        if plan is not None and (steps := work(plan)) and not trouble(plan):
            self._would_be = steps[0].sent or "agent default"
            self.gather()
            self.search(self.query_one("#query", Input).value, keep=True)

    def search(self, query: str, *, keep: bool = False) -> None:
        """Show what matches; with ``keep`` the same model stays chosen."""
        keep = keep and query == self._sought
        self._sought = query
        found = self.finder.find(query)
        typed = query.strip()
        if typed and not any(offer.selector == typed for offer in found):
            found.insert(*literal(typed, found, self.desk.state.providers))
        self.menu.fill(found, self._place(found, keep=keep))
        self._columns()
        self.on_menu_chosen()

    def _place(self, found: Sequence[Offer], *, keep: bool) -> int:
        """Return the line to choose: the same model as before, the present choice, or while filtering the best."""
        before, near = self.menu.item, self.menu.at
        if keep and self._touched and before is not None:
            wanted = before.selector
        elif self._sought:
            return 0
        else:
            wanted, near = self._picked, 0
        same = [at for at, offer in enumerate(found) if offer.selector == wanted and not offer.heading]
        return min(same, key=lambda at: abs(at - near), default=near)

    def _columns(self) -> None:
        width = self.menu.size.width
        row = Row(" ").to(max(width - (FACTS if width >= ROOMY else FEW), 0)).add("$ in/out per M  context", "dim")
        self.query_one("#columns", Bar).say(row.add(f"{'  effort  ' if width >= ROOMY else ''}  sees   until", "dim"))

    def _draw(self, offer: Offer, width: int) -> Row:
        if offer.heading:
            return Row(f" {offer.label}", "accent").add(f"  {offer.note}" if offer.note else "", "dim")
        row = Row(" ").add(f"{glyphs.STAR} " if offer.favourite else "  ", "accent")
        facts = FACTS if width >= ROOMY else FEW
        room = width - (facts + 4 if offer.model else 4)
        told = offer.why_not or offer.doubt or offer.note
        row.add(middle(one_line(offer.label), room), "dim" if offer.why_not else "text")
        if told:
            if offer.model is None and row.width < 22:
                row.to(22)
            lead = "  " if offer.why_not or offer.doubt or not offer.note else f" {glyphs.ARROW} "
            row.add(f"{lead}{told}", "warn" if offer.why_not or offer.doubt else "dim")
        if offer.model is not None:
            model = offer.model
            price = model.price
            money = f"{dollars(price.input)}/{dollars(price.output)}" if price else "unknown"
            row.to(width - facts).add(f"{money:>14}  {tokens(model.context):>7}  ", "dim")
            if facts == FACTS:
                row.add(f"{span_of_efforts(model.efforts):<8}  ", "dim")
            end, ink = end_of(model, self.desk.state.now())
            row.add(f"{sees(model):<5}  ", "dim").add(end, ink)
        return row

    # What the chosen line comes to -------------------------------------------------------------------------------

    def on_menu_chosen(self) -> None:
        """Another line: ask what it comes to, once the keys rest."""
        if self._due is not None:
            self._due.stop()
        offer = self.menu.item
        told = self.query_one("#told", Bar)
        if offer is None:
            told.say(Row(" nothing matches", "warn"))
        elif offer.why_not:
            told.say(Row(f" {glyphs.FAILED} {offer.why_not}", "bad"))
        elif offer.selector in self._told:
            told.say(self._told[offer.selector])
        else:
            if offer.because:
                told.say(Row(f" {glyphs.LOST} {offer.because}", "warn"))
            self._due = self.set_timer(PREVIEW_AFTER, lambda: self.guarded(self._ask()))

    async def _ask(self) -> None:
        plan = await self._previews.answer(lambda asked: self._preview(asked[0]))
        offer = self.menu.item
        if plan is None or offer is None:
            return
        refused = trouble(plan)
        steps = work(plan)
        if refused:
            self._refused[offer.selector] = refused
            row = Row(f" {glyphs.FAILED} {refused}", "bad")
            if offer.because and offer.because not in refused:
                row.add(f"   {offer.because}", "warn")
        elif steps:
            sent = sent_as(steps[0], whole=True)
            row = Row(f" {glyphs.ARROW} {sent}", "text").add(f"   {why(steps[0])}", "dim")
            # The reason against this very model first: an obstacle may be that of another step.
            for warning in (*filter(None, [offer.because]), *obstacles(plan), *steps[0].warnings)[:1]:
                row.add(f"   {glyphs.LOST} {one_line(warning)}", "warn")
        else:
            row = Row(" no step asks a model", "dim")
        self._told[offer.selector] = row
        self.query_one("#told", Bar).say(row)

    # Keys --------------------------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
        event.stop()
        self._touched = True
        if self.menu.size.height:
            self.search(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter comes after the letters typed before it: a name pasted with its line end is filtered, then taken."""
        event.stop()
        self.action_take()

    def action_move(self, by: int) -> None:
        """The next line, or the one before."""
        self._touched = True
        self.menu.move(by)

    def action_page(self, direction: int) -> None:
        """A page of lines."""
        self._touched = True
        self.menu.page(direction)

    def _filtered(self) -> Offer | None:
        """Return the chosen line, for all that was typed up to now."""
        written = self.query_one("#query", Input).value
        if written != self._sought:
            self._touched = True
            self.search(written)
        return self.menu.item

    def _chosen(self) -> Offer | None:
        """The chosen line, unless it is known to come to nothing."""
        offer = self._filtered()
        refused = offer and (offer.why_not or self._refused.get(offer.selector))
        if refused:
            self.hint(f"{glyphs.FAILED} {refused}")
        return None if refused else offer

    def action_take(self) -> None:
        """Take the chosen line; the present choice is left as it is, with its effort."""
        offer = self._filtered()
        same = not self._touched or (offer is not None and offer.selector == self._picked)
        if same and not self._wants_any:
            self.dismiss(None)
            return
        offer = self._chosen()
        if offer is not None:
            self.desk.took(offer.selector)
            self.dismiss((offer.selector,))

    def works(self, action: str) -> bool:
        """A default is made only where there is something to write it into."""
        return action != "make_default" or self._default is not None

    def action_make_default(self) -> None:
        """Tell what would be written; asked again, write it."""
        offer = self._chosen()
        if offer is None or self._default is None:
            return
        if self.asked_twice(f"default {offer.selector}", "make-default", f"again, and {self._default.told()}"):
            self.guarded(self._make_default(self._default, offer.selector))

    async def _make_default(self, default: MakeDefault, selector: str | None) -> None:
        await default.write(selector)
        self.desk.took(selector)
        self.dismiss((None,))

    def action_favourite(self) -> None:
        """Among the person's favourites, or no more."""
        offer = self.menu.item
        if offer is None or offer.selector is None:
            self.hint("only a model, an alias or a tag can be a favourite")
        elif not self.desk.stray.doubled(f"favourite {offer.selector}", within=0.3):
            self.guarded(self._toggle(offer.selector))

    async def _toggle(self, selector: str) -> None:
        status = self.desk.state.status
        favourites = status.favourites if status is not None else ()
        on = selector not in favourites
        await self.desk.set_favourite(selector, on=on)
        self._touched = True
        self.gather()
        self.search(self.query_one("#query", Input).value, keep=True)
        self.hint(f"{one_line(selector, 60)} is {'a favourite now' if on else 'no favourite any more'}", 2.0)

    def action_refresh(self) -> None:
        """Have all lists read anew; they come in as they are read."""
        if not self.desk.stray.doubled("refresh all"):
            self.hint("reading all lists anew …")
            self.guarded(self.desk.refresh())

    def action_leave(self) -> None:
        """Leave things as they are."""
        self.dismiss(None)
