"""A small HTTP server on a real Unix socket that speaks the executor's wire; also a program, for autostart."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tui.core.verbs import PROTOCOL


class FakeExecutor:
    """Keeps what it was asked; tests change its attributes to change its answers."""

    def __init__(self, needed: tuple[str, ...] = ()) -> None:
        self.protocol = PROTOCOL
        self.started_at = "2026-11-20T09:00:00.000Z"
        self.needed = needed
        self.values: dict[str, str] = {}
        self.asked: list[tuple[str, Any]] = []
        self.afters: list[str | None] = []
        self.oldest = 0
        self.events: list[dict[str, Any]] = []
        self.listeners: list[asyncio.Queue[dict[str, Any] | None]] = []
        self.listening = asyncio.Event()
        self.answer: Response | None = None
        self.app = Starlette(
            routes=[
                Route("/v1/health", self.health),
                Route("/v1/events", self.feed),
                Route("/v1/{verb}", self.verb, methods=["POST"]),
            ]
        )

    async def health(self, _: Request) -> Response:
        return JSONResponse(
            {"version": "9.9", "protocol": self.protocol, "pid": os.getpid(), "started_at": self.started_at, "new": 1}
        )

    async def verb(self, request: Request) -> Response:
        body = json.loads(await request.body())
        self.asked.append((request.path_params["verb"], body))
        if self.answer is not None:
            return self.answer
        match request.path_params["verb"], body:
            case "task_start", {"op": "environment.set", "values": values}:
                self.values.update(values)
                return JSONResponse({"task_id": None})
            case "task_start", {"workflow": "nap"}:
                return JSONResponse(
                    {"task_id": "r_1", "next": ["task_await r_1"], "seq": 7, "colour": "of a newer one"}
                )
            case "task_start", _:
                error = {
                    "code": "bad_request",
                    "message": "No workflow 'np'.",
                    "suggestions": ["nap"],
                    "field": "workflow",
                }
                return JSONResponse(error, 400)
            case "task_list", {"view": "status"}:
                status = {
                    "pid": os.getpid(), "version": "9.9", "protocol": self.protocol, "state_folder": "/s",
                    "started_at": self.started_at, "running": 0, "waiting": 0, "queued": 0,
                    "missing_environment": [name for name in self.needed if name not in self.values],
                }  # fmt: skip
                return JSONResponse({"view": "status", "status": status})
            case _:
                return JSONResponse({"tasks": [], "done": True})

    async def feed(self, request: Request) -> Response:
        after = request.query_params.get("after")
        self.afters.append(after)
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self.listeners.append(queue)

        async def stream() -> AsyncIterator[bytes]:
            yield b": hello\n\n"
            self.listening.set()
            if after is not None and int(after) < self.oldest:
                yield b'event: reset\ndata: {"seq": %d, "type": "reset"}\n\n' % self.oldest
            elif after is not None:
                for event in self.events:
                    if event["seq"] > int(after):
                        yield frame(event)
            while (event := await queue.get()) is not None:
                yield frame(event)

        return StreamingResponse(stream(), media_type="text/event-stream")

    def publish(self, event: dict[str, Any]) -> None:
        if event["type"] != "output":
            self.events.append(event)
        for queue in self.listeners:
            queue.put_nowait(event)

    def end_streams(self) -> None:
        self.listening.clear()
        for queue in self.listeners:
            queue.put_nowait(None)
        self.listeners.clear()

    @asynccontextmanager
    async def serving(self, path: Path) -> AsyncIterator[None]:
        """Answer at ``path`` while the block runs, then end every stream in order."""
        server = uvicorn.Server(uvicorn.Config(self.app, log_level="warning", lifespan="off"))
        with bound(path) as listening:
            task = asyncio.create_task(server.serve(sockets=[listening]))
            try:
                yield
            finally:
                self.end_streams()
                server.should_exit = True
                await task
                await asyncio.to_thread(path.unlink, missing_ok=True)


def frame(event: dict[str, Any]) -> bytes:
    number = b"" if event["type"] == "output" else b"id: %d\n" % event["seq"]
    return number + b"event: %s\ndata: %s\n\n" % (
        event["type"].encode(),
        json.dumps(event, ensure_ascii=False).encode(),
    )


def bound(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen()
    return listening


def main() -> None:
    """Serve at ``$MODELDECK_STATE/executor.sock`` and tell, in a file there, how this process was started."""
    state = Path(os.environ["MODELDECK_STATE"])
    told = {"environ": dict(os.environ), "cwd": str(Path.cwd()), "session": os.getsid(0), "pid": os.getpid()}
    (state / "told.json").write_text(json.dumps(told))
    fake = FakeExecutor()
    fake.started_at = f"{os.getpid()}"
    fake.events.append({"seq": 1, "type": "run"})
    server = uvicorn.Server(uvicorn.Config(fake.app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1))
    with bound(state / "executor.sock") as listening:
        asyncio.run(server.serve(sockets=[listening]))


if __name__ == "__main__":
    if sys.argv[1:] == ["--fail"]:
        sys.exit("something before\nThe journal is of a newer version")
    main()
