"""The lines of the spec form: its fields, its stages, and what the executor says of each, at its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tui.core.catalog import Model
from tui.core.errors import ErrorBody
from tui.core.items import WorkflowItem
from tui.core.plain import one_line
from tui.core.spec_verbs import SpecStage
from tui.dashboard import glyphs
from tui.dashboard.draft import Draft, meaning
from tui.dashboard.efforts import model_of
from tui.dashboard.row import Ink, Row, fit, middle
from tui.dashboard.spent import price
from tui.dashboard.state import DeckState
from tui.dashboard.words import model_id, tokens

Kind = Literal["type", "workflow", "all", "stage", "gate", "told"]

LABEL = 16
"""Where the drop-downs begin."""

INNER = 18
"""Cells of a drop-down's inside."""

ROOMY = 96
"""From this width on, price and context stand beside each stage."""


@dataclass(frozen=True, slots=True)
class FormLine:
    """A line of the form."""

    kind: Kind
    name: str = ""
    """Which field or stage, also of what is told under it."""
    stage: SpecStage | None = None
    text: str = ""
    ink: Ink = "dim"

    @property
    def passed_over(self) -> bool:
        """Whether it can't be chosen."""
        return self.kind in ("gate", "told")

    def same(self, other: FormLine) -> bool:
        """Whether it is that line, as it is now."""
        return (self.kind, self.name) == (other.kind, other.name)


def form_lines(draft: Draft, error: ErrorBody | None, preset: str | None) -> list[FormLine]:
    """All lines, each complaint under what it is about."""
    told = _told(draft, error)
    lines: list[FormLine] = []
    for kind, name, text in (
        ("type", "type", draft.type),
        ("workflow", "workflow", draft.workflow or "choose"),
        ("all", "preset", preset or "none"),
    ):
        lines.append(FormLine(kind, name, text=text))  # type: ignore[arg-type]
        lines += told.pop(name, [])
    for stage in draft.stages:
        lines.append(FormLine("gate" if stage.type == "approval" else "stage", stage.name, stage))
        lines += told.pop(stage.name, [])
    head = [line for name in ("title", "text") for line in told.pop(name, [])]
    rest = [line for some in told.values() for line in some]
    return [*head, *lines, *rest]


def _told(draft: Draft, error: ErrorBody | None) -> dict[str, list[FormLine]]:
    """What is wrong and what somebody else stored, by field or stage."""
    told: dict[str, list[FormLine]] = {}
    if error is not None:
        name, message = error.field or "", error.message
        news = [one for one in error.suggestions[:3] if one not in message]
        hint = f"; try {', '.join(news)}" if news else ""
        if name in ("stage_models", "stage_efforts"):
            where, colon, rest = message.partition(": ")
            if colon and any(one.name == where for one in draft.stages):
                name, message = where, rest
        asks = name == "workflow" and draft.workflow is None  # nothing is wrong yet: it has to be chosen
        text = one_line(f"{glyphs.WAITING if asks else glyphs.FAILED} {message}{hint}")
        told.setdefault(name, []).append(FormLine("told", name, text=text, ink="warn" if asks else "bad"))
    for stage in draft.stages:
        if stage.note and draft.choice(stage) == (stage.model, stage.effort) and not told.get(stage.name):
            told.setdefault(stage.name, []).append(
                FormLine("told", stage.name, text=one_line(f"{glyphs.LOST} {stage.note}"), ink="warn")
            )
    for name, stored in draft.theirs.items():
        text = (
            f"{glyphs.LOST} {name}: stored meanwhile is {one_line(stored, 200)!r}; yours is kept until you take theirs"
        )
        told.setdefault(name, []).append(FormLine("told", name, text=text, ink="warn"))
    return told


