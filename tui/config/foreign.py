"""A project's file: what it may not say, and what one in a folder that is not trusted would bring.

A trusted project may define agents, profiles and workflows. Every variable that the user's configuration names is the
user's: a project never sends it to an address of its own and never gives it to a program of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tui.config.discovered import Discovered
from tui.config.document import Data, Document, document_of, values_at
from tui.config.project_variables import may_set, referenced
from tui.config.schema import read_part
from tui.config.substeps import expanded
from tui.core.errors import ConfigError
from tui.core.plain import one_line, shown_address
from tui.core.settings import RUNS_PROVIDERS, Workflow

USERS_OWN = ("command", "kind", "providers", "settings")
"""What a project may not say of an agent of the user's: it decides who gets what the user gave to that agent."""

PROJECT_MAY_SAY = frozenset({"name", "models"})
"""What a project may say of a provider that the person configured."""

VENDORS = frozenset(provider for usual in RUNS_PROVIDERS.values() for provider in usual)
"""Providers that an agent may be logged in to without any key in the configuration."""

MOST_LISTED = 200
"""Workflows of a foreign file that are listed."""
MOST_TOLD = 40
"""Things of one kind that are told one by one."""


def restrain(document: Document, below: Mapping[str, Data], variables: frozenset[str]) -> list[str]:
    """Remove from a trusted project's ``document`` what no project may say; return a sentence for each removal.

    ``below`` is the merged layers under it, ``variables`` are those that they name: they are the user's.
    """
    warnings: list[str] = []
    data = dict(below)
    protected = {
        str(path[1])
        for key in ("api_key_env", "base_url")
        for path, value in values_at(data, ("providers", "*", key))
        if value is not None
    }
    called = {str(value) for _, value in values_at(data, ("agents", "*", "providers", "*"))}
    yours = {str(path[1]) for path, _ in values_at(data, ("agents", "*"))}
    providers, agents = document.data.get("providers"), document.data.get("agents")
    if isinstance(providers, dict):
        if not providers:
            warnings.append("providers: {} is not followed, for it would take away your own")
        kept = dict(_providers(providers, protected, called | VENDORS, variables, warnings))
        _keep(document.data, "providers", kept)
    if isinstance(agents, dict) and agents:
        _keep(document.data, "agents", dict(_agents(agents, yours, variables, warnings)))
    return [one_line(f"{document.name}: {warning}") for warning in warnings]


def with_commands(document: Document) -> frozenset[str]:
    """Return the agents whose program a project's ``document`` names: they get none of the user's variables."""
    return frozenset(
        str(path[1]) for path, value in values_at(dict(document.data), ("agents", "*", "command")) if value
    )


def _keep(data: dict[str, Data], key: str, rest: dict[str, Data]) -> None:
    """Put what is left in place of ``data[key]``. Nothing left says nothing: an empty map would clear what is below."""
    if rest:
        data[key] = rest
    else:
        del data[key]


def _providers(
    providers: dict[str, Data],
    protected: set[str],
    called: set[str] | frozenset[str],
    variables: frozenset[str],
    warnings: list[str],
) -> Iterator[tuple[str, Data]]:
    for name, said in providers.items():
        if not isinstance(said, dict):
            continue
        if name in protected:
            refused = sorted(said.keys() - PROJECT_MAY_SAY) or (["{}"] if not said else [])
            why = "it is yours"
        elif said.get("api_key_env") in variables:
            refused, why = sorted(said), f"{said['api_key_env']} is a variable of your own configuration"
        else:
            refused = sorted(said.keys() & {"base_url"} if name in called else ())
            why = "an agent of yours may send it a key or be logged in there"
        if refused:
            warnings.append(f"the project's {', '.join(refused)} for providers.{name} is not followed, for {why}")
        kept = {key: value for key, value in said.items() if key not in refused}
        if kept or not (said or refused):
            yield name, kept


