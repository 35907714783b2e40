"""What is said of a step's model and of a rehearsal, never more than is so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dashboard.fake import HAIKU, NOW, OPUS
from tui.cli import describe
from tui.core.catalog import Model, Provider
from tui.core.errors import ErrorBody
from tui.core.run import Run, RunStatus, Step
from tui.dashboard.cards import run_facts
from tui.dashboard.efforts import levels, why_no_levels
from tui.dashboard.timeline import title
from tui.dashboard.words import all_rehearsed, sent_as

REAL = Step(0, "plan", sent=OPUS, tier="default", agent="claude", agent_kind="claude")
PLAYED = Step(1, "review", sent=HAIKU, tier="default", agent="play", agent_kind="rehearsal")
GATE = Step(2, "ok", "approval")
WRONG = Step(0, "plan", error=ErrorBody("resolution", "no such model"))


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (REAL, "claude-opus-5-5"),
        (Step(0, "plan", tier="stage default", agent="claude"), "agent default"),
        (Step(0, "plan", tier="agent default", error=ErrorBody("agent", "it crashed")), "agent default"),
        (WRONG, "can't run"),
        (Step(0, "plan", error=ErrorBody("untrusted", "not trusted")), "can't run"),
    ],
)
def test_agent_default_is_said_of_nothing_else(step: Step, says: str) -> None:
    assert sent_as(step) == says
    assert describe.sent_as(step).endswith(says)


def test_the_plan_of_a_step_that_can_not_run_does_not_name_the_agents_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    describe.whole_run(Run(None, "workflow", "build", RunStatus.PENDING, (WRONG,)))
    out = capsys.readouterr().out
    assert "can't run" in out
    assert "agent default" not in out


@pytest.mark.parametrize(
    ("steps", "whole"),
    [
        ((REAL, PLAYED, GATE), False),
        ((PLAYED, GATE), True),
        ((REAL,), False),
        ((GATE,), False),
    ],
)
def test_a_run_is_a_rehearsal_when_all_its_steps_are(steps: tuple[Step, ...], whole: bool) -> None:
    run = Run("r_1", "workflow", "build", RunStatus.SUCCEEDED, steps)
    assert all_rehearsed(run) is whole
    assert ("rehearsal" in title(run, NOW).text) is whole
    assert ("rehearsal" in run_facts(run, NOW).text) is whole


def test_why_no_effort_level_can_be_picked_is_said_of_the_model_that_lacks_it() -> None:
    def offered(*efforts: tuple[str, ...] | None) -> list[Provider]:
        names = ("claude-opus-5-5", "claude-haiku-5-5")
        models = (Model(name, efforts=levels) for name, levels in zip(names, efforts, strict=True))
        return [Provider("anthropic", models=tuple(models))]

    plan = Run(None, "workflow", "build", RunStatus.PENDING, (REAL, replace(PLAYED, stage="review")))
    for efforts, says in (
        ((None, ("low",)), "The effort levels of claude-opus-5-5 are not known"),
        (((), ("low",)), "claude-opus-5-5 has no effort levels"),
        ((("low", "high"), ()), "No effort level fits all stages: claude-haiku-5-5 of review has none of claude-opus"),
    ):
        assert levels(plan, offered(*efforts)) == ()
        assert why_no_levels(plan, offered(*efforts)).startswith(says)
