"""The effort beside a card's model: only levels that the model has, and never with another model."""

from __future__ import annotations

from dataclasses import replace

from tests.dashboard.conftest import connected, screen_text, until
from tests.dashboard.fake import Executor, workflow
from tui.core.catalog import Model, Provider
from tui.core.verbs import StartWorkflow
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.efforts import levels


async def test_the_key_steps_through_the_levels_that_the_model_has(deck: ModeldeckApp, executor: Executor) -> None:
    executor.workflows = (workflow("one", "One step", ("plan", "opus")),)
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        card = deck.desk.state.cards[0]
        for level in ("low", "medium", "high"):
            await pilot.press("e")
            await until(pilot, lambda wanted=level: f"▾] {wanted}" in screen_text(pilot), f"the effort {level}")  # type: ignore[misc]
        await pilot.press("e")
        await until(pilot, lambda: card.plan and card.effort is None, "no effort again")


async def test_an_effort_is_not_carried_over_to_another_model(deck: ModeldeckApp, executor: Executor) -> None:
    executor.workflows = (workflow("one", "One step", ("plan", "opus")),)
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        card = deck.desk.state.cards[0]
        await pilot.press("e")
        await until(pilot, lambda: card.plan and "▾] low" in screen_text(pilot), "the effort")
        await pilot.press("right_square_bracket", "right_square_bracket")
        await until(pilot, lambda: card.plan and card.pick == "haiku", "another model")
        assert card.effort is None


async def test_an_effort_goes_when_the_same_name_means_another_model(deck: ModeldeckApp, executor: Executor) -> None:
    executor.workflows = (workflow("one", "One step", ("plan", "opus")),)
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        card = deck.desk.state.cards[0]
        await pilot.press("e")
        await until(pilot, lambda: card.plan and card.effort == "low", "the effort")
        executor.workflows = (workflow("one", "One step", ("plan", "haiku")),)
        executor.offer(*executor.providers)
        await until(pilot, lambda: card.plan and card.effort is None, "the effort gone")
        assert card.plan is not None
        assert card.plan.steps[0].effort is None


async def test_where_no_level_is_known_the_key_says_so(deck: ModeldeckApp, executor: Executor) -> None:
    executor.workflows = (workflow("one", "One step", ("plan", "haiku")),)
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("e")
        await until(
            pilot, lambda: "The effort levels of claude-haiku-5-5 are not known" in screen_text(pilot), "the hint"
        )


def test_a_level_that_a_later_step_is_known_to_lack_is_not_offered() -> None:
    plan = Executor((workflow("w", "W", ("a", "opus"), ("b", "haiku")),)).plan(StartWorkflow("w"))
    opus = Model("claude-opus-5-5", efforts=("low", "high"))
    haiku = Model("claude-haiku-5-5")
    assert levels(plan, (Provider("anthropic", models=(opus, haiku)),)) == ("low", "high")
    lesser = replace(haiku, efforts=("low",))
    assert levels(plan, (Provider("anthropic", models=(opus, lesser)),)) == ("low",)
    assert levels(plan, ()) == ()
