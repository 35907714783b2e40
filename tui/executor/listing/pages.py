"""One page of a view's rows: those that match the query, from the cursor on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from tui.core.errors import RequestError
from tui.core.plain import one_line
from tui.core.verbs import List

T = TypeVar("T")


def page_of(
    rows: Iterable[T], request: List, key: Callable[[T], str], words: Callable[[T], Iterable[str | None]] | None = None
) -> tuple[tuple[T, ...], str | None]:
    """The rows of the page that ``request`` asks for, and the cursor of the next one.

    ``key`` tells rows apart and is the cursor; ``words`` are what a query is looked for in, the key alone if left out.
    """
    found = [row for row in rows if matches(request.query, (key(row), *(words(row) if words else ())))]
    start = 0
    if request.after is not None:
        keys = [key(row) for row in found]
        if request.after not in keys:
            gone = one_line(request.after, 80)
            raise RequestError(f"The cursor {gone!r} is none of this view now; read it from the start", field="after")
        start = len(keys) - keys[::-1].index(request.after)  # past the last: of two alike neither comes twice
    page = tuple(found[start : start + request.limit])
    more = start + request.limit < len(found)
    return page, key(page[-1]) if page and more else None


def matches(query: str | None, texts: Iterable[str | None]) -> bool:
    """Whether every word of ``query`` is in one of ``texts``, whatever its case."""
    if not query:
        return True
    text = " ".join(one for one in texts if one).casefold()
    return all(word in text for word in query.casefold().split())
