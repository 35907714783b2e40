"""What an agent is told: the stage's own words, the run's input, and what the steps before it handed over."""

from __future__ import annotations

from collections.abc import Iterable

from tui.core.resolution import Attachment
from tui.core.run import Run, StepStatus
from tui.core.settings import Profile, Stage

HANDED_OVER = 8_000
"""Characters of each earlier result that the next step is given."""
RESULT = 32_000
"""Characters of a result that are kept with its step."""


def stage_prompt(stage: Stage, profile: Profile | None) -> str:
    """The stage's own part, which is stored with the run. A slash command leads: only there is it one."""
    parts = (stage.command, profile.instructions if profile else None, stage.prompt)
    return "\n\n".join(part.strip() for part in parts if part and part.strip())


def step_prompt(run: Run, index: int) -> str:
    """The whole text for one step. The run's input stands on the line of the slash command, as its arguments."""
    own, given = run.steps[index].prompt or "", run.input.strip()
    if own.startswith("/"):
        command, _, rest = own.partition("\n\n")
        request = _joined(f"{command} {given}".strip(), rest)
    else:
        request = _joined(own, given)
    if not request:
        request = f'Carry out the stage "{run.steps[index].stage}" of the workflow "{run.title or run.workflow}".'
    return _joined(request, _attached(run.attachments), _handed_over(run, index))


def _joined(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part)


def cut(text: str, limit: int) -> str:
    """``text``, or its head with a mark that says how much is missing."""
    return text if len(text) <= limit else f"{text[:limit]}\n[… {len(text) - limit} more characters]"


def _attached(attachments: Iterable[Attachment]) -> str:
    lines = [f"- {attachment.path}" for attachment in attachments]
    return "\n".join(["Attached files:", *lines]) if lines else ""


def _handed_over(run: Run, index: int) -> str:
    """Results of the steps before, and what a person said at a gate: data from others, so it is marked as such."""
    parts = []
    for step in run.steps[:index]:
        if step.status is StepStatus.SUCCEEDED and step.result:
            title = "A person approved and said" if step.type == "approval" else f"Result of the step {step.stage!r}"
            parts.append(f"{title}:\n{cut(step.result, HANDED_OVER)}")
    return _joined("--- From the steps before this one ---", *parts) if parts else ""
