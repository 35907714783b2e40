"""An app over an executor in memory, with its clock standing still."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.dashboard.fake import NOW, Executor
from tui.dashboard.app import ModeldeckApp

ENV = {"LANG": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
LIMIT = 20.0


class Hands:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="session")
def pictures() -> str:
    """Where pictures that differ are put; the plugin keeps it in the environment, which every test clears."""
    return os.environ["TEXTUAL_SNAPSHOT_TEMPDIR"]


@pytest.fixture(autouse=True)
def _pictures_again(pictures: str, empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_SNAPSHOT_TEMPDIR", pictures)


@pytest.fixture
def executor() -> Executor:
    return Executor()


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def deck(executor: Executor) -> ModeldeckApp:
    return make(executor)


def make(executor: Executor, **more: object) -> ModeldeckApp:
    options = {"now": lambda: NOW, "env": ENV} | more
    return ModeldeckApp(Path("/shop"), lambda: executor, **options)  # type: ignore[arg-type]


async def until(pilot: Pilot[None], holds: Callable[[], object], what: str) -> None:
    """Wait, within a generous limit, until something holds."""
    end = time.monotonic() + LIMIT
    while not holds():
        assert time.monotonic() < end, f"never happened: {what}"
        await pilot.pause()
        await asyncio.sleep(0.005)


async def connected(pilot: Pilot[None]) -> None:
    """Wait until everything was read."""
    app = pilot.app
    assert isinstance(app, ModeldeckApp)
    await until(pilot, lambda: app.desk.state.runs_read and not app._paint_due, "the first reading")
    await pilot.pause()


def screen_text(pilot: Pilot[None]) -> str:
    """What is on the screen, as text."""
    app = pilot.app
    lines = []
    for strip in app.screen._compositor.render_strips():
        lines.append(strip.text.rstrip())
    return "\n".join(lines)
