"""Two writers of one workflow's defaults: every order in which the other's change and the user's key can arrive."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from tests.dashboard.conftest import screen_text, until
from tests.dashboard.held import Held
from tests.dashboard.test_workflow_editor import PARTS, config, editor, flat, line_of, opened, picked
from tests.executor.conftest import House
from tests.executor.conftest import house as house  # noqa: PLC0414  # the fixture
from tui.core.config_verbs import StageDefault, UpdateWorkflow
from tui.core.verbs import List
from tui.dashboard.screens.picker import Picker
from tui.dashboard.screens.workflow_editor import WorkflowEditor

BOTH = "written meanwhile: opus; yours is kept"


@pytest.fixture
def inside(house: House) -> Held:
    inside = Held(house)
    file = house.locations.config_file
    file.write_text(file.read_text() + PARTS)
    return inside


async def other_writes(inside: Held, model: str = "opus", index: int = 0) -> None:
    """Somebody else writes a default of the same workflow."""
    other = UpdateWorkflow("parts", {index: StageDefault(model)}, project=str(inside.house.project))
    await inside.house.executor.verbs.start(other)


def reads_workflows(request: object) -> bool:
    return isinstance(request, List) and request.view == "workflows"


def reads_status(request: object) -> bool:
    return isinstance(request, List) and request.view == "status"


def saves(request: object) -> bool:
    return isinstance(request, UpdateWorkflow) and not request.dry_run


def saved(inside: Held) -> list[object]:
    return [one for one in inside.asked if saves(one)]


async def test_the_other_change_is_known_before_the_key(inside: Held) -> None:
    async with opened(inside) as pilot:
        await editor(pilot)
        await picked(pilot, *"sonnet")
        await other_writes(inside)
        await until(pilot, lambda: BOTH in screen_text(pilot), "both")
        await pilot.press("s")
        await until(pilot, lambda: "again writes yours over" in screen_text(pilot), "the question")
        assert saved(inside) == []
        assert "{name: look, model: opus}" in config(inside).read_text()


async def test_the_other_change_becomes_known_between_the_key_and_the_save(inside: Held) -> None:
    async with opened(inside) as pilot:
        screen = await editor(pilot)
        await picked(pilot, *"sonnet")
        reading = inside.hold(reads_workflows)
        await other_writes(inside)
        screen._ask()  # as the event does; it is a conflict, and what is there now is being read
        await until(pilot, lambda: reading.waiting, "the reading of what is there now")
        reading.release()  # it goes on in the loop's next turn, and so does what the key began
        screen.action_save()
        await until(pilot, lambda: BOTH in screen_text(pilot), "both")
        await until(pilot, lambda: not screen._saving, "the answer to the save")
        assert "{name: look, model: opus}" in config(inside).read_text()
        assert "[ sonnet" in line_of(pilot, "  look")


async def test_the_save_is_answered_before_the_other_change_is_heard_of(inside: Held) -> None:
    async with opened(inside) as pilot:
        await editor(pilot)
        await picked(pilot, *"sonnet")
        event = inside.hold(reads_status)
        await other_writes(inside)
        await pilot.press("s")
        await until(pilot, lambda: BOTH in screen_text(pilot), "both")
        assert "{name: look, model: opus}" in config(inside).read_text()
        event.release()
        card = pilot.app.desk.state.card  # type: ignore[attr-defined]
        await until(pilot, lambda: card("parts").item.stages[0].model == "opus", "the deck was read again")
        await pilot.pause()
        assert BOTH in screen_text(pilot)


async def test_one_s_own_save_is_heard_of_before_it_is_answered(inside: Held) -> None:
    async with opened(inside) as pilot:
        await editor(pilot)
        await picked(pilot, *"sonnet")
        answer = inside.hold(saves)
        await pilot.press("s")
        await until(pilot, lambda: answer.waiting, "the save")
        card = pilot.app.desk.state.card  # type: ignore[attr-defined]
        await until(pilot, lambda: card("parts").item.stages[0].model == "sonnet", "the deck was read again")
        await pilot.pause()
        answer.release()
        await until(pilot, lambda: not isinstance(pilot.app.screen, WorkflowEditor), "the deck")
        assert "somebody else" not in flat(pilot)
        assert "Written to" in flat(pilot)


async def test_a_third_change_between_the_two_keys_is_asked_about_again(inside: Held) -> None:
    async with opened(inside) as pilot:
        screen = await editor(pilot)
        await picked(pilot, *"sonnet")
        await other_writes(inside)
        await until(pilot, lambda: BOTH in screen_text(pilot), "both")
        await pilot.press("s")
        await other_writes(inside, "agent-default")
        await until(pilot, lambda: screen.defaults.theirs == {0: ("agent-default", None)}, "the newer one")
        await pilot.press("s")
        await pilot.pause()
        assert saved(inside) == []
        await pilot.press("s")
        await until(pilot, lambda: saved(inside), "the save over what was shown")


async def test_what_was_written_while_the_list_was_open_is_shown_beside_the_pick(inside: Held) -> None:
    async with opened(inside) as pilot:
        screen = await editor(pilot)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
        await other_writes(inside)
        await until(pilot, lambda: screen.defaults.choice(0) == ("opus", None), "theirs, as nothing is picked yet")
        await take(pilot, "sonnet")
        await until(pilot, lambda: BOTH in screen_text(pilot), "both")
        assert screen.defaults.touched == {0: ("sonnet", None)}


async def test_a_pick_for_a_stage_that_is_gone_changes_no_other_stage(inside: Held) -> None:
    async with opened(inside) as pilot:
        screen = await editor(pilot)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
        file = config(inside)
        file.write_text(file.read_text().replace("          - {name: look, model: haiku}\n", ""))
        inside.house.executor.feed.settings_changed()
        await until(pilot, lambda: screen.defaults.base.stages[0].part == "think", "the other stages")
        await take(pilot, "sonnet")
        await until(pilot, lambda: "has other stages now" in screen_text(pilot), "why nothing was changed")
        assert screen.defaults.touched == {}


async def take(pilot: Pilot[None], name: str) -> None:
    await pilot.press(*name, "enter")
    await until(pilot, lambda: not isinstance(pilot.app.screen, Picker), "the editor again")
