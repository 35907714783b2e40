"""The request, its keys and names checked, and put together with what the configuration says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from tui.core.errors import ResolutionError
from tui.core.resolution import Policy, ResolutionRequest
from tui.core.resolver.preferences import Preferences, preferences_of, same_stage
from tui.core.resolver.written import quoted, said, shown, split
from tui.core.settings import Profile, Settings, Stage, Workflow, Written
from tui.core.suggest import nearest

T = TypeVar("T")

KINDS = ("worker", "step", "message")
POLICIES: tuple[Policy, ...] = ("dynamic", "sticky")
REQUIREMENTS = ("vision",)

_MOST_STEPS = 1_000_000
_WHOLE = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked request. Names that were not given come from the workflow's entry."""

    request: ResolutionRequest
    settings: Settings
    profile_name: str | None
    profile: Profile | None
    entry: Stage | None
    """The workflow's stage that the request is about."""
    index: int | None
    stage: str | None
    command: str | None
    preset_name: str | None
    preset: Mapping[str, Written] | None
    overrides: Mapping[int, Written]
    preferences: Preferences | None
    policy: Policy | None
    needs: frozenset[str]

    @property
    def gate(self) -> bool:
        """Whether a person approves here, so that nobody works."""
        return self.request.kind == "step" and self.entry is not None and self.entry.type == "approval"


def check(request: ResolutionRequest, settings: Settings) -> Asked:
    """The request with its names found. Raises :class:`ResolutionError` for a key or name that is wrong."""
    if request.kind not in KINDS:
        raise ResolutionError(f'kind is "{shown(request.kind)}"; it is one of {", ".join(KINDS)}', field="kind")
    workflow_name = _name("workflow", request.workflow)
    workflow = _known("workflow", workflow_name, settings.workflows)
    stage = _name("stage", request.stage)
    index, entry = _entry(request.index, stage, workflow_name, workflow)
    profile_name = _name("profile", request.profile)
    if profile_name is None and entry is not None:
        profile_name = _name("profile", entry.profile)
    profile = _known("profile", profile_name, settings.profiles)
    preset_name = _name("preset", request.preset)
    preset = _known("preset", preset_name, settings.presets)
    if preset is not None and not isinstance(preset, Mapping):
        raise ResolutionError(f'The preset "{shown(preset_name)}" is no map of stages', field="preset")
    command = _name("command", request.command)
    return Asked(
        request=request,
        settings=settings,
        profile_name=profile_name,
        profile=profile,
        entry=entry,
        index=index,
        stage=_stage(stage, entry),
        command=command or (_name("command", entry.command) if entry is not None else None),
        preset_name=preset_name,
        preset=preset,
        overrides=_overrides(request.step_models, workflow),
        preferences=preferences_of(request.spec),
        policy=_policy(request.policy),
        needs=_needs(request, profile, entry),
    )


# --- names ------------------------------------------------------------------------------------------------------------


def _name(what: str, value: Written) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ResolutionError(f"{what} is a text, not {shown(value)}", field=what)
    return value.strip() or None


def _known(what: str, name: str | None, known: Mapping[str, T]) -> T | None:
    if name is None:
        return None
    if name in known:
        return known[name]
    near = nearest(name, known, 5) or tuple(known)[:5]
    hint = f"; there is {', '.join(shown(one) for one in near)}" if near else f"; there is no {what} at all"
    raise ResolutionError(f'Unknown {what} "{shown(name)}"{hint}', suggestions=near, field=what)


def _entry(
    index: Written, stage: str | None, name: str | None, workflow: Workflow | None
) -> tuple[int | None, Stage | None]:
    """The step's number and its entry in the workflow, by index or else by the stage's name."""
    if index is not None:
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < _MOST_STEPS:
            raise ResolutionError(f"index is a whole number from 0, not {quoted(index)}", field="index")
        if workflow is not None and index >= len(workflow.stages):
            raise ResolutionError(
                f'index {index} is beyond the last step of workflow "{shown(name)}", which has {len(workflow.stages)}',
                field="index",
            )
    if workflow is None:
        return index, None
    if stage is not None:
        found = next(iter(workflow.positions(stage)), None)
        if found is None and (index is None or workflow.stages[index].name.strip()):
            names = tuple(one.label for one in workflow.stages if one.name)
            near = nearest(stage, names, 5) or names[:5]
            listed = ", ".join(map(shown, names)) or "no stage with a name"
            raise ResolutionError(
                f'Unknown stage "{shown(stage)}": workflow "{shown(name)}" has {listed}',
                suggestions=near,
                field="stage",
            )
        if index is None:
            index = found
    return index, workflow.stages[index] if index is not None else None


def _stage(written: str | None, entry: Stage | None) -> str | None:
    """The name under which the stage is chosen for; a substep goes by its stage's unless it names a model itself."""
    if entry is None:
        return written
    names_it = entry.part is not None and any(same_stage(written, one) for one in (entry.name.strip(), entry.label))
    return entry.chosen_as or None if written is None or names_it else written


def _overrides(written: Written, workflow: Workflow | None) -> dict[int, Written]:
    if not said(written):
        return {}
    if not isinstance(written, Mapping):
        raise ResolutionError(
            f"step_models is a map from step numbers to models, not {quoted(written)}", field="step_models"
        )
    found: dict[int, Written] = {}
    for key, value in written.items():
        number = _step_number(key)
        if number is None:
            raise ResolutionError(
                f'step_models has the key "{shown(key)}"; a key is the number of a step, counted from 0',
                field="step_models",
            )
        if workflow is not None and number >= len(workflow.stages):
            raise ResolutionError(
                f'step_models has the key "{shown(key)}"; the workflow has {len(workflow.stages)} steps',
                field="step_models",
            )
        if number in found:
            raise ResolutionError(f"step_models names step {number} twice", field="step_models")
        found[number] = value
    return found


def _step_number(key: object) -> int | None:
    if isinstance(key, bool):
        return None
    if isinstance(key, int):
        return key if 0 <= key < _MOST_STEPS else None
    return int(key) if isinstance(key, str) and _WHOLE.fullmatch(key.strip()) else None


def _policy(written: Written) -> Policy | None:
    if not said(written):
        return None
    for policy in POLICIES:
        if written == policy:
            return policy
    raise ResolutionError(f'policy is "{shown(written)}"; it is dynamic or sticky', field="policy")


# --- what the work needs ----------------------------------------------------------------------------------------------


def _needs(request: ResolutionRequest, profile: Profile | None, entry: Stage | None) -> frozenset[str]:
    needs: set[str] = set()
    if profile is not None and profile.vision:
        needs.add("vision")
    if any(_is_image(attachment.type) for attachment in request.attachments):
        needs.add("vision")
    needs.update(_requirements(request.requires))
    if entry is not None:
        needs.update(_requirements(entry.requires))
    return frozenset(needs)


def _requirements(written: Iterable[Written]) -> Iterable[str]:
    for name in written:
        folded = name.strip().casefold() if isinstance(name, str) else ""
        if folded not in REQUIREMENTS:
            raise ResolutionError(
                f'Unknown requirement "{shown(name)}"; what can be required is {", ".join(REQUIREMENTS)}',
                suggestions=REQUIREMENTS,
                field="requires",
            )
        yield folded


def _is_image(kind: str) -> bool:
    folded = kind.strip().casefold()
    return folded == "image" or folded.startswith("image/")


def aimed(written: Written) -> bool:
    """Whether an override says something of its own, other than to skip it."""
    model, effort = split(written)
    return effort is not None or (model is not None and model != "inherit")
