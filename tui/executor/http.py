"""The HTTP app: the five verbs, the event stream and the health check. No logic of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tui.config.codec import read_request, write
from tui.core.bounds import check_bounds, check_count
from tui.core.client_environment import HEADER, unpack
from tui.core.errors import ModeldeckError, RequestError
from tui.core.events import Health
from tui.core.json_input import NestingError, least_values, read_json
from tui.core.plain import one_line
from tui.core.request_key import KEY_HEADER, request_key
from tui.core.suggest import nearest
from tui.core.verbs import OPS, START, Await, Cancel, List, Peek, Start
from tui.executor.feed import Feed
from tui.executor.verbs import Verbs

T = TypeVar("T")

BODY_LIMIT = 4 << 20
"""Bytes of a request."""

_STATUS = {"untrusted": 403, "not_found": 404, "conflict": 409, "machine": 503, "journal": 503, "error": 500}
"""HTTP status by error code; every other error is the request's own fault: 400."""


def app(verbs: Verbs, feed: Feed, health: Health) -> Starlette:
    """The application."""

    async def task_start(verbs: Verbs, body: bytes) -> object:
        return await verbs.start(read_start(body))

    async def task_await(verbs: Verbs, body: bytes) -> object:
        return await verbs.wait(_read(Await, body))

    async def task_peek(verbs: Verbs, body: bytes) -> object:
        return await verbs.peek(_read(Peek, body))

    async def task_list(verbs: Verbs, body: bytes) -> object:
        return await verbs.list(_read(List, body))

    async def task_cancel(verbs: Verbs, body: bytes) -> object:
        return await verbs.cancel(_read(Cancel, body))

    async def events(request: Request) -> Response:
        after = request.query_params.get("after")
        if after is not None and not (after.isascii() and after.isdigit() and len(after) < 19):
            return _error(RequestError("after must be the number of an event", field="after"))
        return StreamingResponse(_stream(feed, int(after) if after else None), media_type="text/event-stream")

    async def healthy(_request: Request) -> Response:
        return _json(write(health))

    async def unknown(request: Request, _error_: Exception) -> Response:
        return _error(RequestError(f"There is no {request.method} {one_line(request.url.path, 80)} here"), 404)

    verb_routes = (task_start, task_await, task_peek, task_list, task_cancel)
    return Starlette(
        routes=[
            *(Route(f"/v1/{verb.__name__}", _answering(verb, verbs), methods=["POST"]) for verb in verb_routes),
            Route("/v1/events", events, methods=["GET"]),
            Route("/v1/health", healthy, methods=["GET"]),
        ],
        exception_handlers={404: unknown, 405: unknown},
    )


def read_start(body: bytes) -> Start:
    """Read a ``task_start`` by its kind, an op by its name. Raises :class:`RequestError`."""
    fields = _fields(body)
    kind = _known("kind", fields.get("kind", "workflow"), (*START, "op"))
    if kind in START:
        return read_request(START[kind], body)
    return read_request(OPS[_known("op", fields.get("op"), tuple(OPS))], body)


def _read(kind: type[T], body: bytes) -> T:
    """Read the request of a verb. Raises :class:`RequestError`."""
    _fields(body)
    return read_request(kind, body)


def _fields(body: bytes) -> dict[str, object]:
    """Return a request's fields, within their bounds; their types are checked later."""
    check_count(least_values(body) // 2)  # a list that follows a comma counts twice
    try:
        fields = read_json(body)
    except NestingError as error:
        raise RequestError(f"The request can't be read: {error}") from None
    except ValueError:
        raise RequestError("The request is not valid JSON") from None
    if not isinstance(fields, dict):
        raise RequestError("The request must be a JSON object")
    check_bounds(fields)
    return fields


def _known(field: str, name: object, known: tuple[str, ...]) -> str:
    if isinstance(name, str) and name in known:
        return name
    if name is None:
        raise RequestError(f"Field {field!r} is missing; it is one of {', '.join(known)}", field=field)
    shown = str(name)[:80]
    raise RequestError(
        f"Unknown {field} {shown!r}; it is one of {', '.join(known)}", suggestions=nearest(shown, known), field=field
    )


def _answering(
    verb: Callable[[Verbs, bytes], Awaitable[object]], verbs: Verbs
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            body, client = await _body(request), unpack(request.headers.get(HEADER, ""))
            own = verbs.for_client(client, request_key(request.headers.get(KEY_HEADER), body))
            return _json(write(await verb(own, body)))
        except ModeldeckError as error:
            return _error(error)

    return endpoint


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > BODY_LIMIT:
            raise RequestError(f"The request is larger than {BODY_LIMIT >> 20} MB")
        parts.append(part)
    return b"".join(parts)


async def _stream(feed: Feed, after: int | None) -> AsyncIterator[bytes]:
    yield b": hello\n\n"
    async for event in feed.events(after):
        number = b"id: %d\n" % event.seq if event.type in ("run", "spec") else b""
        yield number + b"event: %s\ndata: %s\n\n" % (event.type.encode(), write(event))


def _json(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")


def _error(error: ModeldeckError, status: int | None = None) -> Response:
    return _json(write(error.body()), status or _STATUS.get(error.code, 400))
