"""Specs in words, the same in every command."""

from __future__ import annotations

from collections.abc import Mapping

from tui.cli import show
from tui.cli.describe import VERDICTS, when
from tui.core.plain import one_line
from tui.core.resolver.written import quoted, said, split
from tui.core.spec import STAGES, Spec, preference
from tui.core.spec_verbs import SpecItem, SpecStage
from tui.core.verbs import Page, Started

UNNAMED = "none named; at its start the one that serves its type"
"""The workflow of a spec that names none, as an imported one does."""


def spec_table(page: Page) -> None:
    """One line a spec."""
    show.table(
        ("spec", "type", "title", "status", "workflow", "models", "changed"),
        (
            (
                item.spec.id,
                item.spec.type,
                item.spec.title,
                _status(item),
                item.spec.workflow or "none",
                _models(item),
                when(item.spec.updated_at),
            )
            for item in page.specs
        ),
    )


def whole_spec(item: SpecItem) -> None:
    """A spec with all its fields, and each stage with its model."""
    spec = item.spec
    show.line(f"{spec.id} · {spec.type} · {one_line(spec.title)}")
    show.pairs(
        (
            ("status", _status(item)),
            ("workflow", spec.workflow or UNNAMED),
            ("project", spec.project),
            ("story of", spec.parent),
            ("stories", str(item.stories) if item.stories else None),
            ("model set", quoted(spec.model_set) if said(spec.model_set) else None),
            ("version", f"{spec.version}, {when(spec.updated_at)}"),
            ("files", ", ".join(one.path for one in spec.attachments)),
            ("also kept", ", ".join(spec.extra)),
        )
    )
    show.line()
    if not item.has_preferences:
        show.line("No preferences: the command map and the model set speak.")
    show.table(("stage", "runs", "model", "effort", "note"), (_stage(stage, spec.workflow) for stage in item.stages))
    if spec.text.strip():
        show.line(f"\n{spec.text.strip()}")


def told(done: Started, *, as_json: bool) -> None:
    """What was stored."""
    if as_json:
        show.as_json(done)
        return
    if done.note:
        show.note(f"Note: {done.note}")
    spec = done.spec
    if spec is None:
        show.line("Done.")
        return
    show.line(f"{spec.id or 'would be stored'} · {spec.type} · {one_line(spec.title)} · version {spec.version}")
    show.line(f"  workflow {spec.workflow or UNNAMED}; stages {', '.join(spec.stages or ('all',))}")
    models = [f"{stage} {_words(value)}" for stage in _stages(spec) if (value := preference(spec, stage)) is not None]
    show.line(f"  {'; '.join(models) or 'no preferences'}")
    if spec.id:
        show.line(f"\nRun it with: modeldeck task start --kind spec --spec {spec.id}")


def what_changed(stored: Mapping[str, object]) -> None:
    """A spec as it is stored, on stderr, for whoever changed an older version."""
    for name in ("version", "title", "type", "workflow", "stages", "stage_models", "text", "updated_at"):
        if said(value := stored.get(name)):
            show.note(f"  {name}: {one_line(str(value), 300)}")


def _stages(spec: Spec) -> tuple[str, ...]:
    own = spec.stage_models if isinstance(spec.stage_models, Mapping) else {}
    return tuple(dict.fromkeys((*own, *STAGES)))


def _words(value: object) -> str:
    model, effort = split(value)
    return " ".join(quoted(one).strip('"') for one in (model, effort) if one is not None)


def _status(item: SpecItem) -> str:
    verdict = VERDICTS.get(item.verdict, item.verdict)
    return " ".join(word for word in (item.status, verdict, when(item.at)) if word)


def _models(item: SpecItem) -> str:
    if not item.has_preferences:
        return "no preferences"
    unnamed = item.spec.workflow is None
    models = dict.fromkeys(
        stage.model for stage in item.stages if stage.selected and (stage.runs or unnamed) and stage.model
    )
    return ", ".join(models) or "stage table"


def _stage(stage: SpecStage, workflow: str | None) -> tuple[str | None, ...]:
    runs = "yes" if stage.selected else "no"
    if workflow is not None and not stage.runs:
        runs = "not in its workflow"
    return (stage.name, runs, "gate" if stage.type == "approval" else stage.model, stage.effort, stage.note)
