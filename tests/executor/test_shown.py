"""What a step tells of its models, tokens and cost, of however many attempts: none hides what another showed."""

from __future__ import annotations

from tui.agents.base import Findings
from tui.core.run import Cost, SideCall, Step, StepStatus, Usage
from tui.executor.attendance import End
from tui.executor.judge import judged, observed

SENT = "anthropic/claude-opus-4-8"
STEP = Step(0, "clarify", status=StepStatus.RUNNING, sent=SENT, interactive=True, attempt="a_1")
ASKED = Findings(
    answered=("another-model",),
    evidence="A",
    usage=Usage(input=100, output=10),
    cost=Cost("0.10", "list price"),
    side_calls=(SideCall("claude-haiku-4-5"),),
    asks="left or right?",
)
DONE = Findings(
    answered=("claude-opus-4-8",),
    evidence="B",
    usage=Usage(input=50, cache_read=7),
    cost=Cost("0.05", "list price"),
    result="done",
)


def after_its_question() -> Step:
    return judged(STEP, End(ASKED, 0), "2026")


def test_another_model_that_asked_stays_an_alarm_when_the_right_one_goes_on() -> None:
    step = after_its_question()
    assert (step.status, step.verdict, step.answered) == (StepStatus.WAITING_ANSWER, "differs", ("another-model",))
    step = judged(step, End(DONE, 0), "2026")
    assert step.status is StepStatus.SUCCEEDED
    assert (step.verdict, step.evidence) == ("differs", "A")
    assert step.answered == ("another-model", "claude-opus-4-8")


def test_tokens_and_money_of_all_attempts_are_the_steps() -> None:
    step = judged(after_its_question(), End(DONE, 0), "2026")
    assert step.usage == Usage(input=150, cache_read=7, output=10)
    assert step.cost == Cost("0.15", "list price")
    assert step.side_calls == (SideCall("claude-haiku-4-5"),)


def test_a_price_that_is_unknown_makes_the_sum_unknown() -> None:
    done = Findings(answered=("claude-opus-4-8",), evidence="A", cost=Cost(None, "unknown"))
    step = judged(after_its_question(), End(done, 0), "2026")
    assert step.cost == Cost(None, "list price; unknown")


def test_what_was_shown_before_stands_while_the_next_attempt_says_nothing_yet() -> None:
    before = after_its_question()
    step = observed(before, Findings())
    assert (step.verdict, step.answered, step.usage) == (before.verdict, before.answered, before.usage)


def test_of_one_attempt_it_is_what_that_showed() -> None:
    step = judged(STEP, End(DONE, 0), "2026")
    assert (step.verdict, step.evidence, step.usage, step.cost) == ("confirmed", "B", DONE.usage, DONE.cost)
    silent = judged(STEP, End(Findings(result="done"), 0), "2026")
    assert (silent.verdict, silent.evidence, silent.usage) == ("unproven", "D", None)
