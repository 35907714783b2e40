"""Whether the terminal is gone: with SIGHUP ignored nothing else tells, and reading a dead terminal burns a core."""

from __future__ import annotations

import select


class LostLine:
    """Watches a terminal's file descriptor without reading from it."""

    def __init__(self, terminal: int) -> None:
        self._poll = select.poll()
        self._poll.register(terminal, 0)  # hang-up and errors are told unasked

    def gone(self) -> bool:
        """Whether the other end hung up."""
        return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in self._poll.poll(0))
