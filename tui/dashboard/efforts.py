"""What is known of a plan's models, and which effort levels they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.dashboard.cards import work
from tui.dashboard.words import label, sent_as

if TYPE_CHECKING:
    from tui.core.catalog import Model, Provider
    from tui.core.run import Run


def levels(plan: Run, providers: Sequence[Provider]) -> tuple[str, ...]:
    """The levels that the first step's model is known to have, and no later step's model is known to lack."""
    models = [model_of(step.sent, providers) for step in work(plan)]
    first = models[0] if models else None
    if first is None or not first.efforts:
        return ()
    known = [model.efforts for model in models if model is not None and model.efforts is not None]
    return tuple(level for level in first.efforts if all(level in efforts for efforts in known))


def why_no_levels(plan: Run, providers: Sequence[Provider]) -> str:
    """Return why :func:`levels` has none, in one sentence."""
    steps = work(plan)
    first = model_of(steps[0].sent, providers) if steps else None
    if first is None or first.efforts is None:
        name = sent_as(steps[0]) if steps else "a gate"
        return f"The effort levels of {name} are not known"
    if not first.efforts:
        return f"{sent_as(steps[0])} has no effort levels"
    for step in steps[1:]:
        model = model_of(step.sent, providers)
        if model is not None and model.efforts is not None and not set(first.efforts) & set(model.efforts):
            return f"No effort level fits all stages: {sent_as(step)} of {label(step)} has none of {first.id}'s"
    return "No effort level fits all stages"


def model_of(reference: str | None, providers: Sequence[Provider]) -> Model | None:
    """What is known of the model that ``reference`` names."""
    provider, _, model = (reference or "").partition("/")
    offered = next((one.models for one in providers if one.id == provider), ())
    return next((one for one in offered if one.id == model), None)
