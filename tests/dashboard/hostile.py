"""An executor in memory whose every text is long, wide or hostile: what the screens have to paint at any size."""

from __future__ import annotations

from dataclasses import replace

from tests.dashboard.clerk import SPECS, Clerk
from tests.dashboard.fake import OPUS, Executor, stamp, workflow
from tests.dashboard.offering import EVERY_STATE
from tests.dashboard.office import Office
from tests.dashboard.scribe import STAGES, Scribe
from tui.core.catalog import Model, Provider
from tui.core.errors import ErrorBody
from tui.core.items import Status
from tui.core.resolution import Candidate, TraceRow
from tui.core.run import Attempt, Cost, Exchange, HandOff, Run, RunStatus, SideCall, Step, StepStatus, StepTrace, Usage
from tui.core.run import Worktree as Tree
from tui.core.verbs import Message

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
"""Seven code points that a terminal shows as one picture."""

NASTY = " ".join(
    (
        "漢字かな交じり文" * 6,
        "x" * 300,
        f"{FAMILY}\u2764\ufe0f\U0001f1e9\U0001f1ea" * 9,
        "e\u0301o\u0308\u0323" * 20,
        "\u200d\ufe0f\u0301",
        "[bold red]no markup[/] \\[x] {curly} %s",
        "\x1b[2J\x1b]0;title\x07\x00\x9b31m\u202eevil\u2066\r\n\ttail",
        "   many    blanks   ",
    )
)
"""Wide, unbreakable, joined, combining, marked up, full of escapes."""


def nasty(run: Run) -> Run:
    """``run`` with such texts wherever it holds one."""
    steps = tuple(
        replace(
            step,
            reason=NASTY,
            warnings=(NASTY, NASTY),
            note=NASTY,
            obstacles=(ErrorBody("machine", NASTY), ErrorBody("machine", "short")),
            effort="high",
            tier=NASTY,
            asked=f"tag:{NASTY}",
            answered=(NASTY, NASTY),
            side_calls=(SideCall(NASTY, NASTY),),
            result=f"{NASTY}\n{NASTY}",
            usage=Usage(10**9, 10**9, 0, 10**9),
            cost=Cost("123456789.123"),
            started_at=stamp(1),
        )
        for step in run.steps
    )
    return replace(run, title=NASTY, steps=steps, note=NASTY)


def _step(index: int, status: StepStatus, **more: object) -> Step:
    told = {"asked": "opus", "sent": OPUS, "agent": "claude", "agent_kind": "claude", "attempt": f"a_{index}"}
    return Step(index, NASTY[:20], status=status, **(told | more))  # type: ignore[arg-type]


def _run(number: int, status: RunStatus, *steps: Step, **more: object) -> Run:
    run = Run(
        f"r_{number:04d}",
        "workflow",
        f"flow-{number % 3}",
        status,
        steps,
        project="/shop",
        created_at=stamp(number),
        started_at=stamp(number),
    )
    return replace(nasty(run), **more)  # type: ignore[arg-type]


HANDED = HandOff((NASTY, "short"), (NASTY,), (NASTY,), (NASTY,))
ASKED = (Exchange(NASTY, "a_0", stamp(2), answer=NASTY, answered_at=stamp(3)), Exchange(NASTY * 3, "a_0", stamp(4)))
WRONG = ErrorBody("machine", NASTY, (NASTY,))

S, R = StepStatus, RunStatus
DONE = _step(0, S.SUCCEEDED, evidence="A", verdict="differs", handoff=HANDED, ended_at=stamp(9))
RUNS = (
    _run(0, R.RUNNING, DONE, _step(1, S.RUNNING, part="look"), _step(2, S.PENDING, part="judge")),
    _run(1, R.WAITING_APPROVAL, DONE, Step(1, "gate", "approval", S.WAITING_APPROVAL), _step(2, S.PENDING)),
    _run(2, R.WAITING_ANSWER, DONE, _step(1, S.WAITING_ANSWER, exchanges=ASKED), reminders=3, reminded_at=stamp(8)),
    _run(
        3,
        R.FAILED,
        DONE,
        _step(1, S.FAILED, error=WRONG, agent_kind="rehearsal", agent=NASTY),
        error=WRONG,
        retry_of="r_0001",
        worktree=Tree(f"/trees/{NASTY}", NASTY, "0" * 40),
        ended_at=stamp(50),
    ),
    *(_run(number, R.SUCCEEDED, DONE, ended_at=stamp(50)) for number in range(4, 40)),
)
WAITS_FOR_APPROVAL, WAITS_FOR_ANSWER, FAILED = "r_0001", "r_0002", "r_0003"

TRACE = tuple(
    StepTrace(
        index,
        NASTY,
        (
            TraceRow(1, NASTY[:30], "passed over", NASTY, NASTY),
            TraceRow(
                4,
                "run model",
                "won",
                NASTY,
                NASTY,
                (Candidate(OPUS, 130.0), *(Candidate(NASTY, number / 3, f"{number} {NASTY}") for number in range(20))),
            ),
        ),
    )
    for index in range(2)
)
ATTEMPT = Attempt(
    "a_0", "r_0003", 1, NASTY, "claude", ("claude", NASTY, "--print"), f"/shop/{NASTY}", (NASTY,) * 9, (NASTY,), "edit"
)
PROVIDERS = (
    *EVERY_STATE,
    Provider(
        "nasty",
        NASTY,
        source="env",
        key="present",
        models=tuple(
            Model(f"{number}-{NASTY[:60]}", NASTY, description=NASTY, efforts=("low", "high"), context=10**7)
            for number in range(60)
        ),
        error=NASTY,
    ),
)
FLOWS = tuple(
    replace(
        workflow(f"flow-{number}", f"{number} {NASTY}", ("plan", "opus"), ("gate", None), ("document", "haiku")),
        description=NASTY,
        specs=("feature", "bug") if number != 1 else (),
        runnable=number != 2,
        why_not=NASTY,
        digest="d1",
        **({"stages": STAGES} if number == 0 else {}),
    )
    for number in range(12)
)


class Hostile(Scribe, Clerk, Office):
    """Workflows, specs, runs in every state, models and warnings, all of them nasty."""

    flow = "flow-0"
    specs = tuple(
        replace(
            item, spec=replace(item.spec, title=f"{item.spec.title} {NASTY}", text=f"{NASTY}\n" * 9, workflow="flow-0")
        )
        for item in SPECS
    )

    def __init__(self) -> None:
        Executor.__init__(self, FLOWS, PROVIDERS)
        self.runs = {run.task_id: run for run in RUNS if run.task_id}
        self.trace, self.attempts = TRACE, (ATTEMPT, ATTEMPT)
        kinds = ("text", "tool", "system", "error", "text")
        said = [
            Message(f"a_{step}", 10 * at + 10, kind, f"{NASTY}\n{NASTY}", NASTY if at else None, stamp(at))  # type: ignore[arg-type]
            for step in range(3)
            for at, kind in enumerate(kinds)
        ]
        self.output = {name: [one for one in said if one.attempt == name] for name in ("a_0", "a_1", "a_2")}
        self.status: Status = replace(
            self.status,
            warnings=(NASTY, NASTY),
            missing_environment=(NASTY,),
            presets=(NASTY,),
            favourites=("opus", NASTY),
            trust_note=NASTY,
        )


def plan() -> Run:
    """What a start would run, every step of it nasty."""
    steps = (_step(0, S.PENDING), _step(1, S.PENDING, part="look", error=WRONG), Step(2, "gate", "approval"))
    return replace(nasty(Run(None, "workflow", "flow-0", R.PENDING, steps)), error=WRONG)
