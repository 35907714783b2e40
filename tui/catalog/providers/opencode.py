"""OpenCode's lists, from a server of its own that is started for the read and ended after it.

Formats as OpenCode 1.18 answers them: ``GET /provider``, ``GET /config/providers``, ``GET /config``. Two things about
it are dangerous. A server that reads its providers executes the plugins of the folder it stands in and of every folder
above, up to the root of a repository: so it stands in an empty repository of ours and is told to look at no project.
And its answers hold keys in clear: what is not named here is dropped where the answer is parsed.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from tui.catalog.child import Process, Server, end, standing
from tui.catalog.reply import ListError, Row, count, dollars, flag, identifier, mapping, parsed, rows, text
from tui.config.codec import read_reply, write
from tui.core.catalog import AgentPins, KeyState, Model, ModelStatus, Price, Provider, Source
from tui.core.resolver.uses import use_of

HOSTED = "opencode"
"""OpenCode's own provider. It is connected without a key, so that being connected says nothing."""
PATHS = ("/provider", "/config/providers", "/config")
MOST_BYTES = 64_000_000
_START_SECONDS = 30.0
_READ_SECONDS = 80.0
_MOST_LINES = 200
_LISTENS = re.compile(rb"listening on (http://127\.0\.0\.1:\d{1,5})\s*$")
_STATUSES: Mapping[object, ModelStatus] = {"alpha": "beta", "beta": "beta", "deprecated": "deprecated"}
_SOURCES: Mapping[object, Source] = {"config": "config", "custom": "custom", "env": "env", "api": "api"}


@dataclass(frozen=True, slots=True)
class Lists:
    """What an OpenCode server told."""

    providers: tuple[Provider, ...]
    pins: AgentPins


@dataclass(frozen=True, slots=True)
class Question:
    """What the child that asks is told, on its stdin."""

    base: str
    password: str = field(repr=False)
    named: tuple[str, ...] = ()
    """The providers that the configuration names."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What that child says, on its stdout."""

    lists: Lists | None = None
    error: str | None = None


async def read(server: Server, password: str, named: frozenset[str]) -> Lists:
    """What OpenCode offers here. ``named`` are the providers that the configuration names.

    Raises :class:`ListError`.
    """
    guarded = server.with_variables(
        OPENCODE_SERVER_PASSWORD=password, OPENCODE_DISABLE_PROJECT_CONFIG="1", OPENCODE_DISABLE_AUTOUPDATE="1"
    )
    async with standing(guarded, ("serve", "--hostname", "127.0.0.1", "--port", "0")) as (process, _):
        base = await _address(process, server.program)
        drain = asyncio.ensure_future(_drain(process))
        try:
            return await _ask(server, Question(base, password, tuple(sorted(named))))
        finally:
            drain.cancel()


async def _address(process: Process, program: str) -> str:
    """Where the server listens. A request that comes before its line is taken and never answered."""
    output = process.stdout
    if output is None:
        raise ListError(f"{program} gave no output to read its address from")
    try:
        async with asyncio.timeout(_START_SECONDS):
            for _ in range(_MOST_LINES):
                line = await output.readline()
                if not line:
                    status = await process.wait()
                    raise ListError(f"{program} ended with status {status} before it listened")
                found = _LISTENS.search(line)
                if found:
                    return found[1].decode()
    except TimeoutError:
        raise ListError(f"{program} did not listen within {_START_SECONDS:g} s") from None
    except ValueError:
        raise ListError(f"{program} wrote a line without an end") from None
    raise ListError(f"{program} talks and does not listen")


async def _drain(process: Process) -> None:
    """Take what the server writes, so that it never waits for us."""
    while process.stdout is not None and await process.stdout.read(65_536):
        pass


async def _ask(server: Server, question: Question) -> Lists:
    """Have a child ask, for the answers are of many megabytes and hold keys: neither comes into this process."""
    argv = (sys.executable, "-P", "-m", "tui.catalog.opencode_lists")
    child = await server.start(argv, server.folder, server.env_of_child, told=write(question))
    try:
        async with asyncio.timeout(_READ_SECONDS):
            raw = await _all_of(child)
            status = await child.wait()
    except TimeoutError:
        raise ListError(f"OpenCode did not tell its lists within {_READ_SECONDS:g} s") from None
    finally:
        if child.returncode is None:
            await asyncio.shield(end(child))
    try:
        answer = await asyncio.to_thread(read_reply, Answer, raw)
    except ValidationError:
        raise ListError(f"OpenCode's lists could not be read; their reader ended with status {status}") from None
    if answer.lists is None:
        raise ListError(answer.error or "OpenCode's lists could not be read")
    return answer.lists


