"""One table of keys feeds the bindings, the footer, the help and the palette."""

from __future__ import annotations

from tests.dashboard.conftest import connected, screen_text, until
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.key import Scope
from tui.dashboard.keymap import BY_ID, KEYS, SCOPES, bindings
from tui.dashboard.palette import Keys

TAKEN = {"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+q", "ctrl+o", "ctrl+j", "shift+enter"}
TOGETHER: tuple[tuple[Scope, ...], ...] = (
    ("list", "workflows", "everywhere"),
    ("list", "runs", "everywhere"),
    ("list", "models"),
    ("run", "everywhere"),
    ("list", "trust"),  # q leaves a text, not the dashboard
    ("list", "text"),
    ("picker",),
    ("editor",),
    ("start",),
)


def test_every_key_has_an_id_of_its_own_a_description_and_a_tooltip() -> None:
    assert len(BY_ID) == len(KEYS)
    for binding in bindings(*SCOPES):
        assert binding.id
        assert binding.description
        assert binding.tooltip
    assert {key.scope for key in KEYS} <= set(SCOPES)


def test_no_key_that_terminals_and_multiplexers_want_for_themselves() -> None:
    used = {key for entry in KEYS for key in entry.keys.split(",")}
    assert not used & TAKEN
    assert not [key for key in used if key.startswith("alt+")]


def test_no_key_means_two_things_in_one_place() -> None:
    for scopes in TOGETHER:
        keys = [key for entry in KEYS if entry.scope in scopes for key in entry.keys.split(",")]
        assert len(keys) == len(set(keys)), scopes


async def test_the_help_lists_every_key(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 200)) as pilot:
        await connected(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: "All runs, the newest first" in screen_text(pilot), "the help")
        shown = screen_text(pilot)
        assert [key.tooltip for key in KEYS if key.tooltip not in shown] == []


async def test_the_palette_offers_what_works_here_and_does_it(deck: ModeldeckApp) -> None:
    async with deck.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        palette = Keys(deck.screen)
        titles = [title for title, _, _ in palette._commands()]
        assert "Pick a model  (m)" in titles
        assert not [title for title in titles if title.startswith("Cancel")]
        await pilot.press("ctrl+p")
        await pilot.pause()
        await pilot.press(*"Pick a model")
        await until(pilot, lambda: "Pick a model" in screen_text(pilot), "the hit")
        await pilot.press("enter")
        await until(pilot, lambda: 'Model for "Create a spec"' in screen_text(pilot), "the picker")
