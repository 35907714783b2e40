"""Requests that were carried out, by their keys: written in the transaction of what they did."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, insert, select

from tui.core.errors import ConflictError
from tui.core.request_key import RequestKey
from tui.store.tables import requests

_ONE = select(requests).where(requests.c.key == bindparam("value"))
_FORGET = delete(requests).where(requests.c.seq <= bindparam("last"))


@dataclass(frozen=True, slots=True)
class Done:
    """What a request did."""

    seq: int
    """The number of its last event."""
    task_id: str | None
    specs: tuple[str, ...]
    """The ids of the specs that it wrote or removed."""


def done(connection: Connection, key: RequestKey) -> Done | None:
    """Return what the request did; ``None`` if it is not known.

    Raises :class:`ConflictError` where the key is that of another request.
    """
    row = connection.execute(_ONE, {"value": key.value}).mappings().first()
    if row is None:
        return None
    if row["digest"] != key.digest:
        raise ConflictError("The key of this request was used for another request; take a new one")
    return Done(row["seq"], row["task_id"], tuple(json.loads(row["specs"])))


def check_new(connection: Connection, key: RequestKey) -> None:
    """Raise :class:`ConflictError` where the request was carried out already."""
    if done(connection, key) is not None:
        raise ConflictError("This request was carried out already")


def note(connection: Connection, key: RequestKey, what: Done) -> None:
    """Keep what a request did."""
    row = {"key": key.value, "digest": key.digest, "seq": what.seq, "task_id": what.task_id}
    connection.execute(insert(requests), row | {"specs": json.dumps(what.specs)})


def forget(connection: Connection, last: int) -> None:
    """Take away requests whose events are those up to the number ``last``."""
    connection.execute(_FORGET, {"last": last})
