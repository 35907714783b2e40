"""The place of models: what is known of every list and every model, where from, and what stands in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import Hands, connected, make, screen_text, until
from tests.dashboard.fake import NOW, Executor
from tests.dashboard.offering import EVERY_STATE, OPUS
from tui.core.catalog import Model, Provider
from tui.core.items import ProviderItem
from tui.core.verbs import RefreshCatalog
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.facts import fact_rows
from tui.dashboard.screens.models import FactsScreen, Models
from tui.dashboard.shelf import Line, line_row, matching, stocked
from tui.dashboard.standing import lists_line, standing, unusable

Compare = Callable[..., bool]


@pytest.fixture
def stocked_deck(hands: Hands) -> tuple[ModeldeckApp, Executor]:
    executor = Executor(providers=EVERY_STATE)
    return make(executor, clock=hands), executor


async def opened(pilot: Pilot[None]) -> Models:
    await connected(pilot)
    app = pilot.app
    assert isinstance(app, ModeldeckApp)
    await pilot.press(app.desk.key("models"))
    await until(pilot, lambda: "claude-opus-5-5" in screen_text(pilot), "the models")
    assert isinstance(app.screen, Models)
    return app.screen


async def test_the_states_of_a_list_are_told_apart_in_words(stocked_deck: tuple[ModeldeckApp, Executor]) -> None:
    app, _ = stocked_deck
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        shown = screen_text(pilot)
        for told in (
            "Anthropic  anthropic  listed 2m ago · 6 models · 1 gone",
            "could not be read: the key was refused (401)",
            "could not be read: no answer within 20 s · the list of 11:40 stands",
            "Local models  local  read 2m ago, empty",
            "Z.AI  zai  not read",
            "xAI  xai  not configured · 1 model · XAI_API_KEY is not set in the executor",
        ):
            assert told in shown


async def test_beside_the_list_stands_all_that_is_known_and_both_prices_where_sources_disagree(
    stocked_deck: tuple[ModeldeckApp, Executor],
) -> None:
    app, _ = stocked_deck
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await pilot.press("down")
        await until(pilot, lambda: "The strongest: plans and hard bugs" in screen_text(pilot), "what it is good for")
        shown = " ".join(line.partition("│")[2].strip() for line in screen_text(pilot).splitlines())
        for told in (
            "$5.00 in, $25 out per M: the configuration",
            "$4.00 in, $20 out per M: genai-prices as claude-opus-5-5-20261020",
            "1M in, 128k out",
            "efforts    low medium high",
            "Anthropic's own list 2m ago",
        ):
            assert told in shown


async def test_on_a_narrow_screen_the_facts_have_a_screen_of_their_own(
    stocked_deck: tuple[ModeldeckApp, Executor],
) -> None:
    app, _ = stocked_deck
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await pilot.press("down", "enter")
        await until(pilot, lambda: "reasoning  yes" in screen_text(pilot), "the facts")
        assert isinstance(app.screen, FactsScreen)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, Models), "the list")


async def test_a_word_finds_models_by_name_and_by_what_they_can(stocked_deck: tuple[ModeldeckApp, Executor]) -> None:
    app, _ = stocked_deck
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"vision", "enter")
        await until(pilot, lambda: "haiku" not in screen_text(pilot), "the filter")
        assert "claude-sonnet-5-5" in screen_text(pilot)
        assert "Anthropic" in screen_text(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "haiku" in screen_text(pilot), "all models")


async def test_r_refreshes_the_list_of_the_chosen_line_and_capital_r_all(
    stocked_deck: tuple[ModeldeckApp, Executor],
) -> None:
    app, executor = stocked_deck
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("right_square_bracket", "r")
        await until(pilot, lambda: "reading the list of OpenAI anew" in screen_text(pilot), "the hint")
        await pilot.press("R")
        asked = [one for one in executor.asked if isinstance(one, RefreshCatalog)]
        await until(
            pilot, lambda: len([one for one in executor.asked if isinstance(one, RefreshCatalog)]) == 2, "both asked"
        )
        asked = [one for one in executor.asked if isinstance(one, RefreshCatalog)]
        assert [one.providers for one in asked] == [("openai",), ()]
        assert {one.project for one in asked} == {"/shop"}


async def test_a_newer_list_is_shown_and_the_chosen_model_stays_chosen(
    stocked_deck: tuple[ModeldeckApp, Executor],
) -> None:
    app, executor = stocked_deck
    async with app.run_test(size=(100, 30)) as pilot:
        place = await opened(pilot)
        await pilot.press("down", "down")
        one = replace(EVERY_STATE[1], models=(Model("claude-zero"), *EVERY_STATE[1].models))
        executor.offer(one)
        await until(pilot, lambda: "claude-zero" in screen_text(pilot), "the newer list")
        assert place.menu.item is not None
        assert place.menu.item.name == "anthropic/claude-sonnet-5-5"


async def test_without_a_line_the_refresh_key_connects(stocked_deck: tuple[ModeldeckApp, Executor]) -> None:
    app, executor = stocked_deck
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        executor.stop()
        await until(pilot, lambda: "○ stopped" in screen_text(pilot), "the lost line")
        await pilot.press("r")
        await until(pilot, lambda: "● connected" in screen_text(pilot), "the line again")


def test_what_can_not_be_used_says_why() -> None:
    keyless = Provider("openai", models=(Model("gpt-5.5"),))
    need = ProviderItem("openai", None, "api", "absent", "listed", "listed", False, 1, api_key_env="OPENAI_API_KEY")
    assert unusable(keyless, {}) == "no API key configured"
    assert unusable(keyless, {"openai": need}) == "OPENAI_API_KEY is not set in the executor"
    empty = replace(keyless, key="empty")
    assert unusable(empty, {"openai": need}) == "OPENAI_API_KEY is empty in the executor"
    assert unusable(replace(keyless, source="env"), {"openai": need}) == "no agent here runs its models"
    assert unusable(replace(keyless, source="env"), {"openai": replace(need, agents=("codex",))}) is None


def test_what_the_configuration_names_and_can_be_used_is_not_called_unconfigured() -> None:
    named = Provider("anthropic", source="config", key="absent", list="not_listed", models=(Model("claude-opus-5-5"),))
    assert standing(named, NOW)[0] == "not read"
    assert standing(replace(named, source="api"), NOW)[0] == "not configured"
    assert lists_line((named,), NOW).text == " lists: anthropic not read"


def test_a_fact_that_nobody_told_is_unknown_and_not_no_or_nothing() -> None:
    line = Line(EVERY_STATE[1], Model("bare"))
    told = "\n".join(row.text for row in fact_rows(line, 60, NOW, {}))
    for name in ("price", "vision", "tools", "reasoning", "efforts"):
        assert f" {name} ".ljust(12) + "unknown" in told
    assert "context    unknown in, unknown out" in told
    assert "unknown" in line_row(line, 76, NOW, {}).text


def test_models_that_are_gone_or_of_another_use_are_marked() -> None:
    lines = {line.name: line_row(line, 76, NOW, {}).text for line in stocked(EVERY_STATE)}
    assert lines["anthropic/claude-opus-4"].endswith("gone")
    assert lines["anthropic/claude-embed-1"].endswith("embedding")
    assert lines["anthropic/claude-opus-4-1"].endswith("05 Aug ✗")
    assert lines["anthropic/claude-sonnet-4-5"].endswith("30 Nov !")


def test_every_line_fits_its_width() -> None:
    for width in (60, 76, 80, 96, 100):
        for line in stocked(EVERY_STATE):
            assert line_row(line, width, NOW, {}).cut(width).width <= width


def test_the_lists_in_one_line_tell_age_and_cause_and_count_what_is_not_configured() -> None:
    assert lists_line(EVERY_STATE, NOW).text == (
        " lists: openai failed (the key was refused (401)) · google failed (no answer within 20 s) · anthropic 2m ago"
        " · local empty · zai not read · 1 not configured"
    )


def test_a_model_is_found_under_its_provider_and_a_provider_alone_by_its_state() -> None:
    lines = stocked(EVERY_STATE)
    assert [line.name for line in matching(lines, "embedding")] == ["anthropic", "anthropic/claude-embed-1"]
    assert [line.name for line in matching(lines, "gone opus")] == ["anthropic", "anthropic/claude-opus-4"]
    assert "openai" in [line.name for line in matching(lines, "failed")]
    assert matching(lines, "") == lines


async def test_control_characters_of_a_provider_are_only_text() -> None:
    evil = "a\x1b]0;x\x07\u202eb\n[bold]c"
    model = replace(OPUS, id=evil, name=evil, description=evil, efforts=(evil,), input=(evil,), retires=evil)
    executor = Executor(
        providers=(Provider(evil, evil, source="env", models=(model,), gone=(model,), list="failed", error=evil),)
    )
    async with make(executor).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press(pilot.app.desk.key("models"), "down")  # type: ignore[attr-defined]
        await until(pilot, lambda: "reasoning" in screen_text(pilot), "the facts")
        assert not set("\x1b\x07\u202e") & set(screen_text(pilot))


@pytest.mark.parametrize("size", [pytest.param((80, 24), id="80x24"), pytest.param((120, 40), id="120x40")])
def test_the_place_of_models(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[None]) -> None:
        await opened(pilot)
        await pilot.press("down")
        await pilot.pause()

    app = make(Executor(providers=EVERY_STATE), clock=Hands())
    assert snap_compare(app, terminal_size=size, run_before=before)
