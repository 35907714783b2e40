"""What the dashboard and the command line write into a configuration, when they are told to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class StageDefault:
    """A stage's own model and effort. ``model``: a selector, ``inherit``, ``agent-default``, or ``None`` for no key."""

    model: str | None = None
    effort: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateWorkflow:
    """Write the defaults of a workflow's stages into the file that defines it. Runs that are there don't change."""

    workflow: str
    stages: Mapping[int, StageDefault] = field(default_factory=dict)
    """By the stage's index among the workflow's steps; a stage that is not named stays as it is."""
    digest: str | None = None
    """Of the workflow as it was when it was looked at (``WorkflowItem.digest``); where it has changed since, nothing is
    written and the answer says so. ``None`` writes whatever is there."""
    project: str | None = None
    dry_run: bool = False
    """Only tell what the workflow would run then (the answer's ``run``); a refused stage has its error on its step."""
    kind: Literal["op"] = "op"
    op: Literal["workflow.update"] = "workflow.update"


@dataclass(frozen=True, slots=True)
class SetFavourite:
    """Put a selector among the person's favourites, or take it out."""

    selector: str
    on: bool = True
    kind: Literal["op"] = "op"
    op: Literal["favourite.set"] = "favourite.set"


@dataclass(frozen=True, slots=True)
class SetDefault:
    """Write the person's ``default_model``; ``None`` takes the key out."""

    selector: str | None
    kind: Literal["op"] = "op"
    op: Literal["default.set"] = "default.set"


ConfigOp = UpdateWorkflow | SetFavourite | SetDefault
