"""An executor in memory, of the real types: what a client of one would answer, with no socket and no process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

from tui.core.catalog import Model, Price, Provider
from tui.core.errors import ConflictError, ErrorBody, ModeldeckError, RequestError, UnreachableError, UntrustedError
from tui.core.events import Event, Health
from tui.core.items import AliasItem, ProviderItem, StageSummary, Status, WorkflowItem
from tui.core.resolution import Candidate, TraceRow
from tui.core.run import Attempt, Cost, Exchange, Run, RunStatus, Step, StepStatus, StepTrace, Usage
from tui.core.run_verbs import Answer, Approve, Reject
from tui.core.verbs import (
    Await,
    Cancel,
    List,
    Message,
    Page,
    Peek,
    RefreshCatalog,
    Start,
    Started,
    StartWorkflow,
    Tasks,
)
from tui.executor.waiting import answered

NOW = datetime(2026, 11, 20, 14, 5, 0, tzinfo=UTC)

OPUS, SONNET, HAIKU = (
    "anthropic/claude-opus-5-5",
    "anthropic/claude-sonnet-5-5",
    "anthropic/claude-haiku-5-5",
)
ALIASES = {"opus": OPUS, "sonnet": SONNET, "haiku": HAIKU, "node:fast": HAIKU}

PROVIDERS = (
    Provider(
        "anthropic",
        "Anthropic",
        source="env",
        models=(
            Model(
                "claude-opus-5-5",
                context=1_000_000,
                price=Price(5, 25),
                input=("text", "image"),
                attachment=True,
                efforts=("low", "medium", "high"),
            ),
            Model("claude-sonnet-5-5", context=1_000_000, price=Price(3, 15), input=("text", "image"), attachment=True),
            Model("claude-haiku-5-5", context=200_000, price=Price(1, 5), input=("text",), attachment=False),
            Model("claude-sonnet-4-5", status="deprecated", context=200_000, price=Price(3, 15), retires="2026-11-30"),
        ),
    ),
    Provider("openai", "OpenAI", source="api", key="absent", models=(Model("gpt-5.5", context=400_000),)),
    Provider("zai", "Z.AI", source="env", list="failed", error="401", models=(Model("glm-5"),)),
)


def _needs(provider: Provider) -> ProviderItem:
    return ProviderItem(
        provider.id,
        provider.name,
        provider.source,
        provider.key,
        provider.list,
        provider.state,
        provider.usable,
        len(provider.models),
        gone=len(provider.gone),
        api_key_env=f"{provider.id.upper()}_API_KEY",
        agents=("claude",),
        error=provider.error,
        read_at=provider.read_at,
        usual_key=f"{provider.id.upper()}_API_KEY",
        login_with="claude /login" if provider.id == "anthropic" else None,
    )


def workflow(name: str, title: str, *stages: tuple[str, str | None]) -> WorkflowItem:
    return WorkflowItem(
        name,
        title,
        None,
        "user",
        tuple(
            StageSummary(stage, "approval") if model is None else StageSummary(stage, "agent", "dev", model)
            for stage, model in stages
        ),
    )


WORKFLOWS = (
    workflow("create-spec", "Create a spec", ("plan", "opus"), ("approve", None), ("document", "haiku")),
    workflow("add-bug", "Add a bug", ("clarify", "sonnet"), ("plan", "sonnet")),
    workflow("add-todo", "Add a todo", ("plan", "haiku")),
    workflow("add-story", "Add a story", ("plan", "opus"), ("review", "sonnet")),
    workflow("execute-tasks", "Execute tasks", ("implement", "opus"), ("test", "sonnet"), ("merge", "haiku")),
)


def stamp(second: int) -> str:
    return f"2026-11-20T14:0{second // 60}:{second % 60:02d}.000Z"


class Executor:
    """Answers as one would; a test moves its runs along by hand."""

    def __init__(
        self, workflows: tuple[WorkflowItem, ...] = WORKFLOWS, providers: tuple[Provider, ...] = PROVIDERS
    ) -> None:
        self.workflows = workflows
        self.providers = providers
        self.runs: dict[str, Run] = {}
        self.output: dict[str, list[Message]] = {}
        self.status = Status(
            pid=1,
            version="0",
            protocol=1,
            state_folder="/state",
            started_at=stamp(0),
            running=0,
            waiting=0,
            queued=0,
            project="/shop",
            trusted=True,
            presets=("economy", "performance"),
            favourites=("opus", "haiku"),
        )
        self.up = True
        self.running = True
        """Whether there is one; a client with ``autostart`` starts one."""
        self.refuses: ModeldeckError | None = None
        """What every question is answered with, if not with an answer."""
        self.trace: tuple[StepTrace, ...] | None = None
        """What is answered to why, if not what follows from the plan."""
        self.attempts: tuple[Attempt, ...] = ()
        """What is answered to how steps were started."""
        self.page = 10_000
        """Models on one page."""
        self.connects: list[bool] = []
        """``autostart`` of each attempt to connect."""
        self.asked: list[object] = []
        self.agent_kind = "claude"
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    # The client's side -------------------------------------------------------------------------------------------

    async def connect(self, autostart: bool = True) -> object:
        self.connects.append(autostart)
        if not self.up or not (self.running or autostart):
            raise UnreachableError("Nothing answers at the socket")
        self.running = True
        return None

    async def close(self) -> None:
        return None

    async def health(self) -> Health:
        return Health("0", 1, 1, stamp(0))

    async def wait(self, request: Await) -> Tasks:
        return await self.peek(Peek(request.ids))

    async def peek(self, request: Peek) -> Tasks:
        return Tasks(tuple(self.runs[name] for name in request.ids))

    async def start(self, request: Start) -> Started:
        self.asked.append(request)
        if isinstance(request, Approve | Reject):
            return self._decide(request)
        if isinstance(request, Answer):
            return self._answered(request)
        if isinstance(request, RefreshCatalog):
            return Started()
        assert isinstance(request, StartWorkflow)
        if not self.status.trusted:
            raise UntrustedError("/shop is not trusted: nothing of it runs. Trust it with: modeldeck trust")
        plan = self.plan(request)
        if plan.error is not None:
            raise RequestError(plan.error.message, suggestions=plan.error.suggestions)
        task_id = f"r_{len(self.runs) + 1:04d}"
        created = stamp(len(self.runs))
        self.tell(replace(plan, task_id=task_id, created_at=created, started_at=created, status=RunStatus.RUNNING))
        return Started(task_id, self.runs[task_id])

    async def cancel(self, request: Cancel) -> Tasks:
        self.asked.append(request)
        for task_id in request.ids:
            run = self.runs[task_id]
            steps = tuple(
                replace(step, status=StepStatus.CANCELLED) if step.status in ("running", "pending") else step
                for step in run.steps
            )
            self.tell(replace(run, status=RunStatus.CANCELLED, steps=steps, ended_at=stamp(59)))
        return Tasks(tuple(self.runs[name] for name in request.ids))

    async def list(self, request: List) -> Page:
        self.asked.append(request)
        if self.refuses is not None:
            raise self.refuses
        match request.view:
            case "status":
                return Page("status", status=self.status)
            case "workflows":
                return Page("workflows", workflows=self.workflows)
            case "plan":
                return Page("plan", plan=tuple(self.plan(one) for one in request.requests))
            case "models":
                aliases = tuple(AliasItem(name, means) for name, means in ALIASES.items())
                return self._models(request, aliases)
            case "providers":
                return Page("providers", providers=tuple(_needs(provider) for provider in self.providers))
            case "runs":
                runs = [run for run in self.runs.values() if not request.ids or run.task_id in request.ids]
                return Page("runs", tasks=tuple(reversed(runs)))
            case "output":
                step = self.runs[request.ids[0]].steps[request.step or 0]
                said = [m for m in self.output.get(step.attempt or "", []) if m.offset > request.offset]
                return Page("output", output=tuple(said), offset=said[-1].offset if said else request.offset)
            case "trace":
                return Page("trace", trace=self._trace(request), attempts=self.attempts if request.ids else ())
            case _:
                return Page(request.view)

    async def events(self, after: int | None) -> AsyncIterator[Event]:
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self._listeners.discard(queue)

    # What a test does --------------------------------------------------------------------------------------------

    def hang_up(self) -> None:
        self.up = False
        self.stop()

    def stop(self) -> None:
        self.running = False
        for queue in self._listeners:
            queue.put_nowait(None)

    def offer(self, *providers: Provider) -> None:
        """Other lists were read."""
        self.providers = providers
        self.news("catalog")

    def news(self, kind: str) -> None:
        """Something changed that is no run."""
        for queue in self._listeners:
            queue.put_nowait(Event(len(self.asked), kind))  # type: ignore[arg-type]

    def tell(self, run: Run) -> None:
        assert run.task_id is not None
        self.runs[run.task_id] = run
        for queue in self._listeners:
            queue.put_nowait(Event(len(self.asked), "run", run.task_id, run))

    def step(self, task_id: str, index: int, **changes: object) -> None:
        run = self.runs[task_id]
        steps = list(run.steps)
        steps[index] = replace(steps[index], **changes)  # type: ignore[arg-type]
        self.tell(replace(run, steps=tuple(steps)))

    def run_to(self, task_id: str, status: RunStatus, **changes: object) -> None:
        self.tell(replace(self.runs[task_id], status=status, **changes))  # type: ignore[arg-type]

    def say(self, attempt: str, text: str, kind: str = "text", model: str | None = "claude-opus-5-5") -> None:
        said = self.output.setdefault(attempt, [])
        said.append(Message(attempt, (said[-1].offset if said else 0) + 10, kind, text, model, stamp(11)))  # type: ignore[arg-type]
        for queue in self._listeners:
            queue.put_nowait(Event(len(self.asked), "output", None, None, attempt, said[-1].offset))

    def answer(self, task_id: str, index: int, answered: str, verdict: str, grade: str = "A") -> None:
        self.step(
            task_id,
            index,
            status=StepStatus.SUCCEEDED,
            answered=(answered,),
            verdict=verdict,
            evidence=grade,
            usage=Usage(1200, 0, 0, 300),
            cost=Cost("0.0123", "table"),
            started_at=stamp(2),
            ended_at=stamp(43),
        )

    def plan(self, request: StartWorkflow) -> Run:
        item = next(item for item in self.workflows if item.name == request.workflow)
        steps = []
        error = None
        for index, stage in enumerate(item.stages):
            if stage.type == "approval":
                reason = "agent default: no model is passed (approval gate)"
                steps.append(Step(index, stage.name, "approval", tier="agent default", reason=reason))
                continue
            asked = str(request.model) if request.model else stage.model or "opus"
            tier = "run model" if request.model else f"stage default ({stage.name})"
            sent = asked if "/" in asked else ALIASES.get(asked)
            if asked == "agent-default":
                sent = None
            elif sent is None:
                error = ErrorBody("unresolved", f'Model "{asked}" not found', (OPUS,))
            steps.append(
                Step(
                    index,
                    stage.name,
                    asked=asked,
                    sent=sent,
                    tier=tier.partition(" (")[0],
                    reason=f"{tier}: {asked} -> {sent}" if sent else f"{tier}: no model is passed",
                    agent="claude" if self.agent_kind == "claude" else self.agent_kind,
                    agent_kind=self.agent_kind,
                    permission="edit",
                    effort=request.effort,
                    attempt=f"a_{index}",
                )
            )
        return Run(
            None,
            "workflow",
            item.name,
            RunStatus.PENDING,
            tuple(steps),
            title=item.title,
            project=request.project,
            input=request.input,
            error=error,
        )

    def _models(self, request: List, aliases: tuple[AliasItem, ...]) -> Page:
        """A page of so many models, cut as the executor does: a provider may go on on the next page."""
        rows = [(provider, model) for provider in self.providers for model in provider.models or (None,)]
        start = int(request.after or 0)
        shown: dict[str, Provider] = {}
        for provider, model in rows[start : start + self.page]:
            before = shown.get(provider.id, replace(provider, models=()))
            shown[provider.id] = replace(before, models=(*before.models, model)) if model else before
        end = start + self.page
        more = str(end) if end < len(rows) else None
        return Page("models", models=tuple(shown.values()), aliases=aliases if not start else (), next=more)

    def _decide(self, request: Approve | Reject) -> Started:
        run = self.runs[request.task_id]
        if run.status is not RunStatus.WAITING_APPROVAL:
            raise ConflictError(f"{request.task_id} waits for nothing")
        at = next(i for i, step in enumerate(run.steps) if step.status is StepStatus.WAITING_APPROVAL)
        if request.step not in (None, at):
            raise ConflictError(f"{request.task_id} waits at another gate by now", field="step")
        approved = isinstance(request, Approve)
        self.step(request.task_id, at, status=StepStatus.SUCCEEDED if approved else StepStatus.FAILED)
        self.run_to(request.task_id, RunStatus.RUNNING if approved else RunStatus.FAILED)
        return Started(request.task_id, self.runs[request.task_id])

    def ask(self, task_id: str, index: int, question: str) -> None:
        """Its agent asks."""
        asked = (*self.runs[task_id].steps[index].exchanges, Exchange(question, f"a_{index}", stamp(20)))
        self.step(task_id, index, status=StepStatus.WAITING_ANSWER, exchanges=asked)
        self.run_to(task_id, RunStatus.WAITING_ANSWER)

    def _answered(self, request: Answer) -> Started:
        self.tell(answered(self.runs[request.task_id], request.text, request.question, stamp(30)))
        return Started(request.task_id, self.runs[request.task_id])

    def _trace(self, request: List) -> tuple[StepTrace, ...]:
        if self.trace is not None:
            return self.trace
        run = self.runs[request.ids[0]] if request.ids else self.plan(request.requests[0])
        found = []
        for step in run.steps:
            if request.step is not None and request.step != step.index:
                continue
            rows = (
                TraceRow(1, "message override", "not asked"),
                TraceRow(4, "run model", "silent"),
                TraceRow(7, "stage default", "won", step.asked, f"{step.asked} -> {step.sent}", (Candidate(OPUS, 12),)),
                TraceRow(13, "default", "not reached", "opus"),
            )
            found.append(StepTrace(step.index, step.stage, rows))
        return tuple(found)
