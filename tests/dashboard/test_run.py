"""Starting a run, watching it, and what is proved of it."""

from __future__ import annotations

from dataclasses import replace

from textual.pilot import Pilot

from tests.dashboard.conftest import Hands, connected, make, screen_text, until
from tests.dashboard.fake import Executor, stamp
from tests.dashboard.office import Office
from tui.core.run import RunStatus, StepStatus
from tui.core.run_verbs import Approve, Reject, Skip
from tui.core.verbs import Cancel, StartWorkflow
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.screens.run import RunScreen
from tui.dashboard.screens.start import StartDialog
from tui.dashboard.screens.workflows import Workflows


def starts(executor: Executor) -> list[StartWorkflow]:
    return [request for request in executor.asked if isinstance(request, StartWorkflow)]


async def start(pilot: Pilot[None], executor: Executor, hands: Hands) -> None:
    """By keys alone, from the deck to the run's screen."""
    await connected(pilot)
    await pilot.press("s")
    await until(pilot, lambda: isinstance(pilot.app.screen, StartDialog), "the start dialog")
    hands.seconds += 1
    await pilot.press(*"Add a discount", "enter")
    await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run's screen")
    executor.step("r_0001", 0, status=StepStatus.RUNNING, started_at=stamp(2))
    await until(pilot, lambda: "▶ plan" in screen_text(pilot), "the running step")


async def test_a_run_starts_with_what_the_dialog_shows(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await start(pilot, executor, hands)
        asked = starts(executor)
        assert [(one.workflow, one.input, one.project, one.dry_run) for one in asked] == [
            ("create-spec", "Add a discount", "/shop", False)
        ]


async def test_the_dialog_is_the_plan(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("S")
        await until(pilot, lambda: "gate: waits until you approve" in screen_text(pilot), "the stages")
        assert "claude-haiku-5-5" in screen_text(pilot)
        await pilot.press("down", "down")
        await until(pilot, lambda: "stage default (document): haiku" in screen_text(pilot), "the whole reason")
        await pilot.press("p")
        await until(pilot, lambda: "preset economy" in screen_text(pilot), "the preset")
        assert not starts(executor)


async def test_from_the_plan_s_starts_and_a_second_one_within_a_second_does_not(
    executor: Executor, hands: Hands
) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("S")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartDialog), "the plan")
        hands.seconds += 1
        await pilot.press("s", "s", "s")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run's screen")
        assert len(starts(executor)) == 1


async def test_the_start_key_again_on_a_lagging_line_is_no_text(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("s", "s")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartDialog), "the dialog")
        hands.seconds += 1
        await pilot.press(*"so", "enter")
        await until(pilot, lambda: starts(executor), "the start")
        assert starts(executor)[0].input == "so"


async def test_a_refused_start_is_told_and_nothing_closes(executor: Executor, hands: Hands) -> None:
    executor.status = replace(executor.status, trusted=False)
    app = make(executor, clock=hands)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await connected(pilot)
        await pilot.press("S")
        await until(pilot, lambda: isinstance(app.screen, StartDialog), "the dialog")
        hands.seconds += 2
        await pilot.press("enter")
        await until(pilot, lambda: any("is not trusted" in told.message for told in app._notifications), "the refusal")
        assert isinstance(app.screen, StartDialog)


