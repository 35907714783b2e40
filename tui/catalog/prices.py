"""What models cost, and what they are good for, from a table that a child process makes (``price_table``)."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from tui.catalog.child import Spawn, end
from tui.catalog.private import keep, kept
from tui.config.codec import read_reply, write
from tui.core.catalog import Model, Price, Quote
from tui.core.clock import Clock, iso
from tui.core.plain import one_line

_SECONDS = 60.0
_GOOD_FOR = 24 * 3_600_000
"""Milliseconds; prices change on a day, and the package that knows them may have been renewed."""
_LARGEST = 32_000_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """A model whose price is wanted."""

    provider: str
    model: str
    url: str | None = None
    """The address at which the provider is, if it is not the vendor's own."""

    @property
    def reference(self) -> str:
        """The name under which the answer is kept; at another address it is another answer."""
        return f"{self.provider}/{self.model}" + (f" {self.url}" if self.url else "")


@dataclass(frozen=True, slots=True)
class _Row:
    matched: str
    input: float | None = None
    output: float | None = None
    cache_read: float | None = None
    cache_write: float | None = None
    description: str | None = None
    context: int | None = None


@dataclass(frozen=True, slots=True)
class _Table:
    source: str = ""
    rows: Mapping[str, _Row | None] = field(default_factory=dict)
    made_at: int = 0
    """Milliseconds since 1970."""


class Prices:
    """The table: at hand at once, made again behind when something is missing from it or it is old."""

    def __init__(self, folder: Path, clock: Clock, environment: Mapping[str, str], spawn: Spawn) -> None:
        self._folder = folder
        self._clock = clock
        self._environment = environment
        self._spawn = spawn
        self._table: _Table | None = None
        self._lock = asyncio.Lock()

    def of(self, asked: Asked) -> Model | None:
        """What the table knows of a model, as a row of facts; ``None`` where it knows nothing."""
        table = self._read()
        row = table.rows.get(asked.reference)
        if row is None:
            return None
        price = Price(row.input, row.output, row.cache_read, row.cache_write)
        known = price.input is not None or price.output is not None
        return Model(
            asked.model,
            description=one_line(row.description, 200) if row.description else None,
            context=row.context,
            price=price if known else None,
            facts_from=table.source,
            facts_at=self.day,
            quotes=(Quote(table.source, price, row.matched),) if known else (),
        )

    @property
    def day(self) -> str:
        """The day on which the table was made."""
        return iso(self._read().made_at)[:10]

    async def learn(self, wanted: Iterable[Asked]) -> bool:
        """Have the table made again if it lacks something that is ``wanted`` or is a day old; whether it was."""
        async with self._lock:
            table = self._read()
            asked = {one.reference: one for one in wanted}
            now = self._clock.milliseconds()
            if asked.keys() <= table.rows.keys() and 0 <= now - table.made_at < _GOOD_FOR:
                return False
            made = await self._make(asked)
            if made is None:
                return False
            rows = {**table.rows, **made.rows} if table.source == made.source else made.rows
            self._table = _Table(made.source, rows, now)
            try:
                await asyncio.to_thread(keep, self._file, write(self._table))
            except OSError as error:
                log.warning("the table of prices could not be kept: %s", error.strerror)
            return True

    async def _make(self, asked: Mapping[str, Asked]) -> _Table | None:
        """The table as the child makes it; ``None`` if it fails, which leaves prices unknown and nothing else."""
        questions, answer = self._folder / "prices-wanted.json", self._folder / "prices-made.json"
        wanted = [[name, one.provider, one.url, one.model] for name, one in asked.items()]
        try:
            await asyncio.to_thread(keep, questions, json.dumps(wanted).encode())
            # -P: what lies in the folder that we are in is not to be imported.
            argv = (sys.executable, "-P", "-m", "tui.catalog.price_table", str(questions), str(answer))
            child = await self._spawn(argv, self._folder, self._environment)
            try:
                status = await asyncio.wait_for(child.wait(), _SECONDS)
            finally:
                if child.returncode is None:
                    await asyncio.shield(end(child))
            if status == 0:
                return await asyncio.to_thread(_understood, answer)
            log.warning("prices are unknown: their table ended with status %d", status)
        except TimeoutError:
            log.warning("prices are unknown: their table was not made within %g s", _SECONDS)
        except OSError as error:
            log.warning("prices are unknown: their table could not be made: %s", error.strerror)
        return None

    def _read(self) -> _Table:
        if self._table is None:
            self._table = _understood(self._file) or _Table()
        return self._table

    @property
    def _file(self) -> Path:
        return self._folder / "prices.json"


def _understood(file: Path) -> _Table | None:
    raw = kept(file, _LARGEST)
    try:
        return read_reply(_Table, raw) if raw is not None else None
    except ValidationError:
        log.warning("the table of prices in %s is broken and is made again", file)
        return None
