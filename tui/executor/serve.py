"""The executor's life: its lock, its signals, its end."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tui import __version__
from tui.config import demo
from tui.config.edit import clean_up
from tui.config.locations import PROJECT_FILE, Locations, open_lock
from tui.config.trust import TrustStore
from tui.core.clock import SystemClock
from tui.core.errors import ConflictError, JournalError, MachineError
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


OWNER_GONE_WAIT = 20.0
"""Seconds that the runs of an executor whose owner is gone may take to end."""


def serve(locations: Locations, owner: Path | None = None) -> int:
    """Be the executor of ``locations`` until a signal ends it; the exit status.

    With the folder ``owner`` it also ends, with every run and with that folder, when the program is gone that holds
    the lock of it (:mod:`tui.config.demo`).

    Raises :class:`ConflictError` when there is one already, :class:`MachineError` and :class:`JournalError` when the
    folders, the socket or the journal can't be used.
    """
    os.umask(0o077)
    formatter = _log(locations.log)
    descriptors = raise_limit()
    locations.prepare()
    lock = _lock(locations)
    try:
        owner_gone = asyncio.run(_serve(locations, lock, formatter, share_of(descriptors), owner))
    finally:
        os.close(lock)
    if owner is not None and owner_gone:
        demo.remove(owner)
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
    descriptor = open_lock(path)
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


def _clean_up(locations: Locations) -> None:
    """Remove what a killed executor left beside the configuration files that it was writing."""
    clean_up(Path(os.path.realpath(locations.config_file)))
    with contextlib.suppress(MachineError):
        for folder in TrustStore(locations.trust).folders():
            clean_up(folder / PROJECT_FILE)


async def _serve(
    locations: Locations, lock: int, formatter: LogFormatter, connections: int, owner: Path | None
) -> bool:
    # No executor's thread: a folder may be on a mount that hangs, and the end would wait for it.
    threading.Thread(target=_clean_up, args=(locations,), name="clean-up", daemon=True).start()
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
    gone = asyncio.Event()
    ending = asyncio.create_task(_end_with_owner(executor, gone))
    if owner is not None:
        _watch(owner, lambda: loop.call_soon_threadsafe(gone.set))
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
        ending.cancel()
        letting_go.cancel()
        if sweeping is not None:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)
        await executor.close()
        log.info("executor ended")
    return gone.is_set()


def _watch(owner: Path, then: Callable[[], object]) -> None:
    """Call ``then`` when nobody holds the lock of ``owner`` any more."""

    def wait() -> None:
        demo.wait_until_free(owner)
        with contextlib.suppress(RuntimeError):  # the loop has ended before
            then()

    threading.Thread(target=wait, name="owner", daemon=True).start()


async def _end_with_owner(executor: Executor, gone: asyncio.Event) -> None:
    """End every run, whose agents would go on otherwise, and then the executor."""
    await gone.wait()
    log.info("the program that this executor was started for is gone")
    runs = [run.task_id or "" for run in executor.journal.live_runs()]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(OWNER_GONE_WAIT):
            await asyncio.gather(*map(executor.conductor.cancel, runs))
    executor.stopping.set()


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
