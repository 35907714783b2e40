"""Every builder of rows ends at every width, and what it builds fits when it is painted."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.dashboard.clerk import STAGES
from tests.dashboard.fake import ALIASES, NOW, Executor, _needs
from tests.dashboard.hostile import (
    ATTEMPT,
    FAILED,
    FAMILY,
    NASTY,
    PROVIDERS,
    WAITS_FOR_ANSWER,
    Hostile,
    nasty,
    plan,
)
from tui.core.errors import ErrorBody
from tui.core.items import AliasItem
from tui.core.plain import plain
from tui.core.run import Run, RunStatus
from tui.dashboard import (
    again_rows,
    between,
    chrome,
    detail,
    face,
    facts,
    form_rows,
    obstacles,
    row,
    run_rows,
    shelf,
    start_rows,
    starts,
    tickets,
    timeline,
    words,
)
from tui.dashboard.desk import Desk
from tui.dashboard.draft import Draft
from tui.dashboard.row import Row
from tui.dashboard.state import Card, DeckState
from tui.dashboard.stray import Stray

DASHBOARD = Path(row.__file__).parent
WIDTHS = range(251)
MOST = 20_000
"""Rows that no builder exceeds, however narrow."""

HOSTILE = Hostile()
STATE = DeckState(Path(f"/shop/{NASTY}"), lambda: NOW)
STATE.status, STATE.providers, STATE.runs = HOSTILE.status, PROVIDERS, dict(HOSTILE.runs)
STATE.aliases = tuple(AliasItem(name, means) for name, means in ALIASES.items())
STATE.needs = {provider.id: _needs(provider) for provider in PROVIDERS}
STATE.cards = [
    Card(item, plan=nasty(plan()), run=run, pick=f"tag:{NASTY}", effort="high")
    for item, run in zip(HOSTILE.workflows, HOSTILE.runs.values(), strict=False)
]
DESK = Desk(STATE, Executor, lambda _: None, Stray(lambda: 0.0))
PLAN = plan()
READY = replace(PLAN, error=None, steps=tuple(replace(step, error=None) for step in PLAN.steps))
LINES = shelf.stocked(PROVIDERS)
SPEC = HOSTILE.specs[0]
DRAFT = Draft.of(replace(SPEC, stages=tuple(replace(stage, name=f"{stage.name} {NASTY}") for stage in STAGES)))
DRAFT.theirs = {"title": NASTY, DRAFT.stages[0].name: NASTY}
FORM = form_rows.form_lines(DRAFT, ErrorBody("request", NASTY, (NASTY,), field="workflow"), NASTY)
SHOWN = start_rows.Shown(frozenset({0}), NASTY, NASTY, PROVIDERS)
START = start_rows.start_lines(PLAN, READY)

Built = Iterable[Row | str | None]


def of_runs(build: Callable[[Run], Built]) -> list[Row | str | None]:
    return [built for run in list(STATE.runs.values())[:5] for built in build(run)]


def asked(width: int) -> Built:
    question = between.question_of(STATE.runs[WAITS_FOR_ANSWER])
    assert question is not None
    return between.question_rows(*question, width, answer="enter", whole="h")


TABLE: dict[str, Callable[[int], Built]] = {
    "run_rows.run_heading": lambda width: [run_rows.run_heading(width)],
    "run_rows.run_row": lambda width: [
        run_rows.run_row(run, width, NOW)
        for run in (STATE.runs[FAILED], replace(STATE.runs[FAILED], input=NASTY, title=NASTY))
    ],
    "again_rows.again_heading": lambda width: [again_rows.again_heading(width)],
    "again_rows.again_row": lambda width: [
        again_rows.again_row(line, frozenset({0}), width)
        for line in again_rows.again_lines(STATE.runs[FAILED], nasty(PLAN), width)
    ],
    "again_rows.again_told": lambda width: [
        built
        for lines in [again_rows.again_lines(STATE.runs[FAILED], nasty(PLAN), width)]
        for line in lines
        for built in again_rows.again_told(lines, line, NASTY, width)
    ],
    "between.passed_rows": lambda width: of_runs(
        lambda run: [built for step in run.steps for built in between.passed_rows(run, step, width, NOW)]
    ),
    "between.question_rows": asked,
    "chrome.footer": lambda width: [
        chrome.footer(DESK, (scope, "everywhere"), lambda _: True, width) for scope in ("workflows", "run", "form")
    ],
    "chrome.header": lambda width: [chrome.header(DESK, place, width) for place in ("workflows", "models")],
    "detail.at_work_rows": lambda width: [
        built
        for run in STATE.runs.values()
        for built in detail.at_work_rows(replace(run, status=RunStatus.RUNNING), None, width)
    ],
    "detail.detail_rows": lambda width: [
        built for card in STATE.cards for built in detail.detail_rows(STATE, card, width)
    ],
    "face.drop_down": lambda width: [face.drop_down(NASTY, width), face.drop_down(None, width)],
    "face.face_rows": lambda width: [
        built
        for card in STATE.cards
        for stale in (True, False)
        for built in face.face_rows(card.face(NOW), width=width, focused=stale, stale=stale)
    ],
    "facts.fact_rows": lambda width: [
        built for line in LINES[:20] for built in facts.fact_rows(line, width, NOW, STATE.needs)
    ],
    "form_rows.box": lambda width: [form_rows.box(NASTY, width), form_rows.box("opus", width, disabled=True)],
    "form_rows.good_for": lambda width: [
        built for line in FORM for built in form_rows.good_for(line, DRAFT, STATE, width)
    ],
    "form_rows.line_row": lambda width: [form_rows.line_row(line, DRAFT, STATE, width) for line in FORM],
    "obstacles.obstacle_rows": lambda width: obstacles.obstacle_rows(nasty(PLAN), width),
    "row.fact": lambda width: row.fact(NASTY, NASTY, width, 12),
    "row.fit": lambda width: [row.fit(NASTY, width)],
    "row.middle": lambda width: [row.middle(NASTY, width)],
    "row.wrap": lambda width: row.wrap(NASTY, width),
    "shelf.columns": lambda width: [shelf.columns(width)],
    "shelf.line_row": lambda width: [shelf.line_row(line, width, NOW, STATE.needs) for line in LINES],
    "start_rows.heading": lambda width: [start_rows.heading(width)],
    "start_rows.line_row": lambda width: [start_rows.line_row(line, SHOWN, width) for line in START],
    "start_rows.told_rows": lambda width: [
        built
        for shown in (PLAN, READY)
        for line in START
        for built in start_rows.told_rows(line, shown, SHOWN, NASTY, width)
    ],
    "starts.start_rows": lambda width: starts.start_rows((ATTEMPT, ATTEMPT), width, NOW),
    "tickets.ticket_rows": lambda width: [
        built
        for item in HOSTILE.specs
        for built in tickets.ticket_rows(tickets.Ticket(item, PLAN, STATE.runs[FAILED]), width, NOW)
    ],
    "timeline.entry_row": lambda width: of_runs(
        lambda run: [timeline.entry_row(entry, width, NOW) for entry in timeline.entries(run)]
    ),
    "timeline.heading": lambda width: [timeline.heading(width)],
    "words.selector": lambda width: [words.selector(NASTY, width)],
}
"""Every builder by its module and name. A new one has to be put here; screens' own are in ``test_resize``."""


