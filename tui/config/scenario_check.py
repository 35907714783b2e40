"""What a scenario expects, compared with what the resolver answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tui.core.errors import ResolutionError
from tui.core.plain import one_line
from tui.core.resolution import Resolution, TraceRow
from tui.core.resolver import resolve

if TYPE_CHECKING:
    from tui.config.scenario import Scenario


def differences(scenario: Scenario) -> list[str]:
    """One sentence for each expectation that does not hold; none if all do."""
    try:
        answer: Resolution | ResolutionError = resolve(scenario.request, scenario.settings, scenario.catalog)
    except ResolutionError as error:
        answer = error
    return [one_line(one, 1000) for one in _compared(scenario, answer)]


def _compared(scenario: Scenario, answer: Resolution | ResolutionError) -> Iterable[str]:
    expect = scenario.expect
    if "rejected" in expect:
        yield from _listed("rejected", expect["rejected"], _rejected(answer.trace))
    if isinstance(answer, ResolutionError):
        if "error" not in expect and "suggestions" not in expect:
            yield f"unexpected error: {answer.message}"
            return
        yield from _contained("error", expect.get("error"), answer.message)
        yield from _listed("suggestions", expect.get("suggestions"), answer.suggestions)
        return
    if "error" in expect or "suggestions" in expect:
        yield f"expected an error, but {answer.reason}"
        return
    given: dict[str, str | None] = {
        "model": str(answer.reference) if answer.reference is not None else None,
        "agent": answer.agent,
        "tier": answer.tier,
        "effort": answer.effort,
        "policy": answer.policy,
    }
    for name, value in given.items():
        if name in expect and expect[name] != value:
            yield f"{name}: expected {expect[name]!r}, got {value!r} ({answer.reason})"
    yield from _contained("reason", expect.get("reason"), answer.reason)
    yield from _contained("warning", expect.get("warning"), "\n".join(answer.warnings))
    if expect.get("no_warning") is True and answer.warnings:
        yield f"expected no warning, got: {'; '.join(answer.warnings)}"


def _contained(name: str, expected: object, text: str) -> Iterable[str]:
    """What of ``expected``, a text or a list of them, is not in ``text``; case does not count."""
    folded = text.casefold()
    for one in _list(expected):
        if str(one).casefold() not in folded:
            yield f"{name}: {str(one)!r} is not in {text!r}"


def _listed(name: str, expected: object, given: Iterable[str]) -> Iterable[str]:
    known = tuple(given)
    for one in _list(expected):
        if one not in known:
            yield f"{name}: {one!r} is not among {', '.join(known) or 'none'}"


def _list(expected: object) -> list[object]:
    if expected is None or expected is True:
        return []
    return expected if isinstance(expected, list) else [expected]


def _rejected(rows: Iterable[TraceRow]) -> tuple[str, ...]:
    return tuple(one.reference for row in rows for one in row.candidates if one.rejected is not None)
