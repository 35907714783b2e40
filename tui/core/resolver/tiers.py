"""The tiers, as a table: what each is called, of what nature, for which requests, and what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tui.core.resolution import Kind, Nature
from tui.core.resolver.asked import Asked
from tui.core.resolver.preferences import at_stage, same_stage
from tui.core.resolver.written import SILENT, Said, quoted, said, shown, speak, split
from tui.core.settings import Written


@dataclass(frozen=True, slots=True, eq=False)
class Tier:
    """One place where a model may be named."""

    number: int
    name: str
    nature: Nature | None
    kinds: frozenset[Kind]
    says: Callable[[Asked], Said]
    field: str | None = None
    """The field of the request that a mistake here is in."""


def _message_override(asked: Asked) -> Said:
    return speak([(asked.request.model, "")], own=asked.request.effort)


def _step_override(asked: Asked) -> Said:
    """The entry for the step; with a spec also what the run was started with, expanded to every agent step."""
    sources: list[tuple[Written, str]] = []
    if asked.index is not None and asked.index in asked.overrides:
        sources.append((asked.overrides[asked.index], ""))
    own = None
    if asked.request.spec is not None:
        sources += _started_with(asked)
        own = asked.request.effort
    return speak(sources, str(asked.index) if asked.index is not None else asked.stage or "", own)


def _run_model(asked: Asked) -> Said:
    if asked.request.spec is not None:
        return SILENT
    return speak(_started_with(asked), own=asked.request.effort)


def _started_with(asked: Asked) -> list[tuple[Written, str]]:
    """The preset where it speaks, else the model."""
    sources: list[tuple[Written, str]] = [(asked.request.model, "")]
    if asked.preset is not None:
        sources.insert(0, (at_stage(asked.preset, asked.stage), f'preset "{shown(asked.preset_name)}"'))
    return sources


def _stage_preference(asked: Asked) -> Said:
    if asked.preferences is None:
        return SILENT
    values = (at_stage(one, asked.stage) for one in asked.preferences.maps)
    value = next((one for one in values if said(one)), None)
    found = speak([(value, "")], asked.stage or "")
    found.odd = asked.preferences.odd
    return found


def _worker_setting(asked: Asked) -> Said:
    worker = asked.request.worker
    return _with_effort(worker.model, worker.effort, "") if worker is not None else SILENT


def _last_message(asked: Asked) -> Said:
    for message in reversed(asked.request.messages):
        if (
            split(message.model)[0] is not None
            and message.policy != "dynamic"
            and same_stage(message.stage, asked.stage)
        ):
            return speak([(message.model, "")], asked.stage or "")
    return SILENT


def _stage_default(asked: Asked) -> Said:
    """What the stage names, else the file of its command: narrower than the profile, wider than the stage itself."""
    entry = asked.entry
    if entry is None:
        return SILENT
    label = entry.chosen_as or asked.stage or ""
    if said(entry.model) or not said(asked.request.command_model):
        return _with_effort(entry.model, entry.effort, label)
    origin = f"from the command {shown(asked.request.command)}"
    return _with_effort(asked.request.command_model, entry.effort, f"{label}, {origin}" if label else origin)


def _stage_table(asked: Asked) -> Said:
    if asked.preferences is None:
        return SILENT
    return speak([(at_stage(asked.settings.stage_models, asked.stage), "")], asked.stage or "")


def _profile_default(asked: Asked) -> Said:
    profile = asked.profile
    return _with_effort(profile.model, profile.effort, asked.profile_name or "") if profile is not None else SILENT


def _command_map(asked: Asked) -> Said:
    if asked.preferences is not None or asked.command is None:
        return SILENT
    row: Written = asked.settings.command_models.get(asked.command)
    if row is None:
        return SILENT
    if not isinstance(row, Mapping):
        return Said(odd=f"the row of {shown(asked.command)} is no map from sets to models but {quoted(row)}")
    column = _model_set(asked)
    return speak([(row.get(column if column is not None and column in row else "base"), "")], asked.command)


def _model_set_tier(asked: Asked) -> Said:
    name = _model_set(asked)
    if asked.preferences is not None or name is None:
        return SILENT
    return speak([(asked.settings.model_sets.get(name), "")], name)


def _model_set(asked: Asked) -> str | None:
    spec = asked.request.spec
    return spec.model_set.strip() or None if spec is not None and isinstance(spec.model_set, str) else None


def _project_default(asked: Asked) -> Said:
    return speak([(asked.settings.project.default_model, "")])


def _default(asked: Asked) -> Said:
    """The user's default, else the shipped one, which nobody chose: it is passed over in silence."""
    settings = asked.settings
    found = speak([(settings.default_model, ""), (settings.shipped_default_model, "shipped")])
    found.quiet = found.origin == "shipped"
    return found


def _agent_default(_: Asked) -> Said:
    return SILENT


def _with_effort(model: Written, effort: Written, label: str) -> Said:
    """A place that names a model and, in a field of its own, an effort; one written with the model comes first."""
    found = speak([(model, "")], label)
    if found.effort is None:
        found.effort = speak([({"effort": effort}, "")]).effort
    return found


_WORKER: frozenset[Kind] = frozenset({"worker"})
_STEP: frozenset[Kind] = frozenset({"step"})
_MESSAGE: frozenset[Kind] = frozenset({"message"})
_ALL = _WORKER | _STEP | _MESSAGE

TIERS: tuple[Tier, ...] = (
    Tier(1, "message override", "explicit", _WORKER | _MESSAGE, _message_override, "model"),
    Tier(2, "step override", "explicit", _STEP, _step_override, "step_models"),
    Tier(3, "stage preference", "stored", _STEP, _stage_preference),
    Tier(4, "run model", "explicit", _STEP, _run_model, "model"),
    Tier(5, "worker setting", "stored", _ALL, _worker_setting),
    Tier(6, "last message", "inherited", _MESSAGE, _last_message),
    Tier(7, "stage default", "inherited", _STEP | _MESSAGE, _stage_default),
    Tier(8, "stage table", "inherited", _STEP, _stage_table),
    Tier(9, "profile default", "inherited", _ALL, _profile_default),
    Tier(10, "command map", "inherited", _STEP, _command_map),
    Tier(11, "model set", "inherited", _STEP, _model_set_tier),
    Tier(12, "project default", "inherited", _ALL, _project_default),
    Tier(13, "default", "inherited", _ALL, _default),
    Tier(14, "agent default", None, _ALL, _agent_default),
)
"""Every tier in its order. A preference that gave no model is all that the stage table waits for: it comes later."""

STAGE_PREFERENCE, STAGE_TABLE, WORKER_SETTING = TIERS[2], TIERS[7], TIERS[4]
MESSAGE_OVERRIDE, STEP_OVERRIDE, LAST = TIERS[0], TIERS[1], TIERS[-1]
DEFAULTS = frozenset({12, 13})
"""Where a tag that comes to nothing looks for the default model."""
