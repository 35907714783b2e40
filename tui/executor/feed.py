"""What changed, told to all who listen.

The journal is the queue. A listener is only woken; what it is sent it reads from the journal, from where it stands. So
nothing is lost or doubled however slow it is, and an event is never told before it is committed. How far an attempt has
written is no row: only the newest figure is kept for each listener.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tui.core.events import Event
from tui.executor.commands import without_texts
from tui.store.damage import DAMAGED_EVENT
from tui.store.journal import Journal
from tui.store.mapping import EventRow, UnreadableRowError

PAGE = 500
"""Rows read at once."""
NEWS_PAUSE = 0.1
"""Seconds between two rounds of news that is no row to one listener."""


class Feed:
    """The listeners."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._listeners: set[_Listener] = set()
        self._closed = False

    def changed(self) -> None:
        """Something was committed."""
        for listener in self._listeners:
            listener.wake.set()

    def wrote(self, task_id: str, attempt: str, offset: int) -> None:
        """An attempt has written up to ``offset``."""
        self._tell(attempt, Event(self._journal.last_seq, "output", task_id, attempt=attempt, offset=offset))

    def catalog_changed(self) -> None:
        """Something new is known of what is on offer."""
        self._tell("catalog", Event(self._journal.last_seq, "catalog"))

    def settings_changed(self) -> None:
        """The configuration was changed through us."""
        self._tell("settings", Event(self._journal.last_seq, "settings"))

    def _tell(self, subject: str, event: Event) -> None:
        """Tell what is no row. Of each subject a listener is only told the newest."""
        for listener in self._listeners:
            listener.news[subject] = event
            listener.wake.set()

    def close(self) -> None:
        """End every stream."""
        self._closed = True
        self.changed()

    async def events(self, after: int | None) -> AsyncIterator[Event]:
        """Events past ``after``, then those to come; ``None`` means only those to come. Ends when the feed closes."""
        at = self._journal.last_seq if after is None else after
        if (after is not None and after + 1 < self._journal.oldest_seq) or at > self._journal.last_seq:
            at = self._journal.last_seq
            yield Event(at, "reset")
        listener = _Listener()
        listener.wake.set()
        self._listeners.add(listener)
        try:
            while not self._closed:
                await listener.wake.wait()
                listener.wake.clear()
                while rows := self._journal.events(at, PAGE):
                    if rows[0].seq > at + 1:  # what came between is kept no more
                        at = self._journal.last_seq
                        yield Event(at, "reset")
                        continue
                    newest = {(row.task_id, row.spec_id): row.seq for row in rows}
                    for row in rows:
                        yield self._told(row, newest=newest[row.task_id, row.spec_id] == row.seq)
                    at = rows[-1].seq
                for event in listener.take_news():
                    yield event
        finally:
            self._listeners.discard(listener)

    def _told(self, row: EventRow, *, newest: bool) -> Event:
        """``row`` as an event. Only the newest one of a thing carries it: it is read as it is now.

        Where that can't be read the listener must read everything again.
        """
        try:
            return self._read(row, newest=newest)
        except UnreadableRowError:
            return Event(row.seq, "reset")

    def _read(self, row: EventRow, *, newest: bool) -> Event:
        if row.type == "spec":
            spec = self._journal.spec(row.spec_id or "") if newest else None
            return Event(row.seq, "spec", spec_id=row.spec_id, spec=spec)
        if row.type == DAMAGED_EVENT:
            return Event(row.seq, "reset")
        run = self._journal.run(row.task_id or "") if newest else None
        return Event(row.seq, "run", row.task_id, without_texts(run) if run is not None else None)


class _Listener:
    """One stream: a bell, and the newest of what is no row: how far each attempt has written, a changed catalog."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.news: dict[str, Event] = {}
        self._told_at = float("-inf")

    def take_news(self) -> tuple[Event, ...]:
        """What is due of it; too early, the bell is set for later."""
        if not self.news:
            return ()
        loop = asyncio.get_running_loop()
        due = self._told_at + NEWS_PAUSE
        if loop.time() < due:
            loop.call_at(due, self.wake.set)
            return ()
        self._told_at = loop.time()
        events, self.news = tuple(self.news.values()), {}
        return events
