"""What passes between a run, its steps and the person: questions, hand-offs, reminders, and how it was started."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

from textual.pilot import Pilot

from tests.dashboard.conftest import Hands, connected, make, screen_text, until
from tests.dashboard.fake import NOW, Executor, stamp
from tui.core.run import Attempt, Cost, HandOff, Run, RunStatus, Step, StepStatus, Usage, Worktree
from tui.core.run_verbs import Answer
from tui.core.verbs import StartWorkflow
from tui.dashboard.screens.handed import HandedScreen
from tui.dashboard.screens.line import LineDialog
from tui.dashboard.screens.run import RunScreen
from tui.dashboard.spent import run_cost, step_spent
from tui.dashboard.starts import command
from tui.dashboard.timeline import entries, entry_row, subtitle, title
from tui.dashboard.words import label

LONG = "Which of these shall it be? " + " ".join(
    f"Choice {number} has its own good and bad sides." for number in range(60)
)


async def watched(pilot: Pilot[None], executor: Executor) -> None:
    """On the screen of a run whose first step is at work."""
    await connected(pilot)
    await executor.start(StartWorkflow("create-spec", project="/shop"))
    executor.step("r_0001", 0, status=StepStatus.RUNNING, started_at=stamp(2))
    await until(pilot, lambda: "running plan" in screen_text(pilot), "the run on its card")
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run")


async def test_a_question_stands_over_the_output_and_a_key_answers_it(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(80, 24)) as pilot:
        await watched(pilot, executor)
        executor.say("a_0", "I read the cart.")
        executor.ask("r_0001", 0, "Percent or amount?\nBoth are easy.")
        await until(pilot, lambda: "? plan asks   enter answers" in screen_text(pilot), "the question")
        shown = screen_text(pilot)
        assert shown.index("Both are easy.") < shown.index("I read the cart.")
        assert "enter answer" in shown.splitlines()[-1]
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, LineDialog), "the dialog")
        await until(pilot, lambda: "Both are easy." in screen_text(pilot), "the question, whole")
        hands.seconds += 1
        await pilot.press("enter", *"percent, s", "enter")
        await until(pilot, lambda: [one for one in executor.asked if isinstance(one, Answer)], "the answer")
        assert [one.text for one in executor.asked if isinstance(one, Answer)] == ["percent, s"]
        await until(pilot, lambda: "1 question, 1 answered" in screen_text(pilot), "its end")
        assert "asks" not in screen_text(pilot)


async def test_an_answer_is_not_given_to_another_question(executor: Executor, hands: Hands) -> None:
    app = make(executor, clock=hands)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await watched(pilot, executor)
        executor.ask("r_0001", 0, "Percent or amount?")
        await until(pilot, lambda: "? plan asks" in screen_text(pilot), "the question")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, LineDialog), "the dialog")
        hands.seconds += 1
        await executor.start(Answer("r_0001", "told elsewhere"))
        executor.ask("r_0001", 0, "Round up?")
        state = app.desk.state
        await until(pilot, lambda: len(state.runs["r_0001"].steps[0].exchanges) == 2, "the next question")
        await pilot.press(*"percent", "enter")
        told = "asks something else by now"
        await until(pilot, lambda: any(told in one.message for one in app._notifications), "the refusal")
        assert [one.answer for one in state.runs["r_0001"].steps[0].exchanges] == ["told elsewhere", None]


async def test_earlier_questions_and_answers_are_read_again_by_a_key(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(80, 24)) as pilot:
        await watched(pilot, executor)
        executor.ask("r_0001", 0, "Percent?")
        await executor.start(Answer("r_0001", "Yes, and round up"))
        executor.ask("r_0001", 0, LONG)
        await until(pilot, lambda: "more lines: h shows all" in screen_text(pilot), "the long question")
        await pilot.press("h")
        await until(pilot, lambda: isinstance(pilot.app.screen, HandedScreen), "all of it")
        await until(pilot, lambda: "Yes, and round up" in screen_text(pilot), "the first answer")
        await pilot.press("end")
        await until(pilot, lambda: "not answered yet" in screen_text(pilot), "the end of the second question")
        assert "Choice 59" in screen_text(pilot)
        await pilot.press("escape", "enter")
        await until(pilot, lambda: "pgdn more" in screen_text(pilot).splitlines()[-1], "the key for the rest of it")
        hands.seconds += 1
        for _ in range(8):
            await pilot.press("pagedown")
        await until(pilot, lambda: "Choice 59" in screen_text(pilot), "its end, over the field")


async def test_a_hand_off_is_marked_in_the_timeline_and_read_whole_from_both_sides(
    executor: Executor, hands: Hands
) -> None:
    handed = HandOff(("wrote the plan", "read the cart"), ("percent",), ("what of gifts?",), ("src/cart.py",))
    async with make(executor, clock=hands).run_test(size=(100, 40)) as pilot:
        await watched(pilot, executor)
        executor.answer("r_0001", 0, "claude-opus-5-5", "confirmed")
        executor.step("r_0001", 0, handoff=handed, result="All my last words")
        executor.step("r_0001", 1, status=StepStatus.SUCCEEDED, result="but keep it small")
        executor.step("r_0001", 2, status=StepStatus.RUNNING, started_at=stamp(9))
        await until(pilot, lambda: "said: but keep it small" in screen_text(pilot), "the comment at its gate")
        assert "hands on: 2 done, 1 decision, 1 open question: wrote the plan" in screen_text(pilot)
        await pilot.press("h")
        await until(pilot, lambda: "given by plan" in screen_text(pilot), "what the last step was given")
        shown = screen_text(pilot)
        assert [shown.find(one) > 0 for one in ("Done", "- percent", "- what of gifts?", "- src/cart.py")] == [True] * 4
        assert shown.index("said at approve") > shown.index("given by plan")
        await pilot.press("escape", "k", "k", "h")
        await until(pilot, lambda: "handed on by plan" in screen_text(pilot), "what the first one gave")
        assert "All my last words" in screen_text(pilot)


async def test_the_trace_of_a_step_tells_how_its_agent_was_started(executor: Executor, hands: Hands) -> None:
    executor.attempts = (
        Attempt(
            "a_0",
            "r_0001",
            0,
            "claude",
            "claude",
            ("claude", "--print", "--append-system-prompt", "x" * 500, "it's"),
            "/shop/tree",
            ("HOME", "ANTHROPIC_API_KEY"),
            ("ANTHROPIC_MODEL",),
            "edit",
            "ended",
            cancel_reason="the step's time limit of 60 s has passed",
            pid=7,
            exit_code=143,
            created_at=stamp(2),
            ended_at=stamp(62),
            agent_version="2.1.328",
        ),
    )
    async with make(executor, clock=hands).run_test(size=(100, 40)) as pilot:
        await watched(pilot, executor)
        await pilot.press("w")
        await until(pilot, lambda: "How it was started" in screen_text(pilot), "the start")
        shown = screen_text(pilot)
        for told in (
            "claude · claude · version 2.1.328",
            "/shop/tree",
            "claude --print --append-system-prompt",
            "HOME, ANTHROPIC_API_KEY",
            "ANTHROPIC_MODEL",
            "exit 143",
            "the step's time limit of 60 s has passed",
        ):
            assert told in shown


def test_a_command_line_is_shown_as_one_would_type_it_with_long_arguments_cut_in_the_middle() -> None:
    shown = command(("agent", "a b", "it's", "begin" + "x" * 500 + "end"))
    assert shown.startswith("agent 'a b' 'it'\\''s' beginxxx")
    assert shown.endswith("xxxend")
    assert "…" in shown
    assert len(shown) < 100


def _run(*steps: Step, **more: object) -> Run:
    return Run("r_1", "workflow", "w", RunStatus.RUNNING, steps, **more)  # type: ignore[arg-type]


def test_what_is_not_known_of_a_cost_is_spelled_out() -> None:
    ran = {"status": StepStatus.SUCCEEDED, "started_at": stamp(1)}
    known = Step(0, "plan", usage=Usage(1200, 48_000, 0, 300), cost=Cost("0.0123"), **ran)  # type: ignore[arg-type]
    unknown = Step(1, "build", **ran)  # type: ignore[arg-type]
    assert step_spent(known) == "49k tokens in (48k cached), 300 out · $0.012"
    assert step_spent(unknown) == "usage unknown · cost unknown"
    assert step_spent(replace(unknown, agent_kind="rehearsal")) == ""
    assert run_cost(_run(known, unknown)) == "$0.012 + 1 step unknown"
    assert run_cost(_run(unknown)) == "cost unknown"
    assert run_cost(_run(Step(0, "plan"))) == ""


def test_the_head_tells_the_worktree_the_reminders_and_why_it_waits() -> None:
    gate = Step(0, "ok", "approval", StepStatus.WAITING_APPROVAL, started_at="2026-11-20T09:00:00.000Z")
    run = _run(
        gate,
        note="waits for an approval since 2026-11-20 09:00 UTC (reminder 2)",
        reminders=2,
        reminded_at=stamp(240),
        worktree=Worktree("/w/t", "md/r_1", "abcdef1234567"),
    )
    told = subtitle(run, NOW.astimezone(timezone(timedelta(hours=1))))
    assert told is not None
    assert told.text == (" waits since 10:00, reminded 2 times, 1m ago · branch md/r_1 from abcdef1234 · worktree /w/t")
    again = subtitle(_run(Step(0, "plan"), note="waits for you", retry_of="r_0"), NOW)
    assert again is not None
    assert again.text == " retry of r_0 · waits for you"
    gone = subtitle(_run(Step(0, "plan"), worktree=Worktree("/w/t", "b", "a", removed=True)), NOW)
    assert gone is not None
    assert "removed: nothing was changed in it" in gone.text
    assert subtitle(_run(Step(0, "plan")), NOW) is None
    assert "waits" not in title(run, NOW).text


def test_what_was_not_done_does_not_count_as_done() -> None:
    plan = Step(0, "plan", status=StepStatus.SUCCEEDED)
    left = (Step(1, "build", status=StepStatus.FAILED), Step(2, "test", status=StepStatus.SKIPPED))
    assert " failed 1/3" in title(replace(_run(plan, *left), status=RunStatus.FAILED), NOW).text
    skipped = replace(left[1], index=1)
    assert " done 2/2" in title(replace(_run(plan, skipped), status=RunStatus.SUCCEEDED), NOW).text


def test_the_parts_of_a_stage_stand_together_under_its_name() -> None:
    run = _run(Step(0, "plan", part="explore"), Step(1, "plan", part="write"), Step(2, "build"))
    shown = [entry_row(entry, 120, NOW).text[:16].rstrip() for entry in entries(run)]
    assert shown == ["   plan", " · └ explore", " · └ write", " · build"]
    assert [entry.under for entry in entries(run)] == [True, False, False, False]
    assert label(run.steps[1]) == "plan/write"


async def test_a_reminder_is_told_wherever_one_is(executor: Executor, hands: Hands) -> None:
    app = make(executor, clock=hands)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await watched(pilot, executor)
        executor.run_to("r_0001", RunStatus.WAITING_APPROVAL)
        executor.run_to("r_0001", RunStatus.WAITING_APPROVAL, reminders=1)
        await pilot.press("4")
        await until(
            pilot,
            lambda: [one for one in app._notifications if "Create a spec still waits for approval" in one.message],
            "the reminder",
        )
        executor.run_to("r_0001", RunStatus.RUNNING, reminders=0)
        await until(pilot, lambda: not app._notifications, "the reminder's end")


async def test_an_executor_that_is_ending_is_told_in_the_head(executor: Executor) -> None:
    async with make(executor).run_test(size=(80, 24)) as pilot:
        await watched(pilot, executor)
        executor.status = replace(executor.status, draining=True)
        executor.news("settings")
        await until(pilot, lambda: "the executor is ending: 1 agent still runs" in screen_text(pilot), "the news")
