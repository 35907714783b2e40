"""Read, check and merge the layers: shipped, the person's own file, the project's file if the folder is trusted."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from tui.config import foreign
from tui.config.discovered import Discovered, Found, discover, from_disk, joined
from tui.config.document import (
    LARGEST,
    Data,
    Document,
    Place,
    Problem,
    config_error,
    document_of,
    from_data,
    read_bounded,
    read_document,
)
from tui.config.locations import PROJECT_FILE
from tui.config.merge import merged
from tui.config.names import dangling, doubtful
from tui.config.project_variables import referenced
from tui.config.schema import missing_problems, shape_problems, validated
from tui.config.shipped import DEFAULT_MODEL, SHIPPED
from tui.config.substeps import expanded
from tui.config.values import WRITTEN, value_problems
from tui.core.defaults import PRESETS
from tui.core.errors import ConfigError
from tui.core.settings import Agent, ProjectDefaults, Settings, Workflow, Written

Layer = Literal["shipped", "user", "project", "discovered"]

_MAY_BE_NULL = frozenset({"remind_hours", *(path[0] for path in WRITTEN if len(path) == 1)})


@dataclass(frozen=True, slots=True)
class Loaded:
    """The configuration in force for one project, and where it came from."""

    settings: Settings
    digest: str
    """Of everything that the layers said; the same for the same content."""
    origin: Mapping[str, Layer]
    """The topmost layer that says something about a workflow, by its name; ``discovered``: no layer, but a project's
    file of another program."""
    env_names: frozenset[str]
    """What a client hands over the values of: providers' ``api_key_env``, and ``$NAME`` as a value in agents' env. Of a
    project's own those that the user approved."""
    unapproved: frozenset[str] = frozenset()
    """Variables that the project names and the user did not approve for it."""
    approved: frozenset[str] = frozenset()
    """Variables that the project names and the user approved for it."""
    project_commands: frozenset[str] = frozenset()
    """Agents whose program the project names."""
    foreign: tuple[str, ...] = ()
    """What the project file of a folder that is not trusted would bring; nothing of it is in ``settings``."""
    listed: tuple[tuple[str, Workflow], ...] = ()
    """That file's workflows, to be shown and not run."""
    warnings: tuple[str, ...] = ()
    discovered: Discovered = field(default_factory=Discovered)
    """What the project's files of other programs offer; ``problems`` are what is wrong with them."""


def load(
    user_file: Path | None,
    project: Path | None = None,
    *,
    trusted: bool = False,
    approved: frozenset[str] = frozenset(),
    kept: Discovered | None = None,
    contents: Mapping[str, bytes | str] | None = None,
) -> Loaded:
    """The configuration for the project folder ``project``.

    A file that is not there says nothing. Raises :class:`ConfigError`, whose ``path`` tells which file is wrong. The
    file of a folder that is not trusted raises nothing: what is wrong with it is one of the ``foreign`` sentences.
    ``approved`` are the variables that the user approved for the project when it was trusted.
    ``kept`` is what was discovered before: a file of another program that is bad now goes on to say what it said.
    ``contents`` are the project's files by name, as they were when they were checked; nothing is read again then.
    """
    own = checked(read_document(user_file, follow=True)) if user_file is not None else []
    settings, data = _in_force([_SHIPPED, *own])
    warnings = list(doubtful(settings))
    project_file = project / PROJECT_FILE if project is not None else None
    layers: list[tuple[Layer, Document]] = [("shipped", _SHIPPED), *(("user", document) for document in own)]
    sentences: tuple[str, ...] = ()
    listed: tuple[tuple[str, Workflow], ...] = ()
    project_default: Written = None
    project_commands: frozenset[str] = frozenset()
    own_names = names_of(settings)
    if project_file is not None and not trusted:
        sentences, listed = foreign.listing(project_file.name, read_bounded(project_file, LARGEST, follow=False))
    elif project_file is not None:
        for document in checked(_project_document(project_file, contents)):
            warnings += foreign.restrain(document, data, own_names)
            project_commands = foreign.with_commands(document)
            project_default = document.data.pop("default_model", None)
            settings, data = _in_force([_SHIPPED, *own, document])
            layers.append(("project", document))
    settings = replace(
        settings,
        shipped_default_model=DEFAULT_MODEL,
        project=ProjectDefaults(project_default),
        presets={**PRESETS, **settings.presets},  # one that a file names is that file's whole
        workflows=_workflows(settings),
    )
    origin = {name: _origin(name, layers) for name in settings.workflows}
    read = from_disk if contents is None else partial(_from, contents)
    discovered = discover(project, kept, read) if project is not None else Discovered()
    found = joined(discovered, settings)
    origin |= dict.fromkeys(found.names, "discovered")
    if trusted:
        settings = found.settings
        warnings += [*discovered.problems, *found.warnings]
    else:
        sentences += foreign.offered(discovered)
        listed += tuple((name, found.settings.workflows[name]) for name in found.names if name not in dict(listed))
        listed, discovered = listed[: foreign.MOST_LISTED], Discovered()
    asked_for = names_of(settings) - own_names
    return Loaded(
        settings=settings,
        digest=_digest(data, project_default, discovered),
        origin=MappingProxyType(origin),
        env_names=own_names | (asked_for & approved),
        unapproved=asked_for - approved,
        approved=asked_for & approved,
        project_commands=project_commands,
        foreign=sentences,
        listed=listed,
        warnings=tuple(warnings),
        discovered=discovered,
    )


