"""How the line to the executor stands, and what a person is told of it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from textual.css.query import NoMatches
from textual.widgets import Static

from tests.dashboard.conftest import connected, make, screen_text, until
from tests.dashboard.fake import Executor, stamp
from tui.client.feed import LostError
from tui.core.catalog import Model, Provider
from tui.core.errors import ConfigError
from tui.core.verbs import List, Page
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.screens.workflows import Workflows


async def test_an_executor_that_was_stopped_stays_so_until_its_key_is_pressed(
    deck: ModeldeckApp, executor: Executor
) -> None:
    async with deck.run_test(size=(100, 30)) as pilot:
        await connected(pilot)
        executor.stop()
        await until(pilot, lambda: "executor stopped · r starts it" in screen_text(pilot), "that it was stopped")
        assert "○ stopped" in screen_text(pilot)
        await until(pilot, lambda: len(executor.connects) > 1, "a look for another one")
        assert executor.connects == [True] + [False] * (len(executor.connects) - 1)
        assert "executor stopped · r starts it" in screen_text(pilot)
        await pilot.press("r")
        await until(pilot, lambda: "● connected" in screen_text(pilot), "the line again")
        assert executor.connects[-1] is True


async def test_an_executor_that_somebody_else_starts_is_found(deck: ModeldeckApp, executor: Executor) -> None:
    async with deck.run_test(size=(100, 30)) as pilot:
        await connected(pilot)
        executor.stop()
        await until(pilot, lambda: "○ stopped" in screen_text(pilot), "that it was stopped")
        executor.running = True
        await until(pilot, lambda: "● connected" in screen_text(pilot), "the line again")
        assert executor.connects[-1] is False


async def test_why_a_start_failed_stays_in_sight_while_it_is_tried_again(executor: Executor) -> None:
    executor.up = False
    async with make(executor).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: len(executor.connects) > 1, "a second try")
        assert "r try again   nothing read yet · Nothing answers at the socket" in screen_text(pilot)
        assert "starting …" not in screen_text(pilot)


async def test_an_executor_that_answers_with_an_error_is_told_with_its_sentence(executor: Executor) -> None:
    executor.refuses = ConfigError("/c.yaml:3: unknown key 'workflow'", suggestions=("workflows",))
    async with make(executor).run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: "unknown key 'workflow'; try workflows" in screen_text(pilot), "the sentence")
        assert "! refused" in screen_text(pilot)
        executor.refuses = None
        await connected(pilot)
        await until(pilot, lambda: "● connected" in screen_text(pilot), "the line")


class Ending(Executor):
    """Ends in order as soon as it is asked for more than how it is."""

    async def list(self, request: List) -> Page:
        if self.status.draining and request.view != "status":
            self.stop()
            raise LostError("The connection to the executor broke (RemoteProtocolError)")
        return await super().list(request)


async def test_an_executor_that_ends_in_order_in_the_middle_of_a_reading_is_not_started_again() -> None:
    executor = Ending()
    async with make(executor).run_test(size=(100, 30)) as pilot:
        await connected(pilot)
        executor.status = replace(executor.status, draining=True)
        executor.news("settings")
        await until(pilot, lambda: "executor stopped · r starts it" in screen_text(pilot), "that it was stopped")
        await until(pilot, lambda: len(executor.connects) > 1, "a look for another one")
        assert executor.connects[1] is False


async def test_an_executor_that_ends_while_it_is_asked_is_told_so_and_not_how_the_line_broke(
    executor: Executor,
) -> None:
    app = make(executor)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await connected(pilot)
        executor.refuses = LostError("The connection to the executor broke (RemoteProtocolError)")
        await pilot.press("r")
        await until(pilot, lambda: list(app._notifications), "what is told")
        assert [one.message for one in app._notifications] == ["The executor ended before it answered"]


async def test_what_is_not_followed_of_the_configuration_is_told_and_a_key_shows_all_of_it_whole(
    executor: Executor,
) -> None:
    long = f".modeldeck.yaml asks for agents: {'not followed, ' * 8}and so on"
    executor.status = replace(executor.status, warnings=(long, "and more"))
    async with make(executor).run_test(size=(80, 24)) as pilot:
        await connected(pilot)
        assert screen_text(pilot).splitlines()[1].startswith(" W reads all 2   ! .modeldeck.yaml asks for agents: not")
        await pilot.press("W")
        await until(pilot, lambda: "! and more" in screen_text(pilot), "all of them")
        shown = " ".join(line.strip() for line in screen_text(pilot).splitlines()[2:])
        assert long in shown
        await pilot.press("W", "escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, Workflows), "the deck")
        executor.status = replace(executor.status, warnings=())
        executor.news("settings")
        await until(pilot, lambda: "reads all" not in screen_text(pilot), "that there are none")
        await pilot.press("W")
        assert isinstance(pilot.app.screen, Workflows)


async def test_in_a_folder_that_is_not_trusted_the_start_key_says_so_at_once(executor: Executor) -> None:
    executor.status = replace(executor.status, trusted=False)
    async with make(executor).run_test(size=(100, 30)) as pilot:
        await connected(pilot)
        await pilot.press("s")
        await until(pilot, lambda: "T shows what it would run, and trusts it" in screen_text(pilot), "the hint")
        assert isinstance(pilot.app.screen, Workflows)


async def test_models_of_many_pages_are_read_to_the_end(deck: ModeldeckApp, executor: Executor) -> None:
    executor.providers = tuple(
        Provider(f"p{number}", source="env", models=tuple(Model(f"m{i}") for i in range(7))) for number in range(4)
    )
    executor.page = 5
    async with deck.run_test(size=(100, 30)) as pilot:
        await connected(pilot)
        assert deck.desk.state.providers == executor.providers
        assert [alias.name for alias in deck.desk.state.aliases] == ["opus", "sonnet", "haiku", "node:fast"]


async def test_other_models_on_offer_are_read_and_every_card_is_planned_again(
    deck: ModeldeckApp, executor: Executor
) -> None:
    async with deck.run_test(size=(100, 30)) as pilot:
        await connected(pilot)
        asked = len(executor.asked)
        executor.offer(Provider("fresh", source="env", models=(Model("new"),), read_at=stamp(5)))
        await until(pilot, lambda: [one.id for one in deck.desk.state.providers] == ["fresh"], "the newer list")
        await until(
            pilot,
            lambda: [one for one in executor.asked[asked:] if isinstance(one, List) and one.view == "plan"],
            "the plans",
        )


async def test_a_frame_that_was_due_when_the_program_ended_is_left_out(deck: ModeldeckApp) -> None:
    app = deck
    painted: list[bool] = []

    class Late(Static):
        def on_unmount(self) -> None:
            with suppress(NoMatches):
                app.screen_stack[0].query_one("#header")
                return
            app._paint()
            painted.append(True)

    async with app.run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await app.screen.mount_all(Late() for _ in range(3))
    assert painted, "none of them ended after the header"
