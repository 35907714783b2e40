"""What fails for one attempt is that attempt's failure: the others are watched and held to their limits."""

from __future__ import annotations

import asyncio
import errno
import os

import pytest

from tests.executor.conftest import LIMIT, House
from tests.faults.conftest import begun, folder, until
from tui.core.run import RunStatus
from tui.executor.tail import Ticker


async def test_a_follower_that_raises_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    calls = []
    enough = asyncio.Event()

    def broken() -> None:
        calls.append("broken")
        raise OSError(errno.EIO, "Input/output error")

    def sound() -> None:
        calls.append("sound")
        if calls.count("sound") == 3:
            enough.set()

    ticker = Ticker()
    ticker.follow(broken)
    ticker.follow(sound)
    async with asyncio.timeout(LIMIT):
        await enough.wait()
    ticker.leave(sound)
    assert calls.count("broken") == 1
    assert "Input/output error" in caplog.text


async def test_output_that_cannot_be_read_ends_its_own_attempt_alone(hostile: House) -> None:
    run = await begun(hostile, "detaches-when-told", "began")
    hanging = await hostile.start("takes-too-long", input="go")
    await hostile.until(hanging, lambda run: run.steps[0].attempt is not None)
    await hostile.executor.close()
    out = folder(hostile, run).out
    out.unlink()
    os.mkfifo(out)
    async with asyncio.timeout(LIMIT):
        hostile.executor = hostile.begin()
        failed, ended = await hostile.ended(run.task_id or ""), await hostile.ended(hanging)
    assert failed.error is not None
    assert (failed.status, failed.error.code) == (RunStatus.FAILED, "unreadable")
    assert failed.error.message == f"It was ended: its output can't be read: {out} is not a file"
    assert ended.error is not None
    assert ended.error.code == "timeout", "the other one is held to its time"


async def test_an_end_whose_output_cannot_be_read_is_no_success(hostile: House) -> None:
    run = await begun(hostile, "ends-when-let-go", "began")
    attempt = folder(hostile, run)
    await hostile.executor.close()
    (hostile.project / "let-go").touch()
    await until(lambda: attempt.exit_code() is not None)
    attempt.out.unlink()
    attempt.out.mkdir()
    async with asyncio.timeout(LIMIT):
        hostile.executor = hostile.begin()
        done = await hostile.ended(run.task_id or "")
    assert done.error is not None
    assert (done.status, done.error.code) == (RunStatus.FAILED, "unreadable")
