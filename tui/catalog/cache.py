"""Lists as they were read last, in memory and on disk. They hold no key and nothing that was made from one."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from tui.catalog.private import keep, kept
from tui.catalog.sources import ListSource
from tui.config.codec import read_reply, write
from tui.core.catalog import AgentPins, Model, Provider

GOOD_FOR = 5 * 60_000
"""Milliseconds for which a list is not read again."""
FIRST_RETRY = 5_000
"""Milliseconds after which a list that failed is read again; each further failure in a row doubles them, up to
:data:`GOOD_FOR`."""
FORM = 1
"""Of the files; one of another form is not read."""
_LARGEST = 64_000_000
_MOST_GONE = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of one source's lists."""

    providers: tuple[Provider, ...] = ()
    pins: AgentPins | None = None
    read_at: str | None = None
    """When it was read, ISO 8601; ``None`` if it never was."""
    tried_at: int = 0
    """Milliseconds since 1970 of the last attempt, good or bad."""
    error: str | None = None
    """Why the last attempt failed; what is kept is then from an earlier one."""
    failures: int = 0
    """Attempts in a row that failed."""
    form: int = FORM

    def fresh(self, now: int) -> bool:
        """Whether it need not be read again at ``now``."""
        return 0 <= now - self.tried_at < self._good_for

    def retry_in(self, now: int) -> int | None:
        """Return the milliseconds until a list that failed is read again; ``None`` for one that did not fail."""
        return None if self.error is None else max(self.tried_at + self._good_for - now, 0)

    @property
    def _good_for(self) -> int:
        if self.error is None:
            return GOOD_FOR
        return min(FIRST_RETRY << min(max(self.failures - 1, 0), 16), GOOD_FOR)

    def failed(self, error: str, now: int) -> Kept:
        """Return it after one more failure."""
        return replace(self, tried_at=now, error=error, failures=self.failures + 1)


class ListCache:
    """All lists that were ever read. The disk is looked at once for each source."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Kept | None] = {}

    def of(self, source: ListSource) -> Kept | None:
        """What is known of ``source``."""
        if source.name not in self._known:
            self._known[source.name] = self._load(source)
        return self._known[source.name]

    def put(self, source: ListSource, news: Kept) -> None:
        """Know ``news`` from now on."""
        self._known[source.name] = news

    def save(self, source: ListSource) -> None:
        """Write to disk what is known of ``source``; where that fails, memory must do."""
        known = self._known.get(source.name)
        if known is None:
            return
        try:
            keep(self._file(source), write(known))
        except OSError as error:
            log.warning("the list of %s could not be kept on disk: %s", source.id, error.strerror)

    def _load(self, source: ListSource) -> Kept | None:
        raw = kept(self._file(source), _LARGEST)
        try:
            known = read_reply(Kept, raw) if raw is not None else None
        except ValidationError:
            log.warning("the list of %s on disk is broken and is read anew", source.id)
            return None
        return known if known is not None and known.form == FORM else None

    def _file(self, source: ListSource) -> Path:
        return self._folder / "lists" / f"{source.name}.json"


def with_gone(before: Kept | None, now: tuple[Provider, ...]) -> tuple[Provider, ...]:
    """``now``, each provider with the models that it has no more; a usable provider that is no more stays, emptied."""
    earlier = {one.id: one for one in before.providers} if before else {}
    found = tuple(replace(one, gone=_gone(earlier.get(one.id), one.models)) for one in now)
    there = {one.id for one in now}
    emptied = tuple(
        Provider(one.id, one.name, gone=_gone(one, ()))
        for one in earlier.values()
        if one.id not in there and (one.usable or one.gone)
    )
    return found + emptied


def _gone(before: Provider | None, now: tuple[Model, ...]) -> tuple[Model, ...]:
    if before is None:
        return ()
    there = {model.id for model in now}
    return tuple(model for model in (*before.models, *before.gone) if model.id not in there)[:_MOST_GONE]
