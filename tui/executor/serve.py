"""The executor's life: its lock, its parts put together, its signals, its end."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import sys
from pathlib import Path

from tui import __version__
from tui.config.locations import Locations
from tui.core.clock import Clock, SystemClock
from tui.core.errors import ConflictError, JournalError
from tui.core.run import Run
from tui.core.verbs import PROTOCOL, Health
from tui.executor.conductor import Conductor
from tui.executor.environment import Handed, clean
from tui.executor.feed import Feed
from tui.executor.http import app
from tui.executor.projects import Projects
from tui.executor.server import Server, bind
from tui.executor.slots import Slots
from tui.executor.tail import Ticker
from tui.executor.verbs import Verbs
from tui.executor.views import Views
from tui.executor.work import AgentWork
from tui.store.journal import Journal

log = logging.getLogger(__name__)


def serve(locations: Locations) -> int:
    """Be the executor of ``locations`` until a signal ends it; the exit status.

    Raises :class:`ConflictError` when there is one already, :class:`MachineError` and :class:`JournalError` when the
    folders, the socket or the journal can't be used.
    """
    os.umask(0o077)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    locations.prepare()
    lock = _lock(locations.lock)
    try:
        asyncio.run(_serve(locations, SystemClock()))
    finally:
        os.close(lock)
    return 0


def _lock(path: Path) -> int:
    """The lock that makes this process the only executor of its state folder; freed by its end, however it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(descriptor, 20).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise ConflictError(f"An executor runs already for {path.parent} (process {owner})") from None
    except OSError as error:
        os.close(descriptor)
        raise JournalError(f"{path} can't be locked ({error.strerror}); the state must be on a local disk") from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, b"%d\n" % os.getpid())
    return descriptor


async def _serve(locations: Locations, clock: Clock) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stopping.set)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)  # the terminal it was started from may go

    journal = Journal.open(locations.journal, clock.utc_now)
    listener = bind(locations.socket)
    started_at = clock.utc_now()
    handed, ticker, slots = Handed(), Ticker(), Slots()
    projects = Projects(locations, handed.values, Path.home())

    def run_of(task_id: str) -> Run | None:
        live = conductor.live(task_id)
        return live.run if live else journal.run(task_id)

    feed = Feed(journal, run_of)
    work = AgentWork(locations.runs, journal, projects, handed, clean(os.environ), feed, slots, ticker)
    conductor = Conductor(journal, feed, clock, work)
    views = Views(
        locations.state_folder, locations.runs, os.getpid(), started_at, journal, projects, conductor, slots, handed
    )
    verbs = Verbs(conductor, journal, projects, handed, views, os.urandom, stopping)
    health = Health(__version__, PROTOCOL, os.getpid(), started_at)
    server = Server(app(verbs, feed, health), locations.socket, stopping)
    ending = asyncio.create_task(_close_feed(feed, stopping))
    conductor.resume()
    log.info("executor %s: process %d, %s", __version__, os.getpid(), locations.socket)
    try:
        await server.serve(sockets=[listener])
    finally:
        ending.cancel()
        await conductor.close()
        await journal.close()
        locations.socket.unlink(missing_ok=True)
        log.info("executor ended")


async def _close_feed(feed: Feed, stopping: asyncio.Event) -> None:
    """Open streams must end before the server can."""
    await stopping.wait()
    feed.close()
