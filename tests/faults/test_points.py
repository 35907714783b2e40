"""The executor killed at chosen system calls: no step runs twice, all is true, and the run ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.points import Point, killed_at, spread

POINTS = (
    Point("write", 200, "after"),
    Point("sync", 14, "after"),
    Point("mkdir", 8, "before"),  # the second step's folder
    Point("spawn", 2, "before"),  # the first step's shim
    Point("spawn", 3, "after"),
    Point("spawn", 4, "after"),
    Point("lock", 4, "before"),  # the first step's end
)
MOVES = "import os; os.rename('a', 'b'); os.rename('b', 'c'); os.rename('c', 'd')"


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point.moment}-{point.kind}-{point.number}")
async def test_an_executor_killed_at_a_system_call_runs_no_step_twice(point: Point, tmp_path: Path) -> None:
    outcome = await killed_at(point, tmp_path / "yard")
    assert outcome.hit, outcome.counts


@pytest.mark.parametrize(
    ("number", "moment", "there", "hit"),
    [(2, "before", "b", True), (2, "after", "c", True), (0, "before", "d", False), (4, "before", "d", False)],
)
def test_the_tracer_kills_at_the_chosen_call(number: int, moment: str, there: str, hit: bool, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    report = tmp_path / "report"
    tracer = (sys.executable, "-m", "tests.faults.tracer", str(report), "rename", str(number), moment)
    subprocess.run((*tracer, sys.executable, "-c", f"import os; os.chdir({str(tmp_path)!r}); {MOVES}"), check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [there, "report", *["report.hit"] * hit]
    told = json.loads(report.read_text())
    assert told["hit"] is hit
    assert told["counts"]["rename"] == (2 if hit else 3)


def test_points_are_spread_over_all_calls() -> None:
    assert spread({"rename": 1, "lock": 0}, 9) == [Point("rename", 1, "before"), Point("rename", 1, "after")]
    assert [point.number for point in spread({"write": 100}, 4)] == [1, 26, 51, 76]
    assert len(spread({"sync": 30, "spawn": 8}, 10)) == 20
