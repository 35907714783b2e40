"""What stays readable where there is little room, and what uses the room where there is much."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.dashboard.conftest import connected, make, screen_text, until
from tests.dashboard.fake import NOW, OPUS, PROVIDERS, SONNET
from tests.dashboard.office import Office, ended
from tui.core.errors import ErrorBody
from tui.core.resolution import TraceRow
from tui.core.run import Cost, Run, RunStatus, Step, StepStatus
from tui.dashboard.form_rows import facts, known_model
from tui.dashboard.row import Row
from tui.dashboard.run_rows import run_heading, run_row
from tui.dashboard.screens.trace import _tier_rows
from tui.dashboard.state import DeckState
from tui.dashboard.timeline import entries, entry_row, heading

REMEDY = "claude knows no command /implement here; make it the project's own with settings: project, or leave it out"


def test_a_cut_leaves_a_blank_before_what_follows() -> None:
    assert Row("a medium effort").to(8).add("workflow").text == "a medi… workflow"
    assert Row("exactly ").to(8).add("so").text == "exactly so"
    assert Row("all of it").to(0).add("gone").text == "gone"


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_remedy_of_an_error_is_read_whole(width: int) -> None:
    step = Step(0, "implement", status=StepStatus.FAILED, error=ErrorBody("agent", REMEDY))
    run = Run("r_1", "workflow", "build", RunStatus.FAILED, (step,), error=step.error)
    rows = [entry_row(entry, width, NOW) for entry in entries(run, width)]
    assert max(row.width for row in rows) <= width
    said = " ".join(row.text.strip(" !") for row in rows[1:])
    assert said == REMEDY
    other = replace(run, error=ErrorBody("machine", "the disk is full"))
    assert any("the disk is full" in entry_row(entry, width, NOW).text for entry in entries(other, width))


def test_steps_that_were_skipped_are_no_progress_of_a_run_that_failed() -> None:
    steps = (
        Step(0, "plan", status=StepStatus.SUCCEEDED, verdict="differs"),
        Step(1, "build", status=StepStatus.SKIPPED),
        Step(2, "review", status=StepStatus.SKIPPED),
    )
    assert Run("r_1", "workflow", "build", RunStatus.FAILED, steps).behind == 1
    assert Run("r_1", "workflow", "build", RunStatus.SUCCEEDED, steps).behind == 3


@pytest.mark.parametrize("width", [118, 120, 200])
def test_the_cost_has_its_heading(width: int) -> None:
    step = Step(0, "plan", sent=OPUS, status=StepStatus.SUCCEEDED, cost=Cost("0.012"), started_at=NOW.isoformat())
    (entry,) = entries(Run("r_1", "workflow", "build", RunStatus.SUCCEEDED, (step,)))
    assert heading(width).text.index("cost") == entry_row(entry, width, NOW).text.index("$0.012")


def test_a_note_below_the_tiers_is_not_counted_as_one() -> None:
    (tier,) = _tier_rows(TraceRow(14, "agent default", "not reached"), 100)
    (note,) = _tier_rows(TraceRow(16, "effort", "note", "high"), 100)
    assert tier.text.split()[0] == "14"
    assert note.text.split()[0] == "effort"


@pytest.mark.parametrize("width", [60, 80, 100, 120, 150, 200])
def test_two_runs_of_one_workflow_are_told_apart(width: int) -> None:
    one, two = (replace(ended(number, sent=SONNET), input=text) for number, text in ((1, "the tax"), (2, "the cart")))
    rows = [run_row(run, width, NOW).text for run in (one, two)]
    assert "the tax" in rows[0]
    assert "the cart" in rows[1]
    heads = run_heading(width).text.split()
    assert heads == [
        name for name in ("run", "workflow", "task", "asked", "started", "took", "cost", "state") if name in heads
    ]
    assert ("r_0001" in rows[0]) is ("run" in heads)
    assert {"started", "took", "cost"} <= set(heads) or width < 110


@pytest.mark.parametrize(("size", "left_out"), [((80, 24), True), ((250, 40), False)])
async def test_the_footer_says_when_there_are_more_keys(size: tuple[int, int], left_out: bool) -> None:
    async with make(Office()).run_test(size=size) as pilot:
        await connected(pilot)
        await until(pilot, lambda: "? help" in screen_text(pilot).splitlines()[-1], "the footer")
        assert ("…" in screen_text(pilot).splitlines()[-1]) is left_out
        assert "shop · trusted" in screen_text(pilot).splitlines()[0]


def test_a_bare_id_has_its_price_where_one_provider_offers_it() -> None:
    state = DeckState(Path("/shop"), lambda: NOW, providers=PROVIDERS)
    assert known_model("claude-opus-5-5", state)[0] == OPUS
    assert "5" in facts(known_model("claude-opus-5-5", state)[1])
    assert known_model("no-such-model", state) == (None, None)
    twice = DeckState(Path("/shop"), lambda: NOW, providers=(*PROVIDERS, replace(PROVIDERS[0], id="other")))
    assert known_model("claude-opus-5-5", twice)[0] is None
