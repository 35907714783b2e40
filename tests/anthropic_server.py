"""A fake Anthropic Messages server on loopback that speaks the real wire format, for tests in any folder.

    with AnthropicServer() as server:
        url = server.at("swap", Behaviour(answers_as="other-model"))   # a base URL with a behaviour of its own
        ...
        assert server.calls[0].model == "claude-opus-4-8"

Source of the formats: https://docs.anthropic.com/en/api/messages-streaming, .../errors, .../models-list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.loopback import Handler, Loopback

Block = Mapping[str, Any]
"""A content block: ``{"type": "text", "text": ...}`` or ``{"type": "tool_use", "name": ..., "input": {...}}``."""

ERRORS = {
    400: ("invalid_request_error", "messages: at least one message is required"),
    401: ("authentication_error", "invalid x-api-key"),
    403: ("permission_error", "Your API key does not have permission to use the specified resource."),
    404: ("not_found_error", "model: {model}"),
    429: ("rate_limit_error", "This request would exceed your account's rate limit. Please try again later."),
    500: ("api_error", "Internal server error"),
    529: ("overloaded_error", "Overloaded"),
}
USAGE = {"input_tokens": 1234, "cache_creation_input_tokens": 56, "cache_read_input_tokens": 910, "output_tokens": 51}


def text_of(words: str) -> Block:
    """A block of text."""
    return {"type": "text", "text": words}


def tool(name: str, **arguments: object) -> Block:
    """A call of a tool."""
    return {"type": "tool_use", "name": name, "input": arguments}


@dataclass(frozen=True)
class Behaviour:
    """How the server answers under one base URL."""

    text: str = "Hello from the fake provider."
    answers_as: str | None = None
    """The model id in the answer; ``None`` repeats the one that was asked for."""
    statuses: tuple[int, ...] = ()
    """Statuses of the first answers, one after the other; the answers after them are good."""
    always: int | None = None
    """A status for every answer."""
    for_model: str | None = None
    """``statuses`` and ``always`` meet only requests for a model whose id contains this."""
    cut: bool = False
    """The connection ends in the middle of each answer, streamed or not."""
    hold: bool = False
    """Each stream stops after its first words until the server is released or closed."""
    content: Callable[[Mapping[str, Any]], Sequence[Block]] | None = None
    """The blocks to answer a request's body with, in place of ``text``."""
    models: tuple[str, ...] = ("claude-opus-4-8", "claude-sonnet-5-5", "claude-haiku-5-5")
    """What ``/v1/models`` lists."""


