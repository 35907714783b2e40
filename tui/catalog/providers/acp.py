"""What an agent itself offers, asked over the Agent Client Protocol: a session is opened, looked at and ended.

Newline-delimited JSON-RPC 2.0 on stdio, protocol version 1 (https://agentclientprotocol.com). The list is the option
whose category or id is ``model`` of ``configOptions``, else the older ``models.availableModels``. No prompt is sent,
so no model is called.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

from tui.catalog.child import Process, Server, standing
from tui.catalog.reply import ListError, Row, identifier, mapping, parsed, rows, text
from tui.core.catalog import AgentPins, Model
from tui.core.resolver.uses import use_of

_SECONDS = 40.0
_MOST_LINES = 2_000
_INITIALIZE = {
    "protocolVersion": 1,
    "clientCapabilities": {"fs": {"readTextFile": False, "writeTextFile": False}, "terminal": False},
    "clientInfo": {"name": "modeldeck", "version": "1"},
}
_NO_SUCH_METHOD = {"code": -32601, "message": "Method not found"}


async def read(server: Server, agent: str) -> tuple[tuple[Model, ...], AgentPins]:
    """The models on offer, and which of them is the agent's own choice. Raises :class:`ListError`."""
    async with standing(server, (), talk=True) as (process, place):
        try:
            async with asyncio.timeout(_SECONDS):
                await _call(process, 1, "initialize", _INITIALIZE, server.program)
                session = await _call(process, 2, "session/new", {"cwd": str(place), "mcpServers": []}, server.program)
        except TimeoutError:
            raise ListError(f"{server.program} did not open a session within {_SECONDS:g} s") from None
        except (ValueError, OSError):
            raise ListError(f"{server.program} broke off") from None
    return understood(session, agent)


def understood(session: Row, agent: str) -> tuple[tuple[Model, ...], AgentPins]:
    """The list in the answer to ``session/new``."""
    options = session.get("configOptions")
    for option in rows(options, "configOptions") if options is not None else ():
        if option.get("category") == "model" or option.get("id") == "model":
            found = [_model(row, "value") for row in _flat(rows(option.get("options"), "options"))]
            return _each_once(found), AgentPins(agent, text(option.get("currentValue"), 200))
    older = session.get("models")
    if older is None:
        raise ListError(f"{agent} tells no list of models")
    said = mapping(older, "models")
    found = [_model(row, "modelId") for row in rows(said.get("availableModels"), "availableModels")]
    return _each_once(found), AgentPins(agent, text(said.get("currentModelId"), 200))


def _flat(options: list[Row]) -> Iterator[Row]:
    """Options may come in groups."""
    for option in options:
        if "options" in option:
            yield from rows(option["options"], "options")
        else:
            yield option


def _model(row: Row, key: str) -> Model:
    id_ = identifier(row.get(key), f"a model's {key}")
    return Model(id_, name=text(row.get("name")), description=text(row.get("description"), 200), use=use_of(id_))


def _each_once(models: list[Model]) -> tuple[Model, ...]:
    found: dict[str, Model] = {}
    for model in models:
        found.setdefault(model.id, model)
    return tuple(found.values())


async def _call(process: Process, number: int, method: str, params: object, program: str) -> Row:
    """The result of a request; what the agent asks meanwhile is declined."""
    await _send(process, {"id": number, "method": method, "params": params})
    if process.stdout is None:
        raise ListError(f"{program} gave no output")
    for _ in range(_MOST_LINES):
        line = await process.stdout.readline()
        if not line:
            raise ListError(f"{program} ended with status {await process.wait()} before it opened a session")
        if not line.lstrip().startswith(b"{"):
            continue  # some print a greeting first
        message = mapping(parsed(line), "a message")
        if "method" in message:
            if "id" in message:
                await _send(process, {"id": message["id"], "error": _NO_SUCH_METHOD})
        elif message.get("id") == number:
            return _result(message, method, program)
    raise ListError(f"{program} talks and does not answer")


def _result(message: Row, method: str, program: str) -> Row:
    error = message.get("error")
    if isinstance(error, dict):
        code = error.get("code")
        why = "it asks for a login first" if code == -32000 else f"error {code}" if type(code) is int else "no reason"
        raise ListError(f"{program} refused {method}: {why}")
    return mapping(message.get("result"), "result")


async def _send(process: Process, message: Row) -> None:
    if process.stdin is None:
        raise ListError("The agent can't be spoken to")
    process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
    await process.stdin.drain()
