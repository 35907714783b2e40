"""What an OpenCode server tells, asked and understood in a process of its own, ``python -m`` this module.

Reads a ``Question`` on stdin and writes an ``Answer`` on stdout (``providers.opencode``). Parsing the replies takes
some 50 MB, which the executor shall not keep.
"""

from __future__ import annotations

import asyncio
import base64
import sys

from tui.catalog.fetch import Request, get
from tui.catalog.providers.opencode import MOST_BYTES, PATHS, Answer, Question, understood
from tui.catalog.reply import ListError
from tui.config.codec import read_request, write

_SECONDS = 60.0
"""For one reply: the first one has the server install what its plugins need."""


def main() -> int:
    """Answer the question on stdin."""
    question = read_request(Question, sys.stdin.buffer.read())
    try:
        answer = Answer(understood(asyncio.run(_replies(question)), frozenset(question.named)))
    except ListError as error:
        answer = Answer(error=error.message)
    sys.stdout.buffer.write(write(answer))
    return 0


async def _replies(question: Question) -> list[bytes]:
    basic = base64.b64encode(f"opencode:{question.password}".encode()).decode()
    headers = {"authorization": f"Basic {basic}"}
    return [await get(Request(f"{question.base}{path}", headers, MOST_BYTES, _SECONDS)) for path in PATHS]


if __name__ == "__main__":
    sys.exit(main())
