"""A project's file: what it may not say, and what one in a folder that is not trusted would bring.

A trusted project may define agents, profiles and workflows. It may never send what the person configured a key for
somewhere else: not by changing that provider, not by naming the key's variable anew, not by an agent's environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tui.config.discovered import Discovered
from tui.config.document import Data, Document, Place, read_document, values_at
from tui.config.schema import read_part
from tui.config.substeps import expanded
from tui.core.errors import ConfigError
from tui.core.plain import one_line
from tui.core.settings import RUNS_PROVIDERS, Workflow

PROJECT_MAY_SAY = frozenset({"name", "models"})
"""What a project may say of a provider that the person configured."""

VENDORS = frozenset(provider for usual in RUNS_PROVIDERS.values() for provider in usual)
"""Providers that an agent may be logged in to without any key in the configuration."""

MOST_LISTED = 200
"""Workflows of a foreign file that are listed."""
MOST_TOLD = 40
"""Things of one kind that are told one by one."""

_REDIRECTS = re.compile(r"(_BASE_URL|_API_URL|_API_BASE|_ENDPOINT|_PROXY|_HOST)$", re.IGNORECASE)
"""Names of variables by which agents are sent to another address."""


def restrain(document: Document, below: Mapping[str, Data]) -> list[str]:
    """Take out of a trusted project's ``document`` what no project may say; the sentences tell what and why.

    ``below`` is what the layers under it come to.
    """
    warnings: list[str] = []
    data = dict(below)
    protected = {
        str(path[1])
        for key in ("api_key_env", "base_url")
        for path, value in values_at(data, ("providers", "*", key))
        if value is not None
    }
    variables = {value for _, value in values_at(data, ("providers", "*", "api_key_env")) if isinstance(value, str)}
    providers, agents = document.data.get("providers"), document.data.get("agents")
    if isinstance(providers, dict):
        if not providers:
            warnings.append("providers: {} is not followed, for it would take away your own")
        _keep(document.data, "providers", dict(_providers(providers, protected, variables, warnings)))
    if isinstance(agents, dict) and agents:
        _keep(document.data, "agents", dict(_agents(agents, variables, warnings)))
    return [one_line(f"{document.name}: {warning}") for warning in warnings]


def _keep(data: dict[str, Data], key: str, rest: dict[str, Data]) -> None:
    """Put what is left in place of ``data[key]``. Nothing left says nothing: an empty map would clear what is below."""
    if rest:
        data[key] = rest
    else:
        del data[key]


def _providers(
    providers: dict[str, Data], protected: set[str], variables: set[str], warnings: list[str]
) -> Iterator[tuple[str, Data]]:
    for name, said in providers.items():
        if not isinstance(said, dict):
            continue
        if name in protected:
            refused = sorted(said.keys() - PROJECT_MAY_SAY) or (["{}"] if not said else [])
            why = "it is yours"
        elif said.get("api_key_env") in variables:
            refused, why = sorted(said), f"{said['api_key_env']} is the key of a provider of yours"
        else:
            refused, why = (
                sorted(said.keys() & {"base_url"} if name in VENDORS else ()),
                "an agent may be logged in there",
            )
        if refused:
            warnings.append(f"the project's {', '.join(refused)} for providers.{name} is not followed, for {why}")
        kept = {key: value for key, value in said.items() if key not in refused}
        if kept or not (said or refused):
            yield name, kept


def _agents(agents: dict[str, Data], variables: set[str], warnings: list[str]) -> Iterator[tuple[str, Data]]:
    for name, said in agents.items():
        if not isinstance(said, dict) or not said:
            yield name, said
            continue
        agent = dict(said)
        env = agent.get("env")
        taken = sorted(_taken(env, variables)) if isinstance(env, dict) else []
        if taken and isinstance(env, dict):
            told_names = ", ".join(taken)
            warnings.append(f"agents.{name}.env: {told_names} is not followed; a project may not redirect or take keys")
            _keep(agent, "env", {key: value for key, value in env.items() if key not in taken})
        if agent.get("settings") == "project":
            warnings.append(f"agents.{name}.settings: project is not followed; only your own file may choose it")
            del agent["settings"]
        if agent:
            yield name, agent


def _taken(env: dict[str, Data], variables: set[str]) -> Iterator[str]:
    for name, value in env.items():
        if _REDIRECTS.search(name) or (isinstance(value, str) and value.removeprefix("$") in variables):
            yield name


def listing(file: Path) -> tuple[tuple[str, ...], tuple[tuple[str, Workflow], ...]]:
    """What ``file`` would bring, as sentences, and its workflows. Nothing of it is contacted or run."""
    try:
        document = read_document(file, follow=False)
    except ConfigError as error:
        return (one_line(f"{file.name} can't be read, so nothing of it would be used: {error.message}"),), ()
    if document is None:
        return (), ()
    sentences = [one_line(f"{file.name} {sentence}") for sentence in told(document.data)]
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
    for path, value in _some(data, ("agents", "*")):
        agent = value if isinstance(value, dict) else {}
        command = agent.get("command")
        if isinstance(command, list) and command:
            yield f"would let the agent {path[1]} run: {' '.join(map(str, command))}"
        else:
            yield f"changes the agent {path[1]}"
        env = agent.get("env")
        if isinstance(env, dict) and env:
            yield f"sets variables of the agent {path[1]}: {', '.join(env)}"
    for path, value in _some(data, ("providers", "*")):
        provider = value if isinstance(value, dict) else {}
        where = f" at {provider['base_url']}" if provider.get("base_url") else ""
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


def _some(data: dict[str, Data], pattern: Place) -> Iterable[tuple[Place, Data]]:
    return list(values_at(data, pattern))[:MOST_TOLD]


def _workflows(data: dict[str, Data]) -> Iterator[tuple[str, Workflow]]:
    for path, value in list(values_at(data, ("workflows", "*")))[:MOST_LISTED]:
        workflow = read_part(Workflow, value)
        if workflow is not None and workflow.stages:
            yield one_line(str(path[1]), 80), replace(workflow, stages=expanded(workflow.stages))
