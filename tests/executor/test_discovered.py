"""A project's own commands and registries in a running executor: re-read on change, never fatal."""

from __future__ import annotations

import asyncio

from tests.executor.conftest import LIMIT, House
from tui.config.trust import TrustStore
from tui.core.run import RunStatus


def trust(house: House) -> None:
    TrustStore(house.locations.trust).trust(house.project)


async def names(house: House) -> dict[str, tuple[str, bool]]:
    page = await house.list("workflows")
    return {item.name: (item.origin, item.runnable) for item in page.workflows}


async def test_a_command_runs_once_the_folder_is_trusted_with_it(house: House) -> None:
    commands = house.project / ".claude" / "commands"
    commands.mkdir(parents=True)
    (commands / "fix.md").write_text("---\ndescription: Fix it\n---\nFix $ARGUMENTS")
    config = house.locations.config_file
    config.write_text(config.read_text() + "default_profile: quick\n")
    assert (await names(house))["fix"] == ("discovered", False)
    trust(house)
    assert (await names(house))["fix"] == ("discovered", True)
    run = await house.run("fix", input="the bug")
    assert run.status is RunStatus.SUCCEEDED
    assert run.steps[0].command is not None
    assert (run.steps[0].command.name, run.steps[0].command.text) == ("/fix", "Fix $ARGUMENTS")
    (commands / "more.md").write_text("More")
    assert (await names(house))["more"] == ("discovered", False)
    trust(house)
    assert (await names(house))["more"] == ("discovered", True)


async def test_a_registry_that_breaks_leaves_the_last_good_one_in_force_and_says_so(house: House) -> None:
    registry = house.project / "agents.yaml"
    pipelines = house.project / "pipelines.yaml"
    registry.write_text("agents: [{name: reader, default_model: opus}]")
    pipelines.write_text("pipelines: [{name: ship, steps: [{agent: reader}, {type: approval}]}]")
    trust(house)
    assert (await names(house))["ship"] == ("discovered", True)
    registry.write_text("agents: [")
    trust(house)
    assert (await names(house))["ship"] == ("discovered", True)
    status = (await house.list("status")).status
    assert status is not None
    assert status.config_error is not None
    assert status.config_error.endswith("what it said before stays in force")
    registry.write_text("agents: [{name: reader, default_model: haiku}]")
    trust(house)
    status = (await house.list("status")).status
    assert status is not None
    assert status.config_error is None


async def test_who_looks_on_is_told_that_a_file_changed(house: House) -> None:
    registry = house.project / "pipelines.yaml"
    registry.write_text("pipelines: [{name: ship, steps: [{type: approval}]}]")
    await names(house)
    told = house.executor.feed.events(None)
    news = asyncio.ensure_future(anext(told))
    await asyncio.sleep(0)
    for change in (
        lambda: trust(house),
        lambda: registry.write_text("pipelines: ["),
        lambda: house.locations.config_file.write_text("strict: true\n"),
    ):
        assert not await house.executor.projects.look()
        change()
        await house.executor.look()
        assert (await asyncio.wait_for(news, LIMIT)).type == "settings"
        news = asyncio.ensure_future(anext(told))
        await asyncio.sleep(0)
    news.cancel()
