"""The five verbs, as the HTTP app calls them: requests in, replies out, errors raised.

A reply's ``seq`` is read before what it goes with, and that is read from the journal: one who then listens after it may
be told something twice, and misses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

from tui.core.catalog import Catalog
from tui.core.config_verbs import ConfigOp, SetDefault, SetFavourite, UpdateWorkflow
from tui.core.errors import ConflictError, ModeldeckError, NotFoundError, RequestError
from tui.core.executor_verbs import Drain
from tui.core.ids import new_run_id
from tui.core.plain import one_line, plain
from tui.core.request_key import RequestKey
from tui.core.run import TERMINAL_RUN, Run, StepStatus, StepTrace
from tui.core.run_verbs import Answer, Approve, Reject, ResolveAgain, Retry, Skip
from tui.core.settings import Written
from tui.core.spec_verbs import CreateSpec, DeleteSpec, Imported, ImportSpecs, SpecOp, StartSpec, UpdateSpec
from tui.core.verbs import (
    Await,
    Cancel,
    List,
    Message,
    Page,
    Peek,
    RefreshCatalog,
    SetEnvironment,
    Start,
    Started,
    StartWorkflow,
    Tasks,
)
from tui.executor.again import again, chosen, resolved_again
from tui.executor.conductor import Conductor
from tui.executor.config_ops import ConfigOps
from tui.executor.environment import Handed, with_addresses
from tui.executor.listing.folders import folders_of
from tui.executor.plan import first_error, plan
from tui.executor.projects import Project, Projects
from tui.executor.readiness import refusal
from tui.executor.slots import Slots
from tui.executor.spec_plan import plan_spec
from tui.executor.spec_stages import with_refusals
from tui.executor.specs import Specs
from tui.executor.views import ON_LOOP, Views
from tui.executor.waiting import answered, decided
from tui.executor.worktree import Worktrees
from tui.posix.environment import combined
from tui.store.journal import Journal
from tui.store.requests import Done

CANCEL_WAIT = 15.0
"""Seconds that ``task_cancel`` waits for the end before it answers with how things stand."""

LATER = "the executor is ending (drain), so the run's agents are started by the next one"
AGAIN = "this request was carried out before the connection broke; it was not repeated"
WORD = 32_000
"""Characters of a person's answer or comment."""


