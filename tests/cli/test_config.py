"""Workflows, favourites and the default, written from a shell into the person's own file."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Shell


def config(shell: Shell) -> Path:
    return Path(shell.env["MODELDECK_CONFIG"])


def test_a_stage_is_given_a_default_and_the_line_is_all_that_changes(shell: Shell) -> None:
    before = config(shell).read_text().splitlines()
    result = shell(
        "workflow", "set", "nap", "--stage", "sleep=sonnet", "--stage", "1=inherit", "--effort", "sleep=high"
    )
    assert result.code == 0, result.err
    after = config(shell).read_text().splitlines()
    changed = [line for line in after if line not in before]
    assert changed == [
        "  nap: {title: Take a nap, stages: [{name: sleep, profile: brief, model: sonnet, effort: high}, "
        "{name: wake, profile: brief, model: inherit}]}"
    ]
    assert len(after) == len(before)
    assert str(config(shell)) in result.err
    shown = shell("workflow", "show", "nap", "--json").data["workflows"][0]["stages"]
    assert [(stage["model"], stage["effort"]) for stage in shown] == [("sonnet", "high"), ("inherit", None)]


def test_nothing_inherit_and_agent_default_are_three_different_things(shell: Shell) -> None:
    for written, read in (("inherit", "inherit"), ("agent-default", "agent-default"), ("", None)):
        assert shell("workflow", "set", "long", "--stage", f"dream={written}").code == 0
        stage = shell("workflow", "show", "long", "--json").data["workflows"][0]["stages"][0]
        assert stage["model"] == read
    assert "(nothing)" in shell("workflow", "show", "long").out


def test_what_was_looked_at_must_still_be_there(shell: Shell) -> None:
    digest = shell("workflow", "show", "stay", "--json").data["workflows"][0]["digest"]
    assert shell("workflow", "set", "stay", "--stage", "stay=haiku", "--seen", digest).code == 0
    refused = shell("workflow", "set", "stay", "--stage", "stay=sonnet", "--seen", digest)
    assert refused.code == 2
    assert "haiku there, sonnet yours" in refused.err
    assert "Stored now:\n  stay haiku" in refused.err


def test_bad_words_are_told_with_what_would_do(shell: Shell) -> None:
    before = config(shell).read_bytes()
    for words, told in (
        (("nap", "--stage", "slep=opus"), "has no stage 'slep'; it has sleep, wake"),
        (("nap", "--stage", "7=opus"), "There is no stage 7; they are counted from 0 to 1"),
        (("nap", "--stage", "sleep=opsu"), "did you mean: opus"),
        (("gate", "--stage", "ok=opus"), "is a gate"),
        (("nop", "--stage", "sleep=opus"), "There is no workflow 'nop' here"),
        (("nap", "--stage", "opus"), "is not STAGE=VALUE"),
        (("nap",), "What is to be written?"),
    ):
        refused = shell("workflow", "set", *words)
        assert (refused.code, told in refused.err) == (2, True), refused.err
    assert config(shell).read_bytes() == before


def test_favourites_and_the_default_come_and_go(fresh: Shell) -> None:
    before = config(fresh).read_text()
    assert fresh("favourite", "list", "--json").data == {"favourites": []}
    assert fresh("favourite", "add", "opus").code == 0
    assert fresh("favourite", "add", "zai/glm-5", "--json").data["note"].startswith("written to ")
    assert fresh("favourite", "list").out == "opus\nzai/glm-5\n"
    assert "already; nothing was written" in fresh("favourite", "add", "opus").out
    assert fresh("favourite", "add", "opsu").code == 2
    for selector in ("opus", "zai/glm-5"):
        assert fresh("favourite", "remove", selector).code == 0

    assert fresh("default", "set", "zai/glm-5").code == 0
    assert fresh("default", "show", "--json").data["defaults"][0]["says"] == "zai/glm-5"
    refused = fresh("default", "set", "node")
    assert refused.code == 2
    assert "can't be 'node', which itself falls back to this default" in refused.err
    assert fresh("default", "set", "opus").code == 0
    assert config(fresh).read_text() == before
    assert fresh("default", "clear").code == 0
    assert "default_model" not in config(fresh).read_text()


def test_a_project_s_own_workflow_is_written_in_its_file_and_the_folder_stays_trusted(fresh: Shell) -> None:
    own = fresh.project / ".modeldeck.yaml"
    own.write_text("workflows:\n  here:  # ours\n    stages:\n      - name: do  # it\n")
    words = ("workflow", "set", "here", "--stage", "do=haiku")
    refused = fresh(*words)
    assert refused.code == 2
    assert "is not trusted" in refused.err
    assert fresh("trust", "--yes").code == 0
    done = fresh(*words)
    assert done.code == 0, done.err
    assert own.read_text() == (
        "workflows:\n  here:  # ours\n    stages:\n      - name: do  # it\n        model: haiku\n"
    )
    assert fresh("trust", "--show", "--json").data["trusted"] is True
    own.write_text(own.read_text() + "default_model: haiku\n")
    assert fresh("trust", "--yes").code == 0
    told = fresh("default", "set", "zai/glm-5")
    assert "In this folder its own default comes first: haiku" in told.err
