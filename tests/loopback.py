"""What the fake providers share: an HTTP server on loopback that keeps every call and can hold its answers."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Generic, Self, TypeVar

C = TypeVar("C")


@dataclass
class Loopback(Generic[C]):
    """A fake; a context manager. ``calls`` holds every request in the order of arrival."""

    handler: ClassVar[type[Handler[Any]]]
    """What answers, in a thread of its own for each connection."""
    calls: list[C] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    """Whoever holds it may change what is kept."""
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

    @property
    def port(self) -> int:
        return self._http.server_port

    def base(self, name: str) -> str:
        """The base URL ``name``."""
        return f"http://127.0.0.1:{self.port}/{name}"

    def release(self) -> None:
        """Let go what is held."""
        self._released.set()

    def wait_released(self) -> None:
        self._released.wait(120)

    def keep(self, call: C) -> None:
        """Note that ``call`` has arrived."""
        with self.changed:
            self.calls.append(call)
            self.changed.notify_all()

    def wait_until(self, found: Callable[[], int], number: int, limit: float) -> None:
        """Wait until ``found()`` is ``number``, or more. Blocks."""
        with self.changed:
            if not self.changed.wait_for(lambda: found() >= number, limit):
                raise TimeoutError(f"{found()} of {number} calls after {limit} s")


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, fake: Loopback[Any]) -> None:
        super().__init__(("127.0.0.1", 0), fake.handler)
        self.fake = fake

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news: agents are killed in the middle of an answer on purpose."""


F = TypeVar("F", bound=Loopback[Any])


class Handler(BaseHTTPRequestHandler, ABC, Generic[F]):
    """Answers the calls of one connection."""

    server: _Http
    protocol_version = "HTTP/1.1"

    @abstractmethod
    def answer(self) -> None:
        """Answer one request."""

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    @property
    def fake(self) -> F:
        fake: F = self.server.fake  # type: ignore[assignment]
        return fake

    @property
    def named(self) -> tuple[str, str]:
        """The name of the base URL that was called, and the path behind it."""
        name, _, rest = self.path.split("?")[0].lstrip("/").partition("/")
        return name, "/" + rest

    @property
    def given(self) -> dict[str, str]:
        """The headers that came along, their names in lower case."""
        return {key.lower(): value for key, value in self.headers.items()}

    def send(self, status: int, body: bytes, headers: Mapping[str, str], *, cut: bool = False) -> None:
        """Answer; ``cut``: with half of the body, and hang up."""
        self.send_response(status)
        for name, value in {"content-type": "application/json", "content-length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def log_message(self, format: str, *args: object) -> None:
        """Nothing goes to the tests' stderr."""
