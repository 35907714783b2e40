"""The detail pane: why this model, the stages, the newest run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.core.plain import one_line
from tui.dashboard import glyphs
from tui.dashboard.cards import at_work, run_facts, trouble, why, work
from tui.dashboard.obstacles import obstacle_rows
from tui.dashboard.row import Row, middle, wrap
from tui.dashboard.words import rehearsed, sent_as

if TYPE_CHECKING:
    from tui.core.run import Run
    from tui.dashboard.state import Card, DeckState

LAST_RUNS = 5


def detail_rows(state: DeckState, card: Card | None, width: int) -> list[Row]:
    """What is known of the focused card, at this width."""
    if card is None:
        return []
    rows = at_work_rows(card.run, card.plan, width)
    heading = Row("Why this model", "strong")
    rows += [Row(), heading.add(", for the next start", "dim")] if rows else [heading]
    rows += _why(card, width)
    rows += [Row(), Row("Stages", "strong"), *_stages(card, width)]
    runs = [run for run in state.newest_runs() if run.workflow == card.name][:LAST_RUNS]
    rows += [Row(), Row("Last runs", "strong")]
    rows += [Row(" ").join(run_facts(run, state.now())).cut(width) for run in runs] or [Row(" none yet", "dim")]
    if card.item.description:
        rows += [Row(), *(Row(line, "dim") for line in wrap(one_line(card.item.description), width))]
    return rows


def at_work_rows(run: Run | None, plan: Run | None, width: int) -> list[Row]:
    """Return the models of the run that goes on; nothing where the next start would use the same."""
    now = at_work(run, plan)
    if run is None or now is None:
        return []
    rows = [Row("Runs now", "strong").add(", with the models that it began with", "dim").cut(width)]
    for step in work(run):
        row = Row(f" {glyphs.RUNNING if step.index == now.index else ' '} ", "busy")
        row.add(middle(one_line(step.name), 10)).to(14)
        rows.append(row.add(middle(sent_as(step), max(width - 14, 8))).cut(width))
    return rows


def _why(card: Card, width: int) -> list[Row]:
    if card.plan is None:
        return [Row(" not known yet", "dim")]
    if refused := trouble(card.plan):
        return [Row(f" {line}", "bad") for line in wrap(refused, width - 1)]
    rows = []
    for step in work(card.plan)[:1]:
        picked = f"picked here: {card.pick}" if card.pick else "nothing picked on this card"
        rows.append(Row(f" {one_line(picked)}", "dim"))
        rows += [Row(f" {line}") for line in wrap(why(step), width - 1)]
        rows.append(Row(f" {glyphs.ARROW} {middle(sent_as(step, whole=True), width - 3)}", "accent"))
    rows += obstacle_rows(card.plan, width)
    warned = [warning for step in card.plan.steps for warning in step.warnings]
    for warning in dict.fromkeys(warned):
        rows += [Row(f" {glyphs.LOST} {line}", "warn") for line in wrap(one_line(warning), width - 3)]
    return rows


ROOMY = 52
"""From this width on stages and agents have more room."""


def _stages(card: Card, width: int) -> list[Row]:
    rows = []
    name = 10 if width < ROOMY else 18
    steps = {step.index: step for step in card.plan.steps} if card.plan else {}
    for index, stage in enumerate(card.item.stages):
        row = Row(f" {index + 1} ", "dim").add(middle(one_line(stage.label), name)).to(name + 4)
        step = steps.get(index)
        if stage.type == "approval":
            row.add("gate: you approve", "dim")
        elif step is not None:
            agent = one_line(step.agent or "")
            if rehearsed(step) and "rehearsal" not in agent:
                agent += " rehearsal"
            row.add(
                middle(sent_as(step), max(width - name - 4 - min(len(agent) + 1, 10 if width < ROOMY else 20), 8))
            ).add(f" {agent}", "dim")
        rows.append(row.cut(width))
    return rows
