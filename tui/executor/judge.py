"""From what an attempt showed to what its step says: status, proof, verdict."""

from __future__ import annotations

from dataclasses import replace

from tui.agents.base import Findings
from tui.core.errors import ErrorBody
from tui.core.handoff import read
from tui.core.plain import ends, one_line, plain
from tui.core.run import Exchange, Shown, Step, StepStatus
from tui.executor.attendance import End
from tui.executor.prompt import RESULT
from tui.executor.shown import shown, together

CANCELLED_BY_PERSON = "cancelled by a person"
"""The reason that makes a step ``cancelled``; any other one (a limit) makes it ``failed``."""

_NAMED = 8
"""Processes left behind that are named by number, at most."""


def observed(step: Step, findings: Findings) -> Step:
    """``step`` with what is known of who answers, while it runs and after."""
    return replace(
        _showing(step, shown(step.sent, findings)),
        note=one_line(findings.note, 1000) if findings.note else None,
        agent_version=findings.agent_version,
    )


def judged(step: Step, end: End, at: str) -> Step:
    """``step`` as its attempt left it."""
    findings = end.findings
    status, error = _outcome(step, end)
    proof = shown(step.sent, findings)
    if status in (StepStatus.SUCCEEDED, StepStatus.WAITING_ANSWER) and proof.evidence is None:
        proof = replace(proof, evidence="D", verdict="unproven")
    done = _showing(observed(step, findings), proof)
    if end.left_behind:
        left = _left(end.left_behind)
        done = replace(done, note=f"{done.note}; {left}" if done.note else left)
    if status is StepStatus.WAITING_ANSWER:
        question = ends(plain(findings.asks or ""), RESULT)
        asked = Exchange(question, attempt=step.attempt or "", asked_at=at, shown=proof)
        return replace(done, status=status, exchanges=(*step.exchanges, asked))
    result = plain(findings.result) if findings.result else ""
    handed = read(result) if result and status is StepStatus.SUCCEEDED else None
    return replace(done, status=status, error=error, result=ends(result, RESULT) or None, handoff=handed, ended_at=at)


def _showing(step: Step, proof: Shown) -> Step:
    """``step`` with what all its attempts showed, of which the newest one is ``proof``."""
    whole = together((*(exchange.shown for exchange in step.exchanges), proof))
    return replace(
        step,
        answered=whole.answered,
        evidence=whole.evidence,
        verdict=whole.verdict,
        usage=whole.usage,
        cost=whole.cost,
        side_calls=whole.side_calls,
    )


def _left(pids: tuple[int, ...]) -> str:
    if len(pids) == 1:
        return f"one process that the agent started is still running: {pids[0]}"
    more = f" and {len(pids) - _NAMED} more" if len(pids) > _NAMED else ""
    return f"{len(pids)} processes that the agent started are still running: {', '.join(map(str, pids[:_NAMED]))}{more}"


def _outcome(step: Step, end: End) -> tuple[StepStatus, ErrorBody | None]:
    if end.cancelled == CANCELLED_BY_PERSON:
        return StepStatus.CANCELLED, ErrorBody("cancelled", "It was cancelled by a person")
    if end.cancelled:
        code, _, text = end.cancelled.partition(": ")
        return StepStatus.FAILED, ErrorBody(code, f"It was ended: {text}")
    if end.lost:
        return StepStatus.LOST, ErrorBody(
            "lost", "It ended without a word: the machine or the process was killed, so nobody can say what it did"
        )
    if end.findings.error is not None:
        return StepStatus.FAILED, end.findings.error
    if end.findings.asks is not None:
        return (StepStatus.WAITING_ANSWER, None) if step.interactive else (StepStatus.FAILED, _unheard(step, end))
    return StepStatus.SUCCEEDED, None


def _unheard(step: Step, end: End) -> ErrorBody:
    """What to do where an agent asks and nobody was to be asked."""
    question = one_line(end.findings.asks or "", 300)
    return ErrorBody(
        "asks",
        f"The agent asks: {question} Nobody can answer a step that is not interactive; "
        f"write 'interactive: true' on the stage {step.stage!r} and start it anew, or say it in its prompt",
    )
