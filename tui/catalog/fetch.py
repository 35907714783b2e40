"""One request for one page of a list: no redirects, no proxies, no more bytes and no more time than is granted."""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tui.catalog.reply import ListError
from tui.core.plain import one_line

MOST_BYTES = 16_000_000
SECONDS = 20.0
"""For one page, from the first byte sent to the last one read."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to get. Headers may hold a key and are never shown."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    most_bytes: int = MOST_BYTES
    seconds: float = SECONDS


Fetch = Callable[[Request], Awaitable[bytes]]
"""Gets a page's body; raises :class:`ListError` with the cause."""

_CAUSES = {
    401: "refused the key (HTTP 401)",
    403: "refused the key (HTTP 403)",
    404: "has no list of models at that address (HTTP 404)",
    429: "was asked too often (HTTP 429)",
}


async def get(request: Request) -> bytes:
    """The body of the answer to ``request``. Raises :class:`ListError`."""
    try:
        async with asyncio.timeout(request.seconds):
            return await _get(request)
    except TimeoutError:
        raise ListError(f"{host(request.url)} did not answer within {request.seconds:g} s") from None


def host(url: str) -> str:
    """Whom ``url`` asks, for a sentence: without the name and password that it may hold."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "its address"
    return one_line(f"{parts.hostname or 'its address'}{port}", 100)


async def _get(request: Request) -> bytes:
    # Both cost tens of milliseconds once, which no one should wait for who does not want a list.
    verify = await asyncio.to_thread(_certificates)
    import httpx  # noqa: PLC0415 - see above

    who = host(request.url)
    headers = {"accept": "application/json", "accept-encoding": "identity", **request.headers}
    try:
        async with (
            httpx.AsyncClient(
                verify=verify, trust_env=False, follow_redirects=False, timeout=request.seconds
            ) as client,
            client.stream("GET", request.url, headers=headers) as answer,
        ):
            _check(answer.status_code, who)
            if answer.headers.get("content-encoding", "identity").lower() != "identity":
                raise ListError(f"{who} sent a compressed answer that was not asked for")
            return await _body(answer.aiter_raw(), request.most_bytes, who)
    except httpx.TimeoutException:
        raise TimeoutError from None
    except httpx.ConnectError:
        raise ListError(f"{who} can't be reached") from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        # The error's own text is left out: it may repeat a header or the answer.
        raise ListError(f"{who} could not be asked ({type(error).__name__})") from None


def _check(status: int, who: str) -> None:
    if status == 200:
        return
    if 300 <= status < 400:
        raise ListError(f"{who} answered with a redirect (HTTP {status}), which is not followed")
    usual = f"failed (HTTP {status})" if status >= 500 else f"refused the request (HTTP {status})"
    raise ListError(f"{who} {_CAUSES.get(status, usual)}")


async def _body(chunks: AsyncIterator[bytes], most: int, who: str) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > most:
            raise ListError(f"{who} sent more than {most // 1_000_000} MB, which is refused")
    return bytes(body)


@functools.cache
def _certificates() -> ssl.SSLContext:
    """The authorities that httpx trusts, read once."""
    import httpx  # noqa: PLC0415 - see _get

    return httpx.create_ssl_context(trust_env=False)
