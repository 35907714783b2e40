"""The start dialog: a pick for every stage, what it costs, where it works, and what would run without the picks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import Hands, connected, make, screen_text, until
from tests.dashboard.fake import OPUS, PROVIDERS, Executor, stamp, workflow
from tests.dashboard.test_run import starts
from tui.core.run import Cost, Run, RunStatus, Step, StepStatus
from tui.core.verbs import StartWorkflow
from tui.dashboard.screens.start import StartDialog
from tui.dashboard.start_rows import Shown, earlier_costs, line_row, start_lines, told_rows


class Stepwise(Executor):
    """Plans with the picks of single steps too."""

    def plan(self, request: StartWorkflow) -> Run:
        plan = super().plan(replace(request, step_models={}))
        steps = list(plan.steps)
        for index, choice in request.step_models.items():
            model, effort = (choice.get("model"), choice.get("effort")) if isinstance(choice, dict) else (choice, None)
            one = super().plan(replace(request, model=model, effort=effort)).steps[int(index)]
            tier = f"step override ({index})"
            steps[int(index)] = replace(one, reason=f"{tier}: {one.asked} -> {one.sent}") if model else one
        return replace(plan, steps=tuple(steps))


@pytest.fixture
def stepwise() -> Stepwise:
    return Stepwise()


async def planned(pilot: Pilot[None], hands: Hands) -> StartDialog:
    await connected(pilot)
    await pilot.press("S")
    await until(pilot, lambda: isinstance(pilot.app.screen, StartDialog), "the dialog")
    hands.seconds += 2
    dialog = pilot.app.screen
    assert isinstance(dialog, StartDialog)
    await until(pilot, lambda: "without" not in screen_text(pilot) and len(dialog.menu.items) > 1, "the plan")
    return dialog


def line_of(pilot: Pilot[None], text: str) -> str:
    """The dialog's line, not the one of the pane behind it."""
    found = (line.partition(text) for line in screen_text(pilot).splitlines())
    return next((rest for _, there, rest in found if there and "▾]" in rest), "")


async def test_a_stage_is_given_a_model_of_its_own_and_started_with_it(stepwise: Stepwise, hands: Hands) -> None:
    async with make(stepwise, clock=hands).run_test(size=(120, 40)) as pilot:
        await planned(pilot, hands)
        await pilot.press("j", "j", "m", *"sonnet", "enter")
        await until(pilot, lambda: "[ sonnet" in line_of(pilot, "3 document"), "the pick")
        assert "[ opus" in line_of(pilot, "1 plan")
        assert "[ inherit" in line_of(pilot, "run model")
        await pilot.press("k", "e")
        await until(pilot, lambda: "[ opus low" in line_of(pilot, "1 plan"), "the effort of one stage")
        await pilot.press("enter")
        await until(pilot, lambda: starts(stepwise), "the start")
        asked = starts(stepwise)[0]
        assert (asked.model, dict(asked.step_models)) == (None, {"2": "sonnet", "0": {"effort": "low"}})


async def test_a_pick_is_taken_back_by_a_key_on_its_line_alone(stepwise: Stepwise, hands: Hands) -> None:
    async with make(stepwise, clock=hands).run_test(size=(120, 40)) as pilot:
        await planned(pilot, hands)
        await pilot.press("m", *"sonnet", "enter")
        await until(pilot, lambda: "[ sonnet" in line_of(pilot, "3 document"), "the model of the whole run")
        await pilot.press("j", "m", *"haiku", "enter")
        await until(pilot, lambda: "[ haiku" in line_of(pilot, "1 plan"), "a stage's own")
        await pilot.press("backspace")
        await until(pilot, lambda: "[ sonnet" in line_of(pilot, "1 plan"), "the run's again")
        await pilot.press("k", "r")
        await until(pilot, lambda: "[ opus" in line_of(pilot, "1 plan"), "the stage's own default")
        assert "r reset" not in screen_text(pilot).splitlines()[-1]


