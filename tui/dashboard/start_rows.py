"""The start dialog's lines: the whole run, then every stage with its model, agent, permission, price and reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from tui.core.plain import one_line
from tui.core.run import Run, RunStatus, Step
from tui.dashboard import glyphs
from tui.dashboard.cards import trouble, why, work
from tui.dashboard.efforts import model_of
from tui.dashboard.face import drop_down
from tui.dashboard.obstacles import obstacle_rows
from tui.dashboard.row import Ink, Row, fit, middle, wrap
from tui.dashboard.spent import money, price
from tui.dashboard.words import all_rehearsed, count, label, part_of, rehearsed, sent_as, tokens

if TYPE_CHECKING:
    from tui.core.catalog import Provider

WIDE = 96
"""From this width on the agent and the permission have columns; below, they are told of the chosen stage."""

BROAD = 140
"""From this width on every column has room for whole names."""

MOST_TOLD = 5
"""Rows under the list, so that there is room for stages at twenty-four lines."""


@dataclass(frozen=True, slots=True)
class StartLine:
    """A line of the dialog."""

    kind: Literal["run", "head", "step", "gate", "told"]
    step: Step | None = None
    text: str = ""
    ink: Ink = "dim"

    @property
    def passed_over(self) -> bool:
        """Whether it can't be chosen."""
        return self.kind in ("head", "gate", "told")

    @property
    def index(self) -> int | None:
        """Which step it is; ``None``: the whole run."""
        return self.step.index if self.step is not None and self.kind == "step" else None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the lines are drawn from, beside the plan."""

    picked: frozenset[int] = field(default_factory=frozenset)
    """Steps that were picked by themselves."""
    model: str | None = None
    """What was picked for the whole run."""
    effort: str | None = None
    providers: Sequence[Provider] = ()
    warning: Sequence[Row] = ()
    """What the first press of the start key said."""


def start_lines(plan: Run | None, without: Run | None) -> list[StartLine]:
    """The run's own line and its steps; under each what would run ``without`` the picks, where that is asked."""
    lines = [StartLine("run")]
    if plan is None:
        return [*lines, StartLine("told", text="asking what would run …")]
    before = {step.index: step for step in without.steps} if without is not None else {}
    stage = None
    for step in plan.steps:
        if step.part and step.stage != stage:
            lines.append(StartLine("head", step, one_line(step.stage)))
        stage = step.stage if step.part else None
        lines.append(StartLine("gate" if step.type == "approval" else "step", step))
        if step.error is not None:
            lines.append(StartLine("told", step, f"{glyphs.FAILED} {one_line(step.error.message)}", "bad"))
        for one in step.obstacles:
            told = f"{glyphs.FAILED} can't start here: {one_line(one.message)}"
            lines.append(StartLine("told", step, told, "bad"))
        other = before.get(step.index)
        if other is not None and (other.sent, other.effort) != (step.sent, step.effort):
            told = f"without picks: {runs_as(other)} · {why(other)}"
            lines.append(StartLine("told", step, told, "warn"))
    return lines


def runs_as(step: Step) -> str:
    """The model, and the effort where there is one."""
    model = sent_as(step)
    return f"{model} {step.effort}" if step.effort else model


def _columns(width: int) -> tuple[int, int, int, int, int, int]:
    """Where model, runs as, agent, may, price and by begin; what has no room begins at 0."""
    if width >= BROAD:
        return (20, 54, 80, 98, 104, 117)
    return (15, 33, 52, 62, 67, 78) if width >= WIDE else (15, 33, 0, 0, 52, 63)


def heading(width: int) -> Row:
    """The names of the columns."""
    row = Row("    stage", "dim")
    for name, at in zip(("model", "runs as", "agent", "may", "$ per M", "by"), _columns(width), strict=True):
        if at:
            row.to(at).add(name, "dim")
    return row.cut(width)


