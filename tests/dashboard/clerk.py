"""An executor in memory that also has specs: what a place of specs and its form look like, the same every time."""

from __future__ import annotations

from dataclasses import replace

from tests.dashboard.fake import Executor, workflow
from tui.core.items import SelectorItem
from tui.core.run import Run
from tui.core.spec import Spec
from tui.core.spec_verbs import CreateSpec, SpecItem, SpecStage, StartSpec, UpdateSpec
from tui.core.verbs import List, Page, Start, Started, StartWorkflow

FLOW = replace(
    workflow("create-spec", "Create a spec", ("plan", "opus"), ("approve", None), ("implement", "sonnet")),
    specs=("feature",),
)
STAGES = (
    SpecStage("plan", True, "opus", "high", own="opus"),
    SpecStage("implement", True, "sonnet", own="sonnet"),
    SpecStage("test", True, "haiku", runs=False),
    SpecStage("review", False, "gpt-9", note="no model is called so; did you mean openai/gpt-5.5?"),
    SpecStage("approve", True, type="approval"),
)
SPECS = tuple(
    SpecItem(
        Spec(f"s_000{number}", kind, title, text, project="/shop", workflow="create-spec", version=number + 1),
        "new",
        True,
        STAGES,
        stories,
    )
    for number, (kind, title, text, stories) in enumerate(
        (
            ("feature", "Discount codes at checkout", "A customer enters a code and pays less.", 2),
            ("bug", "The cart forgets its last item", "", 0),
            ("story", "As a guest I pay without an account", "Part of the discounts.", 0),
        )
    )
)


class Clerk(Executor):
    """Three specs, and whatever is written is taken as it is."""

    specs = SPECS
    flow = FLOW.name

    def __init__(self) -> None:
        super().__init__((FLOW,))

    async def list(self, request: List) -> Page:
        match request.view:
            case "specs":
                wanted = [item for item in self.specs if not request.ids or item.spec.id in request.ids]
                return Page("specs", specs=tuple(wanted))
            case "plan" if request.specs:
                return Page("plan", plan=tuple(self._of_spec(one) for one in request.specs))
            case "defaults":
                return Page("defaults", defaults=(SelectorItem("model_sets.base", "sonnet"),))
            case _:
                return await super().list(request)

    async def start(self, request: Start) -> Started:
        if isinstance(request, CreateSpec):
            spec = Spec("", request.type, request.title, workflow=self.flow, model_set="heavy")
            return Started(spec=spec, stages=STAGES)
        if isinstance(request, UpdateSpec):
            return Started(
                spec=next(item.spec for item in self.specs if item.spec.id == request.spec_id), stages=STAGES
            )
        return await super().start(request)

    def _of_spec(self, request: StartSpec) -> Run:
        plan = self.plan(StartWorkflow(self.flow, model=request.model, project="/shop"))
        return replace(plan, kind="spec", spec_id=request.spec_id)
