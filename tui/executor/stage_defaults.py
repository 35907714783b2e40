"""The defaults of a workflow's stages: what is refused, what would come of them, and where they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from tui.config.document import Data, Document, Place
from tui.config.edit_text import Change
from tui.config.substeps import of_stage, places
from tui.core.config_verbs import StageDefault, UpdateWorkflow
from tui.core.errors import ConflictError, RequestError, ResolutionError
from tui.core.plain import one_line
from tui.core.resolver.written import split
from tui.core.settings import Workflow
from tui.executor.listing.workflows import digest_of, own_choice
from tui.executor.plan import stage_name
from tui.executor.projects import Project
from tui.executor.spec_stages import trouble

LONGEST = 300
"""Characters of a selector."""

_BEHIND = ("profile", "type", "command", "name")
"""The keys of a stage that its model is written behind, where it had none."""


def judge(request: UpdateWorkflow, workflow: Workflow, project: Project) -> None:
    """Whether every stage is there and can have that model."""
    if not request.stages:
        raise RequestError("No stage is named; name one by its index", field="stages")
    for _, error in refused(request, workflow, project):
        raise error


def refused(request: UpdateWorkflow, workflow: Workflow, project: Project) -> Iterator[tuple[int, RequestError]]:
    """The stages that can't have what is asked for them. What stands already may stay, come what may.

    Raises :class:`RequestError` for a stage that is not there.
    """
    for index, default in request.stages.items():
        if not 0 <= index < len(workflow.stages):
            last = len(workflow.stages) - 1
            raise RequestError(f"There is no stage {index}; they are counted from 0 to {last}", field="stages")
        stage = workflow.stages[index]
        if default == own_choice(stage):
            continue
        name, effort = _short(stage_name(stage, index)), default.effort
        if stage.type == "approval":
            gate = f"Stage {index} ({name}) is a gate, where a person approves; it has no model"
            yield index, RequestError(gate, field="stages")
        elif default.model is not None and not is_selector(default.model):
            yield index, no_selector("stages")
        elif effort is not None and not (effort.strip() == effort and 0 < len(effort) <= 60 and effort.isprintable()):
            yield index, RequestError(f"{name}: the effort {_short(effort)!r} is no word", field="stages")
        else:
            value = {"model": default.model, "effort": effort}
            wrong = trouble(stage.name.strip(), value, workflow, project)
            if wrong is not None:
                told = f"{name}: {wrong.message}"
                yield index, ResolutionError(told, suggestions=wrong.suggestions, field="stages")


def laid_over(workflow: Workflow, defaults: Mapping[int, StageDefault], raw: Data) -> Workflow:
    """``workflow`` as it would be; ``raw`` is its list of stages as the file has it.

    A substep without a model of its own has its stage's, which the list alone tells.
    """
    stages, where = list(workflow.stages), places(raw)
    for index, default in defaults.items():
        if not 0 <= index < len(stages):
            continue
        model: object = default.model
        if stages[index].part is not None and model is None and index < len(where):
            around = value_at(raw, where[index][:1])
            if isinstance(around, dict):
                model = of_stage(around.get("model"), around.get("effort"), default.effort)
        stages[index] = replace(stages[index], model=model, effort=default.effort, apart=default.model is not None)
    return replace(workflow, stages=tuple(stages))


def changes_of(document: Document, request: UpdateWorkflow, workflow: Workflow) -> Iterator[Change]:
    """What to write where, for the stages whose choice is another one than the file has."""
    around = ("workflows", request.workflow, "stages")
    stages = value_at(document.data, around)
    where = places(stages)
    if len(where) != len(workflow.stages):
        raise overtaken(request, workflow)
    for index, default in sorted(request.stages.items()):
        raw = value_at(stages, where[index])
        said = raw if isinstance(raw, dict) else {}
        model, effort = split(said.get("model"))
        if (model, effort or said.get("effort")) == (default.model, default.effort):
            continue
        place = (*around, *where[index])
        if said.get("model") != default.model:
            yield Change((*place, "model"), default.model, _BEHIND)
        if said.get("effort") != default.effort:
            yield Change((*place, "effort"), default.effort, ("model", *_BEHIND))


def overtaken(request: UpdateWorkflow, workflow: Workflow) -> ConflictError:
    """Somebody changed the workflow: what it says now beside what was to be written."""
    now = {index: own_choice(stage) for index, stage in enumerate(workflow.stages) if stage.type == "agent"}
    told = [
        f"{_short(stage_name(workflow.stages[index], index))}: {_words(now[index])} there, {_words(wanted)} yours"
        for index, wanted in sorted(request.stages.items())
        if index in now and now[index] != wanted
    ]
    stored: Mapping[str, object] = {
        "workflow": request.workflow,
        "digest": digest_of(workflow),
        "stages": [
            {
                "index": index,
                "stage": stage_name(workflow.stages[index], index),
                "model": one.model,
                "effort": one.effort,
            }
            for index, one in now.items()
        ],
    }
    listed = "; ".join(told) or "none of the stages that you changed"
    return ConflictError(
        f"The workflow {_short(request.workflow)!r} changed since you looked at it ({listed}); nothing was written",
        field="digest",
        stored=stored,
    )


def _words(default: StageDefault) -> str:
    model = "no default of its own" if default.model is None else one_line(default.model, 80)
    return f"{model} at effort {one_line(default.effort, 40)}" if default.effort else model


def is_selector(text: str) -> bool:
    """Whether ``text`` can be one at all."""
    return text == text.strip() and 0 < len(text) <= LONGEST and text.isprintable()


def no_selector(field: str) -> RequestError:
    """The error for what can't be one."""
    example = "such as opus or anthropic/claude-opus-4-8"
    return RequestError(f"A model is named in one line of up to {LONGEST} printable characters, {example}", field=field)


def value_at(data: Data, place: Place) -> Data:
    """The value at ``place``; ``None`` where there is none."""
    for part in place:
        if isinstance(part, int):
            data = data[part] if isinstance(data, list) and part < len(data) else None
        else:
            data = data.get(part) if isinstance(data, dict) else None
    return data


def _short(name: str) -> str:
    return one_line(name, 80)
