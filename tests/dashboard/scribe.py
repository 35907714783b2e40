"""An executor in memory that also writes defaults of stages: what their editor looks like, the same every time."""

from __future__ import annotations

from dataclasses import replace

from tests.dashboard.fake import Executor, workflow
from tui.core.config_verbs import UpdateWorkflow
from tui.core.items import StageSummary, WorkflowItem
from tui.core.run import Run
from tui.core.verbs import Start, Started, StartWorkflow

FLOW = workflow("review-change", "Review a change", ("document", None))
STAGES = (
    StageSummary("review", model="haiku", part="collect"),
    StageSummary("review", part="judge"),
    StageSummary("ok", "approval"),
    StageSummary("merge", model="agent-default"),
    StageSummary("publish", model="gpt-9", effort="low"),
    *FLOW.stages,
)


class Scribe(Executor):
    """One workflow with substeps, a gate, and a model that is on no list."""

    def __init__(self) -> None:
        super().__init__((replace(FLOW, stages=STAGES, digest="d1"),))

    async def start(self, request: Start) -> Started:
        if not isinstance(request, UpdateWorkflow):
            return await super().start(request)
        self.asked.append(request)
        stages = list(self.workflows[0].stages)
        for index, default in request.stages.items():
            stages[index] = replace(stages[index], model=default.model, effort=default.effort)
        run = self._would_run(replace(self.workflows[0], stages=tuple(stages)))
        return Started(run=replace(run, error=None))

    def _would_run(self, item: WorkflowItem) -> Run:
        before = self.workflows
        self.workflows = (item,)
        try:
            run = self.plan(StartWorkflow(item.name))
        finally:
            self.workflows = before
        warning = 'stage default "gpt-9" not found: did you mean openai/gpt-5.5?'
        steps = tuple(replace(step, warnings=(warning,)) if step.asked == "gpt-9" else step for step in run.steps)
        return replace(run, steps=steps)