def line_row(line: StartLine, shown: Shown, width: int) -> Row:
    """One line at this width."""
    model_at, runs_at, agent_at, may_at, price_at, by_at = _columns(width)
    inner = runs_at - model_at - 6
    if line.kind == "head":
        return Row("    ").add(line.text, "dim").cut(width)
    if line.kind == "told":
        return Row("     ").add(line.text, line.ink).cut(width)
    if line.step is None:
        row = Row("    run model", "strong").to(model_at).join(drop_down(_both(shown.model, shown.effort), inner))
        return row.to(runs_at).add("for every stage that is not picked by itself", "dim").cut(width)
    step = line.step
    row = Row(f"{step.index + 1:>3} ", "dim").add(fit(part_of(step), model_at - 5)).to(model_at)
    if line.kind == "gate":
        return row.add("gate: waits until you approve", "dim").cut(width)
    box = drop_down(_both(step.asked or "inherit", step.effort), inner)
    if step.index not in shown.picked:
        box.pieces = [(text, "text" if ink == "pick" else ink) for text, ink in box.pieces]
    row.join(box).to(runs_at).add(middle(sent_as(step), (agent_at or price_at) - runs_at - 1))
    if agent_at:
        row.to(agent_at).add(middle(one_line(step.agent or "?"), may_at - agent_at - 1), "dim")
        row.to(may_at).add(step.permission or "", "dim")
    row.to(price_at).add(_price(step, shown), "dim")
    return row.to(by_at).add(why(step), "dim").cut(width)


def _both(model: str | None, effort: str | None) -> str | None:
    return f"{model or 'inherit'} {effort}" if effort else model


def _price(step: Step, shown: Shown) -> str:
    if rehearsed(step):
        return "rehearsal"
    return price(model_of(step.sent, shown.providers)).removeprefix("price ")


def told_rows(line: StartLine | None, plan: Run | None, shown: Shown, earlier: str, width: int) -> list[Row]:
    """What is wrong first, then the facts of the chosen line, then what to know of the whole."""
    rows: list[Row] = []
    if plan is None:
        return rows
    rows += shown.warning
    if refused := trouble(plan):
        rows += [Row(f" {text}", "bad") for text in wrap(f"{glyphs.FAILED} {refused}", width - 1)]
    chosen = line.step if line is not None and line.kind == "step" else None
    rows += obstacle_rows(replace(plan, steps=(chosen,)) if chosen is not None else plan, width)
    if chosen is not None:
        rows += _facts(chosen, shown, width)
    warnings = [warning for step in plan.steps for warning in step.warnings]
    for warning in dict.fromkeys([*([plan.note] if plan.note else []), *warnings]):
        rows += [Row(f" {text}", "warn") for text in wrap(f"{glyphs.LOST} {one_line(warning)}", width - 1)]
    if all_rehearsed(plan):
        rows.append(Row(" a rehearsal: no model runs, nothing is spent", "dim"))
    elif earlier:
        rows.append(Row(f" {earlier}", "dim"))
    if len(rows) > MOST_TOLD:
        rows[MOST_TOLD - 1 :] = [Row(f" {glyphs.CUT} {count(len(rows) - MOST_TOLD + 1, 'more line')}", "dim")]
    return rows


def _facts(step: Step, shown: Shown, width: int) -> list[Row]:
    model = model_of(step.sent, shown.providers)
    row = Row(f" {label(step)} ", "strong").add(f"{glyphs.ARROW} {sent_as(step, whole=True)}", "accent")
    if model is not None:
        levels = f" · effort {' '.join(model.efforts)}" if model.efforts else ""
        sees = " · image" if model.vision else ""
        row.add(f"  {price(model)} per M · {tokens(model.context)} context{sees}{levels}", "dim")
    elif step.sent:
        row.add("  nothing is known of its price here", "dim")
    by = Row(f"   {why(step)}", "dim").add(f" · {one_line(step.agent or '?')} may {step.permission or '?'}", "dim")
    return [row.cut(width), by.cut(width)]


def earlier_costs(runs: Sequence[Run], workflow: str) -> str:
    """What runs of the workflow that went to their end cost, as far as all of it is known; empty where none is."""
    costs = []
    for run in runs:
        steps = [step for step in work(run) if step.status != "skipped"]
        known = [step.cost.usd for step in steps if step.cost is not None and step.cost.usd and not rehearsed(step)]
        if run.workflow == workflow and run.status is RunStatus.SUCCEEDED and steps and len(known) == len(steps):
            costs.append(sum(map(Decimal, known)))
    if not costs:
        return ""
    low, high = money(str(min(costs))), money(str(max(costs)))
    amount = f"${low}" if low == high else f"${low} to ${high}"
    return f"{count(len(costs), 'earlier run')} of it cost {amount}"
