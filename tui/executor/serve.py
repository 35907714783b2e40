"""The executor's life: its lock, its signals, its end."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import time
from pathlib import Path

from tui import __version__
from tui.config.locations import Locations
from tui.core.clock import SystemClock
from tui.core.errors import ConflictError, JournalError
from tui.executor.assembly import Executor, assemble
from tui.executor.connections import share_of
from tui.executor.masking import LogFormatter
from tui.executor.process_table import boot_id
from tui.executor.server import Server, answers, bind
from tui.posix.descriptors import raise_limit
from tui.posix.log_file import LogFile

log = logging.getLogger(__name__)

LOCK_WAIT = 3.0
"""Seconds for an executor that is ending to be gone."""


def serve(locations: Locations) -> int:
    """Be the executor of ``locations`` until a signal ends it; the exit status.

    Raises :class:`ConflictError` when there is one already, :class:`MachineError` and :class:`JournalError` when the
    folders, the socket or the journal can't be used.
    """
    os.umask(0o077)
    formatter = _log(locations.log)
    descriptors = raise_limit()
    locations.prepare()
    lock = _lock(locations)
    try:
        asyncio.run(_serve(locations, lock, formatter, share_of(descriptors)))
    finally:
        os.close(lock)
    return 0


def _log(path: Path) -> LogFormatter:
    """Write the log to stderr, by default ``path``: of libraries warnings alone, for they log whole addresses."""
    formatter, handler = LogFormatter(), LogFile(path)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("tui").setLevel(logging.INFO)
    return formatter


def _lock(locations: Locations) -> int:
    """The lock that makes this process the only executor of its state folder; freed by its end, however it ends.

    One that is just ending holds it a little longer than its socket answers, so it is waited for.
    """
    path = locations.lock
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + LOCK_WAIT
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if answers(locations.socket) or time.monotonic() > deadline:
                owner = os.read(descriptor, 20).decode("ascii", "replace").strip()
                os.close(descriptor)
                raise ConflictError(f"An executor runs already for {path.parent} (process {owner})") from None
            time.sleep(0.02)
        except OSError as error:
            os.close(descriptor)
            raise JournalError(
                f"{path} can't be locked ({error.strerror}); the state must be on a local disk"
            ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, b"%d\n" % os.getpid())
    return descriptor


def is_ours(lock: int, path: Path) -> bool:
    """Whether the file that we hold is still the one at ``path``: if not, another executor may hold that one."""
    try:
        there, held = path.lstat(), os.fstat(lock)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (held.st_dev, held.st_ino)


async def _serve(locations: Locations, lock: int, formatter: LogFormatter, connections: int) -> None:
    executor = assemble(locations, SystemClock(), os.environ, Path.home(), boot=boot_id())
    formatter.secrets = executor.verbs.handed.secrets

    async def look() -> None:
        if is_ours(lock, locations.lock):
            await executor.look()
        else:
            log.error("%s was taken away: without it this is nobody's executor, and ends", locations.lock)
            executor.stopping.set()

    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, executor.stopping.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)  # the terminal it was started from may go
    draining = asyncio.create_task(_drain(executor))
    letting_go = asyncio.create_task(_let_go(executor, locations, lock))
    sweeping: asyncio.Task[None] | None = None
    try:
        server = Server(executor.app, locations.socket, executor.stopping, look, most=connections)
        listener = bind(locations.socket)
        executor.conductor.resume()
        sweeping = asyncio.create_task(executor.retention.keep())
        log.info("executor %s: process %d, %s", __version__, os.getpid(), locations.socket)
        await server.serve(sockets=[listener])
    finally:
        draining.cancel()
        letting_go.cancel()
        if sweeping is not None:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
        await executor.close()
        log.info("executor ended")


async def _drain(executor: Executor) -> None:
    """End once a drain is over."""
    await executor.drained()
    log.info("drained: no agent runs any more")
    executor.stopping.set()


async def _let_go(executor: Executor, locations: Locations, lock: int) -> None:
    """Open streams must end before the server can; and who loses one must not come back to a socket that is ending."""
    await executor.stopping.wait()
    if is_ours(lock, locations.lock):
        locations.socket.unlink(missing_ok=True)
    executor.feed.close()
