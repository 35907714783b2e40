"""A configuration that can't be used: what is in use in its place, and where that is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.executor.conftest import House
from tui.config.trust import TrustStore
from tui.core.config_verbs import SetDefault, SetFavourite
from tui.core.errors import ConfigError, RequestError
from tui.core.items import Explain
from tui.core.run import RunStatus
from tui.core.spec_verbs import CreateSpec
from tui.core.verbs import Approve, Cancel, List, StartWorkflow

BROKEN = "agents: [\n"
VIEWS = (
    "workflows",
    "models",
    "tags",
    "defaults",
    "presets",
    "providers",
    "agents",
    "profiles",
    "plan",
    "specs",
    "status",
)


def broken(house: House) -> None:
    house.locations.config_file.write_text(BROKEN)


@pytest.mark.parametrize("view", VIEWS)
async def test_every_view_answers_on_the_shipped_defaults_and_says_so(house: House, view: str) -> None:
    broken(house)
    page = await house.list(view)
    assert page.config is not None
    assert page.config.in_use == "shipped"
    assert "config.yaml:" in page.config.error
    assert page.config.sentence.startswith("Config error, only the shipped defaults are in use: ")


async def test_status_and_check_say_what_is_in_use(house: House) -> None:
    broken(house)
    status = (await house.list("status")).status
    assert status is not None
    assert status.config_in_use == "shipped"
    assert "claude" in status.agents
    (finding,) = (await house.list("check")).check
    assert (finding.severity, finding.line) == ("error", 2)
    assert finding.fix == "correct the file; until then only the shipped defaults are in use"


async def test_explain_answers_on_the_shipped_defaults_or_says_why_a_name_is_unknown(house: House) -> None:
    broken(house)
    (found,) = (await house.list("explain", explain=(Explain(worker="claude", project=str(house.project)),))).explain
    assert found.config is not None
    assert found.config.in_use == "shipped"
    with pytest.raises(RequestError, match="only the shipped defaults are in use"):
        await house.list("explain", explain=(Explain(workflow="one", project=str(house.project)),))
    with pytest.raises(RequestError, match="only the shipped defaults are in use"):
        await house.executor.verbs.start(StartWorkflow("one", project=str(house.project), dry_run=True))


async def test_nothing_is_started_or_saved_on_the_shipped_defaults(house: House) -> None:
    broken(house)
    for request in (
        StartWorkflow("one", project=str(house.project)),
        CreateSpec("patch", "A title", project=str(house.project)),
        SetDefault("haiku"),
        SetFavourite("haiku", True),
    ):
        with pytest.raises(
            ConfigError, match=r"config\.yaml:2: .* until that is corrected nothing is started or saved"
        ):
            await house.executor.verbs.start(request)
    assert house.locations.config_file.read_text() == BROKEN
    assert (await house.list("runs")).tasks == ()


async def test_runs_are_seen_and_cancelled_after_a_restart_with_a_broken_file(house: House) -> None:
    slow, gated = await house.start("slow"), await house.start("gated")
    await house.until(slow, lambda run: run.steps[0].attempt is not None)
    await house.until(gated, lambda run: run.status is RunStatus.WAITING_APPROVAL)
    broken(house)
    await house.restart()
    assert {run.task_id for run in (await house.list("runs")).tasks} == {slow, gated}
    await house.executor.verbs.start(Approve(gated))
    ended = await house.ended(gated)
    assert ended.status is RunStatus.FAILED  # its next step would run by other settings than it was planned with
    assert "config.yaml:2" in str(ended.steps[2].error)
    await house.executor.verbs.cancel(Cancel((slow,)))
    assert (await house.ended(slow)).status is RunStatus.CANCELLED


async def test_nothing_is_swept_by_the_shipped_retention(house: House) -> None:
    broken(house)
    assert house.executor.retention._wanted.runs is None


async def test_it_recovers_when_the_file_is_corrected(house: House) -> None:
    text = house.locations.config_file.read_text()
    broken(house)
    assert (await house.list("workflows")).workflows == ()
    assert await house.executor.projects.look() is False
    house.locations.config_file.write_text(text)
    assert await house.executor.projects.look() is True
    page = await house.list("workflows")
    assert page.config is None
    assert page.workflows


async def test_what_was_good_last_is_used_in_a_folder_that_is_asked_about_later(house: House, tmp_path: Path) -> None:
    await house.list("workflows")
    broken(house)
    page = await house.list("workflows")
    assert page.config is not None
    assert page.config.in_use == "last good"
    other = tmp_path / "other"
    other.mkdir()
    TrustStore(house.locations.trust).trust(other)
    page = await house.executor.verbs.list(List("workflows", project=str(other)))
    assert page.config is not None
    assert page.config.in_use == "last good"
    assert page.workflows


async def test_a_project_file_that_never_was_good_leaves_the_users_own_part(house: House) -> None:
    file = house.project / ".modeldeck.yaml"
    file.write_text("workflows: [\n")
    TrustStore(house.locations.trust).trust(house.project)
    page = await house.list("workflows")
    assert page.config is not None
    assert page.config.in_use == "user"
    assert ".modeldeck.yaml:2" in page.config.error
    own = house.locations.config_file
    own.write_text(own.read_text().replace("  one: {", "  another: {"))
    page = await house.list("workflows")
    assert "another" in [one.name for one in page.workflows]  # not an old copy of the user's part
    broken(house)
    page = await house.list("workflows")
    assert page.config is not None
    assert page.config.in_use == "last good"
    assert "config.yaml:2" in page.config.error


POINTED_TO = """
default_model: {default}
small_model: haiku
aliases: {{mine: anthropic/claude-opus-4-8}}
providers:
  anthropic: {{kind: list}}
  house: {{kind: list, models: [{{id: m1}}, {{id: m2}}]}}
