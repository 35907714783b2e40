"""The part of a client's environment that goes with each of its requests, in a header of the request.

It is no field of the requests, because it says where they come from and not what is wanted: so it goes with a request
that a user wrote as JSON, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from tui.core.errors import RequestError
from tui.posix.environment import of_client

HEADER = "modeldeck-environment"
LARGEST = 1 << 17
"""Characters; the kernel of Linux takes no longer variable either."""


def pack(environ: Mapping[str, str]) -> str:
    """Return the header for a client with ``environ``; it is ASCII and may hold the password of a proxy."""
    return urlencode(of_client(environ))


def unpack(header: str) -> dict[str, str]:
    """Return the variables in a header, none but those that may follow a client. Raises :class:`RequestError`."""
    if len(header) > LARGEST:
        raise RequestError(f"The environment that came with the request has more than {LARGEST:,} characters")
    return of_client(dict(parse_qsl(header, keep_blank_values=True)))
