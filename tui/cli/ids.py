"""Ids of runs as users type them: whole, or as much of the beginning as no other run has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.cli.describe import when
from tui.core.errors import RequestError
from tui.core.plain import one_line
from tui.core.verbs import List

if TYPE_CHECKING:
    from tui.client.client import ExecutorClient

ID = "a run's id, or as much of its beginning as no other run has"
PREFIX = "r_"
WHOLE = len("r_1mk0q3z7c8h2vxw")
MOST = 5
"""Candidates that are named."""


async def whole_id(client: ExecutorClient, text: str) -> str:
    """Return the id that begins with ``text``; what no run's id begins with comes back as it is.

    Raises :class:`RequestError` with the candidates where several do.
    """
    if len(text) >= WHOLE or not text.strip():
        return text
    prefix = text if text.startswith(PREFIX) else f"{PREFIX}{text}"
    found = (await client.list(List("runs", id_prefix=prefix, limit=MOST + 1))).tasks
    if any(run.task_id == text for run in found) or not found:
        return text
    if len(found) > 1:
        named = ", ".join(f"{run.task_id} ({run.workflow}, {when(run.created_at)})" for run in found[:MOST])
        more = ", ..." if len(found) > MOST else ""
        ids = tuple(run.task_id or "" for run in found[:MOST])
        raise RequestError(
            f"Several runs begin with {one_line(text, 40)!r}: {named}{more}", suggestions=ids, field="ids"
        )
    return found[0].task_id or text


async def whole_ids(client: ExecutorClient, texts: Iterable[str]) -> tuple[str, ...]:
    """Return :func:`whole_id` of each."""
    return tuple([await whole_id(client, text) for text in texts])
