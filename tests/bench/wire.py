"""The executor's wire as anybody could speak it, so that no client library is in a figure."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
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
        answer: dict[str, Any] = json.loads(self._answer())
        return answer

    def ask(self, verb: str, **fields: object) -> dict[str, Any]:
        """One of the five verbs."""
        answer: dict[str, Any] = json.loads(self.ask_raw(verb, json.dumps(fields).encode()))
        return answer

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


def first_answer(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until ``process`` answers at ``path``."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with Line(path) as line:
                line.health()
                return
        except OSError:
            time.sleep(POLL)
    ended = "" if process.returncode is None else f": the server ended with status {process.returncode}"
    raise UnmeasuredError(f"nobody answers at {path}{ended}")
