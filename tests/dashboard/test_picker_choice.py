"""What the list of models puts first, where it begins, and what enter does without a change."""

from __future__ import annotations

from tests.dashboard.conftest import connected, screen_text, until
from tests.dashboard.fake import HAIKU, NOW, OPUS, PROVIDERS, Executor
from tests.dashboard.inhouse import InHouse
from tests.dashboard.test_picker import everything, picker
from tests.dashboard.test_workflow_editor import config, flat, opened
from tests.dashboard.test_workflow_editor import inside as inside  # noqa: PLC0414  # the fixture
from tests.executor.conftest import house as house  # noqa: PLC0414  # the fixture
from tui.core.catalog import Model, Provider
from tui.core.items import AliasItem
from tui.core.verbs import List
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.news import ModelsRead
from tui.dashboard.offers import BEST, Finder, Shelves, literal, offers
from tui.dashboard.screens.picker import Picker

A = Provider("a", source="env", models=(Model("gpt-5", name="claude killer"), Model("claude-4"), Model("old-gpt-5")))


def found(query: str, *providers: Provider, **more: object) -> list[str | None]:
    return [offer.selector for offer in Finder(everything(*providers, **more)).find(query)]  # type: ignore[arg-type]


def test_an_id_outranks_what_a_description_says_also_of_a_favourite() -> None:
    aliases = (AliasItem("best", "a/claude-4"), AliasItem("claude", "a/gpt-5"))
    for query, first in (("claude", "claude"), ("claude-", "a/claude-4"), ("claude-4", "a/claude-4")):
        assert found(query, A, aliases=aliases, favourites=("best", "a/gpt-5"))[0] == first


def test_an_id_typed_whole_outranks_a_longer_favourite_one() -> None:
    assert found("gpt-5", A, favourites=("a/old-gpt-5",))[:2] == ["a/gpt-5", "a/old-gpt-5"]
    assert found("a/gpt-5", A, favourites=("a/old-gpt-5",))[0] == "a/gpt-5"


def test_an_id_is_found_among_many_whose_descriptions_match_better() -> None:
    many = tuple(Model(f"m{number}", name="zeta") for number in range(2 * BEST))
    long = Model("zeta-" + "x" * 60)
    assert found("zeta", Provider("p", source="env", models=(*many, long)))[0] == f"p/{long.id}"


def test_a_whole_reference_in_no_list_comes_before_descriptions_and_after_ids() -> None:
    in_words = everything(A, Provider("b", source="env", models=(Model("x", name="a/claude-9 rival"),)))
    rows = Finder(in_words).find("a/claude-9")
    at, offer = literal("a/claude-9", rows, (A,))
    assert (at, offer.selector, rows[0].selector) == (0, "a/claude-9", "b/x")
    rows = Finder(in_words).find("a/claude")
    assert literal("a/claude", rows, (A,))[0] == 1
    rows = Finder(in_words).find("rival")
    assert literal("rival", rows, (A,))[0] == len(rows)


def test_the_present_choice_is_offered_also_where_no_list_has_it() -> None:
    rows = offers(Shelves().of((A,), (), {}), (), (), picked="gone/model", now=NOW)
    assert [row.label for row in rows][:4] == ["inherit", "agent default", "now", "gone/model"]
    assert rows[3].doubt == "in no list now"
    rows = offers(Shelves().of((A,), (), {}), (), (), picked="a/gpt-5", now=NOW)
    assert "now" not in [row.label for row in rows]


# --- by keys ----------------------------------------------------------------------------------------------------------


