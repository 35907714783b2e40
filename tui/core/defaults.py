"""What stands where no configuration says otherwise."""

from __future__ import annotations

from collections.abc import Mapping

ALIASES: Mapping[str, str] = {"opus": "opus", "sonnet": "sonnet", "haiku": "haiku", "glm": "glm"}
"""The shipped aliases; each stands for the newest such model of its vendor, which the resolver finds."""

VENDORS = ("anthropic", "openai", "google", "zai")
"""Providers whose models the shipped catalog lists; a test holds it equal to that."""

STAGE_MODELS: Mapping[str, str] = {
    "plan": "opus",
    "implement": "opus",
    "test": "sonnet",
    "review": "sonnet",
    "document": "sonnet",
    "clarify": "haiku",
    "merge": "haiku",
}
"""The built-in stage table."""

MODEL_SETS: Mapping[str, str] = {"base": "sonnet", "heavy": "opus"}
"""The built-in model sets."""

PRESETS: Mapping[str, Mapping[str, str]] = {
    "economy": {
        "plan": "sonnet",
        "implement": "haiku",
        "test": "haiku",
        "review": "sonnet",
        "document": "haiku",
        "clarify": "haiku",
        "merge": "haiku",
    },
    "performance": {
        "plan": "opus",
        "implement": "opus",
        "test": "opus",
        "review": "opus",
        "document": "sonnet",
        "clarify": "sonnet",
        "merge": "sonnet",
    },
}
"""The shipped presets: a model for each of the built-in table's stages."""

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "opus": ("anthropic",),
    "sonnet": ("anthropic",),
    "haiku": ("anthropic",),
    "glm": ("glm", "zai"),
}
"""Whose models a shipped alias means, by the alias; an alias of that name with that very value is the shipped one."""

STAGE_TWINS: Mapping[str, str] = {
    "implement": "build",
    "build": "implement",
    "merge": "merge_iso",
    "merge_iso": "merge",
}
"""Stages that go by two names."""


def twin_of(stage: str) -> str | None:
    """The other name of ``stage``, also of a substep of such a stage."""
    name, slash, part = stage.partition("/")
    twin = STAGE_TWINS.get(name)
    return f"{twin}{slash}{part}" if twin else None
