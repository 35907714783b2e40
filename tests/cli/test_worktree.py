"""Runs in git worktrees, from a shell: what is said before, and where the work is afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from tests.cli.conftest import CONFIG, LIMIT, Shell

OWN = "  own: {worktree: true, specs: [feature], stages: [{name: sleep, profile: brief}]}\n"


def repository(shell: Shell) -> str:
    (shell.project / "pillow").write_text("soft\n")
    for words in ("init", "add --all", "commit --allow-empty --message soft"):
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org", *words.split())
        subprocess.run(("git", *who), cwd=shell.project, env=shell.env, check=True, capture_output=True)
    head = subprocess.run(
        ("git", "rev-parse", "HEAD"), cwd=shell.project, env=shell.env, check=True, capture_output=True
    )
    assert shell("trust", "--yes", ".").code == 0
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
    assert shell("trust", "--yes", str(place)).code == 0

    result = shell("task", "start", "--workflow", "nap", "--worktree", "--project", str(place))

    assert result.code == 2
    assert "not a git repository" in result.err
    assert "start without a worktree (--no-worktree)" in result.err
    assert result.err.count("\n") == 1


SLOW_GIT = """#!/bin/sh
case "$*" in
  *"worktree add"*) if mkdir {place}/once 2>/dev/null; then echo here > {place}/held; cat {place}/go; fi ;;
esac
exec {git} "$@"
"""
"""A git that is held the first time that it makes a worktree, until somebody says go."""


def test_an_executor_that_is_killed_while_git_makes_a_worktree_is_gone_on_from(fresh: Shell, tmp_path: Path) -> None:
    repository(fresh)
    slow = tmp_path / "git"
    slow.write_text(SLOW_GIT.format(place=tmp_path, git=shutil.which("git")))
    slow.chmod(0o755)
    for name in ("held", "go"):
        os.mkfifo(tmp_path / name)
    begun = ("task", "start", "--workflow", "nap", "--worktree", "--json")
    task_id = fresh(*begun, env={"PATH": f"{tmp_path}:{fresh.env['PATH']}"}).data["task_id"]
    subprocess.run(("cat", str(tmp_path / "held")), check=True, timeout=LIMIT)

    os.kill(fresh("executor", "status", "--json").data["pid"], signal.SIGKILL)
    assert fresh("task", "peek", task_id).code == 0  # the next executor, while the first one's git still lives
    (tmp_path / "go").write_text("go")
    ended = fresh("task", "await", task_id, "--json").data["tasks"][0]

    assert ended["status"] == "succeeded"
    assert [step["status"] for step in ended["steps"]] == ["succeeded", "succeeded"]
    assert ended["worktree"]["removed"]
    assert not Path(ended["worktree"]["folder"]).exists()


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
