"""kill -9 of executor, shim and agents at random points: the journal opens, every run is truthful, nobody is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.kills import kill
from tui.core.run import RunStatus


@pytest.mark.slow
async def test_after_sixty_kills_everything_is_true_and_nobody_is_left(tmp_path: Path) -> None:
    report = await kill(tmp_path, 60, seed=60)
    assert min(report.blows[whom] for whom in ("executor", "shim", "agent")) >= 5, report.blows
    assert report.answers
    assert {RunStatus.SUCCEEDED, RunStatus.FAILED, RunStatus.LOST} <= set(report.runs), report.runs