async def test_asked_sent_answered_and_proof_stand_side_by_side(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await start(pilot, executor, hands)
        executor.answer("r_0001", 0, "claude-opus-5-5", "confirmed")
        await until(pilot, lambda: "A confirmed" in screen_text(pilot), "the verdict")
        line = next(line for line in screen_text(pilot).splitlines() if "A confirmed" in line)
        assert [line.find(text) for text in ("opus", "anthropic/claude-opus-5-5", " claude-opus-5-5")] == [16, 30, 57]
        assert "stage default (plan): opus -> anthropic/claude-opus-5-5" in screen_text(pilot)


async def test_another_model_is_an_alarm_in_words_on_the_run_and_on_the_card(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await start(pilot, executor, hands)
        executor.answer("r_0001", 0, "claude-sonnet-5-5", "differs")
        await until(pilot, lambda: "A DIFFERS" in screen_text(pilot), "the alarm")
        assert "another model answered: claude-sonnet-5-5, not anthropic/claude-opus-5-5" in screen_text(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Workflows), "the deck")
        await until(pilot, lambda: "DIFFERS" in screen_text(pilot), "the alarm on the card")


async def test_a_rehearsal_is_marked_wherever_it_shows_and_never_reads_as_confirmed(
    executor: Executor, hands: Hands
) -> None:
    executor.agent_kind = "rehearsal"
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await start(pilot, executor, hands)
        executor.answer("r_0001", 0, "claude-opus-5-5", "unproven", "D")
        await until(pilot, lambda: "D unproven rehearsal" in screen_text(pilot), "the mark on the step")
        assert "· rehearsal" in screen_text(pilot).splitlines()[1]
        assert "confirmed" not in screen_text(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "unproven rehearsal" in screen_text(pilot), "the mark on the card")


async def test_what_the_agent_writes_is_shown_with_its_model_and_never_as_markup(
    executor: Executor, hands: Hands
) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await start(pilot, executor, hands)
        executor.say("a_0", "I will add [bold]a field[/]\x1b[31m now")
        executor.say("a_0", "edit src/cart.py", "tool")
        await until(pilot, lambda: "tool  edit src/cart.py" in screen_text(pilot), "the output")
        assert "I will add [bold]a field[/] now" in screen_text(pilot)
        assert "claude-opus-5-5  14:00:11" in screen_text(pilot)


async def test_output_is_followed_until_one_reads_back(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(80, 24)) as pilot:
        await start(pilot, executor, hands)
        for number in range(100):
            executor.say("a_0", f"line {number}")
        await until(pilot, lambda: "line 99" in screen_text(pilot), "the newest line")
        await pilot.press("home")
        await until(pilot, lambda: "line 0" in screen_text(pilot), "the first line")
        executor.say("a_0", "line 100")
        await pilot.pause()
        assert "line 0" in screen_text(pilot)
        await pilot.press("end")
        await until(pilot, lambda: "line 100" in screen_text(pilot), "the newest line again")


async def test_a_gate_is_approved_by_a_key_and_shows_what_was_written_before_it(
    executor: Executor, hands: Hands
) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await start(pilot, executor, hands)
        executor.say("a_0", "the plan is this")
        executor.answer("r_0001", 0, "claude-opus-5-5", "confirmed")
        executor.step("r_0001", 1, status=StepStatus.WAITING_APPROVAL)
        executor.run_to("r_0001", RunStatus.WAITING_APPROVAL)
        await until(pilot, lambda: "a approve" in screen_text(pilot), "the key in the footer")
        assert "a approve  d reject  A D with a word" in screen_text(pilot).splitlines()[-1]
        await until(pilot, lambda: "the plan is this" in screen_text(pilot), "what is approved")
        await pilot.press("d")
        await pilot.pause()
        assert not [one for one in executor.asked if isinstance(one, Reject)]
        await pilot.press("a")
        await until(pilot, lambda: [one for one in executor.asked if isinstance(one, Approve)], "the approval")


async def test_a_gate_that_is_not_shown_yet_is_not_approved(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40), notifications=True) as pilot:
        await start(pilot, executor, hands)
        executor.step("r_0001", 1, status=StepStatus.WAITING_APPROVAL)
        executor.run_to("r_0001", RunStatus.WAITING_APPROVAL)
        await until(pilot, lambda: "a approve" in screen_text(pilot), "the key in the footer")
        # Somebody else approves it, and the run comes to its next gate, before anything of that is heard here.
        run = executor.runs["r_0001"]
        first, gate, *rest = run.steps
        done = replace(gate, status=StepStatus.SUCCEEDED)
        executor.runs["r_0001"] = replace(run, steps=(first, done, replace(gate, index=2), *rest[1:]))
        await pilot.press("a")
        await until(pilot, lambda: "waits at another gate by now" in screen_text(pilot), "the refusal")
        (approval,) = (one for one in executor.asked if isinstance(one, Approve))
        assert approval.step == 1
        assert executor.runs["r_0001"].status is RunStatus.WAITING_APPROVAL