def _project_document(file: Path, contents: Mapping[str, bytes | str] | None) -> Document | None:
    if contents is None:
        return read_document(file, follow=False)
    return document_of(str(file), contents.get(PROJECT_FILE))


def _from(contents: Mapping[str, bytes | str], found: Found, largest: int) -> bytes | str | None:
    content = contents.get(found.name)
    if isinstance(content, bytes) and len(content) > largest:
        return f"the file is larger than {largest:,} bytes; make it smaller"
    return content


def names_of(settings: Settings) -> frozenset[str]:
    """The variables that ``settings`` mention."""
    keys = {provider.api_key_env for provider in settings.providers.values() if provider.api_key_env}
    return frozenset(keys).union(*(variables(agent) for agent in settings.agents.values()))


def variables(agent: Agent) -> frozenset[str]:
    """The variables that ``agent`` is given under some name: a value that is exactly ``$NAME``."""
    return frozenset(name for value in agent.env.values() if (name := referenced(value)))


def checked(document: Document | None) -> list[Document]:
    """The layer that ``document`` is, none for no file. Raises :class:`ConfigError` with all that is wrong in it."""
    if document is None:
        return []
    # A key with nothing after it says nothing: people comment out all that is under it.
    for name in [name for name, value in document.data.items() if value is None and name not in _MAY_BE_NULL]:
        del document.data[name]
    problems = [*document.problems, *shape_problems(document), *value_problems(document)]
    if problems:
        raise config_error(document.name, problems)
    return [document]


def _in_force(layers: list[Document]) -> tuple[Settings, dict[str, Data]]:
    """The layers as one. What is wrong between them is told of the topmost, which alone is new."""
    data: dict[str, Data] = {}
    for document in layers:
        data = merged(data, document.data)
    workflows = data.get("workflows")
    if isinstance(workflows, dict):  # an empty one is how a layer takes away a workflow of the layers below
        data["workflows"] = {name: workflow for name, workflow in workflows.items() if workflow != {}}
    top = layers[-1]
    settings, errors = validated(data)
    if settings is None:
        raise config_error(
            top.name, _placed(top, ((path, sentence, ()) for path, sentence in missing_problems(errors)))
        )
    problems = _placed(top, dangling(settings))
    if problems:
        raise config_error(top.name, problems)
    return settings, data


def _placed(document: Document, found: Iterable[tuple[Place, str, tuple[str, ...]]]) -> list[Problem]:
    return [Problem(document.line(path), sentence, suggestions) for path, sentence, suggestions in found]


def _workflows(settings: Settings) -> dict[str, Workflow]:
    """The workflows, each step a stage, with the default profile in every one that is an agent's and names nobody."""
    usual = settings.default_profile
    return {
        name: replace(
            workflow,
            stages=tuple(
                replace(stage, profile=usual) if stage.type == "agent" and stage.profile is None else stage
                for stage in expanded(workflow.stages)
            ),
        )
        for name, workflow in settings.workflows.items()
    }


def _origin(name: str, layers: list[tuple[Layer, Document]]) -> Layer:
    for layer, document in reversed(layers):
        said = document.data.get("workflows")
        if isinstance(said, dict) and name in said:
            return layer
    return "shipped"


def _digest(data: dict[str, Data], project_default: Written, discovered: Discovered) -> str:
    said = [data, project_default, DEFAULT_MODEL, PRESETS, *([repr(discovered.parts)] if discovered.parts else ())]
    content = json.dumps(said, sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()[:16]


_SHIPPED = from_data("the shipped settings", SHIPPED)

__all__ = ["ConfigError", "Layer", "Loaded", "load", "names_of", "variables"]
