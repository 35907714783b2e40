"""The deck: cards, their model and reason, and the keys that work on them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.dashboard.conftest import ENV, Hands, connected, make, screen_text, until
from tests.dashboard.fake import HAIKU, NOW, OPUS, PROVIDERS, Executor, workflow
from tui.config.trust import Review, TrustStore
from tui.core.errors import ErrorBody
from tui.core.run import RunStatus, StepStatus
from tui.core.verbs import List, Page, StartWorkflow
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.cache import Remembered
from tui.dashboard.screens.workflows import Workflows
from tui.dashboard.state import Card


def place(app: ModeldeckApp) -> Workflows:
    screen = app.screen
    assert isinstance(screen, Workflows)
    return screen


async def test_a_card_shows_what_would_run_and_why_before_anything_is_started(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        shown = screen_text(pilot)
        assert "Add a bug" in shown
        assert "→ anthropic/claude-sonnet-5-5" in shown
        assert "stage default (clarify): sonnet" in shown
        assert "● connected" in shown


async def test_all_cards_are_planned_in_one_call(deck: ModeldeckApp, executor: Executor) -> None:
    async with deck.run_test() as pilot:
        await connected(pilot)
        plans = [request for request in executor.asked if isinstance(request, List) and request.view == "plan"]
        assert [len(plan.requests) for plan in plans] == [5]


async def test_the_drop_down_stands_at_the_same_place_on_each_card(deck: ModeldeckApp) -> None:
    for size in ((80, 24), (100, 30), (120, 40)):
        executor = Executor()
        async with make(executor).run_test(size=size) as pilot:
            await connected(pilot)
            places = {line.index("[ inherit") for line in screen_text(pilot).splitlines() if "[ inherit" in line}
            assert len(places) == 1


async def test_a_favourite_is_taken_without_opening_the_list_and_the_card_says_what_it_means(
    deck: ModeldeckApp,
) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("right_square_bracket", "right_square_bracket")
        card = place(deck).card
        assert card is not None
        assert card.pick == "haiku"
        await until(pilot, lambda: card.plan, "the plan for haiku")
        await until(pilot, lambda: "run model: haiku" in screen_text(pilot), "the reason on the card")
        assert f"→ {HAIKU}" in screen_text(pilot)
        await pilot.press("0")
        await until(pilot, lambda: card.plan and "stage default (plan): opus" in screen_text(pilot), "inherit again")
        assert card.pick is None


async def test_a_pick_is_the_window_s_own(deck: ModeldeckApp, executor: Executor) -> None:
    async with deck.run_test() as pilot:
        await connected(pilot)
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert not [request for request in executor.asked if isinstance(request, StartWorkflow)]


async def test_a_choice_that_comes_to_nothing_is_told_on_the_card(deck: ModeldeckApp, executor: Executor) -> None:
    executor.status = replace(executor.status, favourites=("gpt-9",))
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "not found" in screen_text(pilot), "the refusal on the card")
        assert f"try {OPUS}" in screen_text(pilot).replace("\n", " ")


async def test_the_footer_tells_only_keys_that_work_on_the_focused_card(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        footer = screen_text(pilot).splitlines()[-1]
        assert "m model" in footer
        assert "cancel" not in footer
        assert "inherit" not in footer
        assert footer.rstrip().endswith("q quit")


async def test_the_footer_keeps_help_and_quit_at_eighty_columns(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(80, 24)) as pilot:
        await connected(pilot)
        assert screen_text(pilot).splitlines()[-1].rstrip().endswith("? help  q quit")


async def test_a_running_card_shows_its_stage_and_asks_twice_before_it_is_cancelled(
    deck: ModeldeckApp, executor: Executor
) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await executor.start(StartWorkflow("create-spec", project="/shop"))
        executor.step("r_0001", 0, status=StepStatus.RUNNING)
        await until(pilot, lambda: "▶ running plan" in screen_text(pilot), "the running card")
        await pilot.press("x")
        await pilot.pause()
        assert executor.runs["r_0001"].status == RunStatus.RUNNING
        assert "x again ends" in screen_text(pilot)
        await pilot.press("x")
        await until(pilot, lambda: "- cancelled" in screen_text(pilot), "the cancelled card")


async def test_a_run_that_failed_tells_why_on_the_card(deck: ModeldeckApp, executor: Executor) -> None:
    async with deck.run_test(size=(160, 40)) as pilot:
        await connected(pilot)
        await executor.start(StartWorkflow("create-spec", project="/shop"))
        executor.run_to("r_0001", RunStatus.FAILED, error=ErrorBody("machine", "claude is not on the PATH"))
        await until(pilot, lambda: "claude is not on the PATH" in screen_text(pilot), "the error where the state is")


async def test_the_last_deck_is_shown_with_its_age_while_there_is_no_executor(executor: Executor) -> None:
    executor.up = False
    item = executor.workflows[0]
    remembered = Remembered(NOW.isoformat(), [Card(item, plan=executor.plan(StartWorkflow(item.name))).face(NOW)])
    app = make(executor, remembered=remembered)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "not running" in screen_text(pilot), "the lost line")
        shown = screen_text(pilot)
        assert "as of 20 Nov 14:05" in shown
        assert "Nothing answers at the socket" in shown
        assert f"→ {OPUS}" in shown
        executor.up = True
        await pilot.press("r")
        await connected(pilot)
        await until(pilot, lambda: "● connected" in screen_text(pilot), "the line")
        assert "as of" not in screen_text(pilot)


class Weighty(Executor):
    """Its answers come when a test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = asyncio.Event()
        self.answers.set()

    async def list(self, request: List) -> Page:
        await self.answers.wait()
        return await super().list(request)


