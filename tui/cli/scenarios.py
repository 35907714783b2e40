"""Scenarios on the command line: compared with what they expect, or answered and explained."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from tui.cli import show
from tui.cli.describe import tier_number
from tui.config.scenario import Scenario, read_scenarios, scenario_files
from tui.config.scenario_check import differences
from tui.core.errors import ConfigError, ResolutionError
from tui.core.resolution import Resolution, TraceRow
from tui.core.resolver import resolve


def check(places: list[Path], *, as_json: bool) -> int:
    """Print each difference and how many scenarios passed; 1 if one failed, 2 if something could not be read."""
    files = [_files(place) for place in places]
    scenarios = [scenario for group in files for file in group for scenario in _readable(file)]
    compared = [(scenario, differences(scenario)) for scenario in scenarios if scenario is not None]
    failed = [(scenario, found) for scenario, found in compared if found]
    passed = len(compared) - len(failed)
    if as_json:
        rows = [{"id": one.id, "place": one.place, "differences": found} for one, found in failed]
        show.as_json({"passed": passed, "failed": rows}, indent=2)
    else:
        for scenario, found in failed:
            show.line("\n  ".join([f"{scenario.id} ({scenario.place})", *found]))
        show.line(f"{passed} passed, {len(failed)} failed")
    if None in scenarios or not all(files):
        return 2
    return 1 if failed else 0


def tell(file: Path, *, as_json: bool) -> int:
    """Print the answer to each scenario of ``file`` and why; 2 if one comes to an error or can't be read."""
    scenarios = list(_readable(file))
    answers = [(scenario, _answer(scenario)) for scenario in scenarios if scenario is not None]
    if as_json and answers:
        data = [_data(*one) for one in answers]
        show.as_json(data[0] if len(data) == 1 else data, indent=2)
    elif answers:
        show.line("\n\n".join("\n".join(_lines(*one)) for one in answers))
    return 2 if None in scenarios or any(isinstance(answer, ResolutionError) for _, answer in answers) else 0


def _files(place: Path) -> list[Path]:
    try:
        return scenario_files(place)
    except ConfigError as error:
        show.note(str(error))
        return []


def _readable(file: Path) -> Iterator[Scenario | None]:
    """The scenarios of ``file``; ``None`` for one that can't be read, which was said."""
    for scenario in read_scenarios(file):
        if isinstance(scenario, ConfigError):
            show.note(str(scenario))
            yield None
        else:
            yield scenario


def _answer(scenario: Scenario) -> Resolution | ResolutionError:
    try:
        return resolve(scenario.request, scenario.settings, scenario.catalog)
    except ResolutionError as error:
        return error


def _data(scenario: Scenario, answer: Resolution | ResolutionError) -> dict[str, object]:
    if isinstance(answer, ResolutionError):
        body = dataclasses.asdict(answer.body())
        return {"id": scenario.id, "error": body, "trace": [dataclasses.asdict(row) for row in answer.trace]}
    reference = str(answer.reference) if answer.reference is not None else None
    return {"id": scenario.id, **dataclasses.asdict(answer), "reference": reference}


def _lines(scenario: Scenario, answer: Resolution | ResolutionError) -> Iterator[str]:
    """An answer for a person: what won, what to know about it, then every tier with its candidates."""
    yield scenario.id
    if isinstance(answer, ResolutionError):
        yield f"  error: {answer.message}"
        if answer.suggestions:
            yield f"  did you mean: {', '.join(answer.suggestions)}"
    else:
        yield f"  {answer.reason}"
        for name in ("agent", "effort", "policy"):
            value = getattr(answer, name)
            if value is not None:
                yield f"  {name}: {value}"
        if answer.requirements:
            yield f"  needs: {', '.join(answer.requirements)}"
        yield from (f"  warning: {warning}" for warning in answer.warnings)
    for row in answer.trace:
        yield from _row(row)


def _row(row: TraceRow) -> Iterator[str]:
    parts = [
        f"  {tier_number(row):>2} {row.tier:<16} {row.outcome:<11}",
        row.said or "",
        f"({row.detail})" if row.detail else "",
    ]
    yield " ".join(part for part in parts if part).rstrip()
    for one in row.candidates:
        score = f" {one.score:g}" if one.score is not None else ""
        yield f"       {one.reference}{score}{f': {one.rejected}' if one.rejected else ''}"
