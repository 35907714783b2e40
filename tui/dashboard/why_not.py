"""What is said when a key does nothing now, by the id of its binding: a silent key reads as a broken one."""

from __future__ import annotations

from collections.abc import Mapping

WHY_NOT: Mapping[str, str] = {
    "approve": "No gate waits in this run",
    "reject": "No gate waits in this run",
    "comment-approve": "No gate waits in this run",
    "comment-reject": "No gate waits in this run",
    "answer": "No question waits in this run",
    "retry": "Only a run that failed, was cancelled or got lost can be retried",
    "resolve-again": "Only a run that failed, was cancelled or got lost can be retried",
    "skip-step": "Only a step that has not begun, of a run that goes on, can be skipped",
    "cancel-run": "This run has ended",
    "cancel-listed": "This run has ended",
    "hand-off": "Nothing was handed to this step or by it",
    "again-go": "Not yet: a step has no model, or the plan is still being made",
    "again-model": "No step is left that a model can be picked for",
    "again-effort": "No effort levels are known for this model",
    "again-reset": "Nothing is picked for this step",
    "start-effort": "No effort levels are known for this model",
    "start-reset": "Nothing is picked on this line",
    "start-preset": "No presets are configured",
    "start-compare": "Nothing is picked, so there is nothing to compare",
    "undo-default": "Nothing to undo",
    "form-undo": "Nothing to undo",
    "editor-undo": "Nothing to undo",
    "start-undo": "Nothing to undo",
    "notices": "No warnings",
}

ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "run": {
        "s": "s starts a workflow from its card; t retries a run",
        "m": "m picks a model on a card; t retries a run",
    }
}
"""Keys that users know from another screen, by the scope of the screen where they do nothing."""
