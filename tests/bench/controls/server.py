"""uvicorn as it comes, with a health check and an event stream that never says anything more."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route


async def health(_request: Request) -> Response:
    """Whether it is there."""
    return JSONResponse({})


async def events(_request: Request) -> Response:
    """A stream of one line."""

    async def lines() -> AsyncIterator[bytes]:
        yield b": hello\n\n"
        await asyncio.Event().wait()

    return StreamingResponse(lines(), media_type="text/event-stream")


app = Starlette(routes=[Route("/v1/health", health), Route("/v1/events", events)])
if __name__ == "__main__":
    uvicorn.run(app, uds=sys.argv[1], log_level="critical", timeout_graceful_shutdown=1)
