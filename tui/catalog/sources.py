"""Who is to be asked for lists: what the configuration and the handed-over keys make possible, and nobody else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType

from tui.catalog.providers import anthropic, google, openai
from tui.catalog.shipped import shipped
from tui.core.plain import shown_address
from tui.core.settings import Agent, Settings

WIRES: Mapping[str, ModuleType] = {"anthropic": anthropic, "openai": openai, "google": google}
"""Reader by kind of provider, for lists that come from one address."""
OPENCODE = "opencode"
"""The kind whose lists come from a server of OpenCode, many providers at once."""
AGENT = "agent "
ACP = "acp"
"""The kind of agents that are asked themselves what they offer."""

_REFERENCE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
_ADDRESS = re.compile(r"URL|HOST|ENDPOINT|API_BASE")
"""Names of variables that say where calls go."""


@dataclass(frozen=True, slots=True)
class ListSource:
    """One list, or with OpenCode a whole set, that is read at once and fails alone."""

    id: str
    """The provider's; for OpenCode's server :data:`OPENCODE`."""
    kind: str
    address: str
    """Where it is, as it may be shown: no credentials."""
    variable: str | None = None
    """The variable that holds the key; of a list that an agent tells, the agent's id."""
    base: str = field(default="", repr=False)
    key: str = field(default="", repr=False)
    command: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variables that the agent's configuration adds to the user's environment."""
    lacking: str | None = None
    """A variable that ``env`` needs and nobody handed over: the agent is not asked without it."""
    name: str = field(init=False, repr=False)
    """What a list is kept under: a list from another address, or with another variable's key, is another list."""
    fingerprint: bytes = field(init=False, repr=False)
    """Changes when the key does; kept in memory alone."""

    def __post_init__(self) -> None:
        """Work out the names, which are asked for often."""
        said = json.dumps([self.id, self.kind, self.address, self.variable])
        secret = json.dumps([self.key, self.base, sorted(self.env.items())])
        object.__setattr__(self, "name", hashlib.sha256(said.encode()).hexdigest()[:20])
        object.__setattr__(self, "fingerprint", hashlib.sha256(secret.encode()).digest())

    @property
    def place(self) -> str:
        """What the catalog is told the list under: an agent's stands behind a provider's own of the same id."""
        return f"{AGENT}{self.id}" if self.command else self.id


def sources(settings: Settings, handed: Mapping[str, str]) -> tuple[ListSource, ...]:
    """Return all lists that can be read."""
    return (
        *_configured(settings, handed),
        *_usual(settings, handed),
        *_opencode(settings, handed),
        *_agents(settings, handed),
    )


def _configured(settings: Settings, handed: Mapping[str, str]) -> Iterator[ListSource]:
    for id_, given in settings.providers.items():
        if given.kind not in WIRES:
            continue
        key = handed.get(given.api_key_env, "").strip() if given.api_key_env else ""
        if not key and (given.api_key_env or given.base_url is None):
            continue  # without a key only a server that is said to need none can be asked
        base = (given.base_url or WIRES[given.kind].USUAL_BASE).rstrip("/")
        yield ListSource(id_, given.kind, shown_address(base), given.api_key_env, base, key)


def _usual(settings: Settings, handed: Mapping[str, str]) -> Iterator[ListSource]:
    for id_, known in shipped().items():
        key = handed.get(known.api_key_env, "").strip()
        if id_ not in settings.providers and id_ in WIRES and key:
            base = WIRES[id_].USUAL_BASE
            yield ListSource(id_, id_, base, known.api_key_env, base, key)


def _opencode(settings: Settings, handed: Mapping[str, str]) -> Iterator[ListSource]:
    agent = next((one for one in settings.agents.values() if one.kind == OPENCODE), None)
    if agent is None and not any(given.kind == OPENCODE for given in settings.providers.values()):
        return
    command = (agent.command if agent else ()) or (OPENCODE,)
    env, lacking = _own(agent, handed) if agent else ({}, None)
    yield ListSource(OPENCODE, OPENCODE, json.dumps(command), command=command, env=env, lacking=lacking)


def _agents(settings: Settings, handed: Mapping[str, str]) -> Iterator[ListSource]:
    """Agents that speak ACP and alone run a provider whose list comes from nowhere else."""
    seen = set(shipped())
    for name, agent in settings.agents.items():
        if agent.kind != ACP or not agent.command or agent.providers is None or len(agent.providers) != 1:
            continue
        id_ = agent.providers[0]
        given = settings.providers.get(id_)
        if id_ not in seen and (given is None or (given.kind == "list" and not given.models)):
            seen.add(id_)
            env, lacking = _own(agent, handed)
            yield ListSource(id_, ACP, json.dumps(agent.command), name, command=agent.command, env=env, lacking=lacking)


def _own(agent: Agent, handed: Mapping[str, str]) -> tuple[dict[str, str], str | None]:
    """Return the agent's ``env`` without what nobody handed over, and the variable that it can't be asked without.

    There is one only where the ``env`` names an address: with a part of that it might send a key, or its own login, to
    an address that it is not meant for.
    """
    values: dict[str, str] = {}
    lacking = None
    for name, written in agent.env.items():
        if name.startswith("MODELDECK_"):
            continue
        reference = _REFERENCE.fullmatch(written)
        value = handed.get(reference[1]) if reference else written
        if value is not None:
            values[name] = value
        elif reference:
            lacking = lacking or reference[1]
    return values, lacking if any(_ADDRESS.search(name) for name in agent.env) else None