"""


@pytest.mark.parametrize(
    ("default", "taken_out", "says"),
    [
        ("house/m1", "{id: m1}, ", "Model"),
        ("house/m1", "  house: {kind: list, models: [{id: m1}, {id: m2}]}\n", "Unknown provider"),
        ("mine", "aliases: {mine: anthropic/claude-opus-4-8}\n", "Model"),
    ],
    ids=["model", "provider", "alias"],
)
async def test_taking_out_what_the_default_names_is_told_with_what_takes_its_place(
    house: House, default: str, taken_out: str, says: str
) -> None:
    file = house.locations.config_file
    text = POINTED_TO.format(default=default)
    assert taken_out in text
    file.write_text(text)
    status = (await house.list("status")).status
    assert status is not None
    assert status.warnings == ()
    file.write_text(text.replace(taken_out, ""))
    status = (await house.list("status")).status
    assert status is not None
    (warning,) = status.warnings
    assert warning.startswith(f"default_model is '{default}', which can't be used: {says}")
    assert "takes its place until it is corrected" in warning
    assert any(one.severity == "error" for one in (await house.list("check")).check)


@pytest.mark.parametrize(
    "taken_out", ["  quick: {agent: quick}\n", "  quick: {kind: rehearsal, rehearsal: {seconds: 0.1, messages: 3}}\n"]
)
async def test_taking_out_a_profile_or_an_agent_that_is_used_is_refused(house: House, taken_out: str) -> None:
    await house.list("workflows")
    file = house.locations.config_file
    assert taken_out in file.read_text()
    file.write_text(file.read_text().replace(taken_out, ""))
    page = await house.list("workflows")
    assert page.config is not None
    assert page.config.in_use == "last good"
    assert "'quick', which does not exist" in page.config.error


async def test_clearing_the_default_says_which_one_answers_now(house: House) -> None:
    note = (await house.executor.verbs.start(SetDefault(None))).note
    assert note is not None
    assert note.endswith("; the default is opus now, as shipped")
