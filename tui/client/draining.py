"""Ending the executor when its agents have ended, so that nothing runs where nobody looks."""

from __future__ import annotations

import asyncio
import os
import select
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tui.client.client import ExecutorClient
from tui.client.feed import LostError
from tui.client.transport import NobodyThereError
from tui.core.executor_verbs import Drain
from tui.core.verbs import List

LOOK = 0.5
"""Seconds between two looks at how many agents are awaited."""


async def drain(client: ExecutorClient, tell: Callable[[int], None]) -> int | None:
    """Have the executor start no further agent and end when those that run have; its pid, ``None`` if there is none.

    ``tell`` hears how many agents it waits for, each time that this changes. The drain goes on without whoever stops
    waiting here. ``client`` was not connected with ``autostart``, so that it raises no new one.
    """
    try:
        pid = (await client.health()).pid
    except NobodyThereError:
        return None
    told = 0
    with _watched(pid) as lives:
        await client.start(Drain())
        while lives():
            with suppress(NobodyThereError, LostError):  # it is just ending
                status = (await client.list(List(view="status"))).status
                if status is not None and status.pid == pid and status.running not in (0, told):
                    told = status.running
                    tell(told)
            await asyncio.sleep(LOOK)
    return pid


@contextmanager
def _watched(pid: int) -> Iterator[Callable[[], bool]]:
    """What tells whether the process lives; on Linux by a descriptor, which no reused pid deceives."""
    if not hasattr(os, "pidfd_open"):
        yield lambda: _exists(pid)
        return
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        yield lambda: False
        return
    poll = select.poll()
    poll.register(process, select.POLLIN)
    try:
        yield lambda: not poll.poll(0)
    finally:
        os.close(process)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
