"""A configuration that can't be used: the banner says what is in use, and the other screens go on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.dashboard.conftest import connected, make, screen_text, until
from tests.dashboard.fake import Executor
from tui.core.items import InUse
from tui.core.verbs import StartWorkflow

ERROR = "/home/me/config.yaml:3: agents.claude names nothing"


def broken(executor: Executor, in_use: InUse) -> None:
    executor.status = replace(executor.status, config_error=ERROR, config_in_use=in_use)


@pytest.mark.parametrize(
    ("in_use", "says"),
    [
        ("last good", "the last good configuration is in use"),
        ("user", "only your own configuration is in use"),
        ("shipped", "only the shipped defaults are in use"),
    ],
)
async def test_the_banner_says_what_is_in_use(executor: Executor, in_use: InUse, says: str) -> None:
    broken(executor, in_use)
    async with make(executor).run_test(size=(160, 30)) as pilot:
        await connected(pilot)
        assert f"Config error, {says}: {ERROR}" in screen_text(pilot)


async def test_on_the_shipped_defaults_runs_and_models_are_seen_and_what_was_remembered_stays(
    executor: Executor, tmp_path: Path
) -> None:
    cache = tmp_path / "deck.json"
    async with make(executor, cache=cache).run_test(size=(120, 30)) as pilot:
        await connected(pilot)
        await until(pilot, cache.exists, "the deck is remembered")
    before = json.loads(cache.read_text())
    await executor.start(StartWorkflow("add-todo", project="/shop"))
    executor.workflows = ()
    broken(executor, "shipped")
    async with make(executor, cache=cache).run_test(size=(120, 30)) as pilot:
        await connected(pilot)
        assert "your configuration can't be used" in screen_text(pilot)
        await pilot.press("3")
        await until(pilot, lambda: "r_0001" in screen_text(pilot), "the run is listed")
        await pilot.press("4")
        await until(pilot, lambda: "claude-opus-5-5" in screen_text(pilot), "the models are listed")
    assert json.loads(cache.read_text()) == before
