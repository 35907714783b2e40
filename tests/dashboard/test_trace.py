"""Why this model: every candidate with its score, and every reason in full, on a narrow screen too."""

from __future__ import annotations

import asyncio

import pytest

from tests.dashboard.conftest import connected, make, screen_text, until
from tests.dashboard.fake import HAIKU, OPUS, SONNET, Executor
from tui.core.resolution import Candidate, TraceRow
from tui.core.run import StepTrace
from tui.core.verbs import List, Page
from tui.dashboard.screens.trace import TraceScreen
from tui.dashboard.screens.workflows import Workflows

LACKS = "it is known not to take pictures, which this step requires of its model"
SCORED = TraceRow(
    4,
    "run model",
    "won",
    "node:vision",
    f"node:vision -> {OPUS}",
    (
        Candidate(OPUS, 130.0),
        Candidate(SONNET, 126.5, "scored lower"),
        Candidate(HAIKU, 90.0, LACKS),
        *(Candidate(f"openai/gpt-{number}", 10.0, "no credentials") for number in range(20)),
    ),
)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_candidates_of_a_tag_stand_with_score_and_reason(size: tuple[int, int]) -> None:
    executor = Executor()
    executor.trace = (StepTrace(0, "plan", (SCORED,)),)
    async with make(executor).run_test(size=size) as pilot:
        await connected(pilot)
        await pilot.press("w")
        await until(pilot, lambda: "score 130  taken ◀" in screen_text(pilot), "the one taken")
        shown = " ".join(screen_text(pilot).split())
        assert f"{SONNET} score 126.5 ✗ scored lower" in shown
        assert f"{HAIKU} score 90 ✗ {LACKS}" in shown
        assert "and 15 more: 15 no credentials" in shown


class Late(Executor):
    """Answers what is asked of traces when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def list(self, request: List) -> Page:
        if request.view == "trace":
            await self.gate.wait()
        return await super().list(request)


@pytest.mark.parametrize("turns", range(12))
async def test_an_answer_that_comes_while_the_page_is_closed_ends_nothing(turns: int) -> None:
    late = Late()
    async with make(late).run_test(size=(100, 30)) as pilot:
        await connected(pilot)
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, TraceScreen), "the page")
        pilot.app.screen.dismiss()
        for _ in range(turns):
            await asyncio.sleep(0)
        late.gate.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, Workflows), "the deck")
        await pilot.pause()
