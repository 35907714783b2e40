"""Defaults written from the dashboard, over a real executor and real files: the editor, the picker's second keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import ENV, Hands, connected, screen_text, until
from tests.dashboard.inhouse import InHouse
from tests.executor.conftest import House
from tests.executor.conftest import house as house  # noqa: PLC0414  # the fixture
from tui.core.config_verbs import SetDefault, StageDefault, UpdateWorkflow
from tui.core.items import StageSummary, WorkflowItem
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.cache import recall
from tui.dashboard.defaults import Defaults, editable
from tui.dashboard.screens.create import CreateMenu
from tui.dashboard.screens.picker import Picker
from tui.dashboard.screens.workflow_editor import WorkflowEditor

PARTS = """
  parts:
    title: In parts
    stages:
      - name: study   # first
        profile: quick
        substeps:
          - {name: look, model: haiku}
          - {name: think}
      - {name: ok, type: approval}
      - {name: build, profile: quick, model: gone/model, effort: low}  # kept
"""


@pytest.fixture
def inside(house: House) -> InHouse:
    inside = InHouse(house)
    file = house.locations.config_file
    file.write_text(file.read_text() + PARTS)
    return inside


def config(inside: InHouse) -> Path:
    return inside.house.locations.config_file


@asynccontextmanager
async def opened(
    inside: InHouse, title: str = "In parts", size: tuple[int, int] = (120, 40), cache: Path | None = None
) -> AsyncIterator[Pilot[None]]:
    """The deck, with the card of that title focused."""
    app = ModeldeckApp(inside.house.project, lambda: inside, env=ENV, clock=Hands(), cache=cache)
    async with app.run_test(size=size, notifications=True) as pilot:
        await connected(pilot)
        await pilot.press("slash", *title, "enter")
        await until(pilot, lambda: title in screen_text(pilot), "the card")
        yield pilot


async def editor(pilot: Pilot[None]) -> WorkflowEditor:
    await pilot.press("E")
    await until(pilot, lambda: isinstance(pilot.app.screen, WorkflowEditor), "the editor")
    screen = pilot.app.screen
    assert isinstance(screen, WorkflowEditor)
    await until(pilot, lambda: "would run" in screen_text(pilot) and "…  " not in screen_text(pilot), "the plan")
    return screen


async def picked(pilot: Pilot[None], *keys: str) -> None:
    """Choose a model in the list that ``m`` opens."""
    await pilot.press("m")
    await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
    await pilot.press(*keys, "enter")
    await until(pilot, lambda: not isinstance(pilot.app.screen, Picker), "the editor again")


def line_of(pilot: Pilot[None], text: str) -> str:
    return next((line for line in screen_text(pilot).splitlines() if text in line), "")


async def test_every_stage_shows_what_it_says_and_what_it_would_run(inside: InHouse) -> None:
    async with opened(inside) as pilot:
        await editor(pilot)
        shown = screen_text(pilot)
        assert 'Defaults of "In parts"' in shown
        assert shown.index(" study") < shown.index("   look") < shown.index("   think") < shown.index("ok: a gate")
        assert "[ haiku" in line_of(pilot, "  look")
        assert "[ no default" in line_of(pilot, "  think")
        assert "stage default" in line_of(pilot, "  look")
        build = line_of(pilot, "[ gone/model")
        assert " build" in build
        assert "low" in build
        assert 'kept: stage default "gone/model" not found' in shown


async def test_a_choice_shows_what_it_would_run_and_is_written_when_saved(inside: InHouse) -> None:
    before = config(inside).read_text()
    async with opened(inside) as pilot:
        await editor(pilot)
        await pilot.press("j")
        await picked(pilot, *"opus")
        await until(pilot, lambda: "claude-opus" in line_of(pilot, "think"), "what it would run")
        assert "*  think" in line_of(pilot, "think")
        assert config(inside).read_text() == before
        await pilot.press("s")
        await until(pilot, lambda: f"Written to {config(inside)}" in flat(pilot), "where it was written")
        assert config(inside).read_text() == before.replace("{name: think}", "{name: think, model: opus}")


def flat(pilot: Pilot[None]) -> str:
    """All that was told."""
    return " ".join(note.message for note in pilot.app._notifications)


@pytest.mark.parametrize(("keys", "written"), [((), None), (("down",), "inherit"), (("down",) * 2, "agent-default")])
async def test_nothing_inherit_and_agent_default_are_three_lines_and_three_things(
    inside: InHouse, keys: tuple[str, ...], written: str | None
) -> None:
    before = config(inside).read_text()
    async with opened(inside) as pilot:
        await editor(pilot)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
        await until(pilot, lambda: "no default of its own" in screen_text(pilot), "the lines")
        await pilot.press(*["up"] * 20, *keys, "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, Picker), "the editor again")
        await pilot.press("s")
        await until(pilot, lambda: "Written to" in flat(pilot), "where it was written")
        stage = "{name: look}" if written is None else f"{{name: look, model: {written}}}"
        assert config(inside).read_text() == before.replace("{name: look, model: haiku}", stage)
        card = pilot.app.desk.state.card  # type: ignore[attr-defined]
        await until(pilot, lambda: card("parts").item.stages[0].model == written, "it is told apart when read back")


async def test_a_row_is_reset_and_leaving_asks_while_something_is_unsaved(inside: InHouse) -> None:
    before = config(inside).read_text()
    async with opened(inside) as pilot:
        screen = await editor(pilot)
        await picked(pilot, *"sonnet")
        await pilot.press("escape")
        await until(pilot, lambda: "again throws away what you changed" in screen_text(pilot), "the question")
        await pilot.press("u")
        assert screen.defaults.touched == {}
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, WorkflowEditor), "the deck")
        assert config(inside).read_text() == before


async def test_what_somebody_else_wrote_meanwhile_is_shown_beside_ones_own(inside: InHouse) -> None:
    async with opened(inside) as pilot:
        screen = await editor(pilot)
        await picked(pilot, *"sonnet")
        other = UpdateWorkflow("parts", {0: StageDefault("opus"), 1: StageDefault("haiku")})
        await inside.start(replace(other, project=str(inside.house.project)))
        await pilot.press("s")
        await until(pilot, lambda: "written meanwhile: opus; yours is kept" in screen_text(pilot), "both")
        assert "[ sonnet" in line_of(pilot, "  look")
        assert "[ haiku" in line_of(pilot, "  think")
        assert "{name: look, model: opus}" in config(inside).read_text()
        pilot.app.desk.stray.clock.seconds += 10  # type: ignore[attr-defined]
        await pilot.press("s")
        await until(pilot, lambda: "again writes yours over" in screen_text(pilot), "the question")
        await pilot.press("y")
        await until(pilot, lambda: "[ opus" in line_of(pilot, "  look"), "theirs")
        assert screen.defaults.touched == {}


async def test_the_menu_opens_the_editor_too_at_eighty_columns(inside: InHouse) -> None:
    async with opened(inside, size=(80, 24)) as pilot:
        await pilot.press("full_stop")
        await until(pilot, lambda: isinstance(pilot.app.screen, CreateMenu), "the menu")
        await until(pilot, lambda: "Edit the defaults of In parts" in screen_text(pilot), "the line")
        await pilot.press("j", "j", "j", "j", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, WorkflowEditor), "the editor")
        await until(pilot, lambda: " build" in line_of(pilot, "[ gone/model"), "the stages")


def test_what_can_not_be_written_says_why() -> None:
    def item(**fields: object) -> WorkflowItem:
        base = {"name": "w", "title": "W", "description": None, "origin": "user", "stages": ()}
        return WorkflowItem(**(base | fields))  # type: ignore[arg-type]

    assert editable(item()) is None
    assert editable(item(origin="project")) is None
    assert "another program's file" in (editable(item(origin="discovered")) or "")
    assert editable(item(runnable=False, why_not="not trusted")) == "not trusted"


def test_changes_survive_a_change_elsewhere_and_go_with_stages_that_are_gone() -> None:
    def item(*stages: tuple[str, str | None]) -> WorkflowItem:
        return WorkflowItem("w", "W", None, "user", tuple(StageSummary(name, model=model) for name, model in stages))

    defaults = Defaults(item(("plan", "opus"), ("build", "haiku")))
    defaults.choose(0, "sonnet")
    defaults.overtaken(item(("plan", "opus"), ("build", "opus")))
    assert (defaults.touched, defaults.theirs) == ({0: ("sonnet", None)}, {})
    assert defaults.choice(1) == ("opus", None)
    defaults.overtaken(item(("plan", "sonnet"), ("build", "opus")))
    assert defaults.touched == {}
    defaults.choose(1, "haiku")
    defaults.overtaken(item(("build", "opus")))
    assert (defaults.touched, defaults.theirs) == ({}, {})


# --- the picker's second keys -----------------------------------------------------------------------------------------


async def test_a_model_is_made_the_default_of_all_stages_when_asked_twice_and_put_back(inside: InHouse) -> None:
    before = config(inside).read_text()
    async with opened(inside, "Ticket") as pilot:
        await pilot.press("m", *"haiku")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
        await pilot.pause()
        await pilot.press("ctrl+d")
        await until(
            pilot, lambda: "the default of 3 stages (now opus, sonnet, no default)" in screen_text(pilot), "ask"
        )
        assert config(inside).read_text() == before
        await pilot.press("ctrl+d")
        await until(pilot, lambda: "3 stages: written to" in flat(pilot), "what was written")
        changed = [line for line in config(inside).read_text().splitlines() if line not in before.splitlines()]
        assert [line.partition("model: ")[2] for line in changed] == ["haiku}"] * 3
        card = pilot.app.desk.state.card  # type: ignore[attr-defined]
        await until(pilot, lambda: card("ticket").item.stages[0].model == "haiku", "the deck read anew")
        await until(pilot, lambda: "stage default (plan): haiku" in screen_text(pilot), "why on the card")
        await pilot.press("u")
        await until(pilot, lambda: "What was there is back" in flat(pilot), "the old ones")
        assert config(inside).read_text() == before


async def test_letters_and_second_keys_do_not_mix(inside: InHouse) -> None:
    async with opened(inside, "Ticket") as pilot:
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
        await pilot.press(*"fad", "ctrl+f", "ctrl+d")
        await pilot.pause()
        query = pilot.app.screen.query_one("#query")
        assert query.value == "fad"  # type: ignore[attr-defined]
        foot = screen_text(pilot).splitlines()[-1]
        assert "ctrl+d" in foot
        await until(pilot, lambda: "ctrl+f favourite" in screen_text(pilot).splitlines()[-1], "the keys")


async def test_a_favourite_shows_at_once_ranks_first_and_is_there_after_a_restart(inside: InHouse) -> None:
    before = config(inside).read_text()
    async with opened(inside, "Ticket") as pilot:
        await pilot.press("m", *"claude")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
        screen = pilot.app.screen
        assert isinstance(screen, Picker)
        await until(pilot, lambda: len(screen.menu.items) > 3, "the matches")
        await pilot.press("down", "down")
        chosen = screen.menu.item
        assert chosen is not None
        await pilot.press("ctrl+f")
        await until(pilot, lambda: screen.menu.items[0].selector == chosen.selector, "the first of all")
        assert screen.menu.items[0].favourite
        assert screen.menu.item is not None
        assert screen.menu.item.selector == chosen.selector
        assert config(inside).read_text() == f"{before}favourites: [{chosen.selector}]\n"
    async with opened(inside, "Ticket") as pilot:
        assert pilot.app.desk.state.status.favourites == (chosen.selector,)  # type: ignore[attr-defined]
        await pilot.press("m", *"claude")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
        pilot.app.desk.stray.clock.seconds += 5  # type: ignore[attr-defined]
        await pilot.press("ctrl+f")
        await until(pilot, lambda: config(inside).read_text() == before, "none any more")


async def test_your_own_default_is_written_by_a_command_of_its_own(inside: InHouse) -> None:
    before = config(inside).read_text()
    async with opened(inside, "Ticket") as pilot:
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
        await until(pilot, lambda: "none of your own" in screen_text(pilot), "what it begins with")
        assert "ctrl+d" not in screen_text(pilot)
        await pilot.press(*"sonnet", "enter")
        await until(pilot, lambda: "Your default: written to" in flat(pilot), "where it was written")
        assert config(inside).read_text() == before.replace("default_model: haiku", "default_model: sonnet")
        assert "u puts back haiku" in flat(pilot)
        await until(pilot, lambda: "u undo" in screen_text(pilot).splitlines()[-1], "the key")
        await pilot.press("u")
        await until(pilot, lambda: "What was there is back" in flat(pilot), "the old one")
        assert config(inside).read_text() == before


async def test_a_default_of_your_own_that_was_changed_since_is_not_put_back(inside: InHouse) -> None:
    async with opened(inside, "Ticket") as pilot:
        await pilot.press("D")
        await until(pilot, lambda: "none of your own" in screen_text(pilot), "the list")
        await pilot.press(*"sonnet", "enter")
        await until(pilot, lambda: "Your default: written to" in flat(pilot), "where it was written")
        await inside.start(SetDefault("opus"))
        await pilot.press("u")
        await until(pilot, lambda: "was changed since; nothing was put back" in flat(pilot), "that it was not")
        assert "default_model: opus" in config(inside).read_text()


async def test_what_was_taken_last_is_remembered_over_a_restart(inside: InHouse, tmp_path: Path) -> None:
    cache = tmp_path / "deck.json"
    async with opened(inside, "Ticket", cache=cache) as pilot:
        await picked(pilot, *"sonnet")
        await until(pilot, lambda: recall(cache, inside.house.project).recents == ["sonnet"], "the cache")