async def _all_of(child: Process) -> bytes:
    raw = bytearray()
    while child.stdout is not None and (chunk := await child.stdout.read(1 << 20)):
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise ListError("OpenCode's lists are too long")
    return bytes(raw)


def understood(replies: Sequence[bytes], named: frozenset[str]) -> Lists:
    """The replies from :data:`PATHS` as our types. Keys, headers and options are in none of what this takes over."""
    providers, configured, config = (parsed(reply) for reply in replies)
    whole = mapping(providers, "/provider")
    connected = whole.get("connected")
    usable = frozenset(one for one in connected if isinstance(one, str)) if isinstance(connected, list) else frozenset()
    found = {}
    listed = rows(whole.get("all"), "/provider.all")
    # What is in use is told in full in the second list; a provider of the person's own may be in that one alone.
    listed += rows(mapping(configured, "/config/providers").get("providers"), "/config/providers.providers")
    for row in listed:
        provider = _provider(row, usable, named)
        found[provider.id] = provider
    said = mapping(config, "/config")
    pins = AgentPins("opencode", text(said.get("model"), 200), text(said.get("small_model"), 200))
    return Lists(tuple(found[id_] for id_ in sorted(found)), pins)


def _provider(row: Row, connected: frozenset[str], named: frozenset[str]) -> Provider:
    id_ = identifier(row.get("id"), "a provider's id")
    if "/" in id_:
        raise ListError("Its answer is malformed: a provider's id holds a slash")
    models = row.get("models")
    listed = list(models.values()) if isinstance(models, dict) else models
    source, key = _standing(id_, row.get("source"), connected, named)
    return Provider(
        id=id_,
        name=text(row.get("name")),
        source=source,
        key=key,
        list="listed",
        models=tuple(_model(one) for one in rows(listed, "a provider's models")),
    )


def _standing(id_: str, said: object, connected: frozenset[str], named: frozenset[str]) -> tuple[Source, KeyState]:
    """Only what is connected has credentials: all that is not says ``custom`` of itself, which means nothing."""
    source = _SOURCES.get(said, "api") if isinstance(said, str) and id_ in connected else None
    if id_ in named:
        return "config", "present" if source is not None and (id_, source) != (HOSTED, "custom") else "absent"
    if source is None or (id_, source) == (HOSTED, "custom"):
        return "api", "absent"
    return source, "present"


def _model(row: Row) -> Model:
    id_ = identifier(row.get("id"), "a model's id")
    able, limit = _part(row, "capabilities"), _part(row, "limit")
    takes, makes = _kinds(able.get("input")), _kinds(able.get("output"))
    efforts = row.get("variants")
    return Model(
        id=id_,
        name=text(row.get("name")),
        status=_STATUSES.get(text(row.get("status")), "active"),
        context=count(limit.get("context")),
        output=count(limit.get("output")),
        price=_price(_part(row, "cost")),
        input=takes,
        attachment=flag(able.get("attachment")),
        tools=flag(able.get("toolcall")),
        reasoning=flag(able.get("reasoning")),
        efforts=tuple(one for one in efforts if one.isalnum())[:16] or None if isinstance(efforts, dict) else None,
        use=use_of(id_, makes),
    )


def _part(row: Row, name: str) -> Row:
    part = row.get(name)
    return part if isinstance(part, dict) else {}


def _kinds(said: object) -> tuple[str, ...] | None:
    return (
        tuple(name for name in ("text", "image", "audio", "video", "pdf") if said.get(name) is True)
        if isinstance(said, dict)
        else None
    )


def _price(said: Row) -> Price | None:
    """OpenCode writes 0 where it knows no price, so a price that is 0 throughout is unknown."""
    cache = _part(said, "cache")
    price = Price(
        dollars(said.get("input")), dollars(said.get("output")), dollars(cache.get("read")), dollars(cache.get("write"))
    )
    if not (price.input or price.output):
        return None
    # Nobody reads or writes a cache for nothing: 0 is what stands where the source had no number.
    return Price(price.input, price.output, price.cache_read or None, price.cache_write or None)
