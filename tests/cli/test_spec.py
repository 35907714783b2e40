"""Specs by the real command line: written, listed, edited by two, imported, run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.conftest import Shell

FLOW = """
  ticket:
    specs: [feature, story]
    stages:
      - {name: plan, profile: brief, model: opus}
      - {name: implement, profile: brief}
      - {name: review, profile: brief}
presets: {economy: {plan: haiku}}
"""


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    opened = Shell(tmp_path_factory.mktemp("spec"))
    config = opened.project.parent / "config.yaml"
    config.write_text(config.read_text() + FLOW.lstrip("\n"))
    assert opened("trust", "--yes").code == 0
    yield opened
    opened.close()


def create(shell: Shell, *args: str) -> Any:
    done = shell("spec", "create", "--type", "feature", "--title", "A discount", "--json", *args)
    assert done.code == 0, done.err
    return done.data["spec"]


def shown(shell: Shell, spec_id: str) -> Any:
    return shell("spec", "show", spec_id, "--json").data


def test_a_spec_is_written_shown_and_listed(shell: Shell) -> None:
    spec = create(
        shell, "--text", "Ten percent", "--stages", "plan,implement", "--stage-model", "plan=haiku",
        "--effort-of", "implement=high", "--preset", "economy",
    )  # fmt: skip
    assert (spec["stages"], spec["project"], spec["version"]) == (["plan", "implement"], str(shell.project), 1)
    assert spec["stage_models"]["plan"] == "haiku"
    assert spec["stage_models"]["implement"] == {"model": "opus", "effort": "high"}
    words = shell("spec", "show", spec["id"]).out
    assert "A discount" in words
    assert "Ten percent" in words
    assert [line.split() for line in words.splitlines() if line.startswith(("implement", "review"))] == [
        ["implement", "yes", "opus", "high"],
        ["review", "no", "sonnet"],
    ]
    assert spec["id"] in shell("spec", "list", "--query", "discount ten").out
    assert spec["id"] not in shell("spec", "list", "--type", "bug").out
    assert spec["id"] in shell("task", "list", "--view", "specs").out


def test_a_request_may_come_whole(shell: Shell) -> None:
    done = shell("spec", "create", "--request", "-", "--json", stdin=json.dumps({"type": "bug", "title": "It hangs"}))
    assert done.data["spec"]["workflow"] is None
    bad = shell("spec", "create", "--request", "-", stdin='{"type": "bug", "title": "A", "modle": 1}')
    assert (bad.code, "Unknown field 'modle'" in bad.err) == (2, True)
    both = shell("spec", "create", "--request", "-", "--title", "A", stdin="{}")
    assert (both.code, "leave out --title" in both.err) == (2, True)


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (("--stage-model", "plan=opsu"), 'plan: Model "opsu" not found'),
        (("--stage-model", "plam=opus"), "Unknown stage 'plam'; there is plan, implement, review"),
        (("--stage-model", "plan"), "'plan' is not STAGE=VALUE, such as plan=opus"),
        (("--stage-model", "plan=opus", "--stage-model", "plan=haiku"), "--stage-model names the stage 'plan' twice"),
        (("--preset", "econmy"), "Unknown preset 'econmy'; there is economy"),
        (("--workflow", "tickt"), "Unknown workflow 'tickt'; there is ticket"),
        (("--parent", "s_9"), "There is no spec 's_9'"),
        (("--text", "a", "--text-file", "b"), "two ways to say the same"),
    ],
)
def test_a_bad_entry_is_one_sentence(shell: Shell, args: tuple[str, ...], sentence: str) -> None:
    done = shell("spec", "create", "--type", "feature", "--title", "A", *args)
    assert done.code == 2
    assert sentence in done.err


def test_what_is_missing_is_asked_for(shell: Shell) -> None:
    for args, sentence in (
        (("create", "--title", "A"), "Name its type with --type"),
        (("create", "--type", "bug"), "Name it with --title"),
        (("edit", "s_9"), "What is to be changed?"),
        (("edit", "s_9", "--title", "A"), "There is no spec 's_9'"),
        (("show", "s_9"), "There is no spec 's_9'"),
    ):
        done = shell("spec", *args)
        assert (done.code, sentence in done.err) == (2, True), done.err


def test_of_two_who_edit_the_second_is_told_and_shown_what_is_stored(shell: Shell) -> None:
    spec_id = create(shell)["id"]
    assert shell("spec", "edit", spec_id, "--title", "Mine", "--version", "1").code == 0
    late = shell("spec", "edit", spec_id, "--title", "Theirs", "--version", "1")
    assert late.code == 2
    assert "you saw version 1, stored is version 2; nothing was written" in late.err
    assert "title: Mine" in late.err
    told = json.loads(shell("spec", "edit", spec_id, "--title", "Theirs", "--version", "1", "--json").err)
    assert (told["code"], told["stored"]["title"]) == ("conflict", "Mine")
    assert shell("spec", "delete", spec_id, "--version", "1").code == 2
    assert shell("spec", "edit", spec_id, "--stage-model", "plan=", "--stages", "sdlc").code == 0
    now = shown(shell, spec_id)["spec"]
    assert (now["title"], now["version"], "plan" in now["stage_models"]) == ("Mine", 3, False)
    assert shell("spec", "delete", spec_id).code == 0
    assert shell("spec", "show", spec_id).code == 2


def test_a_spec_is_run_with_its_models_and_a_choice_for_this_run_is_told(shell: Shell) -> None:
    spec_id = create(shell, "--stages", "plan,review", "--stage-model", "review=haiku")["id"]
    plan = shell("task", "start", "--kind", "spec", "--spec", spec_id, "--model", "sonnet", "--dry-run")
    assert "2 stored preferences are replaced for this run: plan, review" in plan.err
    done = shell("task", "start", "--kind", "spec", "--spec", spec_id, "--await", "--json")
    assert done.code == 0, done.err
    assert [(step["stage"], step["asked"], step["tier"]) for step in done.data["steps"]] == [
        ("plan", "opus", "stage preference"),
        ("review", "haiku", "stage preference"),
    ]
    item = shown(shell, spec_id)
    assert (item["status"], item["task_id"]) == ("succeeded", done.data["task_id"])
    for args, sentence in (
        (("--kind", "spec"), "Which spec?"),
        (("--spec", spec_id, "--workflow", "nap"), "it belongs to --kind spec: leave out --spec"),
        (("--kind", "spec", "--spec", spec_id, "--input", "x"), "a spec has its own"),
        (("--kind", "op", "--op", "spec.delete"), "spec.delete has no flags here"),
    ):
        refused = shell("task", "start", *args)
        assert (refused.code, sentence in refused.err) == (2, True), refused.err


def test_an_import_tells_what_was_read_and_what_could_not_be(shell: Shell) -> None:
    old = [
        {"title": "Old", "orchestrator_state": {"workflow": {"stageModelPreferences": {"plan": "haiku"}}}, "points": 3},
        ["no spec"],
        {"name": "Odd", "type": "epic", "stage_models": {"plan": "gpt-4", "fly": "opus"}},
    ]
    (shell.project / "old.json").write_text(json.dumps(old))
    seen = shell("spec", "import", "old.json", "--dry-run")
    assert (seen.code, "2 would be read, 1 not read." in seen.out) == (1, True)
    done = shell("spec", "import", "old.json")
    assert done.code == 1
    assert "1: not read: it is a list, not a map with a spec's fields" in done.out
    assert 'plan: Model "gpt-4" not found' in done.out
    assert "fly: there is no such stage" in done.out
    kept = shell("spec", "import", "-", "--json", stdin=json.dumps(old[0])).data["imported"][0]["spec"]
    assert kept["extra"] == {"points": 3}
    assert kept["orchestrator_state"] == old[0]["orchestrator_state"]  # type: ignore[call-overload,index]
    assert shown(shell, kept["id"])["has_preferences"] is True
    told = shell("spec", "show", kept["id"]).out
    assert "none named; at its start the one that serves its type" in told
    assert ("plan       yes   haiku" in told, "not in its workflow" in told) == (True, False), told
    assert "haiku" in next(line for line in shell("spec", "list").out.splitlines() if kept["id"] in line)
    for text, sentence in (
        ("{", "is not JSON"),
        ("[" * 5000, "maps and lists are nested more than 100 deep"),
        ("[" * 5000 + "]" * 5000, "maps and lists are nested more than 100 deep"),
        ('{"a": NaN}', "NaN or Infinity"),
        ('{"title": "\\ud800"}', "'document.title' holds half of a surrogate pair"),
    ):
        bad = shell("spec", "import", "-", stdin=text)
        assert (bad.code, sentence in bad.err) == (2, True), bad.err
