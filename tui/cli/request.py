"""Reading what a person hands in: a whole request, a text."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from tui.core.errors import RequestError

LARGEST = 4 << 20
"""Bytes that are read of a file; the executor takes no larger request."""


def read(name: str, field: str) -> bytes:
    """The content of the file ``name``, or of stdin for ``-``.

    Raises :class:`RequestError` where it can't be read or is too large.
    """
    try:
        if name == "-":
            content = sys.stdin.buffer.read(LARGEST + 1)
        else:
            with at_home(name).open("rb") as file:
                content = file.read(LARGEST + 1)
    except OSError as error:
        raise RequestError(f"{name} can't be read: {error.strerror}", field=field) from None
    if len(content) > LARGEST:
        raise RequestError(f"{name} is larger than {LARGEST >> 20} MB", field=field)
    return content


def at_home(name: str) -> Path:
    """``name`` as a path, with the person's home for ``~``; the home of a user who is none is left as it is written."""
    return Path(os.path.expanduser(name))  # noqa: PTH111  (Path.expanduser raises RuntimeError there)


def read_text(name: str, field: str) -> str:
    """``read`` as text, which must be UTF-8."""
    try:
        return read(name, field).decode()
    except UnicodeDecodeError:
        raise RequestError(f"{name} is not UTF-8 text", field=field) from None
