"""One run: its steps with asked, sent, answered and proof, and below them what the chosen step's agent writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding

from tui.core.plain import one_line
from tui.core.run import TERMINAL_RUN, Run, RunStatus, Step
from tui.core.run_verbs import Answer, Approve, Reject, RunOp, Skip
from tui.core.verbs import List
from tui.dashboard.between import passes, question_of, question_rows
from tui.dashboard.key import Scope
from tui.dashboard.keymap import bindings
from tui.dashboard.reading import Reading
from tui.dashboard.row import Row
from tui.dashboard.screens.place import EVERYTHING, Place
from tui.dashboard.spent import step_spent
from tui.dashboard.state import Change
from tui.dashboard.timeline import Entry, entries, entry_row, heading, newest_step, subtitle, title
from tui.dashboard.widgets.bar import Bar
from tui.dashboard.widgets.menu import Menu
from tui.dashboard.widgets.pane import Pane
from tui.dashboard.widgets.transcript import Transcript
from tui.dashboard.words import label, rehearsed

if TYPE_CHECKING:
    from tui.dashboard.desk import Desk

_UNFINISHED = TERMINAL_RUN - {RunStatus.SUCCEEDED}


class RunScreen(Place):
    """A run, live."""

    BINDINGS: ClassVar[list[Binding]] = bindings("run")  # type: ignore[assignment]
    FOOT: ClassVar[tuple[Scope, ...]] = ("run", "everywhere")
    ONLY_READ = True

    def __init__(self, desk: Desk, task_id: str) -> None:
        super().__init__(desk)
        self._task_id = task_id
        self._chosen = False
        """Whether the person chose a step; until then the newest one is shown."""
        self._reading = Reading(desk, lambda said: self.query_one("#output", Transcript).extend(said))

    @property
    def run_now(self) -> Run | None:
        """The run as it is known here."""
        return self.desk.state.runs.get(self._task_id)

    def shown_runs(self) -> Iterable[str]:
        """This one."""
        return (self._task_id,)

    def body(self) -> ComposeResult:
        """Title, steps, reason, output."""
        yield Bar(Row(" "), id="title")
        yield Bar(id="facts")
        yield Bar(Row(" "), id="columns")
        yield Menu[Entry](self._draw, heading=lambda entry: entry.under, id="steps")
        yield Bar(Row(" "), id="reason", tinted=True)
        yield Pane(id="question")
        yield Transcript(self.desk.state.now().tzinfo, id="output")

    def on_mount(self) -> None:
        """A run that this window has not heard of is asked for."""
        if self.run_now is None:
            self.guarded(self._look())

    async def _look(self) -> None:
        if await self.desk.look(self._task_id) is None:
            self.app.notify(f"There is no run {self._task_id}", severity="error", markup=False)
            self.dismiss()

    def _draw(self, entry: Entry, width: int) -> Row:
        return entry_row(entry, width, self.desk.state.now())

    def paint(self, changes: frozenset[Change]) -> None:
        """The run moved, or wrote something, or a second passed."""
        run = self.run_now
        if run is None:
            return
        width = self.size.width
        now = self.desk.state.now()
        self.query_one("#title", Bar).say(title(run, now).cut(width))
        told = subtitle(run, now)
        self.query_one("#facts", Bar).say(told.cut(width) if told is not None else None)
        self.query_one("#columns", Bar).say(heading(width))
        steps = self.query_one("#steps", Menu)
        lines = entries(run, width)
        height = min(len(lines), max(self.size.height // 2 - 3, 4))
        if steps.size.height != height:
            steps.styles.height = height
        at = steps.item.step.index if self._chosen and steps.item else newest_step(run)
        steps.fill(lines, next((i for i, line in enumerate(lines) if line.step.index == at and not line.under), 0))
        self._show_step(run.steps[at] if at < len(run.steps) else None)
        self._ask(run)
        if changes & {"output", "runs"}:
            self._read_on()

    def _show_step(self, step: Step | None) -> None:
        if step is None:
            return
        reason = Row(f" {label(step)} ", "strong").add(f" {one_line(step.why)}", "dim")
        if spent := step_spent(step):
            reason.add(f" · {spent}", "text")
        if rehearsed(step):
            reason.add(" · rehearsal: no model runs", "warn")
        self.query_one("#reason", Bar).say(reason.cut(self.size.width))
        if step.type == "approval":  # what one approves is what was written before the gate
            run = self.run_now
            before = [one for one in run.steps[: step.index] if one.type == "agent"] if run else []
            step = before[-1] if before else step
        if not self._reading.turn((self._task_id, step.index, step.attempt)):
            return
        words = {"pending": "has not started", "skipped": "was skipped"}
        said = f"   {label(step)} {words.get(step.status, 'has written nothing yet')}"
        self.query_one("#output", Transcript).clear(
            Row(said, "dim"), "rehearsal" if rehearsed(step) else "no model named"
        )
        self._read_on()

    def _read_on(self) -> None:
        if self._reading.due():
            self.guarded(self._reading.read())

    def _ask(self, run: Run) -> None:
        """The question that the run waits with, over the output."""
        pane = self.query_one("#question", Pane)
        asked = question_of(run)
        pane.set_class(asked is None, "-gone")
        if asked is None:
            return
        rows = question_rows(*asked, self.size.width, answer=self.desk.key("answer"), whole=self.desk.key("hand-off"))
        pane.styles.height = len(rows)
        pane.tell(lambda _: rows)

    # Keys --------------------------------------------------------------------------------------------------------

    def works(self, action: str) -> bool:
        """Cancel while it goes, approve at a gate, try again what ended unfinished."""
        run = self.run_now
        status = run.status if run is not None else RunStatus.PENDING
        gate = self._gate() is not None
        going = run is not None and status not in TERMINAL_RUN
        needs = {
            "cancel": going,
            "approve": gate,
            "reject": gate,
            "comment": gate,
            "retry": status in _UNFINISHED,
            "resolve_again": status in _UNFINISHED,
            "skip": going and self._step_waits(),
            "answer": run is not None and question_of(run) is not None,
            "hand_off": self._passes(),
        }
        return needs.get(action, True)

    def _chosen_step(self) -> Step | None:
        item = self.query_one("#steps", Menu).item if self.is_mounted else None
        return item.step if isinstance(item, Entry) else None

    def _gate(self) -> Step | None:
        """The gate that is shown as waiting: the one that the user decides on, wherever the run is by now."""
        items = self.query_one("#steps", Menu).items if self.is_mounted else ()
        steps = (item.step for item in items if isinstance(item, Entry))
        return next((step for step in steps if step.status == "waiting_approval"), None)

    def _step_waits(self) -> bool:
        step = self._chosen_step()
        return step is not None and step.status == "pending"

    def _passes(self) -> bool:
        """Whether the chosen step was given, asked or handed on anything."""
        run, step = self.run_now, self._chosen_step()
        return run is not None and step is not None and passes(run, step)

    def action_move(self, by: int) -> None:
        """The next step, or the one before."""
        self._chosen = True
        self.query_one("#steps", Menu).move(by)

    def on_menu_chosen(self) -> None:
        """Another step: its reason and output."""
        item = self.query_one("#steps", Menu).item
        if isinstance(item, Entry):
            self._show_step(item.step)
        self.tell_keys()

    def action_scroll_output(self, direction: int) -> None:
        """A page of output."""
        self.query_one("#output", Transcript).page(direction)

    def action_edge_output(self, direction: int) -> None:
        """The beginning of the output, or its end."""
        self.query_one("#output", Transcript).edge(direction)

    def action_output(self) -> None:
        """Give the output the whole screen, or take it back."""
        self.toggle_class("-output")

    def action_cancel(self) -> None:
        """End the run, when asked twice."""
        if self.asked_twice(f"cancel {self._task_id}", "cancel-run", "again ends this run"):
            self.hint("cancelling …", 1.0)
            self.guarded(self.desk.cancel(self._task_id))

    def action_approve(self) -> None:
        """Let the run go on."""
        gate = self._gate()
        if gate is not None and not self.desk.stray.doubled(f"approve {self._task_id}"):
            self.guarded(self.desk.decide(self._task_id, gate.index, approve=True))

    def action_reject(self) -> None:
        """End the run at its gate, when asked twice."""
        gate = self._gate()
        if gate is not None and self.asked_twice(
            f"reject {self._task_id} {gate.index}", "reject", "again rejects, and the run ends"
        ):
            self.guarded(self.desk.decide(self._task_id, gate.index, approve=False))

    def action_comment(self, approve: bool) -> None:
        """Answer the gate with a comment."""
        key, verb = ("comment-approve", "Approve") if approve else ("comment-reject", "Reject")
        told = "The next step is told what you write." if approve else "The run ends; what you write is kept."
        answer, gate = Approve if approve else Reject, self._gate()
        if gate is not None:
            self._write(key, verb, told, lambda text: answer(self._task_id, comment=text, step=gate.index))

    def action_answer(self) -> None:
        """Answer the question that the run waits with."""
        asked = question_of(self.run_now) if self.run_now is not None else None
        if asked is None:
            return
        step, question = asked
        number = self.run_now.questions - 1 if self.run_now is not None else None

        def answer(text: str) -> RunOp:
            return Answer(self._task_id, text, question=number)  # another one must not be given it

        self._write("answer", f"Answer {label(step)} of", question, answer, needed=True)

    def _write(self, key: str, verb: str, told: str, request: Callable[[str], RunOp], *, needed: bool = False) -> None:
        """Ask for a line of text and send what ``request`` makes of it."""
        from tui.dashboard.screens.line import LineDialog  # noqa: PLC0415  # not needed before the first paint

        run = self.run_now
        if run is None or self.desk.stray.doubled(f"{key} {self._task_id}"):
            return

        def said(text: str | None) -> None:
            if text is not None:
                self.guarded(self._act(request(text)))

        title = f'{verb} "{one_line(run.title or run.workflow)}"'
        hint = "your answer" if needed else "a comment; empty is allowed"
        self.app.push_screen(LineDialog(self.desk, key, title, told, placeholder=hint, needed=needed), said)

    async def _act(self, request: RunOp) -> None:
        await self.desk.client().start(request)

    # Again -------------------------------------------------------------------------------------------------------

    def action_retry(self) -> None:
        """Show what a retry would run, with the stored models, then ask."""
        self._again(anew=False)

    def action_resolve_again(self) -> None:
        """Show what a retry would run, with the models that would be chosen now, then ask."""
        self._again(anew=True)

    def _again(self, *, anew: bool) -> None:
        from tui.dashboard.screens.again import AgainDialog  # noqa: PLC0415  # not needed before the first paint

        if not self.desk.stray.doubled(f"again {self._task_id}"):
            self.app.push_screen(AgainDialog(self.desk, self._task_id, anew=anew), self._started_again)

    def _started_again(self, task_id: str | None) -> None:
        if task_id is not None:
            self.follow(task_id)

    def follow(self, task_id: str) -> None:
        """Watch another run in this one's place."""
        self._task_id = task_id
        self._chosen = False
        if self.run_now is None:
            self.guarded(self._look())
        self.redraw(EVERYTHING)

    def action_skip(self) -> None:
        """Leave out the chosen step, when asked twice."""
        step = self._chosen_step()
        if step is None:
            return
        if self.asked_twice(f"skip {self._task_id} {step.index}", "skip-step", f"again leaves out {label(step)}"):
            self.guarded(self._act(Skip(self._task_id, step.index)))

    def action_hand_off(self) -> None:
        """What the chosen step was given, asked and handed on, whole."""
        from tui.dashboard.screens.handed import HandedScreen  # noqa: PLC0415  # not needed before the first paint

        run, step = self.run_now, self._chosen_step()
        if run is not None and step is not None and self._passes():
            self.app.push_screen(HandedScreen(self.desk, run, step))

    def action_why(self) -> None:
        """The whole trace of the chosen step."""
        from tui.dashboard.screens.trace import TraceScreen  # noqa: PLC0415  # not needed before the first paint

        step = self._chosen_step()
        if step is not None:
            request = List(view="trace", ids=(self._task_id,), step=step.index)
            self.app.push_screen(TraceScreen(self.desk, label(step), request))

    def action_leave(self) -> None:
        """Back."""
        self.dismiss()
