"""Reading folders off the event loop, one thread for each folder at most, and only so long.

A large folder takes seconds, and one on a mount that hangs never answers. Whoever waits for such a folder is answered
in time; its thread, which nothing can end, is the only one that it ever takes, so all other folders go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tui.core.errors import MachineError
from tui.core.plain import one_line

T = TypeVar("T")

SECONDS = 10.0
"""How long anybody waits for a folder."""
MOST = 64
"""Folders that are read at once; what hangs counts for good."""


@dataclass(eq=False)
class _Turn:
    """Who reads a folder, and who is next."""

    busy: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    next: dict[str, asyncio.Task[Any]] = field(default_factory=dict)
    """Reads that have not begun, by what is read: everybody who asks until then shares one."""


class FolderReader:
    """All folders that are being read. Used from one event loop."""

    def __init__(self, seconds: float = SECONDS, most: int = MOST) -> None:
        self._seconds = seconds
        self._turns: dict[str, _Turn] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._free = asyncio.Semaphore(most)

    async def read(self, folder: str, act: Callable[[], T], what: str = "") -> T:
        """Return what ``act``, which reads ``what`` in ``folder``, returns in a thread.

        It begins after this call, so that its answer is never older than the question; who asks before it begins
        shares it. Raises what ``act`` does, and :class:`MachineError` where the answer does not come in time.
        """
        turn = self._turns.setdefault(folder, _Turn())
        if what not in turn.next:
            begun = turn.next[what] = asyncio.create_task(self._take(folder, turn, what, act), name=f"read {folder}")
            self._tasks.add(begun)
            begun.add_done_callback(self._over)
        task: asyncio.Task[T] = turn.next[what]
        done, _ = await asyncio.wait({task}, timeout=self._seconds)
        if not done:
            raise MachineError(
                f"{one_line(folder, 200)} could not be read within {self._seconds:g} s: it is very large, or its disk "
                "does not answer; everything else goes on",
                field="project",
            )
        return task.result()

    async def close(self) -> None:
        """Let go of what is being read."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # everybody who waited may have left: then nobody is told, and that is no error

    async def _take(self, folder: str, turn: _Turn, what: str, act: Callable[[], T]) -> T:
        while turn.busy:
            turn.changed.clear()
            await turn.changed.wait()
        turn.busy = True
        try:
            async with self._free:
                del turn.next[what]
                return await in_thread(act, f"read {folder}")
        finally:
            if turn.next.get(what) is asyncio.current_task():  # it was cancelled before it began
                del turn.next[what]
            turn.busy = False
            turn.changed.set()
            if not turn.next and self._turns.get(folder) is turn:
                del self._turns[folder]


async def in_thread(act: Callable[[], T], name: str) -> T:
    """Return what ``act`` returns in a thread of its own, which the end of the program does not wait for."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def deliver(result: T | None, error: BaseException | None) -> None:
        if answer.done():  # nobody waits any more
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]

    def work() -> None:
        result, error = None, None
        try:
            result = act()
        except BaseException as problem:  # who waits is given it, whatever it is
            error = problem
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(deliver, result, error)

    try:
        threading.Thread(target=work, name=name[:100], daemon=True).start()
    except RuntimeError as error:
        raise MachineError(f"No thread can be started now: {error}") from None
    return await answer
