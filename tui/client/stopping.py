"""Stopping the executor: found by its socket, signalled only while it is certain which process that is."""

from __future__ import annotations

import os
import select
import signal
import time
from pathlib import Path

from tui.client.peer import Peer, listener
from tui.client.transport import not_ours
from tui.core.errors import UnreachableError

LIMIT = 15.0
"""Seconds that it may take to end in order."""


def stop(path: Path, *, uid: int, limit: float = LIMIT) -> int | None:
    """End the executor that listens at ``path`` and wait for its end; its pid, or ``None`` if nobody listens.

    Raises :class:`UnreachableError` where the listener is not ours, can't be named or does not end.
    """
    found = listener(path)
    if found is None:
        return None
    if found.uid != uid:
        raise not_ours(path)
    if found.pid is None:
        raise UnreachableError(f"This system does not tell which process listens at {path}; end it by its own means.")
    if not (_by_descriptor(path, found, found.pid, limit) if hasattr(os, "pidfd_open") else _by_pid(found.pid, limit)):
        raise UnreachableError(f"The executor, process {found.pid}, did not end within {limit:g} seconds.")
    return found.pid


def _by_descriptor(path: Path, found: Peer, pid: int, limit: float) -> bool:
    """Linux: the descriptor stays with the process, so a reused pid is never signalled."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        if listener(path) == found:
            signal.pidfd_send_signal(process, signal.SIGTERM)
        poll = select.poll()
        poll.register(process, select.POLLIN)
        return bool(poll.poll(limit * 1000))
    except ProcessLookupError:
        return True
    finally:
        os.close(process)


def _by_pid(pid: int, limit: float) -> bool:
    deadline = time.monotonic() + limit
    try:
        os.kill(pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.05)
    except ProcessLookupError:
        return True
    return False
