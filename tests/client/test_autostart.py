"""An executor is started where there is none: detached, in a clean environment, or the reason is told."""

from __future__ import annotations

import asyncio
import json
import os

import pytest

from tests.client.conftest import COMMAND
from tui.client.autostart import clean_environment, last_line, start_executor
from tui.client.client import ExecutorClient
from tui.config.locations import Locations
from tui.core.errors import UnreachableError

STARTER = {
    "HOME": "/home/ada",
    "PATH": os.environ["PATH"],
    "LANG": "C.UTF-8",
    "LC_TIME": "de_DE",
    "XDG_DATA_HOME": "/d",
    "TERM": "xterm",
    "ANTHROPIC_API_KEY": "k",
    "ANTHROPIC_MODEL": "m",
    "PYTHONPATH": "/elsewhere",
    "MODELDECK_STATE": "/someone",
    "MODELDECK_ATTEMPT": "a_1",
}


async def test_it_runs_detached_with_a_clean_environment(locations: Locations) -> None:
    async with ExecutorClient(locations, handed=STARTER, command=COMMAND) as client:
        health = await client.connect()
    told = json.loads((locations.state_folder / "told.json").read_text())
    ours = {"HOME", "PATH", "LANG", "LC_TIME", "XDG_DATA_HOME", "TERM"} | set(locations.environment)
    assert set(told["environ"]) - {"LC_CTYPE"} == ours, "Python itself may add LC_CTYPE"
    assert (told["environ"]["TERM"], told["environ"]["HOME"]) == ("dumb", "/home/ada")
    assert told["environ"]["MODELDECK_STATE"] == str(locations.state_folder)
    assert (told["cwd"], told["session"]) == ("/", told["pid"]) == ("/", health.pid)
    assert locations.log.stat().st_mode & 0o777 == 0o600


async def test_a_second_client_finds_the_first_one_s_executor(locations: Locations) -> None:
    async with (
        ExecutorClient(locations, handed=STARTER, command=COMMAND) as one,
        ExecutorClient(locations, handed=STARTER, command=COMMAND) as two,
    ):
        await one.connect()
        assert await one.health() == await two.connect()


async def test_why_it_ended_is_the_last_line_of_its_log(locations: Locations) -> None:
    locations.log.write_text("of an older start\n")
    async with ExecutorClient(locations, handed=STARTER, command=(*COMMAND, "--fail")) as client:
        with pytest.raises(UnreachableError, match=r"ended at once: The journal is of a newer version \(log: "):
            await client.connect()


async def test_a_command_that_is_not_there_is_one_sentence(locations: Locations) -> None:
    async with ExecutorClient(locations, handed=STARTER, command=("/nonexistent",)) as client:
        with pytest.raises(UnreachableError, match=r"could not be started: .*No such file"):
            await client.connect()


async def test_one_that_never_answers_is_given_up(locations: Locations) -> None:
    async def never() -> bool:
        await asyncio.sleep(0)
        return False

    with pytest.raises(UnreachableError, match=r"gave no answer within 0.3 seconds\. \(log: "):
        await start_executor(locations, STARTER, never, command=("sleep", "3"), limit=0.3)


def test_the_environment_is_told_by_names(locations: Locations) -> None:
    assert "ANTHROPIC_API_KEY" not in clean_environment(STARTER, locations)
    assert "MODELDECK_ATTEMPT" not in clean_environment(STARTER, locations)


def test_the_last_line_is_cleaned_and_only_of_this_start(locations: Locations) -> None:
    locations.log.write_bytes(b"old\n\x1b[31mred\x1b[0m \x07line\n\n")
    assert last_line(locations.log) == "red line"
    assert last_line(locations.log, locations.log.stat().st_size) == ""
    assert last_line(locations.state_folder / "none.log") == ""
