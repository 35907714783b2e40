"""The flags of ``modeldeck explain`` as a question to the executor."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

from tui.cli import places
from tui.cli.request import at_home, read_text
from tui.cli.steps import is_index
from tui.client.attachments import attachment
from tui.core.errors import RequestError
from tui.core.items import Explain
from tui.core.json_input import NestingError, read_json
from tui.core.resolution import SpecChoices
from tui.core.spec import Spec, choices_of
from tui.core.suggest import nearest

_SPEC_ID = re.compile(r"s_[0-9a-z]+")
SINGLE = ("model", "effort", "preset", "worker")
"""What ``--set`` may change beside ``stage.NAME`` and ``step.INDEX``."""
FLAGS = (
    "workflow", "stage", "worker", "spec", "model", "effort", "preset", "step_models", "attachments", "project",
    "changes",
)  # fmt: skip


def has_question(args: argparse.Namespace) -> bool:
    """Whether a flag of the question is there."""
    return any(getattr(args, name) is not None for name in FLAGS)


def asked(args: argparse.Namespace) -> Explain:
    """The question. Raises :class:`RequestError` where there is none, or a file of it can't be read."""
    stored = stored_spec(args)
    if not any((args.workflow, args.stage, args.worker, args.model, stored)):
        raise RequestError(
            "Explain what? Name --workflow, --stage, --worker, --model or the id of a --spec, or give scenarios by "
            "--scenario or --check"
        )
    steps = args.step_models or ()
    return Explain(
        workflow=args.workflow,
        stage=args.stage,
        worker=args.worker,
        spec=spec(args.spec) if args.spec is not None and stored is None else None,
        model=args.model,
        effort=args.effort,
        preset=args.preset,
        step_models={str(int(step)): value for step, value in steps if is_index(step)},
        stages={step: value for step, value in steps if not is_index(step)},
        attachments=tuple(attachment(name) for name in args.attachments or ()),
        project=str(places.project(args.project)),
    )


def stored_spec(args: argparse.Namespace) -> str | None:
    """The id that ``--spec`` names, where it names no file."""
    name = args.spec
    return name if name is not None and _SPEC_ID.fullmatch(name) and not Path(name).exists() else None


def of_spec(question: Explain, stored: Spec) -> Explain:
    """``question`` about a stored spec: its choices, its files and, where no other is named, its workflow.

    Raises :class:`RequestError` where nothing says which stages are meant.
    """
    workflow = question.workflow or (stored.workflow if question.stage is None else None)
    if workflow is None and question.stage is None:
        raise RequestError(
            f"The spec {stored.id} names no workflow: add --workflow, or --stage for one of its stages", field="spec"
        )
    attachments = question.attachments or stored.attachments
    return replace(question, spec=choices_of(stored), workflow=workflow, attachments=attachments)


def change(text: str) -> tuple[str, str | None]:
    """``WHAT=VALUE`` as an argument of argparse; without a value it says nothing there."""
    name, equals, value = text.partition("=")
    kind, dot, rest = name.partition(".")
    good = bool(rest) and (kind == "stage" or (kind == "step" and rest.isdecimal() and rest.isascii()))
    if not equals or not (name in SINGLE or (dot and good)):
        near = nearest(kind, (*SINGLE, "stage", "step"))
        hint = f"; did you mean {near[0]}?" if near and not (dot and kind in ("stage", "step")) else ""
        raise argparse.ArgumentTypeError(
            f"{text!r} is not WHAT=VALUE, where WHAT is stage.NAME, step.INDEX, {', '.join(SINGLE)}{hint}"
        )
    return name, value.strip() or None


def changed(question: Explain, changes: Sequence[tuple[str, str | None]]) -> Explain:
    """``question`` with ``changes`` made, the last one of a name counting."""
    for name, value in changes:
        kind, _, rest = name.partition(".")
        if kind == "stage":
            question = replace(question, stages={**question.stages, rest: value})
        elif kind == "step":
            question = replace(question, step_models={**question.step_models, str(int(rest)): value})
        else:
            question = replace(question, **{name: value})  # type: ignore[arg-type]  # a name of SINGLE
    return question


def spec(name: str) -> SpecChoices:
    """What the file ``name``, YAML or JSON, says of a spec's models.

    Raises :class:`RequestError` for a file that can't be read or has other keys, :class:`ConfigError` for broken YAML.
    """
    data = _map(name)
    known = [one.name for one in fields(SpecChoices)]
    for key in data:
        if key not in known:
            near = nearest(key, known)
            hint = f"did you mean {near[0]}?" if near else f"it may have {', '.join(known)}"
            raise RequestError(f"{name} has an unknown key {key!r}; {hint}", suggestions=near, field="spec")
    return SpecChoices(**data)


def _map(name: str) -> dict[str, object]:
    if name.endswith(".json"):
        try:
            data = read_json(read_text(name, "spec"))
        except NestingError as error:
            raise RequestError(f"{name} can't be read: {error}", field="spec") from None
        except ValueError:
            raise RequestError(f"{name} is not valid JSON", field="spec") from None
        if not isinstance(data, dict):
            raise RequestError(f"{name} must be a map: type, model_set, stage_models", field="spec")
        return data
    from tui.config.document import read_document  # noqa: PLC0415  (yaml)

    document = read_document(at_home(name), follow=True)
    if document is None:
        raise RequestError(f"There is no file {name} with a spec's choices", field="spec")
    return dict(document.data)