async def test_an_untrusted_folder_says_so_and_offers_to_look() -> None:
    executor = Weighty()
    executor.status = replace(executor.status, trusted=False, trust_note="2 agents would run")
    trusted: list[object] = []

    class Store:
        def review(self, folder: object) -> Review:
            return Review(("agent claude: claude -p", "a hook of .claude/settings.json"), "")

        def trust(self, folder: object, shown: Review) -> None:
            trusted.append(folder)
            executor.status = replace(executor.status, trusted=True)

    app = make(executor, trust=Store, clock=iter(range(0, 100_000, 2)).__next__)
    async with app.run_test(size=(100, 30)) as pilot:
        await connected(pilot)
        assert "2 agents would run" in screen_text(pilot)
        await pilot.press("T")
        await until(pilot, lambda: "a hook of .claude/settings.json" in screen_text(pilot), "what would run")
        assert not trusted
        executor.answers.clear()
        await pilot.press("T")
        await until(pilot, lambda: trusted and isinstance(app.screen, Workflows), "the trust, and the deck")
        assert "not trusted" in screen_text(pilot)
        executor.answers.set()
        await until(pilot, lambda: "not trusted" not in screen_text(pilot), "the header")


async def test_what_changed_since_it_was_shown_is_shown_again_before_it_is_trusted(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    (folder / ".claude").mkdir(parents=True)
    executor = Executor()
    executor.status = replace(executor.status, trusted=False, trust_note="it was never trusted")
    store = TrustStore(tmp_path / "trust.json")
    app = ModeldeckApp(folder, lambda: executor, env=ENV, trust=lambda: store, clock=Hands())
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await connected(pilot)
        await pilot.press("T")
        await until(pilot, lambda: "holds nothing that would run" in screen_text(pilot), "the look")
        (folder / ".claude" / "settings.json").write_text('{"hooks": {"Stop": [{"command": "steal"}]}}')
        app.desk.stray.clock.seconds += 2  # type: ignore[attr-defined]
        await pilot.press("T")
        await until(pilot, lambda: "steal" in screen_text(pilot), "what it holds by now")
        assert not store.state(folder).trusted
        app.desk.stray.clock.seconds += 2  # type: ignore[attr-defined]
        await pilot.press("T")
        await until(pilot, lambda: store.state(folder).trusted, "the trust in what was shown")


async def test_the_filter_shows_what_matches_and_escape_shows_all(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(80, 24)) as pilot:
        await connected(pilot)
        await pilot.press("slash", *"todo", "enter")
        await until(pilot, lambda: "Add a bug" not in screen_text(pilot), "the filter")
        assert "Add a todo" in screen_text(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "Add a bug" in screen_text(pilot), "all cards")


async def test_the_focus_goes_through_a_long_deck_by_pages() -> None:
    executor = Executor(tuple(workflow(f"w{i}", f"Workflow {i}", ("plan", "opus")) for i in range(300)))
    app = make(executor)
    async with app.run_test(size=(80, 24)) as pilot:
        await connected(pilot)
        await pilot.press("end")
        assert place(app).deck.at == 299
        await until(pilot, lambda: "Workflow 299" in screen_text(pilot), "the last card")
        await pilot.press("home", "pagedown")
        assert 1 < place(app).deck.at < 10


async def test_a_screen_that_is_too_small_says_so_in_one_line(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(50, 15)) as pilot:
        await connected(pilot)
        assert "50x15 is too small: 60x20 is wanted" in screen_text(pilot)


async def test_markup_and_control_characters_in_a_title_are_only_text() -> None:
    executor = Executor((workflow("w", "[bold]Evil[/]\x1b]0;x\x07 \u202etitle", ("plan", "opus")),), PROVIDERS)
    async with make(executor).run_test(size=(100, 30)) as pilot:
        await connected(pilot)
        assert "[bold]Evil[/] title" in screen_text(pilot)


@pytest.mark.parametrize(("key", "says"), [("S", "Start "), ("m", "Model for ")])
async def test_markup_in_a_title_is_only_text_over_a_dialog_too(key: str, says: str) -> None:
    executor = Executor((workflow("w", "[bold]Evil[/] [/oops", ("plan", "opus")),), PROVIDERS)
    async with make(executor).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press(key)
        await until(pilot, lambda: f'{says}"[bold]Evil[/] [/oops"' in screen_text(pilot), "the dialog's title")


async def test_without_utf8_every_sign_has_its_twin(executor: Executor) -> None:
    app = make(executor, env={"LANG": "C", "TERM": "xterm-256color", "COLORTERM": "truecolor"})
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m")
        await pilot.pause()
        assert screen_text(pilot).isascii()
        assert "* connected" in screen_text(pilot)


async def test_a_person_s_own_key_is_taken_and_told(executor: Executor) -> None:
    executor.status = replace(executor.status, keymap={"pick-model": "p", "no-such": "z"})
    app = make(executor)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await connected(pilot)
        await until(pilot, lambda: "p model" in screen_text(pilot), "the key in the footer")
        await pilot.press("p")
        await until(pilot, lambda: "Model for" in screen_text(pilot), "the picker")
        assert any("there is no binding 'no-such'" in told.message for told in app._notifications)