@dataclass(frozen=True)
class Call:
    """A request as it arrived."""

    method: str
    at: str
    """The name under which the behaviour was set."""
    path: str
    """The path behind that name, such as ``/v1/messages``."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Mapping[str, Any]
    model: str | None

    @property
    def keys(self) -> tuple[str, ...]:
        """Every credential that came along."""
        values = (self.headers.get("x-api-key"), self.headers.get("authorization"))
        return tuple(value for value in values if value)


@dataclass
class AnthropicServer(Loopback[Call]):
    """The server; a context manager. ``calls`` holds every request in the order of arrival."""

    _behaviours: dict[str, Behaviour] = field(default_factory=lambda: {"ok": Behaviour()})
    _failed: dict[str, int] = field(default_factory=dict)

    def at(self, name: str, behaviour: Behaviour | None = None) -> str:
        """The base URL ``name``, from now on with ``behaviour`` (by default: it answers well)."""
        self._behaviours[name] = behaviour or Behaviour()
        self._failed.pop(name, None)
        return self.base(name)

    @property
    def url(self) -> str:
        """A base URL where all is well."""
        return self.base("ok")

    @property
    def asked(self) -> list[str | None]:
        """The models of the calls for a message, in order."""
        return [call.model for call in list(self.calls) if call.path == "/v1/messages"]

    def wait_for_calls(self, number: int, limit: float = 30.0) -> list[Call]:
        """Wait until ``number`` calls for a message have arrived."""
        self.wait_until(lambda: len(self.asked), number, limit)
        return list(self.calls)

    # What the handler calls.

    def arrived(self, call: Call) -> Behaviour:
        self.keep(call)
        return self._behaviours.get(call.at, Behaviour(always=404))

    def failure(self, call: Call, behaviour: Behaviour) -> int | None:
        """The status to fail ``call`` with, if it is to fail."""
        if behaviour.for_model is not None and behaviour.for_model not in (call.model or ""):
            return None
        if behaviour.always is not None:
            return behaviour.always
        with self.changed:
            done = self._failed.get(call.at, 0)
            if done >= len(behaviour.statuses):
                return None
            self._failed[call.at] = done + 1
            return behaviour.statuses[done]


class _Handler(Handler[AnthropicServer]):
    @property
    def named(self) -> tuple[str, str]:
        """As ever; a call to the server's bare address, as the vendor's is one, is to ``ok``."""
        path = self.path.split("?")[0]
        return ("ok", path) if path.startswith("/v1/") else super().named

    def answer(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.loads(raw) if raw else {}
        call = Call(self.command, *self.named, self.given, body, body.get("model"))
        behaviour = self.fake.arrived(call)
        if call.method == "POST" and call.path == "/v1/messages":
            self._message(call, behaviour)
        elif call.path == "/v1/messages/count_tokens":
            self._json(200, {"input_tokens": 1234})
        elif call.path == "/v1/models" and behaviour.always is None:
            rows = [
                {"type": "model", "id": one, "display_name": one, "created_at": "2026-01-01T00:00:00Z"}
                for one in behaviour.models
            ]
            ends = (behaviour.models or (None,))[0], (behaviour.models or (None,))[-1]
            self._json(200, {"data": rows, "has_more": False, "first_id": ends[0], "last_id": ends[1]})
        elif behaviour.always is not None:
            self._error(behaviour.always, call)
        else:
            self._error(404, call)

    def _message(self, call: Call, behaviour: Behaviour) -> None:
        status = self.fake.failure(call, behaviour)
        if status is not None:
            self._error(status, call)
            return
        blocks = behaviour.content(call.body) if behaviour.content else (text_of(behaviour.text),)
        number = len(self.fake.calls)
        message = {
            "id": f"msg_fake{number:04}",
            "type": "message",
            "role": "assistant",
            "model": behaviour.answers_as or call.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {**USAGE, "output_tokens": 1},
        }
        named = [{**b, "id": f"toolu_{number}_{i}"} if b["type"] == "tool_use" else b for i, b in enumerate(blocks)]
        stop = "tool_use" if any(block["type"] == "tool_use" for block in named) else "end_turn"
        if not call.body.get("stream"):
            whole = {**message, "content": named, "stop_reason": stop, "usage": USAGE}
            self._json(200, whole, cut=behaviour.cut)
            return
        self._stream(_events(message, named, stop), behaviour)

    def _stream(self, events: Iterator[Mapping[str, Any]], behaviour: Behaviour) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("request-id", "req_fake")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events:
            text = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
            self.wfile.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")
            self.wfile.flush()
            if event["type"] == "content_block_delta":
                if behaviour.cut:
                    self.close_connection = True
                    return
                if behaviour.hold:
                    self.fake.wait_released()
        self.wfile.write(b"0\r\n\r\n")

    def _error(self, status: int, call: Call) -> None:
        kind, words = ERRORS.get(status, ("api_error", "error"))
        error = {"type": kind, "message": words.format(model=call.model)}
        self._json(status, {"type": "error", "error": error, "request_id": "req_fake"})

    def _json(self, status: int, value: object, cut: bool = False) -> None:
        self.send(status, json.dumps(value).encode(), {"request-id": "req_fake"}, cut=cut)


AnthropicServer.handler = _Handler


def _events(message: Mapping[str, Any], blocks: Sequence[Block], stop: str) -> Iterator[Mapping[str, Any]]:
    """The events of a streamed message."""
    yield {"type": "message_start", "message": message}
    for index, block in enumerate(blocks):
        is_text = block["type"] == "text"
        empty = {"text": ""} if is_text else {"input": {}}
        yield {"type": "content_block_start", "index": index, "content_block": {**block, **empty}}
        yield {"type": "ping"}
        if is_text:
            words = block["text"]
            for part in (words[: len(words) // 2], words[len(words) // 2 :]):
                delta = {"type": "text_delta", "text": part}
                yield {"type": "content_block_delta", "index": index, "delta": delta}
        else:
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": USAGE}
    yield {"type": "message_stop"}
