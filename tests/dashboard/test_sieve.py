"""Runs found by words and by keys: the executor filters, the window only shows."""

from __future__ import annotations

import pytest

from tests.dashboard.conftest import connected, make, screen_text, until
from tests.dashboard.fake import HAIKU, OPUS, SONNET
from tests.dashboard.office import Office, ended
from tui.core.run import RunStatus
from tui.core.verbs import List
from tui.dashboard.sieve import Sieve, Words, understood

WORDS = Words(("add-bug", "add-todo", "failed-builds"), (OPUS, SONNET, HAIKU), (("opus", OPUS),))


@pytest.mark.parametrize(
    ("text", "sieve"),
    [
        ("", Sieve()),
        ("failed", Sieve(status="failed")),
        ("wait", Sieve(status="waiting")),
        ("differs add-bug", Sieve(verdict="differs", workflow="add-bug")),
        ("todo", Sieve(workflow="add-todo")),
        ("workflow:gone", Sieve(workflow="gone")),
        ("opus", Sieve(models=(OPUS,), typed_model="opus")),
        ("sonnet conf", Sieve(models=(SONNET,), typed_model="sonnet", verdict="confirmed")),
        ("model:zai/glm-5", Sieve(models=("zai/glm-5",), typed_model="zai/glm-5")),
        ("failed-builds status:done", Sieve(workflow="failed-builds", status="done")),
    ],
)
def test_words_are_understood(text: str, sieve: Sieve) -> None:
    assert understood(text, WORDS) == (sieve, None)


def test_a_word_that_means_nothing_is_told_and_the_others_count() -> None:
    sieve, strange = understood("failed xyzzy status:green", WORDS)
    assert sieve == Sieve(status="failed")
    assert strange == "xyzzy, status:green: no state, verdict, workflow or model that is known here"


def many() -> Office:
    office = Office()
    for number in range(1, 351):
        status = RunStatus.FAILED if number % 50 == 0 else RunStatus.SUCCEEDED
        model = OPUS if number % 7 == 0 else SONNET
        verdict = "differs" if number == 3 else "confirmed"
        run = ended(number, status=status, sent=model, verdict=verdict)
        office.runs[run.task_id or ""] = run
    return office


def questions(office: Office) -> list[List]:
    return [one for one in office.asked if isinstance(one, List) and one.view == "runs" and not one.ids]


async def test_a_filter_finds_what_was_never_loaded() -> None:
    office = many()
    async with make(office).run_test(size=(120, 30)) as pilot:
        await connected(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "Bug 350" in screen_text(pilot), "the newest")
        await pilot.press("slash", *"differs", "enter")
        await until(pilot, lambda: "Bug 3 " in screen_text(pilot), "an old run")
        assert "only: a step DIFFERS   1" in screen_text(pilot)
        assert "Bug 350" not in screen_text(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "Bug 350" in screen_text(pilot), "all again")
        assert "Bug 3 " not in screen_text(pilot)


async def test_keys_step_through_states_and_verdicts_and_take_the_chosen_run_s_model() -> None:
    office = many()
    async with make(office).run_test(size=(120, 30)) as pilot:
        await connected(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "Bug 350" in screen_text(pilot), "the newest")
        await pilot.press("m")
        await until(pilot, lambda: f"only: model {OPUS}" in screen_text(pilot), "the model")
        await pilot.press("f", "f", "f")
        await until(pilot, lambda: f"only: failed · model {OPUS}   1" in screen_text(pilot), "both")
        assert questions(office)[-1].status == (RunStatus.FAILED,)
        assert questions(office)[-1].models == (OPUS,)
        await pilot.press("v")
        await until(pilot, lambda: "a step confirmed" in screen_text(pilot), "the verdict too")


async def test_pages_are_read_as_one_scrolls_and_none_is_left_out() -> None:
    office = many()
    async with make(office).run_test(size=(120, 30)) as pilot:
        await connected(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "Bug 350" in screen_text(pilot), "the newest")
        for shown in ("Bug 251", "Bug 151", "Bug 51", "Bug 1 "):
            await pilot.press("end")
            await until(pilot, lambda shown=shown: shown in screen_text(pilot), shown)
        pages = [one.after for one in questions(office) if one.limit == 100]
        assert pages[-3:] == ["100", "200", "300"]


async def test_a_run_that_fits_the_filter_comes_in_live_and_one_that_does_not_stays_out() -> None:
    office = many()
    async with make(office).run_test(size=(120, 30)) as pilot:
        await connected(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "Bug 350" in screen_text(pilot), "the newest")
        await pilot.press("f", "f", "f")
        await until(pilot, lambda: "only: failed   7" in screen_text(pilot), "the failed ones")
        office.tell(ended(901, status=RunStatus.SUCCEEDED))
        office.tell(ended(900, status=RunStatus.FAILED))
        await until(pilot, lambda: "Bug 900" in screen_text(pilot), "the new one")
        assert "Bug 901" not in screen_text(pilot)


async def test_what_is_not_understood_is_told() -> None:
    async with make(many()).run_test(size=(120, 30)) as pilot:
        await connected(pilot)
        await pilot.press("3", "slash", *"xyzzy", "enter")
        await until(pilot, lambda: "xyzzy: no state, verdict, workflow or model" in screen_text(pilot), "the sentence")
