"""The rehearsal agent: a workflow can be tried for free. No model is called, so nothing it says is evidence of one."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tui.agents import rehearse
from tui.agents.base import Command, Findings, Launch
from tui.agents.environment import clean
from tui.agents.lines import bounded, decode, raw, text, word
from tui.core.errors import ErrorBody
from tui.core.plain import one_line
from tui.core.reference import Reference
from tui.core.settings import Rehearsal
from tui.core.verbs import Message

NOTE = "rehearsal: no model was called"
MARK = "rehearsal: "
"""Every message begins with it."""

_SHOWN: dict[str, Literal["text", "system", "error"]] = {
    "start": "system",
    "message": "text",
    "question": "system",
    "error": "error",
    "end": "text",
}
"""Kind of message by type of event."""


@dataclass(frozen=True)
class RehearsalAgent:
    """Plays the part that the agent's ``rehearsal`` settings describe, in a child process of ours."""

    python: str = sys.executable

    def command(self, launch: Launch) -> Command:
        """The child process; the agent's own ``command`` has no meaning here."""
        part = launch.agent.rehearsal or Rehearsal()
        play = {
            "seconds": part.seconds,
            "messages": part.messages,
            "outcome": part.outcome,
            "claims": part.claims,
            "model": launch.reference.model if launch.reference else None,
            "answered": launch.answered,
        }
        env = clean(launch)
        return Command(
            argv=(self.python, "-I", "-S", str(Path(rehearse.__file__).resolve()), json.dumps(play)),
            env=env.variables,
            stdin=launch.prompt.encode("utf-8", "replace"),
            cwd=launch.cwd,
            env_removed=env.removed,
        )

    def reader(self, attempt: str, sent: Reference | None) -> RehearsalReader:
        """A reader of the child's output; what was sent makes no difference to it."""
        return RehearsalReader(attempt)


class RehearsalReader:
    """Reads the lines of ``rehearse.py``. Grade D always, and never a model."""

    def __init__(self, attempt: str) -> None:
        self._attempt = attempt
        self._claims = ""
        self._result: str | None = None
        self._failure: str | None = None
        self._asks: str | None = None
        self._ended = False

    def feed(self, line: bytes, offset: int) -> tuple[Message, ...]:
        """One line of output; what is no event of ours is shown as it is."""
        event = decode(line)
        kind = text(event.get("type")) if event is not None and event.get("rehearsal") is True else ""
        if event is None or kind not in _SHOWN:
            return raw(self._attempt, line, offset)
        said = bounded(text(event.get("text")))
        if kind == "start":
            self._claims = word(event.get("claims"))
            said = self._note
        elif kind == "question":
            self._asks, self._ended = said, True
            said = f"{MARK}asks: {said}"
        else:
            said = MARK + said
        if kind == "error":
            self._failure, self._ended = bounded(text(event.get("text"))), True
        elif kind == "end":
            self._result, self._ended = said, True
        return (Message(self._attempt, offset, _SHOWN[kind], said),)

    def findings(self) -> Findings:
        """What was heard so far."""
        return self._found(None)

    def finish(self, exit_code: int | None, stderr: bytes) -> Findings:
        """What was heard in all, with the failure if it failed, or ended without a word. To ask is none."""
        if self._failure is not None:
            error = ErrorBody("agent_failed", f"The rehearsal {self._failure}.")
        elif not self._ended or exit_code not in (0, None):
            code = "an unknown exit status" if exit_code is None else f"exit status {exit_code}"
            last = one_line(stderr[-2000:].decode("utf-8", "replace"))
            error = ErrorBody(
                "agent_crashed", f"The rehearsal ended before its end with {code}.{' ' if last else ''}{last}"
            )
        else:
            return self._found(None)
        return self._found(error)

    @property
    def _note(self) -> str:
        return f"{NOTE}; claims {self._claims}" if self._claims else NOTE

    def _found(self, error: ErrorBody | None) -> Findings:
        return Findings(
            evidence="D",
            note=self._note,
            result=self._result,
            error=error,
            ended=self._ended,
            asks=self._asks,
        )
