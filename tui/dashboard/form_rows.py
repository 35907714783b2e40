"""The lines of the spec form: its fields, its stages, and what the executor says of each, at its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from tui.core.catalog import Model
from tui.core.errors import ErrorBody
from tui.core.items import WorkflowItem
from tui.core.plain import one_line
from tui.core.spec_verbs import SpecStage
from tui.dashboard import glyphs
from tui.dashboard.chrome import home_short
from tui.dashboard.draft import Draft, meaning
from tui.dashboard.efforts import model_of
from tui.dashboard.row import Ink, Row, fit, middle
from tui.dashboard.spent import price
from tui.dashboard.state import DeckState
from tui.dashboard.words import count, model_id, tokens

Kind = Literal["field", "stage", "gate", "told"]

LABEL = 16
"""Where the drop-downs begin."""

INNER, NARROW_INNER = 18, 14
"""Cells of a drop-down's inside."""

LABELS: Mapping[str, str] = {
    "type": "type",
    "workflow": "workflow",
    "preset": "all stages",
    "model_set": "model set",
    "attachments": "files",
    "project": "folder",
    "parent": "story of",
}
"""The fields that have a line, by the names that the executor's complaints have for them."""

PATCH = "a patch is one step without stages; its card tells what it would run as"

CYCLES = frozenset({"type", "workflow", "preset", "model_set"})
"""Fields whose key takes the next value; the others open something."""
ABOVE = ("type", "workflow", "preset")
"""Those that stand over the stages; the others are seldom changed."""

ROOMY = 96
"""From this width on, the model itself stands beside each stage."""

FACTS = 23
"""Cells of what a model costs, how much it takes in, and whether it sees images."""


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


def heading(draft: Draft, above: str | None) -> str:
    """What is written, and which one it is; ``above`` is the title of the spec that it is a story of."""
    what = f"New {draft.type}" if draft.base is None else f"{draft.type.capitalize()} {draft.base.id}"
    return one_line(f'{what} of "{above}"' if above and draft.type == "story" else what)


def form_lines(draft: Draft, error: ErrorBody | None, above: str | None) -> list[FormLine]:
    """All lines, each complaint under what it is about; ``above`` is the title of the spec that it is a story of."""
    told = _told(draft, error)
    texts = {
        "type": draft.type,
        "workflow": draft.flow or "choose",
        "preset": draft.in_force or "none",
        "model_set": str(draft.model_set or draft.usual_set or ("none" if draft.base else "usual")),
        "attachments": ", ".join(PurePath(one.path).name for one in draft.attachments) or "none",
        "project": draft.project or "here",
        "parent": above or draft.parent or "nobody",
    }
    fields = {name: [FormLine("field", name, text=texts[name]), *told.pop(name, [])] for name in LABELS}
    stages = [FormLine("told", text=PATCH)] if draft.type == "patch" else []
    for stage in draft.stages if draft.type != "patch" else ():
        stages.append(FormLine("gate" if stage.type == "approval" else "stage", stage.name, stage))
        stages += told.pop(stage.name, [])
    head = [line for name in ("title", "text") for line in told.pop(name, [])]
    rest = [line for some in told.values() for line in some]
    first = [line for name in ABOVE for line in fields.pop(name)]
    return [*head, *first, *stages, *(line for some in fields.values() for line in some), *rest]


def asked_for(draft: Draft, error: ErrorBody | None) -> str | None:
    """The field that has to be chosen before anything else can be told: nothing is wrong with it yet."""
    return "workflow" if error is not None and error.field == "workflow" and draft.flow is None else None


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
        asks = asked_for(draft, error) == name
        text = one_line(f"{glyphs.WAITING if asks else glyphs.FAILED} {message}{hint}")
        told.setdefault(name, []).append(FormLine("told", name, text=text, ink="warn" if asks else "bad"))
    for stage in draft.stages:
        if told.get(stage.name) or draft.choice(stage) != (stage.model, stage.effort):
            continue
        if stage.note:
            text = one_line(f"{glyphs.LOST} {stage.note}")
            told[stage.name] = [FormLine("told", stage.name, text=text, ink="warn")]
        elif stage.refusal and draft.on(stage):
            text = one_line(f"{glyphs.FAILED} can't start here: {stage.refusal}")
            told[stage.name] = [FormLine("told", stage.name, text=text, ink="bad")]
    for name, stored in draft.theirs.items():
        text = f"{glyphs.LOST} {name}: stored meanwhile is {one_line(stored, 200)!r}; yours stays till you take theirs"
        told.setdefault(name, []).append(FormLine("told", name, text=text, ink="warn"))
    return told


