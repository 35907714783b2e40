"""The key of a request: a client sends it again with the same key, and nothing happens twice.

It goes in a header, as the client's environment does, so that a request that a user wrote as JSON has one too.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from tui.core.errors import RequestError

KEY_HEADER = "idempotency-key"
_KEY = re.compile(r"[\x21-\x7e]{1,100}")


@dataclass(frozen=True, slots=True)
class RequestKey:
    """What a client calls one request of its own, and what that request is."""

    value: str
    digest: str
    """Of the request's bytes: a key stands for one request alone."""


def request_key(header: str | None, body: bytes) -> RequestKey | None:
    """Return the key in a header, if there is one. Raises :class:`RequestError`."""
    if header is None:
        return None
    if not _KEY.fullmatch(header):
        raise RequestError(f"The header {KEY_HEADER} must be 1 to 100 printable ASCII characters without blanks")
    return RequestKey(header, hashlib.sha256(body).hexdigest())
