"""Profiles, stages and presets: whether who does the work can do it with the model that is named."""

from __future__ import annotations

from collections.abc import Iterator

from tui.config.document import Place
from tui.core.defaults import twin_of
from tui.core.errors import ResolutionError
from tui.core.items import Finding
from tui.core.resolution import ResolutionRequest
from tui.core.resolver import resolve
from tui.core.resolver.agents import able, agent_for
from tui.core.settings import ASKING
from tui.core.suggest import nearest
from tui.core.verbs import StartWorkflow
from tui.executor.check.selectors import named
from tui.executor.check.spots import STAGE, steps_of
from tui.executor.check.subject import Subject
from tui.executor.plan import plan


def reach(subject: Subject) -> Iterator[Finding]:
    """Models that neither the profile's agent nor another of its kind can run."""
    settings = subject.settings
    for spot in subject.spots:
        profile = settings.profiles.get(spot.profile or "")
        reference = named(subject, spot) if profile is not None else None
        if profile is None or reference is None or agent_for(profile.agent, reference.provider, settings) is not None:
            continue
        others = tuple(name for name in able(reference.provider, settings) if settings.agents[name].kind != "rehearsal")
        yield subject.finding(
            "error",
            "agent-cannot-run",
            f"the agent {profile.agent} of the profile {spot.profile} can't run {reference}",
            f"use a profile with {' or '.join(others)}, or name another model"
            if others
            else f"add an agent whose providers hold {reference.provider}, or name another model",
            place=spot.place,
            suggestions=others,
        )


def vision(subject: Subject) -> Iterator[Finding]:
    """Work that needs vision and names a model that lacks it, or of which nobody knows."""
    for spot in subject.spots:
        reference = named(subject, spot) if spot.vision else None
        if reference is None:
            continue
        model = subject.model(reference)
        sees = model.vision if model is not None else None
        if sees is not True:
            yield subject.finding(
                "error" if sees is False else "warning",
                "no-vision" if sees is False else "vision-unknown",
                f"the work needs vision, and {reference} "
                + ("lacks it" if sees is False else "is not known to have it"),
                "name a model that takes images, such as node:vision finds one",
                place=spot.place,
            )


def unresolved_profiles(subject: Subject) -> Iterator[Finding]:
    """Profiles for which no tier comes to a fit model, such as one with vision where every default lacks it."""
    for name, profile in subject.settings.profiles.items():
        try:
            resolve(ResolutionRequest("worker", profile=name), subject.settings, subject.catalog)
        except ResolutionError as error:
            yield subject.finding(
                "error",
                "unresolved-profile",
                f"the profile {name}{' with vision' if profile.vision else ''} gets no model: {error.message}",
                "give it a model that fits",
                place=("profiles", name),
                suggestions=error.suggestions,
            )


def unresolved_steps(subject: Subject) -> Iterator[Finding]:
    """Steps that would not start. A card that the project's files brought along may be of no use to anybody here."""
    for name, workflow in subject.settings.workflows.items():
        discovered = subject.project.loaded.origin.get(name) == "discovered"
        run, _ = plan(StartWorkflow(name, dry_run=True), subject.project)
        for step, (place, _) in zip(run.steps, steps_of(name, workflow, subject.sources), strict=True):
            if step.error is not None:
                yield subject.finding(
                    "warning" if discovered else "error",
                    "unresolved-step",
                    f"the step {step.name} can't start: {step.error.message}",
                    f"see why: modeldeck explain --workflow {name} --stage {step.name}",
                    place=place,
                    suggestions=step.error.suggestions,
                )


def asking(subject: Subject) -> Iterator[Finding]:
    """Stages whose agent may ask the person, and whose kind of agent can't."""
    settings = subject.settings
    for name, workflow in settings.workflows.items():
        stages = {place[:STAGE]: stage for place, stage in steps_of(name, workflow, subject.sources)}
        for place, stage in stages.items():
            profile = settings.profiles.get(stage.profile or "")
            agent = settings.agents.get(profile.agent) if profile is not None else None
            if stage.interactive and profile is not None and agent is not None and agent.kind not in ASKING:
                yield subject.finding(
                    "warning",
                    "cannot-ask",
                    f"the stage {stage.name} is interactive, and the agent {profile.agent} can't ask anything",
                    f"use an agent of kind {' or '.join(sorted(ASKING))}, or remove the key",
                    place=(*place, "interactive"),
                )


def preferences(subject: Subject) -> Iterator[Finding]:
    """Models for stages that no workflow has."""
    stages = [stage for workflow in subject.settings.workflows.values() for stage in workflow.stages if stage.name]
    known = {name for stage in stages for name in (stage.name.strip(), stage.chosen_as)}
    for place in _preferred(subject):
        stage = str(place[-1])
        if subject.written(place) and stage not in known and twin_of(stage) not in known:
            near = nearest(stage, known)
            yield subject.finding(
                "warning",
                "unknown-stage",
                f"no workflow has a stage {stage!r}, so its model is never used",
                f"did you mean {near[0]!r}?" if near else "remove it, or add the stage to a workflow",
                place=place,
                suggestions=near,
            )


def _preferred(subject: Subject) -> Iterator[Place]:
    for stage in subject.settings.stage_models:
        yield "stage_models", stage
    for name, stages in subject.settings.presets.items():
        for stage in stages:
            yield "presets", name, stage
