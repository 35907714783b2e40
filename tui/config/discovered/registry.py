"""Registries of agents and pipelines, as other programs keep them; keys that are not known here are left alone.

``agents`` is a list of maps with a ``name``, or a map by name, each with ``description``, ``opencode_agent``,
``default_model`` and ``system_prompt_additions``. ``pipelines`` likewise, each with ``steps`` of type ``agent`` or
``approval``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tui.config.document import Data, Document, Problem, kind_of
from tui.config.schema import hinted
from tui.core.plain import one_line
from tui.core.settings import Stage
from tui.core.suggest import nearest

MOST_STEPS = 100
"""Steps of a pipeline."""
TYPES = ("agent", "approval")
_PROMPTS = ("prompt", "instructions", "task", "description")
_NAMES = ("name", "id", "stage")

Entry = tuple[str, dict[str, Data], int]
"""A thing's name, what is said of it, and its line."""


@dataclass(frozen=True, slots=True)
class RegisteredAgent:
    """An agent of a registry; here it is a profile."""

    name: str
    file: str
    description: str | None = None
    opencode_agent: str | None = None
    default_model: str | None = None
    system_prompt_additions: str | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline of a registry; here it is a workflow. A stage's profile is the step's agent."""

    name: str
    file: str
    description: str | None
    stages: tuple[Stage, ...]


def agents_of(document: Document, usual: str | None, problems: list[Problem]) -> tuple[RegisteredAgent, ...]:
    """The agents in a file. ``usual`` is the name of the one agent of a file that has no list of them."""
    if usual is not None and "agents" not in document.data:
        entries: Iterator[Entry] = iter([(_text(document.data.get("name")) or usual, document.data, 1)])
    else:
        entries = _entries(document, "agents", problems)
    found = []
    for name, said, line in entries:
        agent = RegisteredAgent(
            name,
            document.name,
            *(
                _read(said, key, f"the agent {name}", line, problems)
                for key in ("description", "opencode_agent", "default_model", "system_prompt_additions")
            ),
        )
        found.append(agent)
    return tuple(found)


def pipelines_of(document: Document, problems: list[Problem]) -> tuple[Pipeline, ...]:
    """The pipelines in a file; one with a bad step is left out whole."""
    found = []
    for name, said, line in _entries(document, "pipelines", problems):
        stages = _stages(name, said.get("steps"), line, problems)
        if stages:
            found.append(Pipeline(name, document.name, _text(said.get("description")), stages))
    return tuple(found)


def _stages(pipeline: str, steps: Data, line: int, problems: list[Problem]) -> tuple[Stage, ...]:
    if not isinstance(steps, list) or not 0 < len(steps) <= MOST_STEPS:
        what = f"{kind_of(steps)}, not a list" if not isinstance(steps, list) else f"{len(steps)} long"
        problems.append(Problem(line, f"the steps of the pipeline {pipeline} are {what}; there are 1 to {MOST_STEPS}"))
        return ()
    stages = []
    for index, step in enumerate(steps, 1):
        if not isinstance(step, dict):
            problems.append(Problem(line, f"step {index} of the pipeline {pipeline} is {kind_of(step)}, not a map"))
            return ()
        kind = _text(step.get("type")) or "agent"
        if kind not in TYPES:
            close = nearest(kind, TYPES)
            sentence = f"step {index} of the pipeline {pipeline} has the type {kind!r}; it is agent or approval"
            problems.append(Problem(line, hinted(sentence, close), close))
            return ()
        own = next((text for key in _NAMES if (text := _text(step.get(key)))), None)
        agent = _text(step.get("agent"))
        if kind == "approval":
            stages.append(Stage(own or "approve", "approval"))
            continue
        prompt = next((text for key in _PROMPTS if (text := _text(step.get(key)))), None)
        model = _text(step.get("model"))
        # The name counts from 0, for specs may have stored a choice under it.
        stages.append(Stage(own or agent or f"step {index - 1}", profile=agent, model=model, prompt=prompt))
    return tuple(stages)


def _entries(document: Document, key: str, problems: list[Problem]) -> Iterator[Entry]:
    """What is listed under ``key``, by name. What is no entry is told."""
    listed = document.data.get(key)
    if listed is None:
        return
    if isinstance(listed, dict):
        pairs: list[tuple[str | int, str | None, Data]] = [(name, name, said) for name, said in listed.items()]
    elif isinstance(listed, list):
        pairs = [
            (index, _text(said.get("name") or said.get("id")) if isinstance(said, dict) else None, said)
            for index, said in enumerate(listed)
        ]
    else:
        problems.append(Problem(document.line((key,)), f"{key} is {kind_of(listed)}, not a list"))
        return
    for place, name, said in pairs:
        line = document.line((key, place))
        if not isinstance(said, dict):
            problems.append(Problem(line, f"{key} holds {kind_of(said)} where a map is expected"))
        elif not name or name != one_line(name, 80):
            problems.append(Problem(line, f"an entry of {key} has no name that can be used"))
        else:
            yield name, said, line


def _read(said: dict[str, Data], key: str, whose: str, line: int, problems: list[Problem]) -> str | None:
    value = said.get(key)
    if value is not None and not isinstance(value, str):
        problems.append(Problem(line, f"{key} of {whose} is {kind_of(value)}, not text"))
    return _text(value)


def _text(value: Data) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
