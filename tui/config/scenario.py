"""Scenarios: a policy's own tests, each with its catalog, its configuration, a request and what is expected of it.

Reading is strict about names, so that a test with a slip in it does not pass by saying nothing, and lenient about
values in the places that the resolver judges, so that a scenario can be about a wrong one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import cast, get_args

from tui.config.document import LARGEST, Data, Document, config_error, parse, read_bounded
from tui.config.scenario_part import Part
from tui.config.substeps import expanded, list_problem, name_problem, stage_problem
from tui.core.catalog import SOURCE_RANK, Catalog, KeyState, ListState, Model, ModelStatus, Price, Provider, Source, Use
from tui.core.defaults import ALIASES, MODEL_SETS, STAGE_MODELS
from tui.core.errors import ConfigError
from tui.core.resolution import Attachment, Kind, PastMessage, ResolutionRequest, SpecChoices, WorkerSetting
from tui.core.resolver.uses import use_of
from tui.core.settings import (
    RUNS_PROVIDERS,
    Agent,
    AgentKind,
    Profile,
    ProjectDefaults,
    Settings,
    Stage,
    StageType,
    Substep,
    Workflow,
    Written,
)

EXPECTATIONS = (
    "model", "agent", "tier", "effort", "policy", "reason", "warning", "no_warning", "error", "suggestions", "rejected",
)  # fmt: skip
"""What may be expected; each is checked only if given."""

_PARTS = ("id", "catalog", "config", "request", "expect")
_LISTS = ("listed", "failed", "not_listed")
_KEYS = ("present", "empty", "absent")
_STATUSES = ("active", "beta", "deprecated")
_AGENT_KINDS = (*RUNS_PROVIDERS, "opencode", "acp", "command", "rehearsal")
_STAGE_TYPES = ("agent", "approval")
_MARKER = re.compile(r"^---(?=\s|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario, read."""

    id: str
    place: str
    """``FILE:LINE``."""
    request: ResolutionRequest
    settings: Settings
    catalog: Catalog
    expect: Mapping[str, Data]


def scenario_files(place: Path) -> list[Path]:
    """``place`` itself, or if it is a folder the YAML files in it. Raises :class:`ConfigError` if it has none."""
    if not place.is_dir():
        return [place]
    found = sorted(one for one in place.rglob("*") if one.suffix in (".yaml", ".yml") and one.is_file())
    if not found:
        raise ConfigError(f"{place}: there is no YAML file in this folder; put scenarios there")
    return found


def read_scenarios(file: Path) -> Iterator[Scenario | ConfigError]:
    """The scenarios of a file, a YAML stream; one that can't be read is the error that says why, with its line."""
    content = read_bounded(file, LARGEST, follow=True)
    if content is None:
        yield ConfigError(f"{file}: there is no such file")
    elif isinstance(content, str):
        yield ConfigError(f"{file}: {content}")
    else:
        yield from _of_text(content, str(file))


def _of_text(content: bytes, name: str) -> Iterator[Scenario | ConfigError]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        yield ConfigError(f"{name}: the file is not UTF-8 text; save it as UTF-8")
        return
    empty = True
    starts = [0, *(found.start() for found in _MARKER.finditer(text)), len(text)]
    for start, end in itertools.pairwise(starts):
        try:
            # With the lines before it left blank, a document has the lines that it has in the file.
            document = parse("\n" * text.count("\n", 0, start) + text[start:end], name)
            if document.problems:
                raise config_error(name, document.problems)
            if document.data:
                empty = False
                yield _scenario(document)
        except ConfigError as error:
            empty = False
            yield error
    if empty:
        yield ConfigError(f"{name}: there is no scenario in this file")


def _scenario(document: Document) -> Scenario:
    parts = Part(document, document.data).map(_PARTS)
    name = parts["id"].text()
    if not name:
        raise parts["id"].wrong("is missing")
    for part in ("request", "expect"):
        if not parts[part].given:
            raise parts[part].wrong("is missing")
    return Scenario(
        id=name,
        place=f"{document.name}:{document.line(('id',))}",
        request=_request(parts["request"]),
        settings=_settings(parts["config"]),
        catalog=Catalog(tuple(_provider(one) for one in parts["catalog"].list()), name),
        expect=_expect(parts["expect"]),
    )


def _expect(part: Part) -> Mapping[str, Data]:
    """What is expected, as it was written: null is an expectation too."""
    part.map(EXPECTATIONS)
    return part.value if isinstance(part.value, dict) else {}


def _names(kind: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(kind))


# --- request ----------------------------------------------------------------------------------------------------------


def _request(part: Part) -> ResolutionRequest:
    parts = part.map(_names(ResolutionRequest))
    return ResolutionRequest(
        kind=cast(Kind, parts["kind"].value),  # a wrong one is the resolver's to tell
        profile=parts["profile"].value,
        workflow=parts["workflow"].value,
        stage=parts["stage"].value,
        index=parts["index"].value,
        command=parts["command"].value,
        spec=_spec(parts["spec"]) if parts["spec"].given else None,
        step_models=parts["step_models"].value,
        model=parts["model"].value,
        effort=parts["effort"].value,
        preset=parts["preset"].value,
        policy=parts["policy"].value,
        worker=_worker(parts["worker"]),
        messages=tuple(_message(one) for one in parts["messages"].list()),
        requires=parts["requires"].texts() or (),
        attachments=tuple(_attachment(one) for one in parts["attachments"].list()),
    )


