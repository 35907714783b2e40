"""The executor's client: the five verbs, health and events over its Unix socket."""

from __future__ import annotations

import asyncio
import os
import subprocess
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Self, TypeVar

import httpx

from tui import __version__
from tui.client.autostart import start_executor
from tui.client.feed import LostError, follow
from tui.client.handover import to_hand_over
from tui.client.transport import NobodyThereError, SocketTransport
from tui.config.codec import read_reply, write
from tui.core.client_environment import HEADER, pack
from tui.core.errors import ErrorBody, ModeldeckError, UnreachableError, from_body
from tui.core.events import Event, Health
from tui.core.items import Status
from tui.core.request_key import KEY_HEADER
from tui.core.verbs import (
    PROTOCOL,
    Await,
    Cancel,
    List,
    Page,
    Peek,
    RefreshCatalog,
    SetEnvironment,
    Start,
    Started,
    Tasks,
)

if TYPE_CHECKING:
    from tui.config.locations import Locations

T = TypeVar("T")
Connection = Literal["connecting", "starting", "connected", "lost"]

TRIES = 3
"""How often a request is sent at most: the first one that answers may be ending too."""
ANSWER_WITHIN = 30.0
"""Seconds for an answer that waits for nothing."""


class ExecutorClient:
    """Talks to one executor; made for one event loop.

    ``handed`` is the user's environment (default: this process's). An executor that is started gets the variables of
    :mod:`tui.posix.environment` from it; a running one gets, with each request, PATH and what else follows a client,
    and once the values that the configuration mentions and that it lacks. ``one_command``: a question too brings back
    an executor that ended meanwhile; what goes on in the background should not. ``tell`` hears of each change of the
    connection, and ``warn``, once, of a configuration that can't be used. ``command`` and ``uid`` are for tests. Every
    method raises :class:`UnreachableError` when there is no executor of ours to talk to, and the executor's own error
    otherwise.
    """

    def __init__(
        self,
        locations: Locations,
        *,
        handed: Mapping[str, str] | None = None,
        tell: Callable[[Connection], None] | None = None,
        warn: Callable[[str], None] | None = None,
        one_command: bool = False,
        command: tuple[str, ...] | None = None,
        uid: int | None = None,
    ) -> None:
        self.locations = locations
        self.connection: Connection = "connecting"
        self.started: list[subprocess.Popen[bytes]] = []
        """Executors that this client started."""
        self._handed = dict(os.environ if handed is None else handed)
        self._tell = tell
        self._warn = warn
        self._command = command
        self._autostart = False
        self._handing_over = False
        self._one_command = one_command
        self._http = httpx.AsyncClient(
            transport=SocketTransport(locations.socket, locations.lock, uid=uid),
            base_url="http://executor",
            headers={HEADER: pack(self._handed)},
            trust_env=False,
            timeout=httpx.Timeout(ANSWER_WITHIN, connect=5.0, pool=None),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def connect(self, autostart: bool = True) -> Health:
        """Find the executor, or with ``autostart`` start one, and hand over what it lacks of the environment."""
        self._autostart = autostart
        health = await self._reach(start=autostart)
        await self.hand_over()
        return health

    async def close(self) -> None:
        """Let go of the socket. The executor goes on."""
        await self._http.aclose()

    async def start(self, request: Start | bytes) -> Started:
        """``task_start``; ``bytes`` are a whole request's JSON, which the executor judges."""
        waits = request.wait if isinstance(request, RefreshCatalog) else 0.0
        return await self._ask("task_start", request, Started, revive=True, within=waits + ANSWER_WITHIN)

    async def wait(self, request: Await) -> Tasks:
        """``task_await``: returns when all have ended or the request's ``timeout`` has passed."""
        return await self._ask("task_await", request, Tasks, within=request.timeout + ANSWER_WITHIN)

    async def peek(self, request: Peek) -> Tasks:
        """``task_peek``."""
        return await self._ask("task_peek", request, Tasks, revive=self._one_command)

    async def cancel(self, request: Cancel) -> Tasks:
        """``task_cancel``."""
        return await self._ask("task_cancel", request, Tasks, revive=True)

    async def list(self, request: List | bytes) -> Page:
        """``task_list``; ``bytes`` are a whole request's JSON."""
        page = await self._ask("task_list", request, Page, revive=self._one_command)
        if page.config is not None and self._warn is not None:
            self._warn(page.config.sentence)
            self._warn = None
        return page

    async def health(self) -> Health:
        """Who answers, without a judgement on its protocol."""
        response = await self._send("GET", "/v1/health")
        return self._read(response, Health)

    async def events(self, after: int | None = None) -> AsyncGenerator[Event, None]:
        """Events after the sequence number ``after`` (``None``: from now), until the executor is stopped.

        They go on across its crash; see :func:`tui.client.feed.follow`.
        """
        async for event in follow(self, after):
            if event.type in ("settings", "reset"):
                with suppress(NobodyThereError, LostError):  # it is gone again: the feed gets back and says `reset`
                    await self.hand_over(revive=False)
            yield event

    async def hand_over(self, *, everything: bool = False, revive: bool = True) -> tuple[str, ...]:
        """Hand over values that the executor lacks, or with ``everything`` all that the configuration mentions.

        Gives their names. What was handed over once is not replaced unasked: the next client may be an agent's, with
        another environment. ``revive``: an executor that ended meanwhile is brought back.
        """
        self._handing_over = True
        try:
            values: dict[str, str] = {}
            status = None if everything else await self._status(revive=revive)
            if everything or (status is not None and status.missing_environment):
                values = await asyncio.to_thread(to_hand_over, self.locations, self._handed)
            if status is not None:
                values = {name: value for name, value in values.items() if name in status.missing_environment}
            if values:
                await self._ask("task_start", SetEnvironment(values=values), Started, revive=revive)
            return tuple(values)
        finally:
            self._handing_over = False

    async def _status(self, *, revive: bool) -> Status | None:
        return (await self._ask("task_list", List(view="status"), Page, revive=revive)).status

    # --- what the feed asks of us -------------------------------------------------------------------------------------

    @asynccontextmanager
    async def stream(self, after: int | None) -> AsyncIterator[AsyncIterator[bytes]]:
        """The event stream's bytes."""
        params = {} if after is None else {"after": str(after)}
        try:
            async with self._http.stream("GET", "/v1/events", params=params, timeout=_PATIENT) as response:
                if response.status_code != 200:
                    await response.aread()
                    raise self._error(response)
                self._now("connected")
                yield response.aiter_raw()
        except httpx.HTTPError as error:
            raise LostError(_lost(error)) from error
        finally:
            self._now("lost")

    async def identify(self, *, revive: bool) -> object:
        """Which process answers; with ``revive`` one is started where there is none, unless autostart is off."""
        health = await self._reach(start=revive and self._autostart)
        return (health.pid, health.started_at)

    # ------------------------------------------------------------------------------------------------------------------

    async def _reach(self, *, start: bool) -> Health:
        try:
            health = await self.health()
        except (NobodyThereError, LostError):  # lost: it was just dying, and a question that changes nothing is lost
            if not start:
                self._now("lost")
                raise
            self._now("starting")
            await start_executor(
                self.locations, self._handed, self._answers, command=self._command, told=self.started.append
            )
            health = await self.health()
        if health.protocol != PROTOCOL:
            raise UnreachableError(
                f"The executor that is running (modeldeck {health.version}, protocol {health.protocol}) does not fit "
                f"this modeldeck ({__version__}, protocol {PROTOCOL}). Stop it with `modeldeck executor stop`; "
                "what is running goes on, and the next command starts the right one."
            )
        self._now("connected")
        return health

    async def _answers(self) -> bool:
        try:
            await self.health()
        except (NobodyThereError, LostError):
            return False
        return True

    async def _ask(
        self, verb: str, request: object, kind: type[T], *, revive: bool = False, within: float = ANSWER_WITHIN
    ) -> T:
        """Ask until there is an answer, at most :data:`TRIES` times.

        A request is sent again where it was not received, and with ``revive`` also where it may have been: the key of a
        ``task_start`` says that it is the same one, and the other verbs do no harm twice.
        """
        body = request if isinstance(request, bytes) else write(request)
        headers = {KEY_HEADER: uuid.uuid4().hex} if verb == "task_start" else {}
        for left in reversed(range(TRIES)):
            try:
                response = await self._send("POST", f"/v1/{verb}", body, within, headers)
                return self._read(response, kind)
            except (NobodyThereError, LostError):
                if not (left and revive and self._autostart):
                    raise
            await self._reach(start=True)
            if not self._handing_over:  # the one that answers now may have been started just now
                await self.hand_over()
        raise AssertionError("a try returns or raises")

    async def _send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        within: float = ANSWER_WITHIN,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> httpx.Response:
        timeout = httpx.Timeout(within, connect=5.0, pool=None)
        kind = {"content-type": "application/json"} if body else {}
        try:
            return await self._http.request(method, path, content=body, headers={**kind, **headers}, timeout=timeout)
        except httpx.TimeoutException as error:
            raise UnreachableError(f"The executor did not answer within {within:g} seconds.") from error
        except httpx.HTTPError as error:
            raise LostError(_lost(error)) from error

    def _read(self, response: httpx.Response, kind: type[T]) -> T:
        if response.status_code != 200:
            raise self._error(response)
        try:
            return read_reply(kind, response.content)
        except ValueError as error:
            raise _strange(self.locations) from error

    def _error(self, response: httpx.Response) -> ModeldeckError:
        try:
            return from_body(read_reply(ErrorBody, response.content))
        except ValueError:
            return _strange(self.locations)

    def _now(self, connection: Connection) -> None:
        if connection != self.connection:
            self.connection = connection
            if self._tell is not None:
                self._tell(connection)


_PATIENT = httpx.Timeout(None, connect=5.0)
"""An idle stream says nothing for as long as nothing happens."""


def _lost(error: httpx.HTTPError) -> str:
    return f"The connection to the executor broke ({type(error).__name__}); it may have been stopped."


def _strange(locations: Locations) -> UnreachableError:
    return UnreachableError(
        f"What answers at {locations.socket} is not a Modeldeck executor that this one understands."
    )
