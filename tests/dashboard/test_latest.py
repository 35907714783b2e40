"""Answers that arrive late: which are applied, by the one class that decides it and on the screens that use it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.dashboard.conftest import screen_text, until
from tests.dashboard.held import Held
from tests.dashboard.test_spec_form import configure
from tests.dashboard.test_spec_place import formed, line_of, onto, opened, stored, written
from tests.executor.conftest import House
from tests.executor.conftest import house as house  # noqa: PLC0414  # the fixture
from tui.core.errors import RequestError
from tui.core.spec import SPEC_TYPES
from tui.core.spec_verbs import CreateSpec, StartSpec
from tui.core.verbs import List, Message, Page
from tui.dashboard.latest import LatestRequest
from tui.dashboard.reading import Reading
from tui.dashboard.screens.picker import Picker
from tui.dashboard.screens.start import StartDialog
from tui.dashboard.screens.stories import StoryOf


class Answers:
    """Requests whose answers a test gives, in the order it likes."""

    def __init__(self) -> None:
        self.question = "a"
        self.sent: list[tuple[str, asyncio.Future[str]]] = []
        self.latest = LatestRequest(lambda: self.question)

    async def send(self, question: str) -> str:
        self.sent.append((question, asyncio.get_running_loop().create_future()))
        return await self.sent[-1][1]

    async def ask(self) -> asyncio.Task[str | None]:
        task = asyncio.create_task(self.latest.answer(self.send))
        await asyncio.sleep(0)
        return task


async def test_the_answer_to_the_newest_request_alone_counts_in_either_order() -> None:
    for order in ((0, 1), (1, 0)):
        answers = Answers()
        first = await answers.ask()
        second = await answers.ask()
        for number in order:
            answers.sent[number][1].set_result(str(number))
        assert (await first, await second) == (None, "1")


async def test_a_change_outdates_an_answer_before_the_next_request_is_sent() -> None:
    answers = Answers()
    task = await answers.ask()
    answers.question = "b"
    answers.sent[0][1].set_result("late")
    assert await task is None


async def test_an_error_counts_as_an_answer_does() -> None:
    answers = Answers()
    task = await answers.ask()
    answers.sent[0][1].set_exception(RequestError("no"))
    with pytest.raises(RequestError):
        await task
    task = await answers.ask()
    answers.question = "b"
    answers.sent[1][1].set_exception(RequestError("no"))
    assert await task is None


# --- on the screens ---------------------------------------------------------------------------------------------------


@pytest.fixture
def inside(house: House) -> Held:
    return Held(house)


CHORES = "  chores: {specs: [chore], stages: [{name: sweep, profile: quick, model: haiku}]}\n"


def checks(request: object) -> bool:
    return isinstance(request, CreateSpec) and request.dry_run


async def test_the_workflow_of_a_type_that_was_stepped_past_is_not_taken(inside: Held) -> None:
    configure(inside, CHORES)
    async with opened(inside) as pilot:
        await pilot.press("n", *"Codes", "enter")
        form = await formed(pilot)
        await onto(pilot, form, "type")
        hold = inside.hold(lambda request: checks(request) and getattr(request, "type", "") == "chore")
        while form.draft.type != "chore":
            await pilot.press("space")
        await until(pilot, lambda: hold.waiting, "the check of the chore")
        form.action_turn()
        hold.release()  # the answer about a chore arrives while a patch is shown
        await until(pilot, lambda: not form.draft.stale, "the check of the patch")
        assert (form.draft.type, form.draft.workflow) == ("patch", None)
        assert "chores" not in line_of(pilot, "workflow  ")


async def test_a_letter_typed_while_the_draft_is_checked_has_it_checked_again(inside: Held) -> None:
    async with opened(inside) as pilot:
        hold = inside.hold(checks)
        await pilot.press("n")
        await until(pilot, lambda: hold.waiting, "the first check")
        await pilot.press("C")
        hold.release()
        form = await formed(pilot)
        assert form.draft.title == "C"
        await until(pilot, lambda: "[x] plan" in screen_text(pilot), "the stages")


async def test_a_save_right_behind_another_type_stores_none_of_the_stages_before(inside: Held) -> None:
    configure(inside, CHORES)
    async with opened(inside) as pilot:
        await pilot.press("n", *"Codes", "enter")
        form = await formed(pilot)
        assert form.draft.workflow == "ticket"
        for _ in SPEC_TYPES[: SPEC_TYPES.index("chore")]:
            form.turn("type")
        form.action_save()
        await until(pilot, lambda: stored(inside), "the spec")
        (spec,) = stored(inside)
        assert (spec.type, spec.workflow) == ("chore", "chores")
        (sent,) = (one for one in inside.asked if isinstance(one, CreateSpec) and not one.dry_run)
        assert "build" not in (sent.stage_models or {})
        assert (sent.stage_models or {})["sweep"] == "haiku"


async def test_a_preset_answered_after_another_choice_is_not_laid_over_it(inside: Held) -> None:
    async with opened(inside) as pilot:
        await pilot.press("n", *"Codes", "enter")
        form = await formed(pilot)
        await until(pilot, lambda: "economy" in form.presets, "the presets")
        await pilot.press("down")  # on the lines
        hold = inside.hold(lambda request: checks(request) and getattr(request, "preset", None) == "economy")
        for _ in range(form.presets.index("economy") + 1):
            form.next_preset()
        await until(pilot, lambda: hold.waiting, "the preset")
        assert "economy" not in line_of(pilot, "all stages")[:40]
        form.draft.choose("review", "opus")
        form.changed()
        hold.release()
        await until(pilot, lambda: form.filing.wanted is None, "the answer")
        assert form.draft.in_force is None
        assert form.draft.touched == {"review": ("opus", None)}


async def test_a_plan_that_was_picked_past_is_not_shown(inside: Held) -> None:
    await written(inside)
    async with opened(inside) as pilot:
        await until(pilot, lambda: "stage preference" in screen_text(pilot), "the plan")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(pilot.app.screen, StartDialog), "the dialog")
        dialog = pilot.app.screen
        assert isinstance(dialog, StartDialog)

        def plans(request: object) -> bool:
            return isinstance(request, List) and any(
                isinstance(one, StartSpec) and one.model == "haiku" for one in request.specs
            )

        hold = inside.hold(plans)

        dialog._take(replace(dialog._request, model="haiku"))
        await until(pilot, lambda: hold.waiting, "the first plan")
        dialog._take(replace(dialog._request, model="opus"))
        await until(pilot, lambda: dialog._plan and dialog._plan.steps[0].asked == "opus", "the second")
        hold.release()
        await pilot.pause()
        assert dialog._plan is not None
        assert dialog._plan.steps[0].asked == "opus"


async def test_the_form_of_a_spec_does_not_open_over_what_was_opened_since(inside: Held) -> None:
    await written(inside)
    async with opened(inside) as pilot:
        await until(pilot, lambda: "stage preference" in screen_text(pilot), "the plan")
        hold = inside.hold(lambda request: isinstance(request, List) and bool(request.ids) and request.view == "specs")
        await pilot.press("enter")
        await until(pilot, lambda: hold.waiting, "the spec is read")
        pilot.app.desk.stray.clock.seconds += 1  # type: ignore[attr-defined]
        await pilot.press("m")
        await until(pilot, lambda: isinstance(pilot.app.screen, Picker), "the list")
        hold.release()
        await pilot.pause()
        await pilot.pause()
        assert isinstance(pilot.app.screen, Picker)


async def test_a_save_outlives_the_check_of_the_choice_before_it(inside: Held) -> None:
    async with opened(inside) as pilot:
        await pilot.press("n", *"Codes", "enter")
        form = await formed(pilot)
        await until(pilot, lambda: not form.draft.stale, "the first check")
        hold = inside.hold(checks)
        form.draft.choose("plan", "haiku")
        assert form.draft.stale
        pilot.app.desk.stray.clock.seconds += 2  # type: ignore[attr-defined]
        form.action_save()
        await until(pilot, lambda: hold.waiting, "the check of the save")
        before = len(hold.waiting)
        form._check()  # the keys have rested since the choice
        await until(pilot, lambda: len(hold.waiting) > before, "the check of the choice")
        hold.release()
        await until(pilot, lambda: stored(inside), "the spec")
        assert (stored(inside)[0].stage_models or {})["plan"] == "haiku"


async def test_a_story_is_not_taken_from_its_spec_before_the_list_is_there(inside: Held) -> None:
    await inside.start(CreateSpec("feature", "Discounts", project=str(inside.house.project)))
    (parent,) = stored(inside)
    hold = inside.hold(lambda request: isinstance(request, List) and request.view == "specs")
    hold.release()
    async with opened(inside) as pilot:
        hold.open.clear()
        answers: list[object] = []
        dialog = StoryOf(pilot.app.desk, None, parent.id)  # type: ignore[attr-defined]
        pilot.app.push_screen(dialog, answers.append)
        await until(pilot, lambda: hold.waiting and pilot.app.screen is dialog, "the question for the list")
        await pilot.press("enter")
        assert answers == []
        hold.release()
        await until(pilot, lambda: "Discounts" in screen_text(pilot), "the list")
        await pilot.press("enter")
        await until(pilot, lambda: answers == [(parent,)], "the spec that it was a story of")


async def test_output_that_is_wanted_from_its_beginning_again_loses_none_of_it() -> None:
    pages: list[tuple[int, asyncio.Future[Page]]] = []
    shown: list[str] = []

    class Line:
        feed = SimpleNamespace(client=object())

        async def read(self, request: List) -> Page:
            pages.append((request.offset, asyncio.get_running_loop().create_future()))
            return await pages[-1][1]

    def page(first: int, end: int) -> Page:
        return Page("output", output=tuple(Message("m", n, "text", str(n)) for n in range(first, end)), offset=end)

    reading = Reading(Line(), lambda messages: shown.extend(one.text for one in messages))  # type: ignore[arg-type]
    one, other = ("r_1", 0, "a_0"), ("r_1", 1, "a_1")
    reading.turn(one)
    assert reading.due()
    task = asyncio.create_task(reading.read())
    await asyncio.sleep(0)
    pages[0][1].set_result(page(0, 2))
    while len(pages) < 2:
        await asyncio.sleep(0)
    for source in (other, one):  # away and back while the second page is on its way
        reading.turn(source)
        shown.clear()
    pages[1][1].set_result(page(2, 4))
    while len(pages) < 3:
        await asyncio.sleep(0)
    assert pages[2][0] == 0
    pages[2][1].set_result(page(0, 4))
    while len(pages) < 4:
        await asyncio.sleep(0)
    pages[3][1].set_result(page(4, 4))
    await task
    assert shown == ["0", "1", "2", "3"]
