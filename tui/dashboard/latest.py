"""Keep late answers out: only the answer to the newest request, as it would still be sent, is applied."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from tui.core.errors import ModeldeckError

Request = TypeVar("Request")
Answer = TypeVar("Answer")


class LatestRequest(Generic[Request]):
    """Sends one kind of request and drops every answer that is outdated when it arrives.

    An answer is outdated when a later request was sent, or when the request would be another one by now. So a change
    outdates an answer at once, also while the request that follows it still waits for the keys to rest.
    """

    def __init__(self, request: Callable[[], Request]) -> None:
        self._request = request
        """Builds the request from what is on the screen now."""
        self._sent = 0

    async def answer(self, send: Callable[[Request], Awaitable[Answer]]) -> Answer | None:
        """Send the request as it is now; ``None``: its answer, or its error, is outdated."""
        self._sent += 1
        number, request = self._sent, self._request()
        try:
            answer = await send(request)
        except ModeldeckError:
            if self._outdated(number, request):
                return None
            raise
        return None if self._outdated(number, request) else answer

    def _outdated(self, number: int, request: Request) -> bool:
        return number != self._sent or request != self._request()
