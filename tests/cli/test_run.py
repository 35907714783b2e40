"""``modeldeck run``: the words for a run that is there."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.cli.conftest import LIMIT, Shell
from tui.cli.run_again import told
from tui.core.run import Run, RunStatus, Step
from tui.core.verbs import Started


def _at_its_gate(shell: Shell) -> tuple[str, subprocess.Popen[str]]:
    """A run that waits at a gate, and the command that waits for it."""
    process = shell.begin("task", "start", "--workflow", "gate", "--await", "--json")
    assert process.stderr is not None
    return process.stderr.readline().split()[0], process


def test_a_gate_is_approved_with_a_comment_that_the_run_keeps(shell: Shell) -> None:
    task_id, waiting = _at_its_gate(shell)
    said = shell("run", "approve", task_id, "mind the tests")
    assert (said.code, said.out) == (0, f"{task_id} goes on.\n")
    out, _ = waiting.communicate(timeout=LIMIT)
    ended = json.loads(out)
    assert (ended["status"], ended["steps"][1]["result"]) == ("succeeded", "mind the tests")


def test_the_gate_that_is_meant_can_be_named(shell: Shell) -> None:
    task_id, waiting = _at_its_gate(shell)
    other = shell("run", "approve", task_id, "--step", "0")
    assert (other.code, "waits at another gate by now, step 2" in other.err) == (2, True), other.err
    assert shell("run", "approve", task_id, "--step", "1").code == 0
    waiting.communicate(timeout=LIMIT)
    assert waiting.returncode == 0


def test_a_run_that_was_rejected_is_done_again_from_its_gate(shell: Shell) -> None:
    task_id, waiting = _at_its_gate(shell)
    assert shell("run", "reject", task_id, "not like this").code == 0
    waiting.communicate(timeout=LIMIT)
    assert waiting.returncode == 1
    again = shell("run", "retry", task_id, "--json").data
    assert again["run"]["retry_of"] == task_id
    assert [step["status"] for step in again["run"]["steps"]] == ["succeeded", "pending", "pending"]
    assert shell("task", "cancel", again["task_id"]).code == 0


def test_choices_made_anew_are_shown_beside_the_old_ones_before_anything_starts(shell: Shell) -> None:
    task_id = shell.start("fall", "--model", "haiku")
    assert shell("task", "await", task_id).code == 1
    shown = shell("run", "resolve-again", task_id, "--dry-run")
    assert shown.code == 0, shown.err
    assert "SENT BEFORE" in shown.out
    assert "anthropic/claude-haiku" in shown.out
    assert "task await" not in shown.out, "nothing was started"
    begun = shell("run", "resolve-again", task_id)
    assert begun.code == 0
    assert f"does {task_id} again" in begun.out
    assert "task await" in begun.out


def test_a_failed_step_is_retried_with_another_model_by_its_name_or_its_index(shell: Shell) -> None:
    task_id = shell.start("fall", "--model", "haiku")
    assert shell("task", "await", task_id).code == 1
    for step in ("fall", "0"):
        shown = shell("run", "retry", task_id, "--step-model", f"{step}=opus", "--dry-run")
        assert shown.code == 0, shown.err
        assert "CHANGES" in shown.out
        assert "step override (fall): opus -> anthropic/claude-opus" in shown.out
        assert "; before: anthropic/claude-haiku" in shown.out
        assert "task await" not in shown.out
    for command in ("retry", "resolve-again"):
        flags = ("--step-model", "fall=opus", "--step-effort", "fall=high", "--json")
        begun = shell("run", command, task_id, *flags)
        step = begun.data["run"]["steps"][0]
        assert (step["asked"], step["tier"], step["effort"]) == ("opus", "step override", "high")
        assert step["sent"].startswith("anthropic/claude-opus")


def test_a_retry_with_a_wrong_step_or_model_starts_nothing(shell: Shell) -> None:
    task_id = shell.start("fall", "--model", "haiku")
    assert shell("task", "await", task_id).code == 1
    for flags, says in (
        (("--step-model", "fell=opus"), "There is no step 'fell'; did you mean 'fall'?"),
        (("--step-model", "7=opus"), "a key is the index of a step, from 0 to 0"),
        (("--step-model", "fall=opsu"), "step 1 (fall): "),
    ):
        refused = shell("run", "retry", task_id, *flags)
        assert refused.code == 2
        assert says in refused.err
    shown = shell("run", "retry", task_id, "--step-model", "fall=opsu", "--dry-run")
    assert shown.code == 2
    assert "opsu" in shown.out


def test_old_and_new_choices_tell_which_substep_each_is(capsys: pytest.CaptureFixture[str]) -> None:
    steps = tuple(Step(index, "plan", "agent", part=part) for index, part in enumerate(("explore", "decide")))
    before = Run("r_1", "workflow", "build", RunStatus.FAILED, steps)
    told(Started(None, before, before=before), as_json=False)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:3]] == ["plan/explore", "plan/decide"]


@pytest.mark.parametrize("step", ["2", "wake"])
def test_a_step_that_has_not_begun_is_left_out(shell: Shell, step: str) -> None:
    task_id, waiting = _at_its_gate(shell)
    assert shell("run", "skip", task_id, step).code == 0
    assert shell("run", "approve", task_id).code == 0
    out, _ = waiting.communicate(timeout=LIMIT)
    assert [step["status"] for step in json.loads(out)["steps"]] == ["succeeded", "succeeded", "skipped"]


def test_runs_are_found_by_state_workflow_model_and_verdict(shell: Shell) -> None:
    failed = shell.start("fall", "--model", "sonnet")
    assert shell("task", "await", failed).code == 1
    sent = shell("task", "peek", failed, "--json").data["tasks"][0]["steps"][0]["sent"]
    for flags in (
        ("--status", "failed"),
        ("--workflow", "fall"),
        ("--model", sent),
        ("--verdict", "unproven", "--workflow", "fall"),
    ):
        found = shell("run", "list", "--json", *flags).data["tasks"]
        assert failed in [run["task_id"] for run in found], flags
    assert failed not in shell("run", "list", "--status", "succeeded").out
    assert "takes a whole reference" in shell("run", "list", "--model", "sonnet").err
    assert failed in shell("run", "list", "--status", "succeeded", "--status", "failed").out
    assert f"{failed}  fall      failed  0/" in shell("run", "list", "--workflow", "fall").out, (
        "a failure is not behind it"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("approve", "r_none"), "There is no task 'r_none'"),
        (("skip", "r_none", "x"), "There is no task 'r_none'"),
        (("answer", "r_none"), "TEXT"),
        (("list", "--status", "gone"), "invalid choice: 'gone'"),
    ],
    ids=["no run", "no run to skip in", "no answer", "no state"],
)
def test_a_wrong_word_gets_one_sentence_and_exit_2(shell: Shell, words: tuple[str, ...], told: str) -> None:
    result = shell("run", *words)
    assert result.code == 2
    assert told in result.err
    assert "Traceback" not in result.err


def test_a_run_is_named_by_the_beginning_of_its_id(shell: Shell) -> None:
    task_id = shell.start("fall", "--model", "haiku")
    assert shell("task", "await", task_id[:-1]).code == 1
    for words in (("task", "peek"), ("run", "retry", "--dry-run"), ("task", "list", "--view", "trace", "--id")):
        told = shell(*words, task_id[:-1], "--json")
        assert told.code == 0, told.err
        assert task_id in told.out or words[-1] == "--id"
    other = shell.start("fall", "--model", "haiku")
    assert shell("task", "await", other).code == 1
    several = shell("task", "peek", "r_")
    assert several.code == 2
    assert "Several runs begin with 'r_': " in several.err
    assert f"{other} (fall, " in several.err
    assert shell("task", "peek", "r_zzzz").err == "modeldeck: There is no task 'r_zzzz'\n"


def test_the_list_of_runs_tells_them_apart(shell: Shell) -> None:
    task_id = shell.start("nap", "--input", "soft pillow\nand a blanket")
    assert shell("task", "await", task_id).code == 0
    listed = shell("run", "list").out
    row = next(line for line in listed.splitlines() if task_id in line)
    assert "soft pillow" in row
    assert "0m0" in row
    for head in ("STARTED", "TOOK", "COST", "ABOUT"):
        assert head in listed.splitlines()[0]