def test_no_builder_of_rows_is_missing_from_the_table() -> None:
    found = set()
    for file in DASHBOARD.rglob("*.py"):
        for node in ast.parse(file.read_text("utf-8")).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_") or node.returns is None:
                continue
            takes = {one.arg for one in (*node.args.args, *node.args.kwonlyargs)}
            gives = ast.unparse(node.returns)
            if takes & {"width", "inner", "room"} and ("Row" in gives or "str" in gives):
                found.add(f"{file.stem}.{node.name}")
    assert found == set(TABLE)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", TABLE)
def test_a_builder_ends_at_every_width_and_what_it_builds_can_be_painted(name: str) -> None:
    for width in WIDTHS:
        built = list(TABLE[name](width))
        assert len(built) < MOST, width
        for one in built:
            painted = one if isinstance(one, Row) else Row(one or "")
            assert painted.text.isprintable() or FAMILY[1] in painted.text, width
            painted.cut(width)
            assert painted.width == sum(cell_len(text) for text, _ in painted.pieces) <= width


hostile = st.text(st.sampled_from("a \n漢🙂\u0301\u200d\ufe0f❤\x1b"), max_size=30)


@given(hostile, st.integers(-5, 20))
def test_small_pieces_of_text_have_no_width_that_they_never_end_at(text: str, width: int) -> None:
    text, room = plain(text), max(width, 0)
    assert cell_len(row.fit(text, width)) == room
    assert cell_len(row.middle(text, width)) <= room
    assert Row(text).add(text, "dim").cut(width).width <= room
    assert Row(text).to(width).width == room
    assert Row(text).right(Row(text), width).width <= room
    lines = row.wrap(text, width)
    assert all(cell_len(line) <= max(width, 2) for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")


def test_a_long_word_is_broken_in_time_that_grows_with_its_length_alone() -> None:
    assert len(row.wrap("漢" * 200_000, 80)) == 5000