def _agents(
    agents: dict[str, Data], yours: set[str], variables: frozenset[str], warnings: list[str]
) -> Iterator[tuple[str, Data]]:
    for name, said in agents.items():
        if not isinstance(said, dict) or not said:
            yield name, said
            continue
        agent = dict(said)
        env = agent.get("env")
        if isinstance(env, dict):
            kept = {}
            for variable, value in env.items():
                why = _refused(variable, value, variables)
                if why:
                    warnings.append(f"agents.{name}.env: {variable} is not followed; {why}")
                else:
                    kept[variable] = value
            _keep(agent, "env", kept)
        for key in USERS_OWN if name in yours else ():
            if key in agent and not (key == "settings" and agent[key] == "user"):
                warnings.append(f"agents.{name}.{key} is not followed, for the agent is yours")
                del agent[key]
        if agent.get("settings") == "project":
            warnings.append(f"agents.{name}.settings: project is not followed; only your own file may choose it")
            del agent["settings"]
        if agent:
            yield name, agent


def _refused(name: str, value: Data, variables: frozenset[str]) -> str | None:
    """Return why a project may not set the variable ``name`` of an agent; ``None`` where it may."""
    variable = referenced(value)
    if variable in variables:
        return f"{variable} is a variable of your own configuration"
    return None if may_set(name, value) else "a project may not set a variable of this name"


def listing(name: str, content: bytes | str | None) -> tuple[tuple[str, ...], tuple[tuple[str, Workflow], ...]]:
    """What the file ``name`` would bring, as sentences, and its workflows. Nothing of it is contacted or run."""
    try:
        document = document_of(name, content)
    except ConfigError as error:
        return (one_line(f"{name} can't be read, so nothing of it would be used: {error.message}"),), ()
    if document is None:
        return (), ()
    sentences = [one_line(f"{name} {sentence}") for sentence in told(document.data)]
    return tuple(sentences), tuple(_workflows(document.data))


def offered(discovered: Discovered) -> tuple[str, ...]:
    """What a folder's files of other programs would bring, as sentences. Nothing of it is used."""
    parts = discovered.parts.values()
    sentences = []
    for what, names in (
        ("commands", [f"/{command.name}" for part in parts for command in part.commands]),
        ("agents", [agent.name for part in parts for agent in part.agents]),
        ("pipelines", [pipeline.name for part in parts for pipeline in part.pipelines]),
    ):
        if names:
            rest = f" and {len(names) - MOST_TOLD} more" if len(names) > MOST_TOLD else ""
            sentences.append(one_line(f"it brings {what}: {', '.join(names[:MOST_TOLD])}{rest}"))
    return (*sentences, *discovered.problems)


def told(data: dict[str, Data]) -> Iterator[str]:
    """What ``data``, a project's settings, would do, each as a sentence that goes on from the file's name."""
    for path, value in values_at(data, ("agents", "*")):
        agent = value if isinstance(value, dict) else {}
        command = agent.get("command")
        if isinstance(command, list) and command:
            yield f"would let the agent {path[1]} run: {' '.join(map(str, command))}"
        else:
            yield f"changes the agent {path[1]}"
        env = agent.get("env")
        for name, given in env.items() if isinstance(env, dict) else ():
            if may_set(name, given):
                yield f"sets {name} of the agent {path[1]} to {given}"
            else:
                yield f"would set {name} of the agent {path[1]}, which is not followed, to {given}"
    for path, value in values_at(data, ("providers", "*")):
        provider = value if isinstance(value, dict) else {}
        where = f" at {shown_address(str(provider['base_url']))}" if provider.get("base_url") else ""
        key = f", with the key in {provider['api_key_env']}" if provider.get("api_key_env") else ""
        yield f"names the provider {path[1]}{where}{key}"
    for part, what in (
        ("profiles", "profiles"),
        ("workflows", "workflows"),
        ("presets", "presets"),
        ("aliases", "aliases"),
    ):
        names = [str(path[1]) for path, _ in values_at(data, (part, "*"))]
        if names:
            yield f"brings {what}: {', '.join(names)}"
    others = [key for key in data if key not in ("agents", "providers", "profiles", "workflows", "presets", "aliases")]
    if others:
        yield f"also sets {', '.join(others)}"


def _workflows(data: dict[str, Data]) -> Iterator[tuple[str, Workflow]]:
    for path, value in list(values_at(data, ("workflows", "*")))[:MOST_LISTED]:
        workflow = read_part(Workflow, value)
        if workflow is not None and workflow.stages:
            yield one_line(str(path[1]), 80), replace(workflow, stages=expanded(workflow.stages))
