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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from tests.loopback import Handler, Loopback

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
class ProviderServer(Loopback[Call]):
    """The server; a context manager. ``calls`` holds every request in the order of arrival."""

    _lists: dict[str, Lists] = field(default_factory=dict)

    def at(self, name: str, lists: Lists) -> str:
        """The base URL ``name``, from now on with ``lists``."""
        self._lists[name] = lists
        return self.base(name)

    def asked(self, name: str) -> list[Call]:
        """The calls to one base URL."""
        return [call for call in list(self.calls) if call.at == name]

    def arrived(self, call: Call) -> Lists | None:
        self.keep(call)
        return self._lists.get(call.at)

    def wait_for(self, name: str, number: int, limit: float = 30.0) -> None:
        """Wait until ``number`` requests came to a base URL. Blocks: call it in a thread."""
        self.wait_until(lambda: len(self.asked(name)), number, limit)


class _Handler(Handler[ProviderServer]):
    def answer(self) -> None:
        call = Call(*self.named, parse_qs(urlsplit(self.path).query), self.given)
        lists = self.fake.arrived(call)
        if lists is None or call.path != PATHS[lists.kind]:
            self.send(404, b"{}", {})
            return
        if lists.hold:
            self.fake.wait_released()
        if lists.flood:
            self._flood()
        elif lists.key is not None and lists.key not in (_key(call) or ""):
            self.send(401, json.dumps({"error": {"message": f"wrong key {_key(call)} <b>[red]"}}).encode(), {})
        elif lists.raw is not None or lists.status != 200:
            self.send(lists.status, lists.raw or b'{"error": "<html>\\u001b[31m"}', lists.headers)
        else:
            self.send(200, json.dumps(_page(lists, call)).encode(), lists.headers)

    def _flood(self) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        while True:
            self.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


ProviderServer.handler = _Handler


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
