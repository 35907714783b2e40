"""Flags that choose for single steps, which are named by their stage or by their index."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence

from tui.cli.arguments import Parser
from tui.core.errors import RequestError
from tui.core.plain import one_line
from tui.core.resolver.preferences import same_stage
from tui.core.run import Step
from tui.core.settings import Written
from tui.core.spec_entry import together
from tui.core.suggest import nearest

STEP = "STEP is the stage's name, or the step's index in --json, which counts from 0, gates too"
Pair = tuple[str, str]


def add_step_model(parser: Parser) -> None:
    """Add ``--step-model``."""
    parser.add_argument(
        "--step-model", dest="step_models", action="append", type=step_model, metavar="STEP=SELECTOR",
        help=f"the model of one step; {STEP}; may be repeated",
    )  # fmt: skip


def add_step_effort(parser: Parser) -> None:
    """Add ``--step-effort``."""
    parser.add_argument(
        "--step-effort", dest="step_efforts", action="append", type=step_effort, metavar="STEP=LEVEL",
        help=f"the effort level of one step; {STEP}; may be repeated",
    )  # fmt: skip


def step_model(text: str) -> Pair:
    """Parse ``STEP=SELECTOR``."""
    return _pair(text, "STEP=SELECTOR, such as plan=opus or 0=opus")


def step_effort(text: str) -> Pair:
    """Parse ``STEP=LEVEL``."""
    return _pair(text, "STEP=LEVEL, such as plan=high or 0=high")


def _pair(text: str, form: str) -> Pair:
    step, equals, value = text.partition("=")
    if not (equals and step.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is not {form}")
    return step.strip(), value


def is_index(step: str) -> bool:
    """Return whether ``step`` is an index, not a name."""
    return step.isdecimal() and step.isascii()


def given(args: argparse.Namespace) -> bool:
    """Return whether a flag chooses for single steps."""
    return bool(args.step_models or args.step_efforts)


def named(args: argparse.Namespace) -> bool:
    """Return whether a flag names a step by its stage."""
    return not all(is_index(step) for step, _ in (*(args.step_models or ()), *(args.step_efforts or ())))


def choices(args: argparse.Namespace, steps: Sequence[Step] = ()) -> dict[str, Written]:
    """Return what the flags choose, by index. Raises :class:`RequestError` for a name that no step has."""
    models = _by_index(args.step_models or (), steps, "--step-model")
    efforts = _by_index(args.step_efforts or (), steps, "--step-effort")
    return {index: _entry(index, models, efforts) for index in {**models, **efforts}}


def _entry(index: str, models: Mapping[str, str], efforts: Mapping[str, str]) -> Written:
    # A model alone stays as it was written, blank too: the executor judges it.
    return together(models.get(index), efforts[index]) if index in efforts else models[index]


def _by_index(pairs: Iterable[Pair], steps: Sequence[Step], flag: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for step, value in pairs:
        for index in (int(step),) if is_index(step) else positions(step, steps):
            if str(index) in found:
                raise RequestError(f"{flag} chooses twice for the step {one_line(step, 80)!r}", field="step_models")
            found[str(index)] = value
    return found


def positions(name: str, steps: Sequence[Step]) -> list[int]:
    """Return where the step ``name`` is; a stage stands for all its substeps.

    Raises :class:`RequestError` where no step has that name.
    """
    exact = [step.index for step in steps if name in (step.name, step.stage)]
    found = exact or [step.index for step in steps if same_stage(name, step.name) or same_stage(name, step.stage)]
    if not found:
        names = [step.name for step in steps]
        near = nearest(name, names)
        hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(names)}"
        raise RequestError(f"There is no step {one_line(name, 80)!r}; {hint}", suggestions=near, field="step_models")
    return found
