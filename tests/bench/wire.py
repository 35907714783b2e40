"""The executor's wire as anybody could speak it, so that no client library is in a figure."""

from __future__ import annotations

import http.client
import json
import socket
import time
from pathlib import Path
from typing import Any, Self

from tests.bench.figures import UnmeasuredError

LIMIT = 60.0
"""Seconds that anything may take on a slow machine."""
POLL = 0.002
"""Seconds between two looks at whether somebody listens."""


class Line(http.client.HTTPConnection):
    """One kept connection to a socket in the file system."""

    def __init__(self, path: Path) -> None:
        super().__init__("executor", timeout=LIMIT)
        self._path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def connect(self) -> None:
        """Connect; raises :class:`OSError` where nobody listens."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(LIMIT)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.close()
            raise

    def health(self) -> dict[str, Any]:
        """Who answers."""
        self.request("GET", "/v1/health")
        return json.loads(self._answer())

    def ask(self, verb: str, **fields: object) -> dict[str, Any]:
        """One of the five verbs."""
        return json.loads(self.ask_raw(verb, json.dumps(fields).encode()))

    def ask_raw(self, verb: str, body: bytes) -> bytes:
        """One of the five verbs, the answer unread."""
        self.request("POST", f"/v1/{verb}", body, {"content-type": "application/json"})
        return self._answer()

    def listen(self) -> None:
        """Open the event stream and leave it open; returns when its first bytes have come."""
        self.request("GET", "/v1/events")
        response = self.getresponse()
        if response.status != 200 or not response.read(1):
            raise UnmeasuredError(f"the event stream answers {response.status}")
        self._stream = response  # kept, for it closes the connection when it is let go

    def _answer(self) -> bytes:
        response = self.getresponse()
        body = response.read()
        if response.status != 200:
            raise UnmeasuredError(f"the executor answers {response.status}: {body[:400]!r}")
        return body


def first_answer(path: Path) -> dict[str, Any]:
    """Wait until somebody answers at ``path``."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        try:
            with Line(path) as line:
                return line.health()
        except OSError:
            time.sleep(POLL)
    raise UnmeasuredError(f"nobody answers at {path}")
