"""Which runs are wanted: words that a person types, as a question to the executor and as a test of a run at hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar, get_args

from tui.core.evidence import Verdict
from tui.core.run import Run, RunStatus
from tui.core.verbs import List
from tui.dashboard.words import STATES, VERDICTS

Name = TypeVar("Name", bound=str)

MOST_MODELS = 20
"""References that one word may stand for."""

_S = RunStatus
STATUSES: dict[str, tuple[RunStatus, ...]] = {
    "running": (_S.RUNNING,),
    "waiting": (_S.WAITING_APPROVAL, _S.WAITING_ANSWER),
    "failed": (_S.FAILED,),
    "lost": (_S.LOST,),
    "cancelled": (_S.CANCELLED,),
    "done": (_S.SUCCEEDED,),
    "pending": (_S.PENDING,),
}
"""The words for states, in the order in which a key steps through them."""

PROVED: tuple[Verdict, ...] = tuple(one for one in get_args(Verdict) if one != "none")


@dataclass(frozen=True, slots=True)
class Sieve:
    """What the shown runs have in common; nothing named lets every run through."""

    status: str | None = None
    """A word of :data:`STATUSES`."""
    workflow: str | None = None
    verdict: Verdict | None = None
    models: tuple[str, ...] = ()
    """References, any of which will do."""
    typed_model: str = ""
    """The word that stands for them."""

    @property
    def statuses(self) -> tuple[RunStatus, ...]:
        """The states that are let through; none means all."""
        return STATUSES[self.status] if self.status else ()

    def request(self, limit: int, after: str | None) -> List:
        """The question for a page of such runs."""
        return List(
            view="runs",
            limit=limit,
            after=after,
            status=self.statuses,
            workflow=self.workflow,
            verdict=self.verdict,
            models=self.models,
        )

    def lets(self, run: Run) -> bool:
        """Whether ``run`` is such a run, by the rule that the executor goes by."""
        if self.statuses and run.status not in self.statuses:
            return False
        if self.workflow is not None and run.workflow != self.workflow:
            return False
        if self.verdict is None and not self.models:
            return True
        return any(
            (self.verdict is None or step.verdict == self.verdict) and (not self.models or step.sent in self.models)
            for step in run.steps
        )

    def said(self) -> str:
        """What is wanted, in words."""
        parts = []
        if self.status:
            parts.append(STATES[self.statuses[0]][1] if len(self.statuses) == 1 else self.status)
        if self.workflow is not None:
            parts.append(f"workflow {self.workflow}")
        if self.verdict is not None:
            parts.append(f"a step {VERDICTS[self.verdict][0]}")
        if self.models:
            few = self.models[0] if len(self.models) == 1 else f"{self.typed_model} ({len(self.models)} models)"
            parts.append(f"model {few}")
        return " · ".join(parts)

    def next_status(self) -> Sieve:
        """The next state, then all."""
        return replace(self, status=_next(self.status, tuple(STATUSES)))

    def next_verdict(self) -> Sieve:
        """The next verdict, then all."""
        return replace(self, verdict=_next(self.verdict, PROVED))


def _next(now: Name | None, ring: Sequence[Name]) -> Name | None:
    at = ring.index(now) + 1 if now in ring else 0
    return ring[at] if at < len(ring) else None


@dataclass(frozen=True, slots=True)
class Words:
    """What words may stand for, beside states and verdicts."""

    workflows: tuple[str, ...]
    references: tuple[str, ...]
    aliases: tuple[tuple[str, str], ...]
    """Name and the reference that it means now."""


def understood(text: str, words: Words) -> tuple[Sieve, str | None]:
    """What ``text`` asks for, and what in it is not understood."""
    sieve, strange = Sieve(), []
    for word in text.split():
        found = _with(sieve, word, words)
        if found is None:
            strange.append(word)
        else:
            sieve = found
    if not strange:
        return sieve, None
    return sieve, f"{', '.join(strange)}: no state, verdict, workflow or model that is known here"


def _with(sieve: Sieve, word: str, words: Words) -> Sieve | None:
    """``sieve`` with what ``word`` asks for: what it names exactly first, then what begins like it or holds it."""
    named, colon, rest = word.partition(":")
    kind = named.lower() if colon and rest else ""
    if kind in ("status", "state"):
        found = _status(sieve, rest)
    elif kind == "verdict":
        found = _verdict(sieve, rest)
    elif kind == "workflow":  # one that is configured no more has runs too
        found = replace(sieve, workflow=_one(rest, words.workflows) or rest)
    elif kind == "model":
        found = _model(sieve, rest, words) or replace(sieve, models=(rest,), typed_model=rest)
    elif word in words.workflows and word not in STATUSES and word not in PROVED:
        found = replace(sieve, workflow=word)
    else:
        name = _one(word, words.workflows)
        found = _status(sieve, word) or _verdict(sieve, word)
        found = found or (replace(sieve, workflow=name) if name is not None else _model(sieve, word, words))
    return found


def _status(sieve: Sieve, word: str) -> Sieve | None:
    name = _begins(word, STATUSES)
    return replace(sieve, status=name) if name else None


def _verdict(sieve: Sieve, word: str) -> Sieve | None:
    name = _begins(word, PROVED)
    return replace(sieve, verdict=name) if name else None  # type: ignore[arg-type]


def _begins(word: str, names: Iterable[str]) -> str | None:
    low = word.lower()
    return next((name for name in names if len(low) > 2 and name.startswith(low)), None)  # shorter is chance


def _one(word: str, names: Sequence[str]) -> str | None:
    """The name that ``word`` is, or the only one that holds it."""
    if word in names:
        return word
    holding = [name for name in names if word.lower() in name.lower()]
    return holding[0] if len(holding) == 1 else None


def _model(sieve: Sieve, word: str, words: Words) -> Sieve | None:
    means = dict(words.aliases).get(word)
    if means is not None:
        return replace(sieve, models=(means,), typed_model=word)
    low = word.lower()
    holding = tuple(one for one in words.references if low in one.lower())[:MOST_MODELS]
    return replace(sieve, models=holding, typed_model=word) if holding else None
