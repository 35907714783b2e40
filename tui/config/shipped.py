"""The lowest layer: the settings that stand when no file says otherwise."""

from __future__ import annotations

from tui.config.document import Data
from tui.core.defaults import ALIASES, MODEL_SETS, STAGE_MODELS

DEFAULT_MODEL = "opus"
"""Kept apart from the layers (``Settings.shipped_default_model``), for it is passed over without a warning."""

SHIPPED: dict[str, Data] = {
    "aliases": dict(ALIASES),
    "stage_models": dict(STAGE_MODELS),
    "model_sets": dict(MODEL_SETS),
    "agents": {
        "claude": {"kind": "claude", "command": ["claude"]},
        "rehearsal": {"kind": "rehearsal"},
    },
    "profiles": {"claude": {"agent": "claude"}},
    "default_profile": "claude",
}
