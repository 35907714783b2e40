"""Fake lists of models on loopback, in the wire formats of Anthropic, OpenAI and Google, good and hostile.

    with ProviderServer() as server:
        base = server.at("x", Lists("anthropic", rows=[...], page=2))
        ...
        assert server.calls[0].headers["x-api-key"] == "the key"

Sources of the formats: https://docs.anthropic.com/en/api/models-list,
https://platform.openai.com/docs/api-reference/models/list, https://ai.google.dev/api/models.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

PATHS = {"anthropic": "/v1/models", "openai": "/models", "google": "/v1beta/models"}


@dataclass(frozen=True)
class Lists:
    """How the server answers under one base URL."""

    kind: Literal["anthropic", "openai", "google"] = "openai"
    rows: Sequence[Any] = ()
    page: int = 1000
    """Rows of a page, where the format has pages."""
    key: str | None = None
    """The one key that is taken; others get 401."""
    status: int = 200
    raw: bytes | None = None
    """This, in place of a list."""
    headers: Mapping[str, str] = field(default_factory=dict)
    hold: bool = False
    """No answer until the server is released or closed."""
    endless: Literal["", "same", "new"] = ""
    """Pages without end: always the same cursor, or always another."""
    flood: bool = False
    """Bytes without end."""


@dataclass(frozen=True)
class Call:
    """A request as it arrived."""

    at: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    """Names in lower case."""


@dataclass
class ProviderServer:
    """The server; a context manager. ``calls`` holds every request in the order of arrival."""

    calls: list[Call] = field(default_factory=list)
    _lists: dict[str, Lists] = field(default_factory=dict)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _released: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        self._http = _Http(self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def at(self, name: str, lists: Lists) -> str:
        """The base URL ``name``, from now on with ``lists``."""
        self._lists[name] = lists
        return f"http://127.0.0.1:{self._http.server_port}/{name}"

    def asked(self, name: str) -> list[Call]:
        """The calls to one base URL."""
        return [call for call in list(self.calls) if call.at == name]

    def release(self) -> None:
        """Let held answers go."""
        self._released.set()

    def arrived(self, call: Call) -> Lists | None:
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
        return self._lists.get(call.at)

    def wait_for(self, name: str, number: int, limit: float = 30.0) -> None:
        """Wait until ``number`` requests came to a base URL. Blocks: call it in a thread."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.asked(name)) >= number, limit):
                raise TimeoutError(f"{len(self.asked(name))} of {number} calls after {limit} s")

    def wait_released(self) -> None:
        self._released.wait(120)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, fake: ProviderServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.fake = fake

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up on what it refuses is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Http
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Nothing goes to the tests' stderr."""

    def do_GET(self) -> None:
        fake, parts = self.server.fake, urlsplit(self.path)
        name, _, rest = parts.path.lstrip("/").partition("/")
        headers = {key.lower(): value for key, value in self.headers.items()}
        call = Call(name, "/" + rest, parse_qs(parts.query), headers)
        lists = fake.arrived(call)
        if lists is None or call.path != PATHS[lists.kind]:
            self._send(404, b"{}", {})
            return
        if lists.hold:
            fake.wait_released()
        if lists.flood:
            self._flood()
        elif lists.key is not None and lists.key not in (_key(call) or ""):
            self._send(401, json.dumps({"error": {"message": f"wrong key {_key(call)} <b>[red]"}}).encode(), {})
        elif lists.raw is not None or lists.status != 200:
            self._send(lists.status, lists.raw or b'{"error": "<html>\\u001b[31m"}', lists.headers)
        else:
            self._send(200, json.dumps(_page(lists, call)).encode(), lists.headers)

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _flood(self) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        while True:
            self.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def _key(call: Call) -> str | None:
    return next(
        (call.headers[one] for one in ("x-api-key", "x-goog-api-key", "authorization") if one in call.headers), None
    )


def _page(lists: Lists, call: Call) -> dict[str, Any]:
    cursor = (call.query.get("after_id") or call.query.get("pageToken") or [""])[0]
    if lists.endless:
        number = 1 if lists.endless == "same" else int(cursor.rpartition("-")[2] or 0) + 1
        rows, more = [_row(lists.kind, f"m-{number}")], f"m-{number}"
    elif lists.kind == "openai":
        rows, more = list(lists.rows), None
    else:
        ids = [row.get("id", row.get("name")) for row in lists.rows if isinstance(row, dict)]
        start = ids.index(cursor) + 1 if cursor else 0
        rows = list(lists.rows[start : start + lists.page])
        more = ids[start + lists.page - 1] if start + lists.page < len(lists.rows) else None
    if lists.kind == "google":
        return {"models": rows, **({"nextPageToken": more} if more else {})}
    if lists.kind == "openai":
        return {"object": "list", "data": rows}
    return {"data": rows, "has_more": more is not None, "first_id": None, "last_id": more}


def _row(kind: str, id_: str) -> dict[str, str]:
    return {"name": f"models/{id_}"} if kind == "google" else {"id": id_}