def line_row(line: FormLine, draft: Draft, state: DeckState, width: int) -> Row:
    """One line at this width."""
    if line.kind == "told":
        return Row("      ").add(line.text, line.ink).cut(width)
    if line.stage is None:
        row = Row(f" {_LABELS[line.kind]}", "text").to(LABEL).join(box(line.text))
        return row.add(f"  {_fact(line, draft, state)}", "dim").cut(width)
    stage = line.stage
    if line.kind == "gate":
        return Row(f"     {one_line(stage.name)}", "dim").to(LABEL).add("gate: you approve what came before it", "dim")
    on = draft.on(stage)
    model, effort = draft.choice(stage)
    row = Row(f" [{'x' if on else ' '}] ", "strong" if on and stage.runs else "dim")
    row.add(one_line(stage.name), "text" if on and stage.runs else "dim")
    row.to(LABEL).join(box(model or "nothing chosen", disabled=not on or not stage.runs))
    row.add(f" {effort or ''}".ljust(8), "text" if on else "dim").to(LABEL + INNER + 13)
    why = source(draft, stage, state)
    if width < ROOMY:
        return row.add(why, "dim").cut(width)
    reference, known = known_model(model, state)
    row.add(fit(why, 16), "dim").add(middle(one_line(model_id(reference)), 18), "text" if on else "dim").to(LABEL + 66)
    return row.add(facts(known), "dim").cut(width)


_LABELS: Mapping[str, str] = {"type": "type", "workflow": "workflow", "all": "all stages"}


def box(selector: str, *, disabled: bool = False) -> Row:
    """A drop-down; disabled it has other brackets, so that it is not told by colour alone."""
    left, right = ("( ", "  )") if disabled else ("[ ", f" {glyphs.DROP}]")
    ink: Ink = "dim" if disabled else "text"
    return Row(left, "dim").add(fit(middle(one_line(selector), INNER), INNER), ink).add(right, "dim")


def _fact(line: FormLine, draft: Draft, state: DeckState) -> str:
    if line.kind == "workflow":
        item = workflow_of(draft, state)
        return f"{one_line(item.title)}" if item else ""
    if line.kind == "all":
        presets = state.status.presets if state.status else ()
        return f"presets: {', '.join(presets)}" if presets else "no presets are configured"
    return "" if draft.base is None else f"version {draft.base.version}"


def workflow_of(draft: Draft, state: DeckState) -> WorkflowItem | None:
    """The draft's workflow."""
    return next((card.item for card in state.cards if card.name == draft.workflow), None)


def source(draft: Draft, stage: SpecStage, state: DeckState) -> str:
    """Where a stage's choice comes from, in two words."""
    item = workflow_of(draft, state)
    own = next((one.model for one in item.stages if one.name == stage.name), None) if item else None
    if not stage.runs:
        said = "not in workflow"
    elif not draft.on(stage):
        said = "off, kept"
    elif stage.name in draft.touched:
        said = "yours"
    elif draft.base is not None and not draft.reset:
        said = "stored"
    elif draft.every is not None:
        said = "for all"
    else:
        said = "workflow" if own is not None and own == stage.model else "stage table"
    return said


def known_model(selector: str | None, state: DeckState) -> tuple[str | None, Model | None]:
    """The reference that a selector means now, and what is known of that model."""
    reference = meaning(selector, {alias.name: alias.means for alias in state.aliases})
    return reference, model_of(reference, state.providers)


def facts(model: Model | None) -> str:
    """What a model costs and takes, in one line."""
    if model is None:
        return ""
    return f"{price(model):>13} {tokens(model.context):>5}{' image' if model.vision else ''}"


def good_for(line: FormLine | None, draft: Draft, state: DeckState, width: int) -> Row:
    """What the chosen line's model costs and is good for, whole."""
    if line is None or line.stage is None:
        return Row(" price in dollars per million tokens, in and out; then how many tokens fit in", "dim").cut(width)
    reference, model = known_model(draft.choice(line.stage)[0], state)
    row = Row(f" {one_line(line.stage.name)} ", "strong").add(
        f"{glyphs.ARROW} {one_line(reference or '?')}  ", "accent"
    )
    if model is None:
        return row.add("nothing is known of its price here", "dim").cut(width)
    effort = f" · effort {', '.join(model.efforts)}" if model.efforts else ""
    told = one_line(model.description or "")
    return row.add(f"{facts(model).strip()}{effort}{f' · {told}' if told else ''}", "dim").cut(width)