def line_row(line: FormLine, draft: Draft, state: DeckState, width: int) -> Row:
    """One line at this width."""
    inner = INNER if width >= ROOMY else NARROW_INNER
    if line.kind == "told":
        return Row("      ").add(line.text, line.ink).cut(width)
    if line.stage is None:
        sign = glyphs.CYCLE if line.name in CYCLES else glyphs.DROP
        row = Row(f" {LABELS[line.name]}", "text").to(LABEL).join(box(line.text, inner, sign=sign))
        return row.add(f"  {_fact(line, draft, state)}", "dim").cut(width)
    stage = line.stage
    if line.kind == "gate":
        return Row(f"     {one_line(stage.name)}", "dim").to(LABEL).add("gate: you approve what came before it", "dim")
    on = draft.on(stage)
    live = on and stage.runs
    model, effort = draft.choice(stage)
    row = Row(f"     {glyphs.PART} " if stage.follows else f" [{'x' if on else ' '}] ", "strong" if live else "dim")
    row.add(middle(one_line(stage.name.removeprefix(f"{stage.follows}/")), LABEL - 6), "text" if live else "dim")
    row.to(LABEL).join(box(model or "nothing chosen", inner, disabled=not live))
    row.add(f" {effort or ''}", "text" if on else "dim").to(LABEL + inner + 11)
    why = source(draft, stage)
    reference, known = known_model(model, state)
    if width >= ROOMY:
        row.add(fit(why, 16), "dim").add(middle(one_line(model_id(reference)), 18), "text" if on else "dim")
        row.to(width - FACTS)
    else:
        row.add(fit(why, 12), "dim")
    return row.add(facts(known), "dim").cut(width)


def box(selector: str, inner: int = INNER, *, disabled: bool = False, sign: str = glyphs.DROP) -> Row:
    """A drop-down; disabled it has other brackets, so that it is not told by colour alone."""
    left, right = ("( ", "  )") if disabled else ("[ ", f" {sign}]")
    ink: Ink = "dim" if disabled else "text"
    return Row(left, "dim").add(fit(middle(one_line(selector), inner), inner), ink).add(right, "dim")


def _fact(line: FormLine, draft: Draft, state: DeckState) -> str:
    item = workflow_of(draft, state)
    presets = state.status.presets if state.status else ()
    facts = {
        "type": f"version {draft.base.version}" if draft.base is not None else "",
        "workflow": f"serves a {draft.type}" if draft.serves else item.title if item else "",
        "preset": f"presets: {', '.join(presets)}" if presets else "no presets are configured",
        "model_set": "where no stage has a model",
        "attachments": count(len(draft.attachments), "file") if draft.attachments else "they go with the work",
        "project": draft.project or home_short(state.project),
        "parent": draft.parent or "",
    }
    return one_line(facts[line.name])


def workflow_of(draft: Draft, state: DeckState) -> WorkflowItem | None:
    """The draft's workflow."""
    return next((card.item for card in state.cards if card.name == draft.flow), None)


def source(draft: Draft, stage: SpecStage) -> str:
    """Where a stage's choice comes from, in two words."""
    if draft.flow is None:
        said = "no workflow"
    elif not stage.runs:
        said = "not used"
    elif not draft.on(stage):
        said = "off, kept"
    elif stage.name in draft.touched:
        said = "yours"
    elif draft.choice(stage) == (None, None):
        said = "inherits"
    elif draft.base is not None and not draft.reset:
        said = "stored"
    elif draft.every is not None:
        said = "for all"
    else:
        said = "workflow" if stage.own is not None and stage.own == stage.model else "stage table"
    return said


def known_model(selector: str | None, state: DeckState) -> tuple[str | None, Model | None]:
    """The reference that a selector means now, and what is known of that model."""
    reference = meaning(selector, {alias.name: alias.means for alias in state.aliases}) or _by_id(selector, state)
    return reference, model_of(reference, state.providers)


def _by_id(selector: str | None, state: DeckState) -> str | None:
    """Return the reference of a bare id that exactly one provider offers, of those that can be used first."""
    for usable in (True, False):
        found = [
            f"{provider.id}/{model.id}"
            for provider in state.providers
            for model in provider.models
            if model.id == selector and provider.usable is usable
        ]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def facts(model: Model | None) -> str:
    """What a model costs and takes, in one line."""
    if model is None:
        return ""
    return f"{price(model).removeprefix('price '):>10} {tokens(model.context):>5}{' image' if model.vision else ''}"


def good_for(line: FormLine | None, draft: Draft, state: DeckState, width: int) -> list[Row]:
    """What the chosen line's model costs and is good for, in two rows."""
    if line is None or line.stage is None:
        told = " beside a stage: $ per million tokens in/out · how many fit in · sees images"
        return [Row(told, "dim").cut(width), Row()]
    reference, model = known_model(draft.choice(line.stage)[0], state)
    row = Row(f" {one_line(line.stage.name)} ", "strong").add(
        f"{glyphs.ARROW} {one_line(reference or '?')}  ", "accent"
    )
    if model is None:
        return [row.add("nothing is known of its price here", "dim").cut(width), Row()]
    cost = price(model)
    row.add(f"{cost if model.price is None else f'{cost} per M'} · {tokens(model.context)} context", "dim")
    able = (("images", model.vision), ("tools", model.tools), ("reasoning", model.reasoning))
    good = [word for word, known in able if known]
    good += [f"effort {', '.join(model.efforts)}"] if model.efforts else []
    told = " · ".join([*good, *([model.description] if model.description else [])])
    return [row.cut(width), Row(f"   {one_line(told, 400)}", "dim").cut(width)]
