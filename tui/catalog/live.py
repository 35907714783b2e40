"""The living catalog: at hand at once, as it was read last, and read again behind when it is old."""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from tui.catalog.cache import Kept, ListCache, with_gone
from tui.catalog.child import Server, Spawn, spawn
from tui.catalog.fetch import Fetch, get, host
from tui.catalog.join import Joint, asked
from tui.catalog.offer import offered
from tui.catalog.prices import Prices
from tui.catalog.providers import acp, opencode
from tui.catalog.reply import ListError
from tui.catalog.shipped import shipped
from tui.catalog.sources import OPENCODE, WIRES, ListSource, sources
from tui.config.codec import read_reply, write
from tui.core.catalog import AgentPins, Catalog, Model, Provider
from tui.core.clock import Clock
from tui.core.settings import Settings

SECONDS = 120.0
"""For one source in all, however many pages it has."""
ASKED_FOR = 3_600_000
"""Milliseconds after a question in which failed lists are read again unasked."""
_BUILT = 16
"""Catalogs that are kept made, one for each configuration in use."""

log = logging.getLogger(__name__)

Changed = Callable[[], None]


class LiveCatalog:
    """Every provider's list, each read, kept and failing alone."""

    def __init__(
        self,
        cache_folder: Path,
        clock: Clock,
        home: Path,
        environment: Mapping[str, str],
        *,
        fetch: Fetch = get,
        spawn: Spawn = spawn,
        random: Callable[[int], bytes] = os.urandom,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        mask: Callable[[bytes], bytes] = bytes,
    ) -> None:
        """``environment`` is the user's own without keys: where home is, and where programs are found.

        ``mask`` removes keys from what providers and agents answer, before anything is kept of it.
        """
        self.search_path: str | None = None
        """Searched for agents instead of the PATH in ``environment``."""
        self._folder = cache_folder
        self._clock = clock
        self._home = home
        self._environment = dict(environment)
        self._fetch = fetch
        self._spawn = spawn
        self._random = random
        self._cache = ListCache(cache_folder)
        self._prices = Prices(cache_folder, clock, self._environment, spawn)
        self._keys: dict[str, bytes] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._behind: asyncio.Task[None] | None = None
        self._sleep = sleep
        self._mask = mask
        self._retrying: asyncio.Task[None] | None = None
        self._newest: tuple[Settings, Mapping[str, str]] | None = None
        """The newest settings asked about: only their failed lists are read again unasked."""
        self._asked_at = 0
        self._merging = threading.Lock()
        self._changed: list[Changed] = []
        self._version = 0
        # Settings are kept alive with what was made of them, so that their id is not another's.
        self._asked: dict[tuple[object, ...], tuple[Settings, tuple[ListSource, ...]]] = {}
        self._built: dict[tuple[object, ...], tuple[Settings, Catalog]] = {}

    def current(self, settings: Settings, handed: Mapping[str, str]) -> Catalog:
        """What is on offer, as far as it is known now. Within a running loop, what is old is read again behind."""
        found = self._asked_now(settings, handed)
        self._renew_behind(settings, handed, found)
        return self._catalog(settings, handed, found)

    async def loaded(self, settings: Settings, handed: Mapping[str, str]) -> Catalog:
        """As :meth:`current`; what has to be merged for it is merged in a thread, for a list may be very long."""
        found = self._asked_now(settings, handed)
        catalog = await asyncio.to_thread(self._catalog, settings, dict(handed), found)
        self._renew_behind(settings, handed, found)
        return catalog

    async def refresh(
        self, settings: Settings, handed: Mapping[str, str], only: Collection[str] | None = None
    ) -> Catalog:
        """Read all lists now, or those of the providers ``only`` (``opencode`` for its server's), and what they cost.

        Returns when each was read or has failed; a failure is told by its provider, never raised.
        """
        found = self._asked_now(settings, handed)
        wanted = [one for one in found if only is None or _belongs(one, only, settings)]
        await self._read(settings, handed, wanted, everything=only is None)
        return await asyncio.to_thread(self._catalog, settings, dict(handed), found)

    def subscribe(self, changed: Changed) -> Callable[[], None]:
        """Have ``changed`` called whenever :meth:`current` would tell something new. Returns how to stop that."""
        self._changed.append(changed)

        def stop() -> None:
            with suppress(ValueError):
                self._changed.remove(changed)

        return stop

    async def close(self) -> None:
        """Stop reading. Servers that were started for it have ended when this returns."""
        running = [task for task in (self._behind, self._retrying, *self._reading.values()) if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _asked_now(self, settings: Settings, handed: Mapping[str, str]) -> tuple[ListSource, ...]:
        self._newest, self._asked_at = (settings, handed), self._clock.milliseconds()
        return self._sources(settings, handed)

    def _sources(self, settings: Settings, handed: Mapping[str, str]) -> tuple[ListSource, ...]:
        key = (id(settings), frozenset(handed.items()))
        if key not in self._asked:
            self._asked[key] = (settings, sources(settings, handed))
            while len(self._asked) > _BUILT:
                del self._asked[next(iter(self._asked))]
        return self._asked[key][1]

    # --- what is known ------------------------------------------------------------------------------------------------

    def _catalog(self, settings: Settings, handed: Mapping[str, str], found: Sequence[ListSource]) -> Catalog:
        """Merge what is known, one thread at a time: many ask for the same."""
        with self._merging:
            return self._merged(settings, handed, found)

    def _merged(self, settings: Settings, handed: Mapping[str, str], found: Sequence[ListSource]) -> Catalog:
        today = self._clock.utc_now()[:10]
        key = (
            id(settings),
            self._version,
            tuple(one.name for one in found),
            frozenset((name, bool(value.strip())) for name, value in handed.items()),
            tuple((self._home / one.login).is_file() for one in shipped().values() if one.login),
            today,
        )
        if key not in self._built:
            lists = {one.place: known for one in found if (known := self._cache.of(one)) is not None}
            catalog = Joint(settings, lists, self._prices, today).catalog(offered(settings, handed, self._home))
            self._built[key] = (settings, catalog)
            while len(self._built) > _BUILT:
                del self._built[next(iter(self._built))]
        return self._built[key][1]

    def _news(self) -> None:
        self._version += 1
        self._built.clear()
        for changed in tuple(self._changed):
            changed()

    # --- reading ------------------------------------------------------------------------------------------------------

    def _renew_behind(self, settings: Settings, handed: Mapping[str, str], found: Sequence[ListSource]) -> None:
        if self._behind is not None and not self._behind.done():
            return
        old = [one for one in found if self._old(one)]
        if not old:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # asked from outside the loop: what is kept is served, the next one within renews it
        self._behind = loop.create_task(self._read(settings, handed, old))

    def _old(self, source: ListSource) -> bool:
        known = self._cache.of(source)
        if known is None or not known.fresh(self._clock.milliseconds()):
            return True
        with_key = self._keys.get(source.name)
        # A key of an earlier life is not remembered; one that was refused may have been put right meanwhile.
        return known.error is not None if with_key is None else with_key != source.fingerprint

    async def _read(
        self, settings: Settings, handed: Mapping[str, str], wanted: Sequence[ListSource], *, everything: bool = False
    ) -> None:
        """Read ``wanted``, all at once, then learn what the models cost."""
        for one in wanted:
            if one.name not in self._reading:
                task = asyncio.create_task(self._read_one(one, frozenset(settings.providers)))
                self._reading[one.name] = task
                task.add_done_callback(functools.partial(self._read_out, one.name))
        running = [self._reading[one.name] for one in wanted if one.name in self._reading]
        if running:
            await asyncio.wait(running)
        self._retry_behind()
        found = self._sources(settings, handed)
        catalog = await asyncio.to_thread(self._catalog, settings, dict(handed), found)
        ours = [one for one in catalog if one.usable or one.id in shipped()]
        models = [asked(one.id, settings.providers.get(one.id), model.id) for one in ours for model in one.models]
        if (wanted or everything) and await self._prices.learn(models):
            self._news()

    def _retry_behind(self) -> None:
        if self._retrying is None or self._retrying.done():
            self._retrying = asyncio.create_task(self._retry())

    async def _retry(self) -> None:
        """Read failed lists again, each when it is due, until none is left or nobody has asked for long."""
        while self._newest is not None:
            now, sources = self._clock.milliseconds(), self._sources(*self._newest)
            waits = [
                wait for one in sources if (known := self._cache.of(one)) and (wait := known.retry_in(now)) is not None
            ]
            if not waits or now - self._asked_at > ASKED_FOR:
                return
            await self._sleep(max(min(waits) / 1000, 0.1))
            due = [one for one in self._sources(*self._newest) if self._failed(one) and self._old(one)]
            if due:
                await self._read(*self._newest, due)

    def _failed(self, source: ListSource) -> bool:
        known = self._cache.of(source)
        return known is not None and known.error is not None

    def _read_out(self, name: str, _: asyncio.Task[None]) -> None:
        self._reading.pop(name, None)

    async def _read_one(self, source: ListSource, named: frozenset[str]) -> None:
        before = self._cache.of(source)
        self._keys[source.name] = source.fingerprint
        now = self._clock.milliseconds()
        try:
            async with asyncio.timeout(SECONDS):
                providers, pins = await self._lists(source, named)
            at = self._clock.utc_now()
            news = Kept(with_gone(before, _dated(providers, source, at)), pins, at, now)
        except ListError as error:
            news = self._failure(before, error.message)
        except TimeoutError:
            news = self._failure(before, f"{_who(source)} took longer than {SECONDS:g} s")
        except Exception as error:  # one provider never takes down the others, whatever it sends
            log.exception("the list of %s could not be read", source.id)
            news = self._failure(before, f"its answer broke the reader ({type(error).__name__})")
        news = await asyncio.to_thread(_masked, news, self._mask)
        self._cache.put(source, news)
        if before is None or before.error is None or before.error != news.error:  # the same failure is nothing new
            self._news()
        await asyncio.to_thread(self._cache.save, source)

    def _failure(self, before: Kept | None, error: str) -> Kept:
        return (before or Kept()).failed(error, self._clock.milliseconds())

    async def _lists(self, source: ListSource, named: frozenset[str]) -> tuple[tuple[Provider, ...], AgentPins | None]:
        if source.lacking:
            raise ListError(f"{_who(source)} needs the variable {source.lacking}, which is not set")
        if source.command:
            folder = self._folder / "agents"
            path = {"PATH": self.search_path} if self.search_path is not None else {}
            env = {**self._environment, **path, **source.env}
            server = Server(self._spawn, source.command, env, self._environment, folder)
            if source.kind == OPENCODE:
                lists = await opencode.read(server, self._random(24).hex(), named)
                return lists.providers, lists.pins
            told, pins = await acp.read(server, source.variable or source.id)
            return (Provider(source.id, source="config", key="present", models=told),), pins
        if not (source.key.isascii() and source.key.isprintable()):
            raise ListError(f"The key in {source.variable} holds characters that no key has")
        models: tuple[Model, ...] = await WIRES[source.kind].read(self._fetch, source.base, source.key)
        return (Provider(source.id, list="listed", models=models),), None


def _masked(news: Kept, mask: Callable[[bytes], bytes]) -> Kept:
    raw = write(news)
    clean = mask(raw)
    return news if clean == raw else read_reply(Kept, clean)


def _belongs(source: ListSource, only: Collection[str], settings: Settings) -> bool:
    if source.id in only:
        return True
    theirs = (given.kind if (given := settings.providers.get(id_)) else OPENCODE for id_ in only)
    return source.kind == OPENCODE and OPENCODE in theirs


def _who(source: ListSource) -> str:
    return Path(source.command[0]).name if source.command else host(source.base)


def _dated(providers: tuple[Provider, ...], source: ListSource, at: str) -> tuple[Provider, ...]:
    """``providers`` with where and when each fact was read."""
    told = "OpenCode's list" if source.kind == OPENCODE else f"the list of {_who(source)}"
    return tuple(
        replace(one, models=tuple(replace(model, facts_from=told, facts_at=at) for model in one.models))
        for one in providers
    )
