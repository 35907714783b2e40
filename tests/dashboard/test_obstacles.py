"""What can't start here: the card, the plan and the picker say it, and a second press starts anyway."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import ENV, Hands, connected, screen_text, until
from tests.dashboard.inhouse import InHouse
from tests.executor.conftest import House
from tests.executor.conftest import house as house  # noqa: PLC0414  # the fixture
from tui.core.run import RunStatus
from tui.core.verbs import SetEnvironment, StartWorkflow
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.obstacles import SecondPress
from tui.dashboard.screens.again import AgainDialog
from tui.dashboard.screens.models import Models
from tui.dashboard.screens.picker import Picker
from tui.dashboard.screens.run import RunScreen
from tui.dashboard.screens.spec_form import SpecForm
from tui.dashboard.screens.start import StartDialog
from tui.dashboard.screens.workflow_editor import WorkflowEditor

CONFIG = """
default_model: haiku
providers:
  anthropic: {kind: list}
  shop: {kind: list, base_url: 'http://127.0.0.1:9', api_key_env: SHOP_KEY, models: [{id: shop-1}]}
agents:
  quick: {kind: rehearsal, rehearsal: {seconds: 0.1, messages: 2}}
  ghost: {kind: claude, command: [no-such-agent-here]}
  there: {kind: claude, command: [/bin/false], providers: [shop]}
profiles: {quick: {agent: quick}, ghost: {agent: ghost}, there: {agent: there, model: shop/shop-1}}
workflows:
  haunted: {title: Haunted, stages: [{name: plan, profile: quick}, {name: haunt, profile: ghost}]}
  keyless: {title: Keyless, stages: [{name: plan, profile: quick}, {name: speak, profile: there}]}
"""


@pytest.fixture
def inside(house: House) -> InHouse:
    client = InHouse(house)
    house.locations.config_file.write_text(CONFIG)
    return client


def app_of(inside: InHouse, hands: Hands) -> ModeldeckApp:
    return ModeldeckApp(inside.house.project, lambda: inside, env=ENV, clock=hands)


def flat(pilot: Pilot[None]) -> str:
    """The screen's text, whose wrapped sentences are searched without their line ends."""
    return " ".join(screen_text(pilot).replace("│", " ").replace("┃", " ").split())


def starts(inside: InHouse) -> list[StartWorkflow]:
    return [one for one in inside.asked if isinstance(one, StartWorkflow) and not one.dry_run]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_the_card_says_what_stands_in_the_way(inside: InHouse, size: tuple[int, int]) -> None:
    async with app_of(inside, Hands()).run_test(size=size) as pilot:
        await connected(pilot)
        await until(pilot, lambda: "✗ can't start here: 2 haunt" in screen_text(pilot), "the obstacle")
        assert "✗ can't start here: 2 speak" in screen_text(pilot)


async def test_the_detail_says_all_of_it(inside: InHouse) -> None:
    async with app_of(inside, Hands()).run_test(size=(200, 60)) as pilot:
        await connected(pilot)
        await pilot.press("j")
        await until(pilot, lambda: "(providers.shop.api_key_env)" in screen_text(pilot), "the whole sentence")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_a_second_press_starts_anyway_and_that_step_fails(inside: InHouse, size: tuple[int, int]) -> None:
    hands = Hands()
    app = app_of(inside, hands)
    async with app.run_test(size=size) as pilot:
        await connected(pilot)
        await pilot.press("S")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartDialog), "the dialog")
        await until(pilot, lambda: "✗ can't start here: Agent" in screen_text(pilot), "the plan with its obstacle")
        hands.seconds += 2
        await pilot.press("enter")
        await until(pilot, lambda: "enter again starts anyway" in screen_text(pilot), "the warning")
        await pilot.press("enter")
        assert not starts(inside), "the same press, twice on a lagging line"
        hands.seconds += 2
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunScreen), "the run")
        assert [one.start_anyway for one in starts(inside)] == [True]
        (run,) = app.desk.state.runs.values()
        ended = await inside.house.ended(run.task_id or "")
        assert ended.status is RunStatus.FAILED
        assert ended.steps[0].status == "succeeded"
        assert ended.steps[1].error is not None
        assert 'the command "no-such-agent-here" was not found' in ended.steps[1].error.message


async def test_a_retry_asks_twice_too(inside: InHouse) -> None:
    hands = Hands()
    async with app_of(inside, hands).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await inside.house.run("haunted", start_anyway=True)
        await pilot.press("3", "enter")
        await until(pilot, lambda: "t retry" in screen_text(pilot).splitlines()[-1], "the key")
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, AgainDialog), "the dialog")
        await until(pilot, lambda: "can't start here" in screen_text(pilot), "the obstacle")
        hands.seconds += 2
        await pilot.press("enter")
        await until(pilot, lambda: "again starts anyway, and step 2 haunt fails" in flat(pilot), "the warning")
        hands.seconds += 2
        await pilot.press("enter")
        await until(pilot, lambda: len(inside.house.executor.journal.runs(limit=9)) == 2, "the retry")


async def test_a_provider_without_its_key_is_marked_until_it_is_provided(inside: InHouse) -> None:
    hands = Hands()
    async with app_of(inside, hands).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("j", "m")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the picker")
        hands.seconds += 1
        await pilot.press(*"shop-1")
        await until(pilot, lambda: "no key" in screen_text(pilot), "the mark")
        told = "shop/shop-1   run model: shop/shop-1   ! SHOP_KEY is not set in the executor"
        await until(pilot, lambda: told in screen_text(pilot), "the reason")
        await pilot.press("escape")
        await pilot.press("4" if not isinstance(pilot.app.screen, Picker) else "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Models), "the Models screen")
        await until(pilot, lambda: "SHOP_KEY is not set in the executor" in screen_text(pilot), "the reason there")
        await inside.start(SetEnvironment(values={"SHOP_KEY": "secret"}))
        await until(pilot, lambda: "SHOP_KEY is not set" not in screen_text(pilot), "that it was provided")
        await pilot.press("1")
        await until(pilot, lambda: "2 haunt" in screen_text(pilot), "the deck")
        assert "can't start here: 2 speak" not in screen_text(pilot)
        assert "secret" not in screen_text(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_editor_says_it_before_the_defaults_are_saved(inside: InHouse, size: tuple[int, int]) -> None:
    async with app_of(inside, Hands()).run_test(size=size) as pilot:
        await connected(pilot)
        await until(pilot, lambda: "2 haunt" in screen_text(pilot), "the card")
        await pilot.press("E")
        await until(pilot, lambda: isinstance(pilot.app.screen, WorkflowEditor), "the editor")
        await until(pilot, lambda: '✗ can\'t start here: Agent "ghost"' in screen_text(pilot), "the obstacle")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_form_of_a_spec_says_it_at_its_stage(inside: InHouse, size: tuple[int, int]) -> None:
    text = inside.house.locations.config_file.read_text()
    inside.house.locations.config_file.write_text(text.replace("{title: Haunted,", "{title: Haunted, specs: [bug],"))
    async with app_of(inside, Hands()).run_test(size=size) as pilot:
        await connected(pilot)
        await pilot.press("2", "n", *"Ghosts", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, SpecForm), "the form")
        form = pilot.app.screen
        assert isinstance(form, SpecForm)
        while form.draft.type != "bug":
            form.turn("type")
        await until(pilot, lambda: '✗ can\'t start here: Agent "ghost"' in screen_text(pilot), "the obstacle")


def test_a_second_press_is_for_the_very_same_request() -> None:
    second = SecondPress()
    assert not second.needed(None, "a")
    assert not second.given("a")
