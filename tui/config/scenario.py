"""Scenarios: a policy's own tests, each with its catalog, its configuration, a request and what is expected of it.

Reading is strict about names, so that a test with a slip in it does not pass by saying nothing, and lenient about
values in the places that the resolver judges, so that a scenario can be about a wrong one.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tui.config.document import LARGEST, Data, Document, Problem, config_error, kind_of, parse, read_bounded
from tui.core.catalog import SOURCE_RANK, Catalog, Model, Price, Provider
from tui.core.defaults import ALIASES, MODEL_SETS, STAGE_MODELS
from tui.core.errors import ConfigError
from tui.core.resolution import Attachment, PastMessage, ResolutionRequest, SpecChoices, WorkerSetting
from tui.core.settings import RUNS_PROVIDERS, Agent, Profile, ProjectDefaults, Settings, Stage, Workflow, Written
from tui.core.suggest import nearest

T = TypeVar("T")
Map = Mapping[str, Data]

EXPECTATIONS = (
    "model", "agent", "tier", "effort", "policy", "reason", "warning", "no_warning", "error", "suggestions", "rejected",
)  # fmt: skip
"""What may be expected; each is checked only if given."""

_PARTS = ("id", "catalog", "config", "request", "expect")
_LISTS = ("listed", "failed", "not_listed")
_KEYS = ("present", "empty", "absent")
_STATUSES = ("active", "beta", "deprecated")
_AGENT_KINDS = (*RUNS_PROVIDERS, "opencode", "acp", "command", "rehearsal")
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
    expect: Map


def scenario_files(place: Path) -> list[Path]:
    """``place`` itself, or if it is a folder the YAML files in it. Raises :class:`ConfigError` if it has none."""
    if not place.is_dir():
        return [place]
    found = sorted(one for one in place.rglob("*") if one.suffix in (".yaml", ".yml") and one.is_file())
    if not found:
        raise ConfigError(f"{place}: there is no YAML file in this folder; put scenarios there")
    return found


def read_scenarios(file: Path) -> list[Scenario]:
    """The scenarios of a file, a YAML stream. Raises :class:`ConfigError` with file, line and what is wrong."""
    content = read_bounded(file, LARGEST, follow=True)
    if content is None:
        raise ConfigError(f"{file}: there is no such file")
    if isinstance(content, str):
        raise ConfigError(f"{file}: {content}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: the file is not UTF-8 text; save it as UTF-8") from None
    scenarios = [_Reading(document).scenario() for document in _documents(text, str(file)) if document.data]
    if not scenarios:
        raise ConfigError(f"{file}: there is no scenario in this file")
    return scenarios


def _documents(text: str, name: str) -> Iterable[Document]:
    """The documents of a stream, each with the lines that it has in the file."""
    starts = [0, *(found.start() for found in _MARKER.finditer(text)), len(text)]
    for start, end in itertools.pairwise(starts):
        if text[start:end].strip():
            document = parse("\n" * text.count("\n", 0, start) + text[start:end], name)
            if document.problems:
                raise config_error(name, document.problems)
            yield document


class _Reading:
    """One document on its way to a scenario; it knows where it is, for messages."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.id = str(document.data.get("id") or "")

    def scenario(self) -> Scenario:
        data = self.names("scenario", self.document.data, _PARTS)
        if not self.id:
            raise self.wrong((), "the scenario has no id")
        for part in ("request", "expect"):
            if not isinstance(data.get(part), dict):
                raise self.wrong((part,), f"{part} must be a map, not {kind_of(data.get(part))}")
        place = f"{self.document.name}:{self.document.line(('id',))}"
        expect = self.names("expect", data["expect"], EXPECTATIONS)
        return Scenario(
            self.id, place, self.request(data["request"]), self.settings(data.get("config")), self.catalog(data), expect
        )

    def wrong(self, path: tuple[str | int, ...], sentence: str) -> ConfigError:
        places = [(*part, *path) for part in ((), ("request",), ("config",))]
        line = self.document.line(next((place for place in places if self.document.holds(place)), path))
        where = f'scenario "{self.id}": ' if self.id else ""
        return config_error(self.document.name, [Problem(line, where + sentence)])

    def names(self, what: str, value: Data, known: Iterable[str]) -> dict[str, Data]:
        """``value`` as a map with none but the ``known`` keys; an empty one for nothing."""
        found = self.map(what, value)
        for key in found:
            if key not in (names := tuple(known)):
                near = nearest(key, names)
                hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(names)}"
                path = () if what == "scenario" else tuple(what.split("."))
                raise self.wrong((*path, key), f'{what} has an unknown key "{key}"; {hint}')
        return found

    def map(self, what: str, value: Data) -> dict[str, Data]:
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.wrong(tuple(what.split(".")), f"{what} must be a map, not {kind_of(value)}")
        return value

    def list(self, what: str, value: Data) -> list[Data]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(tuple(what.split(".")), f"{what} must be a list, not {kind_of(value)}")
        return value

    def each(self, what: str, value: Data, read: Callable[[str, dict[str, Data]], T]) -> dict[str, T]:
        """The parts of a map of maps, each read by ``read``."""
        return {
            key: read(f"{what}.{key}", self.map(f"{what}.{key}", one)) for key, one in self.map(what, value).items()
        }

    def one_of(self, what: str, value: Data, known: Iterable[str], default: str) -> str:
        if value is None:
            return default
        if value not in (names := tuple(known)):
            raise self.wrong(tuple(what.split(".")), f"{what} is {value!r}; it is one of {', '.join(names)}")
        return str(value)

    # --- request ------------------------------------------------------------------------------------------------------

    def request(self, value: Data) -> ResolutionRequest:
        data = self.names("request", value, [one.name for one in dataclasses.fields(ResolutionRequest)])
        spec = data.pop("spec", None) if (data := dict(data)) else None
        worker = data.pop("worker", None)
        messages = self.list("messages", data.pop("messages", None))
        attachments = self.list("attachments", data.pop("attachments", None))
        requires = data.pop("requires", None)
        return ResolutionRequest(
            kind=data.pop("kind", None),  # type: ignore[arg-type]  # a wrong kind is the resolver's to tell
            spec=self.spec(spec) if spec is not None else None,
            worker=self.worker(worker),
            messages=tuple(self.message(one) for one in messages),
            attachments=tuple(self.attachment(one) for one in attachments),
            requires=_texts(requires),
            **data,
        )

    def spec(self, value: Data) -> SpecChoices:
        data = self.map("spec", value)
        return SpecChoices(**{one.name: data.get(one.name) for one in dataclasses.fields(SpecChoices)})

    def worker(self, value: Data) -> WorkerSetting | None:
        if value is None:
            return None
        if not isinstance(value, dict):
            return WorkerSetting(value)
        data = self.names("worker", value, ("model", "effort"))
        return WorkerSetting(data.get("model"), data.get("effort"))

    def message(self, value: Data) -> PastMessage:
        data = self.names("messages", value, ("stage", "model", "policy"))
        stage = data.get("stage")
        return PastMessage(str(stage) if stage is not None else None, data.get("model"), data.get("policy"))

    def attachment(self, value: Data) -> Attachment:
        data = self.names("attachments", value, ("type", "path"))
        return Attachment(str(data.get("path") or ""), str(data.get("type") or "file"))

    # --- config -------------------------------------------------------------------------------------------------------

    def settings(self, value: Data) -> Settings:
        data = self.names("config", value, [one.name for one in dataclasses.fields(Settings)])
        project = self.names("project", data.get("project"), ("default_model",))
        tables = {"aliases": ALIASES, "stage_models": STAGE_MODELS, "model_sets": MODEL_SETS}
        given = {name: self.map(name, data[name]) if data.get(name) is not None else tables[name] for name in tables}
        return Settings(
            default_model=data.get("default_model"),
            shipped_default_model=data.get("shipped_default_model"),
            project=ProjectDefaults(project.get("default_model")),
            small_model=data.get("small_model"),
            strict=data.get("strict") is True,
            aliases=given["aliases"],
            stage_models=given["stage_models"],
            model_sets=given["model_sets"],
            command_models=self.map("command_models", data.get("command_models")),  # type: ignore[arg-type]  # ditto
            presets=self.map("presets", data.get("presets")),  # type: ignore[arg-type]  # a wrong row is told there
            agents=self.each("agents", data.get("agents"), self.agent),
            profiles=self.each("profiles", data.get("profiles"), self.profile),
            workflows=self.each("workflows", data.get("workflows"), self.workflow),
        )

    def agent(self, what: str, data: dict[str, Data]) -> Agent:
        self.names(what, data, [one.name for one in dataclasses.fields(Agent)])
        providers = data.get("providers")
        return Agent(
            kind=self.one_of(f"{what}.kind", data.get("kind"), _AGENT_KINDS, "command"),  # type: ignore[arg-type]
            providers=_texts(providers) if providers is not None else None,
        )

    def profile(self, what: str, data: dict[str, Data]) -> Profile:
        self.names(what, data, [one.name for one in dataclasses.fields(Profile)])
        return Profile(
            agent=str(data.get("agent") or ""),
            model=data.get("model"),
            effort=data.get("effort"),  # type: ignore[arg-type]  # a wrong effort is the resolver's to tell
            vision=data.get("vision") is True,
        )

    def workflow(self, what: str, data: dict[str, Data]) -> Workflow:
        self.names(what, data, [one.name for one in dataclasses.fields(Workflow)])
        return Workflow(tuple(self.stage(what, one) for one in self.list(f"{what}.stages", data.get("stages"))))

    def stage(self, what: str, value: Data) -> Stage:
        data = self.names(f"{what}.stages", value, [one.name for one in dataclasses.fields(Stage)])
        profile, command = data.get("profile"), data.get("command")
        return Stage(
            name=str(data.get("name") or ""),
            type="approval" if data.get("type") == "approval" else "agent",
            profile=str(profile) if profile is not None else None,
            model=data.get("model"),
            effort=data.get("effort"),  # type: ignore[arg-type]  # a wrong effort is the resolver's to tell
            command=str(command) if command is not None else None,
            requires=_texts(data.get("requires")),
        )

    # --- catalog ------------------------------------------------------------------------------------------------------

    def catalog(self, data: Map) -> Catalog:
        return Catalog(tuple(self.provider(one) for one in self.list("catalog", data.get("catalog"))), self.id)

    def provider(self, value: Data) -> Provider:
        data = self.names("catalog", value, ("id", "name", "source", "key", "list", "models", "error", "read_at"))
        models = self.list("models", data.get("models"))
        return Provider(
            id=str(data.get("id") or ""),
            source=self.one_of("source", data.get("source"), SOURCE_RANK, "api"),  # type: ignore[arg-type]
            key=self.one_of("key", data.get("key"), _KEYS, "absent"),  # type: ignore[arg-type]
            list=self.one_of("list", data.get("list"), _LISTS, "listed"),  # type: ignore[arg-type]
            models=tuple(self.model({"id": one} if isinstance(one, str) else one) for one in models),
        )

    def model(self, value: Data) -> Model:
        data = self.names("model", value, [one.name for one in dataclasses.fields(Model)])
        price = self.names("price", data.get("price"), [one.name for one in dataclasses.fields(Price)])
        name, kinds, efforts = data.get("name"), data.get("input"), data.get("efforts")
        return Model(
            id=str(data.get("id") or ""),
            name=str(name) if name is not None else None,
            status=self.one_of("status", data.get("status"), _STATUSES, "active"),  # type: ignore[arg-type]
            context=self.number("context", data.get("context"), int),
            output=self.number("output", data.get("output"), int),
            price=Price(**{key: self.number(f"price.{key}", one, float) for key, one in price.items()}),
            input=_texts(kinds) if kinds is not None else None,
            attachment=self.flag("attachment", data.get("attachment")),
            tools=self.flag("tools", data.get("tools")),
            reasoning=self.flag("reasoning", data.get("reasoning")),
            efforts=_texts(efforts) if efforts is not None else None,
        )

    def number(self, what: str, value: Data, kind: type[T]) -> T | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(("catalog",), f"{what} must be a number, not {kind_of(value)}")
        return kind(value)  # type: ignore[call-arg]

    def flag(self, what: str, value: Data) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        raise self.wrong(("catalog",), f"{what} must be true or false, not {kind_of(value)}")


def _texts(value: Written) -> tuple[str, ...]:
    """A list of texts; one text is a list of one."""
    if value is None:
        return ()
    return tuple(str(one) for one in value) if isinstance(value, list) else (str(value),)