def _spec(part: Part) -> SpecChoices:
    """A spec's choices; the rest of a spec is nothing to the resolver."""
    parts = part.map()
    return SpecChoices(**{name: parts[name].value for name in _names(SpecChoices) if name in parts})


def _worker(part: Part) -> WorkerSetting | None:
    if not part.given:
        return None
    parts = part.map(("model", "effort"))
    return WorkerSetting(parts["model"].value, parts["effort"].value)


def _message(part: Part) -> PastMessage:
    parts = part.map(("stage", "model", "policy"))
    return PastMessage(parts["stage"].text(), parts["model"].value, parts["policy"].value)


def _attachment(part: Part) -> Attachment:
    parts = part.map(("type", "path"))
    return Attachment(parts["path"].text() or "", parts["type"].text() or "file")


# --- config -----------------------------------------------------------------------------------------------------------


def _settings(part: Part) -> Settings:
    """The configuration; what is left out is empty, save the aliases, the stage table and the sets."""
    parts = part.map(_names(Settings))
    return Settings(
        default_model=parts["default_model"].value,
        shipped_default_model=parts["shipped_default_model"].value,
        project=ProjectDefaults(parts["project"].map(("default_model",))["default_model"].value),
        small_model=parts["small_model"].value,
        strict=parts["strict"].flag() or False,
        aliases=_table(parts["aliases"], ALIASES),
        stage_models=_table(parts["stage_models"], STAGE_MODELS),
        model_sets=_table(parts["model_sets"], MODEL_SETS),
        command_models=cast(Mapping[str, Mapping[str, Written]], _table(parts["command_models"], {})),
        presets=cast(Mapping[str, Mapping[str, Written]], _table(parts["presets"], {})),
        agents={name: _agent(one) for name, one in parts["agents"].map().items()},
        profiles={name: _profile(one) for name, one in parts["profiles"].map().items()},
        workflows={name: _workflow(one) for name, one in parts["workflows"].map().items()},
    )


def _table(part: Part, shipped: Mapping[str, Written]) -> Mapping[str, Written]:
    """A map as it was written; rows that are no maps where they should be are the resolver's to tell."""
    return {key: one.value for key, one in part.map().items()} if part.given else shipped


def _agent(part: Part) -> Agent:
    parts = part.map(_names(Agent))
    return Agent(
        kind=cast(AgentKind, parts["kind"].one_of(_AGENT_KINDS, "command")),
        providers=parts["providers"].texts(),
    )


def _profile(part: Part) -> Profile:
    parts = part.map(_names(Profile))
    return Profile(
        agent=parts["agent"].text() or "",
        model=parts["model"].value,
        effort=cast(str | None, parts["effort"].value),  # a wrong one is the resolver's to tell
        vision=parts["vision"].flag() or False,
    )


def _workflow(part: Part) -> Workflow:
    parts = part.map(_names(Workflow))
    return Workflow(expanded(_stage(one) for one in parts["stages"].list()))


def _stage(part: Part) -> Stage:
    parts = part.map(name for name in _names(Stage) if name not in ("part", "apart"))  # the reader's own
    _refuse(part, stage_problem)
    _refuse(parts["substeps"], list_problem)
    return Stage(
        name=parts["name"].text() or "",
        type=cast(StageType, parts["type"].one_of(_STAGE_TYPES, "agent")),
        profile=parts["profile"].text(),
        model=parts["model"].value,
        effort=cast(str | None, parts["effort"].value),  # ditto
        command=parts["command"].text(),
        requires=parts["requires"].texts() or (),
        substeps=tuple(_substep(one) for one in parts["substeps"].list()),
    )


def _substep(part: Part) -> Substep:
    parts = part.map(_names(Substep))
    _refuse(parts["name"], name_problem)
    return Substep(
        name=parts["name"].text() or "",
        command=parts["command"].text(),
        model=parts["model"].value,
        effort=cast(str | None, parts["effort"].value),  # ditto
    )


def _refuse(part: Part, rule: Callable[[Data], str | None]) -> None:
    if (wrong := rule(part.value)) is not None:
        raise part.wrong(wrong)


# --- catalog ----------------------------------------------------------------------------------------------------------


def _provider(part: Part) -> Provider:
    parts = part.map(_names(Provider))
    return Provider(
        id=parts["id"].text() or "",
        source=cast(Source, parts["source"].one_of(SOURCE_RANK, "api")),
        key=cast(KeyState, parts["key"].one_of(_KEYS, "absent")),
        list=cast(ListState, parts["list"].one_of(_LISTS, "listed")),
        models=tuple(_model(one) for one in parts["models"].list()),
        gone=tuple(_model(one) for one in parts["gone"].list()),
    )


def _model(part: Part) -> Model:
    if isinstance(part.value, str):
        return Model(part.value, use=use_of(part.value))
    parts = part.map(_names(Model))
    id_ = parts["id"].text() or ""
    price = parts["price"].map(_names(Price))
    return Model(
        id=id_,
        name=parts["name"].text(),
        description=parts["description"].text(),
        status=cast(ModelStatus, parts["status"].one_of(_STATUSES, "active")),
        context=parts["context"].whole(),
        output=parts["output"].whole(),
        price=Price(**{key: one.number() for key, one in price.items()}) if parts["price"].given else None,
        input=parts["input"].texts(),
        attachment=parts["attachment"].flag(),
        tools=parts["tools"].flag(),
        reasoning=parts["reasoning"].flag(),
        efforts=parts["efforts"].texts(),
        use=cast(Use, parts["use"].one_of(get_args(Use), use_of(id_))),
    )
