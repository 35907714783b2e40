"""The ops that write a configuration: what they write, what they refuse, and what goes on as it was."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.executor.conftest import CONFIG, LIMIT, House
from tui.config.codec import read_request
from tui.config.trust import TrustStore
from tui.core.config_verbs import SetDefault, SetFavourite, StageDefault, UpdateWorkflow
from tui.core.errors import (
    ConfigError,
    ConflictError,
    ModeldeckError,
    RequestError,
    ResolutionError,
    UntrustedError,
)
from tui.core.items import WorkflowItem
from tui.core.verbs import OPS, Started, StartWorkflow

OWN = """\
# The shop's own.
workflows:
  here:
    stages:
      - name: plan  # strong
        profile: quick
        substeps:
          - {name: look, model: haiku}
          - name: think
      - {name: ok, type: approval}
      - {name: build, profile: quick, model: gone/model}   # kept
  three: {title: Renamed here}
"""


async def update(house: House, workflow: str, digest: str | None = None, **stages: StageDefault) -> Started:
    by_index = {int(name.removeprefix("s")): one for name, one in stages.items()}
    return await house.executor.verbs.start(UpdateWorkflow(workflow, by_index, digest, str(house.project)))


async def item(house: House, name: str) -> WorkflowItem:
    return next(one for one in (await house.list("workflows")).workflows if one.name == name)


def own_file(house: House, content: str = OWN) -> Path:
    file = house.project / ".modeldeck.yaml"
    file.write_text(content)
    TrustStore(house.locations.trust).trust(house.project)
    return file


def trusted(house: House) -> bool:
    return TrustStore(house.locations.trust).state(house.project).trusted


async def test_a_stage_s_default_is_written_where_the_workflow_is_defined(house: House) -> None:
    seen = await item(house, "three")
    done = await update(
        house, "three", seen.digest, s0=StageDefault("sonnet", "high"), s1=StageDefault("inherit"),
        s2=StageDefault("agent-default"),
    )  # fmt: skip
    file = house.locations.config_file
    assert done.note == f"written to {file}"
    assert file.read_text() == CONFIG.replace(
        "      - {name: plan, profile: quick, model: opus}\n"
        "      - {name: implement, profile: quick}\n"
        "      - {name: review, profile: quick}\n",
        "      - {name: plan, profile: quick, model: sonnet, effort: high}\n"
        "      - {name: implement, profile: quick, model: inherit}\n"
        "      - {name: review, profile: quick, model: agent-default}\n",
    )
    now = await item(house, "three")
    assert [(one.model, one.effort) for one in now.stages] == [
        ("sonnet", "high"), ("inherit", None), ("agent-default", None),
    ]  # fmt: skip
    assert now.digest != seen.digest
    await update(house, "three", now.digest, s0=StageDefault("opus"), s1=StageDefault(), s2=StageDefault())
    assert file.read_text() == CONFIG
    assert (await item(house, "three")).digest == seen.digest


async def test_what_was_changed_meanwhile_is_told_beside_what_was_wanted(house: House) -> None:
    seen = await item(house, "three")
    file = house.locations.config_file
    file.write_text(CONFIG.replace("{name: plan, profile: quick, model: opus}\n      - {name: implement",
                                   "{name: plan, profile: quick, model: haiku}\n      - {name: implement"))  # fmt: skip
    before = file.read_bytes()
    with pytest.raises(ConflictError) as refused:
        await update(house, "three", seen.digest, s0=StageDefault("sonnet"))
    assert "plan: haiku there, sonnet yours" in refused.value.message
    assert refused.value.stored is not None
    assert refused.value.stored["digest"] == (await item(house, "three")).digest
    assert file.read_bytes() == before
    await update(house, "three", None, s0=StageDefault("sonnet"))  # without a digest whatever is there is written over


async def test_the_project_s_file_is_written_and_its_trust_goes_on(house: House) -> None:
    file = own_file(house)
    await update(house, "here", None, s0=StageDefault("sonnet"), s1=StageDefault("inherit", "low"))
    assert file.read_text() == OWN.replace("{name: look, model: haiku}", "{name: look, model: sonnet}").replace(
        "- name: think\n", "- name: think\n            model: inherit\n            effort: low\n"
    )
    assert trusted(house)
    assert [one.model for one in (await item(house, "here")).stages] == ["sonnet", "inherit", None, "gone/model"]
    # Its title is the project's, its stages are the person's: the list is written where it stands.
    before = file.read_bytes()
    await update(house, "three", None, s0=StageDefault("haiku"))
    assert file.read_bytes() == before
    assert "{name: plan, profile: quick, model: haiku}" in house.locations.config_file.read_text()


async def test_an_unavailable_value_stays_while_another_stage_changes(house: House) -> None:
    own_file(house)
    await update(house, "here", None, s0=StageDefault("opus"), s3=StageDefault("gone/model"))
    assert (await item(house, "here")).stages[3].model == "gone/model"
    with pytest.raises(ResolutionError, match="gone"):
        await update(house, "here", None, s0=StageDefault("gone/model"))


async def test_trust_is_lost_where_something_else_changed_and_never_made(house: House) -> None:
    file = own_file(house)
    store = TrustStore(house.locations.trust)

    def write_and_more() -> None:
        file.write_text(OWN + "# ours\n")
        (house.project / ".mcp.json").write_text("{}")

    assert not store.keep_over(house.project, file.name, OWN.encode(), OWN.encode() + b"# ours\n", write_and_more)
    assert not trusted(house)
    (house.project / ".mcp.json").unlink()
    assert not trusted(house)  # the file itself is another one now, and nobody trusted it
    after = OWN.encode() + b"# more\n"
    assert not store.keep_over(house.project, file.name, file.read_bytes(), after, lambda: None)
    store.trust(house.project)
    # What was edited is not what was trusted: somebody else wrote it in between.
    assert not store.keep_over(house.project, file.name, b"other", after, lambda: None)
    assert trusted(house)


async def test_nothing_of_an_untrusted_folder_is_written(house: House) -> None:
    file = own_file(house)
    TrustStore(house.locations.trust).untrust(house.project)
    with pytest.raises(UntrustedError):
        await update(house, "here", None, s0=StageDefault("opus"))
    assert file.read_text() == OWN
    assert not trusted(house)


@pytest.mark.parametrize(
    ("workflow", "stages", "kind", "told"),
    [
        ("gated", {"s1": StageDefault("opus")}, RequestError, "is a gate"),
        ("one", {"s0": StageDefault("opsu")}, ResolutionError, 'plan: Model "opsu" not found'),
        ("one", {"s0": StageDefault("node:frobnicate")}, ResolutionError, "node:frobnicate"),
        ("one", {"s0": StageDefault("")}, RequestError, "is named in one line"),
        ("one", {"s0": StageDefault("a\nb: c")}, RequestError, "is named in one line"),
        ("one", {"s0": StageDefault(None, " ")}, RequestError, "is no word"),
        ("one", {"s1": StageDefault("opus")}, RequestError, "There is no stage 1; they are counted from 0 to 0"),
        ("one", {}, RequestError, "No stage is named"),
        ("noe", {"s0": StageDefault("opus")}, RequestError, "Unknown workflow 'noe'"),
    ],
)
async def test_bad_requests_write_nothing(
    house: House, workflow: str, stages: dict[str, StageDefault], kind: type[ModeldeckError], told: str
) -> None:
    with pytest.raises(kind) as refused:
        await update(house, workflow, None, **stages)
    assert told in refused.value.message
    assert house.locations.config_file.read_text() == CONFIG


async def test_another_program_s_file_is_named_and_left(house: House) -> None:
    command = house.project / ".claude" / "commands" / "tidy.md"
    command.parent.mkdir(parents=True)
    command.write_text("Tidy up.\n")
    TrustStore(house.locations.trust).trust(house.project)
    with pytest.raises(RequestError, match=r"is made of \.claude/commands/tidy\.md, a file of another program"):
        await update(house, "tidy", None, s0=StageDefault("opus"))


async def test_a_broken_file_is_told_as_the_reader_tells_it(house: House) -> None:
    await house.list("workflows")
    house.locations.config_file.write_text(CONFIG + "stirct: true\n")
    for op in (UpdateWorkflow("one", {0: StageDefault("haiku")}), SetFavourite("opus"), SetDefault("opus")):
        with pytest.raises(ConfigError, match="unknown key 'stirct'"):
            await house.executor.verbs.start(op)
    assert house.locations.config_file.read_text() == CONFIG + "stirct: true\n"


async def test_running_runs_do_not_change_and_listeners_are_told(house: House) -> None:
    task_id = await house.start("slow")
    before = house.look(task_id).steps[1]
    stream = house.executor.feed.events(0)
    await anext(stream)  # from here on it listens
    await update(house, "slow", None, s1=StageDefault("sonnet"))
    async with asyncio.timeout(LIMIT):
        while (await anext(stream)).type != "settings":
            pass
    after = house.look(task_id).steps[1]
    assert (after.asked, after.sent, after.reason) == (before.asked, before.sent, before.reason)
    planned = (await house.list("plan", requests=(StartWorkflow("slow", project=str(house.project)),))).plan[0]
    assert planned.steps[1].asked == "sonnet" != after.asked


async def test_a_stage_whose_model_is_a_map_becomes_two_keys(house: House) -> None:
    file = own_file(house, "workflows: {m: {stages: [{name: a, profile: quick, model: {model: opus, effort: low}}]}}\n")
    assert [(one.model, one.effort) for one in (await item(house, "m")).stages] == [("opus", "low")]
    await update(house, "m", None, s0=StageDefault("opus", "low"))
    assert "{model: opus, effort: low}" in file.read_text()
    await update(house, "m", None, s0=StageDefault("sonnet", "low"))
    assert "model: sonnet, effort: low}" in file.read_text()


async def test_favourites_and_the_default_are_the_person_s_own(house: House) -> None:
    file = house.locations.config_file
    start = house.executor.verbs.start
    for selector in ("opus", "anthropic/claude-haiku-4-5", "node:docs"):
        await start(SetFavourite(selector))
    assert file.read_text() == CONFIG + "favourites: [opus, anthropic/claude-haiku-4-5, node:docs]\n"
    status = (await house.list("status")).status
    assert status is not None
    assert status.favourites == ("opus", "anthropic/claude-haiku-4-5", "node:docs")
    await start(SetFavourite("opus", on=False))
    assert file.read_text() == CONFIG + "favourites: [anthropic/claude-haiku-4-5, node:docs]\n"
    with pytest.raises(ResolutionError, match="opsu"):
        await start(SetFavourite("opsu"))
    with pytest.raises(RequestError, match=r"default_model can't be 'auto'.*nothing was written"):
        await start(SetDefault("auto"))
    await start(SetDefault("agent-default"))
    assert "default_model: agent-default\n" in file.read_text()
    await start(SetDefault(None))
    assert "default_model" not in file.read_text()


async def test_without_a_file_one_is_made(house: House) -> None:
    house.locations.config_file.unlink()
    await house.executor.verbs.start(SetDefault("opus"))
    assert house.locations.config_file.read_text().endswith("\ndefault_model: opus\n")
    assert house.locations.config_file.stat().st_mode & 0o777 == 0o600


def test_a_request_can_name_no_file_and_no_key() -> None:
    for body in (
        b'{"kind":"op","op":"favourite.set","selector":"opus","file":"/etc/passwd"}',
        b'{"kind":"op","op":"default.set","selector":"opus","key":"agents"}',
        b'{"kind":"op","op":"workflow.update","workflow":"one","stages":{"0":{"model":"opus","command":"/x"}}}',
        b'{"kind":"op","op":"workflow.update","workflow":"one","stages":{"x":{"model":"opus"}}}',
    ):
        name = body.split(b'"op":"')[1].split(b'"')[0].decode()
        with pytest.raises(RequestError):
            read_request(OPS[name], body)


async def test_a_dry_run_tells_what_would_run_and_writes_nothing(house: House) -> None:
    file = own_file(house, OWN.replace("name: plan  # strong", "name: plan\n        model: sonnet"))
    wanted = {0: StageDefault(), 1: StageDefault("haiku"), 3: StageDefault("opsu")}
    request = UpdateWorkflow("here", wanted, project=str(house.project), dry_run=True)
    before = file.read_bytes()
    run = (await house.executor.verbs.start(request)).run
    assert run is not None
    assert [step.asked for step in run.steps[:2]] == ["sonnet", "haiku"]  # the first has its stage's again
    assert run.steps[3].error is not None
    assert 'Model "opsu" not found' in run.steps[3].error.message
    assert file.read_bytes() == before
    assert trusted(house)


async def test_of_two_who_write_at_once_one_is_told(house: House) -> None:
    seen = await item(house, "three")
    both = (update(house, "three", seen.digest, s0=StageDefault(model)) for model in ("haiku", "sonnet"))
    done = await asyncio.gather(*both, return_exceptions=True)
    (refused,) = [one for one in done if isinstance(one, ConflictError)]
    assert len([one for one in done if isinstance(one, Started)]) == 1
    there = (await item(house, "three")).stages[0].model
    other = {"haiku": "sonnet", "sonnet": "haiku"}[there or ""]
    assert f"plan: {there} there, {other} yours" in refused.message


async def test_a_favourite_that_stands_there_twice_goes_twice(house: House) -> None:
    file = house.locations.config_file
    file.write_text(CONFIG + "favourites: [opus, haiku, opus]  # mine\n")
    await house.executor.verbs.start(SetFavourite("opus", on=False))
    assert file.read_text() == CONFIG + "favourites: [haiku]  # mine\n"
