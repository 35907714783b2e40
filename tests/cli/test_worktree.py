"""Runs in git worktrees, from a shell: what is said before, and where the work is afterwards."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.cli.conftest import CONFIG, Shell

OWN = "  own: {worktree: true, specs: [feature], stages: [{name: sleep, profile: brief}]}\n"


def repository(shell: Shell) -> str:
    (shell.project / "pillow").write_text("soft\n")
    for words in ("init", "add --all", "commit --message soft"):
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org", *words.split())
        subprocess.run(("git", *who), cwd=shell.project, env=shell.env, check=True, capture_output=True)
    head = subprocess.run(
        ("git", "rev-parse", "HEAD"), cwd=shell.project, env=shell.env, check=True, capture_output=True
    )
    assert shell("trust", ".").code == 0
    return head.stdout.decode().strip()


def test_a_run_with_a_worktree_says_so_before_and_after(shell: Shell) -> None:
    base = repository(shell)
    (shell.project / "new").write_text("x")

    plan = shell("task", "start", "--workflow", "nap", "--worktree", "--dry-run")
    assert f"works in a git worktree of its own, begun at the commit {base[:10]}" in plan.out
    assert "sleep: 1 change that is not committed is in" in plan.out

    ended = shell("task", "start", "--workflow", "nap", "--worktree", "--await")
    assert ended.code == 0
    assert "worked in a git worktree, which was removed for nothing was changed in it" in ended.out


def test_a_workflow_may_ask_for_one_and_the_start_may_do_without(shell: Shell) -> None:
    config = Path(shell.env["MODELDECK_CONFIG"])
    config.write_text(CONFIG + OWN)
    repository(shell)
    spec_id = shell("spec", "create", "--type", "feature", "--title", "Sleep", "--json").data["spec"]["id"]

    for start in (("--workflow", "own"), ("--kind", "spec", "--spec", spec_id)):
        assert shell("task", "start", *start, "--dry-run", "--json").data["run"]["worktree"] is not None
        assert shell("task", "start", *start, "--no-worktree", "--dry-run", "--json").data["run"]["worktree"] is None


def test_where_there_can_be_none_the_start_says_why(shell: Shell) -> None:
    place = Path(shell.env["HOME"]) / "no-repository"
    place.mkdir()
    assert shell("trust", str(place)).code == 0

    result = shell("task", "start", "--workflow", "nap", "--worktree", "--project", str(place))

    assert result.code == 2
    assert "not a git repository" in result.err
    assert "start without a worktree (--no-worktree)" in result.err
    assert result.err.count("\n") == 1


def test_an_op_has_none(shell: Shell) -> None:
    result = shell("task", "start", "--kind", "op", "--op", "run.approve", "--task", "x", "--no-worktree")

    assert result.code == 2
    assert "leave out --worktree" in result.err


def test_substeps_are_listed_with_their_stage(shell: Shell) -> None:
    config = Path(shell.env["MODELDECK_CONFIG"])
    config.write_text(
        CONFIG + "  deep: {stages: [{name: sleep, substeps: [{name: doze, model: haiku}, {name: dream}]}]}\n"
    )

    assert "sleep/doze > sleep/dream" in shell("task", "list", "--view", "workflows").out
    explained = shell("explain", "--workflow", "deep", "--stage", "sleep/doze")
    assert (explained.code, "stage default (sleep/doze): haiku" in explained.out) == (0, True)
