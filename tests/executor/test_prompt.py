"""What an agent is told, by what the stage, the profile, the run and the steps before say."""

from __future__ import annotations

import pytest

from tui.core.resolution import Attachment
from tui.core.run import Run, RunStatus, Step, StepStatus
from tui.core.settings import Profile, Stage
from tui.executor.prompt import HANDED_OVER, stage_prompt, step_prompt


def run(*steps: Step, text: str = "", attachments: tuple[Attachment, ...] = ()) -> Run:
    return Run("r_1", "workflow", "w", RunStatus.RUNNING, steps, title="Work", input=text, attachments=attachments)


CASES = [
    (Stage("plan"), None, "", 'Carry out the stage "plan" of the workflow "Work".'),
    (Stage("plan"), None, "a wish", "a wish"),
    (Stage("plan", prompt="Plan it."), None, "a wish", "Plan it.\n\na wish"),
    (Stage("plan", command="/make"), None, "a wish", "/make a wish"),
    (Stage("plan", command="/make"), None, "", "/make"),
    (
        Stage("plan", command="/make", prompt="Plan it."),
        Profile("a", instructions="Be brief."),
        "a wish",
        "/make a wish\n\nBe brief.\n\nPlan it.",
    ),
]


@pytest.mark.parametrize(("stage", "profile", "text", "expected"), CASES, ids=[str(n) for n in range(len(CASES))])
def test_stage_profile_and_input_come_together(stage: Stage, profile: Profile | None, text: str, expected: str) -> None:
    assert step_prompt(run(Step(0, "plan", prompt=stage_prompt(stage, profile)), text=text), 0) == expected


def test_results_of_the_steps_before_are_marked_and_bounded() -> None:
    done = StepStatus.SUCCEEDED
    steps = (
        Step(0, "plan", status=done, result="x" * (HANDED_OVER + 10)),
        Step(1, "ok", "approval", status=done, result="mind the tax"),
        Step(2, "skipped", status=StepStatus.SKIPPED, result="never"),
        Step(3, "build", prompt="Build it."),
    )
    told = step_prompt(run(*steps), 3)
    assert told.startswith("Build it.\n\n--- From the steps before this one ---")
    assert "[… 10 more characters]" in told
    assert "A person approved and said:\nmind the tax" in told
    assert "never" not in told


def test_attachments_are_named() -> None:
    told = step_prompt(run(Step(0, "look", prompt="Look."), attachments=(Attachment("shot.png", "image"),)), 0)
    assert told == "Look.\n\nAttached files:\n- shot.png"