async def test_enter_at_once_changes_nothing_and_keeps_the_effort(deck: ModeldeckApp, executor: Executor) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        card = deck.desk.state.cards[0]
        await pilot.press("m", *OPUS, "enter")
        await until(pilot, lambda: card.plan is not None, "the plan")
        await pilot.press("e")
        await until(pilot, lambda: card.effort == "low" and card.plan, "the effort")
        before = list(deck.desk.state.recents)
        deck.desk.state.recents.clear()
        await pilot.press("m")
        await until(pilot, lambda: isinstance(deck.screen, Picker) and picker(deck).menu.item, "the list")
        assert picker(deck).menu.item.selector == OPUS  # type: ignore[union-attr]
        await until(pilot, lambda: OPUS in picker(deck)._told, "what it resolves to")
        asked = len(executor.asked)
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(deck.screen, Picker), "the deck")
        await pilot.pause()
        assert (card.pick, card.effort) == (OPUS, "low")
        assert executor.asked[asked:] == []
        assert (before, deck.desk.state.recents) == ([OPUS], [])


async def test_away_and_back_is_no_change_either(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        card = deck.desk.state.cards[0]
        card.pick, card.effort = OPUS, "low"
        await pilot.press("m")
        await until(pilot, lambda: isinstance(deck.screen, Picker) and picker(deck).menu.item, "the list")
        await pilot.press("down", "up", "enter")
        await until(pilot, lambda: not isinstance(deck.screen, Picker), "the deck")
        assert (card.pick, card.effort) == (OPUS, "low")


async def test_a_choice_in_no_list_is_the_one_that_is_chosen_and_enter_keeps_it(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        card = deck.desk.state.cards[0]
        card.pick, card.effort = "gone/model", "low"
        await pilot.press("m")
        await until(pilot, lambda: isinstance(deck.screen, Picker) and picker(deck).menu.item, "the list")
        assert picker(deck).menu.item.selector == "gone/model"  # type: ignore[union-attr]
        await until(pilot, lambda: "gone/model" in picker(deck)._told, "what it resolves to")
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(deck.screen, Picker), "the deck")
        assert (card.pick, card.effort) == ("gone/model", "low")


async def test_the_chosen_model_stays_chosen_when_newer_lists_come(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(deck.screen, Picker) and picker(deck).menu.item, "the list")
        screen = picker(deck)
        while screen.menu.item.selector != HAIKU:  # type: ignore[union-attr]
            await pilot.press("down")
        more = (Provider("aaa", source="env", models=tuple(Model(f"m{number}") for number in range(9))), *PROVIDERS)
        state = deck.desk.state
        aliases = (AliasItem("another", OPUS), *state.aliases)
        deck.desk.hear(ModelsRead(more, aliases, tuple(state.needs.values())))
        await until(pilot, lambda: any(offer.selector == "aaa/m0" for offer in screen.menu.items), "the newer lists")
        assert screen.menu.item.selector == HAIKU  # type: ignore[union-attr]


async def test_what_a_line_resolves_to_is_asked_again_with_newer_lists(deck: ModeldeckApp, executor: Executor) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m", *"sonnet")
        await until(pilot, lambda: isinstance(deck.screen, Picker) and "sonnet" in picker(deck)._told, "the preview")
        asked = len(executor.asked)
        state = deck.desk.state
        deck.desk.hear(ModelsRead(state.providers, state.aliases, tuple(state.needs.values())))

        def again() -> bool:
            plans = [one for one in executor.asked[asked:] if isinstance(one, List) and one.view == "plan"]
            return any(request.model == "sonnet" for plan in plans for request in plan.requests)

        await until(pilot, again, "the question")


async def test_the_key_of_the_own_default_begins_with_it_and_enter_writes_nothing(inside: InHouse) -> None:
    before = config(inside).read_text()
    async with opened(inside, "Ticket") as pilot:
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
        screen = pilot.app.screen
        assert isinstance(screen, Picker)
        await until(pilot, lambda: screen.menu.item and screen.menu.item.selector == "haiku", "the present default")
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Picker), "the deck")
        await pilot.pause()
        assert config(inside).read_text() == before
        assert "Your default" not in flat(pilot)


async def test_the_heads_of_the_columns_follow_the_width(deck: ModeldeckApp, executor: Executor) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m")
        await until(pilot, lambda: "context  effort    sees" in screen_text(pilot), "all columns")
        await pilot.resize_terminal(90, 30)
        await until(pilot, lambda: "context  sees" in screen_text(pilot), "those that there is room for")