async def test_a_run_is_cancelled_when_asked_twice(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await start(pilot, executor, hands)
        await pilot.press("x")
        await pilot.pause()
        assert "x again ends this run" in screen_text(pilot)
        hands.seconds += 10
        await pilot.press("x")
        await pilot.pause()
        assert not [one for one in executor.asked if isinstance(one, Cancel)]
        await pilot.press("x")
        await until(pilot, lambda: "- cancelled" in screen_text(pilot), "the end")


async def test_what_comes_in_later_does_not_hide_what_is_asked(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await start(pilot, executor, hands)
        await pilot.press("x")
        screen = pilot.app.screen
        assert isinstance(screen, RunScreen)
        screen.hint("a favourite now")
        await pilot.pause()
        assert "x again ends this run" in screen_text(pilot).splitlines()[-1]
        await pilot.press("j")
        screen.hint("a favourite now")
        await until(pilot, lambda: "a favourite now" in screen_text(pilot).splitlines()[-1], "the hint")


async def test_a_key_that_was_asked_for_again_is_taken_back_by_any_other_and_escape_does_nothing_else(
    executor: Executor, hands: Hands
) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await start(pilot, executor, hands)
        foot = screen_text(pilot).splitlines()[-1]
        await pilot.press("x")
        assert "x again ends this run" in screen_text(pilot).splitlines()[-1]
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, RunScreen)
        assert screen_text(pilot).splitlines()[-1] == foot
        await pilot.press("x", "home")
        assert screen_text(pilot).splitlines()[-1] == foot
        await pilot.press("x")
        assert "x again ends this run" in screen_text(pilot).splitlines()[-1]
        assert not [one for one in executor.asked if isinstance(one, Cancel)]
        await pilot.press("escape", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Workflows), "the deck")


async def test_the_footer_is_back_as_soon_as_what_was_asked_twice_is_done(hands: Hands) -> None:
    office = Office()
    async with make(office, clock=hands).run_test(size=(120, 40)) as pilot:
        await start(pilot, office, hands)
        await pilot.press("end", "j", "j")
        await pilot.press("z")
        assert "z again leaves out document" in screen_text(pilot).splitlines()[-1]
        await pilot.press("z")
        await until(pilot, lambda: [one for one in office.asked if isinstance(one, Skip)], "the skip")
        assert "again" not in screen_text(pilot).splitlines()[-1]
        assert "q quit" in screen_text(pilot).splitlines()[-1]


async def test_the_trace_tells_every_tier(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await start(pilot, executor, hands)
        await pilot.press("w")
        await until(pilot, lambda: "message override" in screen_text(pilot), "the trace")
        shown = screen_text(pilot)
        assert "won ◀" in shown
        assert "not reached" in shown
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run again")


async def test_the_card_s_trace_needs_no_run(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("w")
        await until(pilot, lambda: "Why this model: Create a spec" in screen_text(pilot), "the trace")
        await until(pilot, lambda: "3 document" in screen_text(pilot), "every stage")


async def test_the_runs_are_listed_the_newest_first_and_one_is_opened(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(100, 30)) as pilot:
        await connected(pilot)
        await executor.start(StartWorkflow("add-bug", project="/shop"))
        await executor.start(StartWorkflow("add-todo", project="/shop"))
        await pilot.press("3")
        await until(pilot, lambda: "Add a bug" in screen_text(pilot), "the runs")
        shown = screen_text(pilot)
        assert shown.index("Add a todo") < shown.index("Add a bug")
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run")
        assert "Add a bug · r_0001" in screen_text(pilot)
        await pilot.press("1")
        await until(pilot, lambda: isinstance(pilot.app.screen, Workflows), "the deck")


async def test_seconds_are_counted_only_while_something_runs(executor: Executor, hands: Hands) -> None:
    app = make(executor, clock=hands)
    async with app.run_test(size=(100, 30)) as pilot:
        await connected(pilot)
        assert app._ticking is None
        await executor.start(StartWorkflow("add-todo", project="/shop"))
        await until(pilot, lambda: app._ticking is not None, "the clock")
        executor.run_to("r_0001", RunStatus.SUCCEEDED, ended_at=stamp(50))
        hands.seconds += 1
        await until(pilot, lambda: app._ticking is None, "the clock's end")


async def test_tab_goes_between_the_text_and_the_plan_and_the_footer_follows(executor: Executor, hands: Hands) -> None:
    async with make(executor, clock=hands).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartDialog), "the dialog")
        hands.seconds += 1
        await pilot.press(*"model")
        assert "p preset" not in screen_text(pilot).splitlines()[-1]
        await pilot.press("tab", "p")
        await until(pilot, lambda: "preset economy" in screen_text(pilot), "the preset")
        assert "p preset" in screen_text(pilot).splitlines()[-1]
        await pilot.press("m", *"haiku", "enter")
        await until(pilot, lambda: "run model: haiku" in screen_text(pilot), "the model of the whole run")
        await pilot.press("enter")
        await until(pilot, lambda: starts(executor), "the start")
        assert (starts(executor)[0].input, starts(executor)[0].model, starts(executor)[0].preset) == (
            "model",
            "haiku",
            "economy",
        )