async def test_what_would_run_without_the_picks_stands_under_each_stage_that_differs(
    stepwise: Stepwise, hands: Hands
) -> None:
    async with make(stepwise, clock=hands).run_test(size=(80, 24)) as pilot:
        await planned(pilot, hands)
        assert "d compare" not in screen_text(pilot).splitlines()[-1]
        await pilot.press("j", "m", *"haiku", "enter")
        await until(pilot, lambda: "[ haiku" in line_of(pilot, "1 plan"), "the pick")
        await pilot.press("d")
        await until(pilot, lambda: "without picks: claude-opus-5-5" in screen_text(pilot), "what it was before")
        assert screen_text(pilot).count("without picks") == 1
        await pilot.press("backspace")
        await until(pilot, lambda: "nothing differs from what would run" in screen_text(pilot), "no difference")
        await pilot.press("d")
        await until(pilot, lambda: "without your picks" not in screen_text(pilot), "the plan alone")


async def test_the_worktree_is_as_the_workflow_says_until_a_key_turns_it(hands: Hands) -> None:
    apart = replace(workflow("apart", "Apart", ("plan", "opus")), worktree=True)
    executor = Executor((apart,))
    async with make(executor, clock=hands).run_test(size=(80, 24)) as pilot:
        await planned(pilot, hands)
        await until(pilot, lambda: "worktree of its own" in screen_text(pilot), "the workflow's word")
        await pilot.press("w")
        await until(pilot, lambda: "worktree off" in screen_text(pilot), "the person's")
        await pilot.press("enter")
        await until(pilot, lambda: starts(executor), "the start")
        assert starts(executor)[0].worktree is False


async def test_twelve_stages_are_walked_through_at_eighty_by_twenty_four(hands: Hands) -> None:
    long = workflow("long", "A long one", *((f"stage-{number}", "opus") for number in range(1, 13)))
    executor = Executor((long,))
    async with make(executor, clock=hands).run_test(size=(80, 24)) as pilot:
        dialog = await planned(pilot, hands)
        for _ in range(12):
            await pilot.press("j")
        await until(pilot, lambda: "12 stage-12" in screen_text(pilot), "the last stage")
        assert dialog.menu.item is not None
        assert dialog.menu.item.index == 11
        assert "stage-12 → anthropic/claude-opus-5-5" in screen_text(pilot)
        assert "enter start" in screen_text(pilot).splitlines()[-1]


def test_what_a_stage_costs_is_its_model_s_price_and_unknown_is_spelled_out() -> None:
    plan = Run(None, "workflow", "w", RunStatus.PENDING, (Step(0, "plan", sent=OPUS), Step(1, "build", sent="zai/x")))
    shown = Shown(providers=PROVIDERS)
    _, first, second = start_lines(plan, None)
    assert "$5.00/25" in line_row(first, shown, 100).text
    assert "unknown" in line_row(second, shown, 100).text
    assert "$5.00/25 per M · 1M context · image" in told_rows(first, plan, shown, "", 100)[0].text


def test_earlier_runs_are_told_where_all_of_their_cost_is_known() -> None:
    def ended(usd: str | None, **more: object) -> Run:
        told = {"status": StepStatus.SUCCEEDED, "cost": Cost(usd), "started_at": stamp(1)} | more
        return Run("r", "workflow", "w", RunStatus.SUCCEEDED, (Step(0, "plan", **told),))  # type: ignore[arg-type]

    runs = [ended("0.18"), ended("0.6"), ended(None), ended("9", agent_kind="rehearsal")]
    assert earlier_costs(runs, "w") == "2 earlier runs of it cost $0.18 to $0.60"
    assert earlier_costs(runs, "other") == ""


def test_the_parts_of_a_stage_stand_together_under_its_name() -> None:
    steps = (Step(0, "plan", part="explore", sent=OPUS), Step(1, "plan", part="write"), Step(2, "build"))
    lines = start_lines(Run(None, "workflow", "w", RunStatus.PENDING, steps), None)
    shown = [line_row(line, Shown(), 100).text[:15].rstrip() for line in lines]
    assert shown == ["    run model", "    plan", "  1 └ explore", "  2 └ write", "  3 build"]
    assert [line.index for line in lines] == [None, None, 0, 1, 2]
