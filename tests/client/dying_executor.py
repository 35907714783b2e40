"""A real executor that is killed at a chosen moment of its first ``task_start``; each later one lives.

``python dying_executor.py MOMENT MARK``: MOMENT is ``received`` (the request is there, nothing is written), ``written``
(the journal has it, nothing was answered) or ``half`` (half of the answer was sent). The file MARK says that it died.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from tui.config.locations import Locations
from tui.core.clock import SystemClock
from tui.executor.assembly import assemble
from tui.executor.serve import serve
from tui.executor.server import Server, bind

Message = MutableMapping[str, Any]


class Dying:
    """The application, up to the moment."""

    def __init__(self, app: Any, moment: str, mark: Path) -> None:
        self.app, self.moment, self.mark = app, moment, mark

    def die(self) -> None:
        self.mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)

    async def __call__(
        self, scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        body = b""

        async def received() -> Message:
            nonlocal body
            message = await receive()
            body += message.get("body", b"")
            if self.moment == "received" and not message.get("more_body") and self.counts(scope, body):
                self.die()
            return message

        async def sent(message: Message) -> None:
            if self.moment == "written" and self.counts(scope, body):
                self.die()
            if self.moment == "half" and message["type"] == "http.response.body" and self.counts(scope, body):
                await send({**message, "body": message["body"][: len(message["body"]) // 2], "more_body": True})
                self.die()
            await send(message)

        await self.app(scope, received, sent)

    def counts(self, scope: Message, body: bytes) -> bool:
        """Whether it is a request that does something."""
        return scope["path"] == "/v1/task_start" and json.loads(body or b"{}").get("op") != "environment.set"


async def live(locations: Locations, moment: str, mark: Path) -> None:
    executor = assemble(locations, SystemClock(), os.environ, Path.home())
    listener = bind(locations.socket)
    executor.conductor.resume()
    await Server(Dying(executor.app, moment, mark), locations.socket, executor.stopping, executor.look).serve(
        sockets=[listener]
    )


if __name__ == "__main__":
    places, mark = Locations.of(os.environ, Path.home()), Path(sys.argv[2])
    if mark.exists():
        sys.exit(serve(places))
    places.prepare()
    asyncio.run(live(places, sys.argv[1], mark))
