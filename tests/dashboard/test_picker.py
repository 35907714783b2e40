"""The picker: one list for every choice of a model."""

from __future__ import annotations

from tests.dashboard.conftest import connected, make, screen_text, until
from tests.dashboard.fake import HAIKU, OPUS, Executor
from tui.core.catalog import Model, Provider
from tui.core.verbs import AliasItem
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.offers import AGENT_DEFAULT, BEST, Finder, offers
from tui.dashboard.screens.picker import Picker


def picker(app: ModeldeckApp) -> Picker:
    assert isinstance(app.screen, Picker)
    return app.screen


async def test_inherit_and_agent_default_come_first_then_tags_aliases_favourites_and_providers(
    deck: ModeldeckApp,
) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m")
        await until(pilot, lambda: f"would be {OPUS}" in screen_text(pilot), "what inherit would be")
        labels = [offer.label for offer in picker(deck).menu.items]
        assert labels[:4] == ["inherit", "agent default", "tags", "node:fast"]
        assert labels.index("aliases") < labels.index("favourites") < labels.index("Anthropic") < labels.index("OpenAI")


async def test_enter_takes_the_model_for_this_card_alone(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m", *"haiku", "enter")
        await until(pilot, lambda: "run model: haiku" in screen_text(pilot), "the reason on the card")
        assert [card.pick for card in deck.desk.state.cards] == ["haiku", None, None, None, None]


async def test_escape_keeps_what_was_picked(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m", *"haiku", "escape")
        await until(pilot, lambda: not isinstance(deck.screen, Picker), "the deck")
        assert deck.desk.state.cards[0].pick is None


async def test_what_a_line_comes_to_is_told_below_before_it_is_taken(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m", *"sonnet-5")
        await until(
            pilot, lambda: "run model: anthropic/claude-sonnet-5-5" in screen_text(pilot), "the preview of the line"
        )


async def test_what_can_not_run_is_not_taken_and_says_why(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m", *"gpt-9")
        await until(pilot, lambda: 'Model "gpt-9" not found' in screen_text(pilot), "the refusal")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(deck.screen, Picker)


async def test_facts_that_no_source_gave_are_unknown_and_not_zero(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m", *"gpt-5")
        await until(pilot, lambda: "openai/gpt-5.5" in screen_text(pilot), "the model")
        line = next(line for line in screen_text(pilot).splitlines() if "openai/gpt-5.5  no cred" in line)
        assert "no credentials" in line
        assert "unknown" in line
        assert "400k" in line


async def test_the_picked_model_is_chosen_when_the_list_opens_again(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m", *"sonnet", "enter")
        await pilot.pause()
        await pilot.press("m")
        await pilot.pause()
        item = picker(deck).menu.item
        assert item is not None
        assert item.selector == "sonnet"


ALIASES = (AliasItem("opus", OPUS), AliasItem("glm", None, "no such model here"), AliasItem("node:fast", HAIKU))


def test_an_alias_that_means_nothing_now_says_so_and_can_not_be_taken() -> None:
    found = {offer.label: offer for offer in offers((), ALIASES, (), None)}
    assert found["glm"].why_not == "no such model here"
    assert found["opus"].why_not is None


def test_a_favourite_that_is_gone_is_marked_and_kept() -> None:
    found = {offer.label: offer for offer in offers((), ALIASES, ("zai/glm-4",), None)}
    assert found["zai/glm-4"].doubt == "in no list now"


def test_favourites_rank_first_while_filtering_and_stand_there_once() -> None:
    models = tuple(Model(f"claude-{name}-5") for name in ("haiku", "opus", "sonnet"))
    everything = offers((Provider("anthropic", source="env", models=models),), (), ("anthropic/claude-sonnet-5",), None)
    found = [offer.selector for offer in Finder(everything).find("claude")]
    assert found == ["anthropic/claude-sonnet-5", "anthropic/claude-opus-5", "anthropic/claude-haiku-5"]


def test_the_agent_s_default_is_found_by_its_name() -> None:
    assert [offer.selector for offer in Finder(offers((), (), (), None)).find("agent")] == [AGENT_DEFAULT]


def test_of_ten_thousand_models_only_the_best_are_scored() -> None:
    models = tuple(Model(f"claude-model-{number}") for number in range(10_000))
    finder = Finder(offers((Provider("big", source="env", models=models),), (), (), None))
    assert len(finder.find("")) > 10_000
    for query in ("c", "cl", "claude", "claude-model-99"):
        found = finder.find(query)
        assert finder.scored <= BEST
        assert len(found) <= BEST
    assert finder.find("claude-model-9999")[0].selector == "big/claude-model-9999"
    assert finder.scored == 1


async def test_ten_thousand_models_draw_only_the_lines_in_view() -> None:
    models = tuple(Model(f"claude-model-{number}") for number in range(10_000))
    executor = Executor(providers=(Provider("big", source="env", models=models),))
    app = make(executor)
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m")
        await pilot.pause()
        await pilot.press(*["pagedown"] * 5)
        await pilot.pause()
        assert len(picker(app).menu._drawn) < 400
