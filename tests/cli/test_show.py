"""Printing: tables that fit, and exit codes by a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tui.cli import exits, show
from tui.cli.main import main
from tui.cli.task_start import WORDS
from tui.core import errors
from tui.core.evidence import Verdict
from tui.core.run import Run, RunStatus, Step, StepStatus
from tui.core.verbs import OPS


def test_a_pipe_gets_whole_padded_cells(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("name", "what"), [("ä日本", "x" * 300), (None, "[bold]no markup[/]\x1b[31m")])
    assert capsys.readouterr().out.splitlines() == [
        "NAME   WHAT",
        "ä日本  " + "x" * 300,
        "       [bold]no markup[/]",
    ]


@pytest.mark.parametrize(
    ("text", "width", "wanted"),
    [
        ("short", 5, "short"),
        ("anthropic/claude-opus-5-5", 15, "anthrop…pus-5-5"),
        ("a sentence that is long", 12, "a sentence …"),
        ("日本語日本語", 7, "日本…語"),
    ],
)
def test_an_id_loses_its_middle_and_a_sentence_its_end(text: str, width: int, wanted: str) -> None:
    assert show.cut(text, width) == wanted


def test_the_first_column_names_the_row_and_stays_whole() -> None:
    assert show.fitted([20, 30, 10], 45) == [20, 15, 10]
    assert show.fitted([20, 30, 10], 10) == [20, 6, 6]


def _run(status: RunStatus, *verdicts: Verdict) -> Run:
    gate = Step(0, "ok", "approval", StepStatus.SUCCEEDED, ended_at="2026-11-20T09:00:00.000Z")
    steps = [
        Step(index, "s", verdict=verdict, ended_at="2026-11-20T09:00:00.000Z")
        for index, verdict in enumerate(verdicts, 1)
    ]
    return Run("r_1", "workflow", "w", status, (gate, *steps))


R = RunStatus
OUTCOMES: list[tuple[Run, int, int]] = [
    (_run(R.SUCCEEDED, "confirmed", "observed"), 0, 0),
    (_run(R.SUCCEEDED, "confirmed", "unproven"), 0, 3),
    (_run(R.SUCCEEDED, "confirmed", "none"), 0, 3),
    (_run(R.SUCCEEDED, "differs"), 0, 3),
    (_run(R.FAILED, "none"), 1, 1),
    (_run(R.FAILED, "unproven"), 1, 1),
    (_run(R.FAILED, "differs"), 1, 3),
    (_run(R.CANCELLED, "differs"), 4, 4),
    (_run(R.LOST), 4, 4),
]


@pytest.mark.parametrize(("run", "usual", "strict"), OUTCOMES)
def test_the_exit_code_of_a_run(run: Run, usual: int, strict: int) -> None:
    assert exits.of_runs([run]) == usual
    assert exits.of_runs([run], require_confirmed=True) == strict


def test_of_several_runs_the_gravest_counts() -> None:
    runs = [run for run, _, _ in OUTCOMES]
    assert exits.of_runs(runs[:5]) == 1
    assert exits.of_runs(runs) == 4
    assert exits.of_runs([]) == 0


def test_a_step_that_never_ran_needs_no_proof() -> None:
    run = _run(R.SUCCEEDED, "confirmed")
    skipped = Step(2, "skipped", status=StepStatus.SKIPPED)
    assert exits.of_runs([replace(run, steps=(*run.steps, skipped))], require_confirmed=True) == 0


@pytest.mark.parametrize("kind", errors.KINDS.values())
def test_every_error_has_an_exit_code(kind: type[errors.ModeldeckError]) -> None:
    assert exits.of_error(kind("no")) in {1, 2, 6}


def test_an_op_without_flags_is_asked_for_as_a_request(capsys: pytest.CaptureFixture[str]) -> None:
    for op in OPS.keys() - WORDS.keys() - {"environment.set"}:
        assert main(["task", "start", "--kind", "op", "--op", op]) == 2
        assert "--request" in capsys.readouterr().err