@dataclass(frozen=True)
class Verbs:
    """The tool surface."""

    conductor: Conductor
    journal: Journal
    projects: Projects
    handed: Handed
    views: Views
    specs: Specs
    config: ConfigOps
    slots: Slots
    worktrees: Worktrees
    random: Callable[[int], bytes]
    stopping: asyncio.Event
    """Set when the executor ends: who waits is answered at once."""
    client: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The environment of the client that asks, as far as it follows the client; see :meth:`for_client`."""

    key: RequestKey | None = None
    """The key of the request."""

    def for_client(self, client: Mapping[str, str], key: RequestKey | None = None) -> Verbs:
        """Return the verbs for a request with this key of a client with this environment.

        Its PATH is where programs are looked for.
        """
        self.projects.search_in(client.get("PATH"))
        self.handed.secrets.add(with_addresses(client))
        env = combined(self.views.user_env, client)
        views, worktrees = replace(self.views, user_env=env), replace(self.worktrees, user_env=env)
        return replace(self, client=client, views=views, worktrees=worktrees, key=key)

    async def start(self, request: Start) -> Started:
        """``task_start``: by the class of the request. One that was carried out before is answered, not repeated."""
        if (done := self._done()) is not None:
            return self._answer_again(request, done)
        try:
            return await _STARTS[type(request)](self, request)
        except ConflictError:
            if (done := self._done()) is None:  # else the same request was carried out while this one was judged
                raise
            return self._answer_again(request, done)

    def _done(self) -> Done | None:
        return None if self.key is None else self.journal.done(self.key)

    def _answer_again(self, request: Start, done: Done) -> Started:
        run = None if done.task_id is None else self._run(done.task_id)
        stored = tuple(spec for one in done.specs if (spec := self.journal.spec(one)) is not None)
        return Started(
            done.task_id,
            run,
            ("task_await", "task_peek", "task_cancel") if run else ("task_list view=specs",),
            done.seq,
            AGAIN,
            spec=stored[0] if len(stored) == 1 else None,
            imported=tuple(map(Imported, count(), stored)) if isinstance(request, ImportSpecs) else (),
        )

    async def wait(self, request: Await) -> Tasks:
        """``task_await``: until all have ended, the time is up, or the executor stops."""
        ids = _once(request.ids)
        self._runs(ids)
        lives = [live for task_id in ids if (live := self.conductor.live(task_id))]
        done = await self._within(request.timeout, [live.ended.wait() for live in lives])
        seq = self.journal.last_seq
        return Tasks(self._runs(ids), done=done, seq=seq)

    async def peek(self, request: Peek) -> Tasks:
        """``task_peek``: how things stand, and the end of what the newest step said."""
        seq = self.journal.last_seq
        runs = self._runs(_once(request.ids))
        output: tuple[Message, ...] = ()
        if request.tail > 0:
            output = await asyncio.to_thread(self._tails, runs, request.tail)
        done = all(run.status in TERMINAL_RUN for run in runs)
        return Tasks(runs, output, done, seq)

    def _tails(self, runs: tuple[Run, ...], count: int) -> tuple[Message, ...]:
        return tuple(message for run in runs for message in self.views.tail(run, count))

    async def cancel(self, request: Cancel) -> Tasks:
        """``task_cancel``: kills what runs, then answers."""
        ids = _once(request.ids)
        self._runs(ids)
        await self._within(CANCEL_WAIT, [self.conductor.cancel(task_id) for task_id in ids])
        seq = self.journal.last_seq
        runs = self._runs(ids)
        return Tasks(runs, done=all(run.status in TERMINAL_RUN for run in runs), seq=seq)

    async def list(self, request: List) -> Page:
        """``task_list``: one page of one view."""
        seq = self.journal.last_seq
        request = replace(request, ids=_once(request.ids))
        held = await self.projects.hold(await folders_of(request, self.specs, self.projects, self.journal))
        if request.view == "specs":
            page = replace(self.specs, projects=held).page(request)
        elif request.view in ON_LOOP:
            page = replace(self.views, projects=held).page(request)
        else:
            page = await asyncio.to_thread(replace(self.views, projects=held).page, request)
        if request.worktrees:
            page = replace(page, plan=tuple([await self.worktrees.shown(plan) for plan in page.plan]))
        return replace(page, seq=seq)

    async def _start_workflow(self, request: StartWorkflow) -> Started:
        project = await self.projects.load(request.project)
        if not request.dry_run:
            project.require_config()
            project.require_trust()
        run, traces = plan(request, project, traced=not request.dry_run)
        return await self._begin(run, traces, project, dry_run=request.dry_run, anyway=request.start_anyway)

    async def _start_spec(self, request: StartSpec) -> Started:
        spec = self.specs.stored(request.spec_id)
        project = await self.projects.load(request.project or spec.project)
        if not request.dry_run:
            project.require_config()
            project.require_trust()
        parent = self.journal.spec(spec.parent) if spec.parent else None
        planned = plan_spec(spec, parent, request, project)
        started = await self._begin(
            planned.run, planned.traces, project, dry_run=request.dry_run, anyway=request.start_anyway
        )
        return replace(started, note=_notes(planned.note, started.note), spec=spec)

    async def _begin(
        self, run: Run, traces: tuple[StepTrace, ...], project: Project, *, dry_run: bool, anyway: bool
    ) -> Started:
        run = await self.worktrees.planned(run, project)
        run = self.views.readiness().checked(run, project)
        stale = project.fault.sentence if project.fault else None
        if dry_run:
            return Started(None, run, ("task_start without dry_run",), self.journal.last_seq, stale)
        if error := first_error(run):
            raise error
        if not anyway and (refused := refusal(run)):
            raise refused
        clock = self.conductor.clock
        run = replace(run, task_id=new_run_id(clock.milliseconds(), self.random), created_at=clock.utc_now())
        run = replace(self.worktrees.named(run), search_path=self.views.user_env.get("PATH"))
        seq = await self.conductor.start(run, traces, self.client, self.key)
        note = _notes(stale, LATER if self.slots.draining else None)
        return Started(run.task_id, run, ("task_await", "task_peek", "task_cancel"), seq, note)

    async def _again(self, request: Retry | ResolveAgain) -> Started:
        before = self._run(request.task_id)
        project = await self.projects.load(before.project)
        if not request.dry_run:
            project.require_config()
            project.require_trust()
        keep = isinstance(request, Retry)
        picked = chosen(before, request.step_models, keep=keep)
        run, traces = again(before), self.journal.trace(request.task_id)
        if picked or not keep:
            planned, now = self._planned_now(before, picked, project)
            left = {step.index for step in run.steps if step.status is StepStatus.PENDING}
            anew = {int(index) for index in picked} if keep else left
            run = resolved_again(before, planned, anew)
            kept = tuple(rows for rows in traces if rows.index not in anew)
            traces = (*kept, *(rows for rows in now if rows.index in anew))
        started = await self._begin(run, traces, project, dry_run=request.dry_run, anyway=request.start_anyway)
        return replace(started, before=before)

    def _planned_now(
        self, run: Run, picked: Mapping[str, Written], project: Project
    ) -> tuple[Run, tuple[StepTrace, ...]]:
        """The same work, resolved by the configuration and the catalog of now, with ``picked`` for single steps."""
        choices = run.choices
        step_models = {**choices.step_models, **picked}
        if run.spec_id is None:
            request = StartWorkflow(
                run.workflow,
                input=run.input,
                model=choices.model,
                effort=choices.effort,
                preset=choices.preset,
                step_models=step_models,
                attachments=run.attachments,
            )
            return plan(request, project, traced=True)
        # The new run gets the attachments of the old one, not those that the spec has by now.
        spec = replace(self.specs.stored(run.spec_id), attachments=run.attachments)
        start = StartSpec(
            run.spec_id,
            model=choices.model,
            effort=choices.effort,
            preset=choices.preset,
            step_models=step_models,
        )
        planned = plan_spec(spec, self.journal.spec(spec.parent) if spec.parent else None, start, project)
        return planned.run, planned.traces

    async def _set_environment(self, request: SetEnvironment) -> Started:
        if self.handed.add(request.values):
            self.config.feed.settings_changed()  # plans say now that these are there
        return Started(seq=self.journal.last_seq)

    async def _refresh(self, request: RefreshCatalog) -> Started:
        reading = await self.projects.refresh(request.project, request.providers)
        done = not request.wait or await self._within(request.wait, [_settled(reading)])
        note = None if done else f"not all lists were read within {request.wait:g} s; they are still being read"
        return Started(next=("task_list view=providers",), seq=self.journal.last_seq, note=note)

    async def _skip(self, request: Skip) -> Started:
        await self.conductor.skip(self._run(request.task_id), request.step, self.key)
        return Started(request.task_id, self._run(request.task_id), ("task_peek",), self.journal.last_seq)

    async def _drain(self, _: Drain) -> Started:
        self.slots.drain()
        self.config.feed.settings_changed()  # whoever looks on reads the status anew
        left = self.slots.running
        awaited = f"as soon as {left} {'agent has' if left == 1 else 'agents have'} ended" if left else "now"
        return Started(next=("task_list view=status",), seq=self.journal.last_seq, note=f"the executor ends {awaited}")

    async def _on_specs(self, request: SpecOp) -> Started:
        done = await self.specs.act(request, self.key)
        if not isinstance(request, CreateSpec | UpdateSpec) or not request.dry_run or done.spec is None:
            return done
        spec = done.spec
        try:
            project = await self.projects.load(spec.project)
            parent = self.journal.spec(spec.parent) if spec.parent else None
            run = plan_spec(spec, parent, StartSpec(spec.id, dry_run=True), project).run
        except ModeldeckError:
            return done  # it has no plan yet; the form says what is still to be chosen
        return replace(done, stages=with_refusals(done.stages, self.views.readiness().checked(run, project)))

    async def _on_config(self, request: ConfigOp) -> Started:
        done = await self.config.act(request)
        if done.run is None or not isinstance(request, UpdateWorkflow):
            return done
        return replace(done, run=self.views.readiness().checked(done.run, await self.projects.load(request.project)))

    async def _decide(self, request: Approve | Reject) -> Started:
        comment, at = _word(request.comment, "comment"), self.conductor.clock.utc_now()
        approved = isinstance(request, Approve)
        change = partial(decided, approved=approved, comment=comment, step=request.step, at=at)
        return await self._say(request.task_id, change)

    async def _answer(self, request: Answer) -> Started:
        text, at = _word(request.text, "text"), self.conductor.clock.utc_now()
        if not text:
            raise RequestError("The answer is empty; say something, or cancel the run", field="text")
        return await self._say(request.task_id, partial(answered, text=text, question=request.question, at=at))

    async def _say(self, task_id: str, change: Callable[[Run], Run]) -> Started:
        change(self._run(task_id))  # one that has ended is refused by what it does not wait for
        await self.conductor.say(task_id, change, self.key)
        return Started(task_id, self._run(task_id), ("task_await", "task_peek"), self.journal.last_seq)

    def _runs(self, ids: Iterable[str]) -> tuple[Run, ...]:
        """The runs of ``ids``, in their order. Raises :class:`NotFoundError` for the first that is none."""
        return tuple(self._run(task_id) for task_id in ids)

    def _run(self, task_id: str) -> Run:
        run = self.journal.run(task_id)
        if run is None:
            raise NotFoundError(f"There is no task {one_line(task_id, 80)!r}", field="ids")
        return run

    async def _within(self, seconds: float, waits: Iterable[Coroutine[object, object, object]]) -> bool:
        """Wait for all, at most so long and only while the executor goes on; says whether all came."""
        waited = asyncio.gather(*waits)
        stopping = asyncio.ensure_future(self.stopping.wait())
        try:
            either: set[asyncio.Future[Any]] = {waited, stopping}
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return waited.done()
        finally:
            waited.cancel()
            stopping.cancel()
            await asyncio.gather(waited, stopping, return_exceptions=True)


def _once(ids: Iterable[str]) -> tuple[str, ...]:
    """Return ``ids`` without repetitions: each task is looked at once."""
    return tuple(dict.fromkeys(ids))


async def _settled(reading: asyncio.Future[Catalog]) -> None:
    await asyncio.wait({reading})  # which leaves it alone when this is cancelled


def _notes(*notes: str | None) -> str | None:
    return "; ".join(note for note in notes if note) or None


def _word(text: str, field: str) -> str:
    """What a person says to a run, cleaned."""
    word = plain(text).strip()
    if len(word) > WORD:
        raise RequestError(f"It has more than {WORD:,} characters; put it into a file and name that", field=field)
    return word


_STARTS: dict[type, Callable[[Verbs, Any], Awaitable[Started]]] = {
    StartWorkflow: Verbs._start_workflow,
    StartSpec: Verbs._start_spec,
    SetEnvironment: Verbs._set_environment,
    RefreshCatalog: Verbs._refresh,
    Approve: Verbs._decide,
    Reject: Verbs._decide,
    Answer: Verbs._answer,
    Drain: Verbs._drain,
    Skip: Verbs._skip,
    Retry: Verbs._again,
    ResolveAgain: Verbs._again,
    CreateSpec: Verbs._on_specs,
    UpdateSpec: Verbs._on_specs,
    DeleteSpec: Verbs._on_specs,
    ImportSpecs: Verbs._on_specs,
    UpdateWorkflow: Verbs._on_config,
    SetFavourite: Verbs._on_config,
    SetDefault: Verbs._on_config,
}
"""What a ``task_start`` does, by the class of its request."""
