"""The picker: one list for every choice of a model."""

from __future__ import annotations

from pathlib import Path

from tests.dashboard.conftest import connected, make, screen_text, until
from tests.dashboard.fake import HAIKU, NOW, OPUS, Executor
from tests.dashboard.offering import EVERY_STATE
from tui.core.catalog import Model, Provider
from tui.core.items import AliasItem
from tui.core.verbs import RefreshCatalog
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.cache import recall
from tui.dashboard.offers import AGENT_DEFAULT, BEST, Finder, Offer, Shelves, offers, shelf, unlisted
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


def everything(
    *providers: Provider,
    aliases: tuple[AliasItem, ...] = (),
    favourites: tuple[str, ...] = (),
    recents: tuple[str, ...] = (),
) -> list[Offer]:
    return offers(shelf(providers, favourites, {}), aliases, favourites, recents=recents, now=NOW)


ALIASES = (AliasItem("opus", OPUS), AliasItem("glm", None, "no such model here"), AliasItem("node:fast", HAIKU))


def test_an_alias_that_means_nothing_now_says_so_and_can_not_be_taken() -> None:
    found = {offer.label: offer for offer in everything(aliases=ALIASES)}
    assert found["glm"].why_not == "no such model here"
    assert found["opus"].why_not is None


def test_a_favourite_that_is_gone_is_marked_and_kept() -> None:
    found = {offer.label: offer for offer in everything(aliases=ALIASES, favourites=("zai/glm-4",))}
    assert found["zai/glm-4"].doubt == "in no list now"


def test_a_favourite_that_is_made_for_something_else_says_what_for() -> None:
    models = (Model("chat-1"), Model("embed-1", use="embedding"))
    offered = everything(Provider("a", source="env", models=models), favourites=("a/embed-1",))
    (embed,) = (offer for offer in offered if offer.selector == "a/embed-1")
    assert (embed.why_not, embed.doubt) == ("it is for embedding, not for chat", None)


def test_favourites_rank_first_while_filtering_and_stand_there_once() -> None:
    models = tuple(Model(f"claude-{name}-5") for name in ("haiku", "opus", "sonnet"))
    offered = everything(Provider("anthropic", source="env", models=models), favourites=("anthropic/claude-sonnet-5",))
    found = [offer.selector for offer in Finder(offered).find("claude")]
    assert found == ["anthropic/claude-sonnet-5", "anthropic/claude-opus-5", "anthropic/claude-haiku-5"]


def test_the_agent_s_default_is_found_by_its_name() -> None:
    assert [offer.selector for offer in Finder(everything()).find("agent")] == [AGENT_DEFAULT]


def test_of_ten_thousand_models_only_the_best_are_scored() -> None:
    models = tuple(Model(f"claude-model-{number}") for number in range(10_000))
    finder = Finder(everything(Provider("big", source="env", models=models)))
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


async def test_groups_tell_the_state_and_age_of_their_list_and_one_line_tells_all_lists() -> None:
    async with make(Executor(providers=EVERY_STATE)).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m")
        await until(pilot, lambda: "Anthropic  listed 2m ago" in screen_text(pilot), "the list")
        assert "lists: openai failed (the key was refused (401))" in screen_text(pilot)
        await pilot.press("end", *["pagedown"] * 2)
        await pilot.pause()
        shown = screen_text(pilot)
        assert "OpenAI  could not be read: the key was refused (401)" in shown
        assert "xAI  not configured · XAI_API_KEY is not set in the executor" in shown


async def test_a_price_a_size_eyes_and_the_end_are_told_at_eighty_columns_too() -> None:
    async with make(Executor(providers=EVERY_STATE)).run_test(size=(80, 24)) as pilot:
        await connected(pilot)
        await pilot.press("m", *"sonnet-4-5")
        await until(pilot, lambda: "30 Nov !" in screen_text(pilot), "the end")
        await pilot.press(*["backspace"] * 10, *"opus-5")
        await until(pilot, lambda: "5.00/25" in screen_text(pilot), "the price")
        line = next(line for line in screen_text(pilot).splitlines() if "5.00/25" in line)
        assert "1M  image" in line


async def test_why_a_provider_can_not_be_used_is_told_below_the_list(executor: Executor) -> None:
    async with make(executor).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m", *"openai/gpt-5.5")
        await until(pilot, lambda: "OPENAI_API_KEY is not set in the executor" in screen_text(pilot), "why")


async def test_the_refresh_key_reads_all_lists_anew_while_letters_go_to_the_filter(executor: Executor) -> None:
    async with make(executor).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m", "r", "ctrl+r")
        await until(pilot, lambda: any(isinstance(one, RefreshCatalog) for one in executor.asked), "the request")
        assert picker(pilot.app).query_one("#query").value == "r"  # type: ignore[arg-type, attr-defined]


async def test_what_was_taken_is_a_recent_one_next_time_and_in_the_next_window(
    executor: Executor, tmp_path: Path
) -> None:
    cache = tmp_path / "deck.json"
    app = make(executor, cache=cache)
    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m", *"sonnet-4-5", "enter")
        await until(pilot, lambda: app.desk.state.cards[0].pick, "the pick")
        await pilot.press("m")
        await pilot.pause()
        labels = [offer.label for offer in picker(app).menu.items]
        assert labels[labels.index("recents") + 1] == "anthropic/claude-sonnet-4-5"
    assert recall(cache, Path("/shop")).recents == ["anthropic/claude-sonnet-4-5"]
    assert recall(cache, Path("/other")).recents == []


def test_models_of_another_use_are_left_out() -> None:
    found = [offer.selector for offer in everything(*EVERY_STATE)]
    assert "anthropic/claude-haiku-5-5" in found
    assert "anthropic/claude-embed-1" not in found


def test_what_was_taken_and_is_gone_from_its_list_says_so() -> None:
    found = {offer.label: offer for offer in everything(*EVERY_STATE, recents=("anthropic/claude-opus-4", "x/y"))}
    assert found["anthropic/claude-opus-4"].doubt == "gone from the list of Anthropic"
    assert found["x/y"].doubt == "in no list now"


def test_a_name_of_a_list_that_could_not_be_read_is_passed_as_it_is_written() -> None:
    assert unlisted("openai/gpt-9", EVERY_STATE) == "the list of OpenAI could not be read: passed as it is written"
    assert unlisted("zai/glm-9", EVERY_STATE) == "the list of Z.AI is not read: passed as it is written"
    assert unlisted("anthropic/claude-9", EVERY_STATE) == "whether it exists is told below"


def test_a_shelf_is_made_once_for_the_same_lists() -> None:
    shelves = Shelves()
    first = shelves.of(EVERY_STATE, (), {})
    assert shelves.of(EVERY_STATE, (), {}) is first
    assert shelves.of(EVERY_STATE, ("opus",), {}) is not first
    assert shelves.of(EVERY_STATE[1:], (), {}) is not first


def test_what_can_be_used_ranks_before_what_can_not_and_a_word_s_beginning_before_its_middle() -> None:
    usable = Provider("b", source="env", models=(Model("mini-gpt"), Model("xmini")))
    offered = everything(Provider("a", models=(Model("mini-gpt"),)), usable)
    assert [offer.selector for offer in Finder(offered).find("mini")] == ["b/mini-gpt", "a/mini-gpt", "b/xmini"]
