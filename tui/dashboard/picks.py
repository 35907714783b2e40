"""What a person picked for a run before it starts: for the whole of it, and for single steps by their index."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from tui.core.resolver.written import split
from tui.core.run_verbs import ResolveAgain, Retry
from tui.core.spec_entry import together
from tui.core.spec_verbs import StartSpec
from tui.core.verbs import StartWorkflow

if TYPE_CHECKING:
    from tui.core.settings import Written

Choice = tuple[str | None, str | None]
"""Selector and effort; ``None`` says nothing."""

Request = StartWorkflow | StartSpec
Again = Retry | ResolveAgain
AnyRequest = TypeVar("AnyRequest", StartWorkflow, StartSpec, Request, Retry, ResolveAgain, Again)


def choice(request: Request, index: int | None) -> Choice:
    """What is picked for a step, or with ``None`` for the whole run."""
    if index is None:
        return _text(request.model), request.effort
    return step_choice(request, index)


def step_choice(request: Request | Again, index: int) -> Choice:
    """Return what is picked for a step."""
    model, effort = split(request.step_models.get(str(index)))
    return _text(model), _text(effort)


def _text(written: Written) -> str | None:
    return written if isinstance(written, str) else None


def picked(request: Request, index: int | None) -> bool:
    """Whether anything is picked there."""
    return choice(request, index) != (None, None)


def picked_steps(request: Request | Again) -> frozenset[int]:
    """The steps that have a pick of their own."""
    return frozenset(int(index) for index in request.step_models)


def picks_anything(request: Request) -> bool:
    """Whether anything at all is picked."""
    return picked(request, None) or bool(request.step_models or request.preset)


def with_choice(request: Request, index: int | None, model: str | None, effort: str | None) -> Request:
    """The request with another choice for a step, or for the whole run; one that says nothing is taken back."""
    if index is None:
        return replace(request, model=model, effort=effort)
    return with_step_choice(request, index, model, effort)


def with_step_choice(request: AnyRequest, index: int, model: str | None, effort: str | None) -> AnyRequest:
    """Return the request with another choice for a step; one that says nothing is taken back."""
    others = {name: one for name, one in request.step_models.items() if name != str(index)}
    said = together(model, effort)
    return replace(request, step_models=others if said is None else {**others, str(index): said})


def without_picks(request: Request) -> Request:
    """The request as if nothing had been picked."""
    return replace(request, model=None, effort=None, preset=None, step_models={})
