"""What a card says of a spec: its type and title, what its first stage would run as and why, how far its runs are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tui.core.plain import one_line, plain
from tui.core.run import Run
from tui.core.spec_verbs import SpecItem, SpecStage
from tui.dashboard import glyphs
from tui.dashboard.cards import at_work_as, run_facts, trouble, why, work
from tui.dashboard.detail import at_work_rows
from tui.dashboard.face import Face
from tui.dashboard.obstacles import obstacle_rows, obstacles
from tui.dashboard.row import Row, middle, wrap
from tui.dashboard.words import ENDED, VERDICTS, chosen_as, clock, count, model_id, sent_as, state

CHOSEN = 9
"""Cells of a stage's selector in the detail pane."""

TEXT_LINES = 12
"""Lines of a spec's text that the detail pane shows."""


@dataclass(slots=True)
class Ticket:
    """A spec on the deck."""

    item: SpecItem
    plan: Run | None = None
    """What would run; ``None`` while it is being asked."""
    run: Run | None = None
    """The newest run that this window knows of."""

    @property
    def name(self) -> str:
        """The spec's id."""
        return self.item.spec.id

    @property
    def title(self) -> str:
        """Type and title, on one line."""
        return one_line(f"{self.item.spec.type} · {self.item.spec.title}")

    @property
    def live(self) -> bool:
        """Whether a run of it has not ended."""
        status = self.run.status if self.run is not None else self.item.status
        return status != "new" and status not in ENDED

    @property
    def task_id(self) -> str | None:
        """Its newest run."""
        return self.run.task_id if self.run is not None else self.item.task_id

    def lay(self, run: Run) -> None:
        """Take in a run of it, unless a newer one is known."""
        if self.run is None or (run.created_at or "") >= (self.run.created_at or ""):
            self.run = run

    def face(self, now: datetime) -> Face:
        """What it says."""
        steps = work(self.plan) if self.plan else []
        models = list(dict.fromkeys(step.sent for step in steps))
        return Face(
            name=self.name,
            title=self.title,
            pick=steps[0].asked if steps else None,
            effort=steps[0].effort if steps else None,
            sent=sent_as(steps[0], whole=True) if steps else None,
            others=max(len(models) - 1, 0),
            at_work=at_work_as(self.run, self.plan),
            reason=why(steps[0]) if steps else "",
            trouble=trouble(self.plan) if self.plan else None,
            facts=tuple(self._facts(now).pieces),
        )

    def _facts(self, now: datetime) -> Row:
        row = Row()
        live = self.run is not None and self.run.status not in ENDED
        if self.plan is not None and not live and (blocked := obstacles(self.plan)):
            return Row(f"{glyphs.FAILED} {blocked[0]}", "bad")
        if self.plan is not None and self.plan.steps:
            row.add(f"{count(len(self.plan.steps), 'stage')} · {one_line(self.plan.workflow)} · ", "dim")
        if self.run is not None:
            row.join(run_facts(self.run, now))
        elif self.item.task_id is None:
            row.add("new, never run", "dim")
        else:
            sign, word, ink = state(self.item.status)
            row.add(f"{sign} {word}", ink).add(f" {clock(self.item.at, now)}", "dim")
            verdict, verdict_ink = VERDICTS.get(self.item.verdict, (self.item.verdict, "warn"))
            if verdict:
                row.add(" ").add(verdict, verdict_ink)
        if self.item.stories:
            row.add(f" · {self.item.stories} {'story' if self.item.stories == 1 else 'stories'}", "dim")
        if self.item.spec.parent:
            row.add(" · a story", "dim")
        return row


def ticket_rows(ticket: Ticket | None, width: int, now: datetime) -> list[Row]:
    """What is known of the focused spec, at this width."""
    if ticket is None:
        return []
    spec = ticket.item.spec
    rows = [Row(ticket.name, "dim").add(f"   version {spec.version}", "dim").cut(width)]
    rows += [Row(line, "strong") for line in wrap(one_line(spec.title), width)]
    lines = wrap(plain(spec.text).strip(), width - 1) if spec.text.strip() else []
    rows += [Row(" ").add(line) for line in lines[:TEXT_LINES]]
    if len(lines) > TEXT_LINES:
        rows.append(Row(f" … {count(len(lines) - TEXT_LINES, 'more line')}", "dim"))
    rows += at_work_rows(ticket.run, ticket.plan, width)
    rows += [Row(), Row("Stages", "strong")]
    names = {stage.name for stage in ticket.item.stages}
    steps = {chosen_as(step, names): step for step in ticket.plan.steps} if ticket.plan else {}
    for stage in ticket.item.stages:
        step = steps.get(stage.name)
        rows.append(_stage(stage, step.sent if step is not None else None, width))
    if ticket.plan is not None and (refused := trouble(ticket.plan)):
        rows += [Row(f" {line}", "bad") for line in wrap(f"{glyphs.FAILED} {refused}", width - 1)]
    if ticket.plan is not None:
        rows += obstacle_rows(ticket.plan, width)
    rows += [Row(), Row("Newest run", "strong")]
    rows.append(
        Row(" ").join(run_facts(ticket.run, now) if ticket.run else Row(_status(ticket.item), "dim")).cut(width)
    )
    return rows


def _status(item: SpecItem) -> str:
    return "none yet" if item.status == "new" else state(item.status)[1]


def _stage(stage: SpecStage, sent: str | None, width: int) -> Row:
    mark = "[x]" if stage.selected and stage.runs else "[ ]"
    row = Row(f" {mark} ", "text" if stage.runs else "dim").add(stage.name, "text" if stage.selected else "dim").to(16)
    if stage.type == "approval":
        row.add("gate", "dim")
    elif not stage.runs:
        row.add("not in its workflow", "dim")
    else:
        row.add(middle(stage.model or "none", CHOSEN - 1), "text" if stage.selected else "dim").to(16 + CHOSEN)
        if sent:
            row.add(middle(model_id(sent), max(width - 16 - CHOSEN, 8)), "dim")
    return row.cut(width)
