"""How long the event loop is held, and by what: a thread that looks at it from outside."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

BEAT = 0.005
"""Seconds between two looks."""


@dataclass
class Lag:
    """What was seen."""

    longest: float = 0.0
    """Seconds for which the loop did not turn, at most."""
    held_by: dict[str, float] = field(default_factory=dict)
    """Seconds, by the place in the product at which the loop was seen standing."""


@contextmanager
def lag_of(loop: asyncio.AbstractEventLoop, limit: float = 0.05) -> Iterator[Lag]:
    """Watch ``loop``, whose thread this is; whatever holds it longer than ``limit`` is named."""
    found, over, thread = Lag(), threading.Event(), threading.get_ident()

    def watch() -> None:
        while not over.is_set():
            turned = threading.Event()
            asked = time.monotonic()
            loop.call_soon_threadsafe(turned.set)
            while not turned.wait(BEAT) and not over.is_set():
                if (took := time.monotonic() - asked) > limit and (frame := sys._current_frames().get(thread)):
                    stack = traceback.extract_stack(frame)
                    ours = [one for one in stack if "/tui/" in one.filename] or stack
                    place = f"{ours[-1].filename.rpartition('/tui/')[2]}:{ours[-1].name}"
                    found.held_by[place] = max(took, found.held_by.get(place, 0.0))
            found.longest = max(found.longest, time.monotonic() - asked)
            over.wait(BEAT)

    watcher = threading.Thread(target=watch, name="lag", daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        over.set()
        watcher.join()
