"""Substeps: the small phases that a stage lists, each of which becomes a step of its own.

Whoever has :class:`Settings` counts stages as steps; only the files and what points into them know of the lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import cast

from tui.config.document import Data, Place
from tui.core.resolver.written import split
from tui.core.settings import Stage, Substep, Written
from tui.core.spec_entry import together

MOST = 50
"""Substeps of one stage."""


def expanded(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """``stages`` with a stage for each substep in place of the one that lists it."""
    return tuple(step for stage in stages for step in _steps(stage))


def places(stages: Data) -> tuple[Place, ...]:
    """Where in ``stages``, a workflow's list as a file has it, each step stands: ``(0,)``, ``(1, "substeps", 0)``."""
    return tuple(_places(stages))


def of_stage(model: Written, effort: Written, own: Written) -> Written:
    """The model of a substep that names none, with its stage's effort unless it has its ``own``, which stands apart."""
    model, usual = split(model)
    return together(model, None if own else usual or effort)


def stage_problem(stage: Data) -> str | None:
    """What is wrong with a stage that lists substeps."""
    if not isinstance(stage, dict) or not isinstance(stage.get("substeps"), list):
        return None
    if stage.get("type") == "approval":
        return "is a gate, where a person approves; substeps are an agent's work, put them into a stage of their own"
    if stage.get("command") is not None:
        return "has a command beside its substeps; put the command into the substep that is to run it"
    return None


def list_problem(substeps: Data) -> str | None:
    """What is wrong with a list of substeps."""
    if not isinstance(substeps, list):
        return None
    if not substeps:
        return "is an empty list; name the substeps, or take the key away"
    if len(substeps) > MOST:
        return f"holds {len(substeps)} substeps; {MOST} are the most, make a stage of some of them"
    seen: set[str] = set()
    for name in (one.get("name") for one in substeps if isinstance(one, dict)):
        if isinstance(name, str) and name in seen:
            return f"names {name!r} twice; give each substep a name of its own"
        seen.add(str(name))
    return None


def name_problem(name: Data) -> str | None:
    """What is wrong with a substep's name."""
    if isinstance(name, str) and (not name or name != name.strip() or "/" in name or not name.isprintable()):
        return f"is {name!r}; a substep's name is not empty and holds no slash, for it is written as STAGE/SUBSTEP"
    return None


def _steps(stage: Stage) -> Iterator[Stage]:
    whole = replace(stage, substeps=(), part=None, apart=False)
    if stage.type != "agent" or not stage.substeps:
        yield whole
    else:
        yield from (_step(whole, substep) for substep in stage.substeps[:MOST])


def _step(stage: Stage, substep: Substep) -> Stage:
    """The step that ``substep`` is. An effort goes with the model that it was written for."""
    model, effort = split(substep.model)
    effort = effort or substep.effort
    apart = model is not None
    if not apart:
        model = of_stage(stage.model, stage.effort, effort)
    prompts = (stage.prompt, substep.prompt)
    return replace(
        stage,
        model=model,
        effort=cast("str | None", effort),  # a wrong one is the resolver's to tell
        command=substep.command,
        prompt="\n\n".join(text.strip() for text in prompts if text and text.strip()) or None,
        part=substep.name,
        apart=apart,
    )


def _places(stages: Data) -> Iterator[Place]:
    for index, stage in enumerate(stages if isinstance(stages, list) else ()):
        substeps = stage.get("substeps") if isinstance(stage, dict) else None
        if isinstance(substeps, list) and substeps:
            yield from ((index, "substeps", part) for part in range(len(substeps)))
        else:
            yield (index,)
