"""One question from the first tier to the last: who speaks, what it comes to, and what is told about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.core.catalog import Model
from tui.core.errors import ResolutionError
from tui.core.reference import Reference
from tui.core.resolution import Candidate, Policy, Resolution, TraceRow
from tui.core.resolver import agents, effort, tags, trace
from tui.core.resolver.asked import Asked, aimed
from tui.core.resolver.fit import agent_of, fit
from tui.core.resolver.found import Choice, FallBack, Keyword, Miss, View
from tui.core.resolver.index import CatalogIndex
from tui.core.resolver.selectors import look_up
from tui.core.resolver.tiers import DEFAULTS, LAST, MESSAGE_OVERRIDE, TIERS, WORKER_SETTING, Tier
from tui.core.resolver.written import SILENT, MalformedError, Said, selector, shown

_NO_MODEL = "no model is passed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the tier that won gave."""

    tier: Tier
    said: Said
    selector: str | None
    reference: Reference | None = None
    model: Model | None = None
    agent: str | None = None
    reason: str = ""


@dataclass(slots=True)
class Walk:
    """The state of one resolution."""

    asked: Asked
    view: View
    rows: list[TraceRow] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    passed: dict[int, str] = field(default_factory=dict)
    """Tiers that were passed over, and what was said about it."""
    sayings: list[tuple[Tier, Said]] = field(default_factory=list)
    origin: Tier | None = None
    """The tier whose tag asked for the default model."""

    def run(self) -> Resolution:
        """Ask the tiers in order. Raises :class:`ResolutionError`."""
        answer: Answer | None = None
        for tier in TIERS[:-1]:
            if self.asked.request.kind not in tier.kinds:
                self.rows.append(trace.not_asked(tier))
                continue
            said = tier.says(self.asked)
            self.sayings.append((tier, said))
            if answer is not None:
                self.rows.append(trace.not_reached(tier, said))
            elif self.origin is not None and tier.number not in DEFAULTS:
                detail = f"the tag of {self.origin.name} asks for the default model"
                self.rows.append(trace.row(tier, "not asked", said, detail))
            else:
                answer = self.ask(tier, said)
        if answer is None:
            answer = self.no_tier_left()
        else:
            self.rows.append(trace.not_reached(LAST, SILENT))
        return self.answered(answer)

    def ask(self, tier: Tier, said: Said) -> Answer | None:
        """What ``tier`` gives; ``None`` if the next one is to be asked."""
        if said.odd is not None:
            if self.must_hold(tier):
                raise self.error(tier, said, said.odd)
            self.warn(f"{tier.name}: {said.odd}; read as empty")
        if said.model is None:
            self.rows.append(trace.silent(tier, said))
            return None
        self.view.for_default = tier.number in DEFAULTS
        try:
            text = selector(said.model)
            found = look_up(text, self.view)
        except MalformedError as error:
            raise self.error(tier, said, error.message, error.suggestions) from None
        if isinstance(found, Keyword):
            return self.keyword(tier, said, text, found)
        if isinstance(found, FallBack):
            outcome: Choice | Miss | None = self.fall_back(tier, said, found)
        else:
            outcome = fit(found, self.view, text) if isinstance(found, Choice) else found
        if isinstance(outcome, Choice):
            return self.won(tier, said, text, outcome)
        if outcome is not None:
            self.pass_over(tier, said, text, outcome)
        return None

    # --- what becomes of a tier ---------------------------------------------------------------------------------------

    def won(self, tier: Tier, said: Said, text: str, choice: Choice) -> Answer:
        """``tier`` gives a model that may run."""
        for warning in choice.warnings:
            self.warn(warning)
        reference = shown(str(choice.reference))
        asked = shown(text)
        arrow = reference if asked == reference else f"{asked}{choice.via} -> {reference}"
        arrow += choice.suffix
        self.rows.append(trace.row(tier, "won", said, arrow, choice.candidates))
        agent = agent_of(choice.reference, self.view)
        reason = self.reason(tier, said, arrow)
        return Answer(tier, said, text, choice.reference, choice.model, agent, reason)

    def keyword(self, tier: Tier, said: Said, text: str, found: Keyword) -> Answer | None:
        """``inherit`` skips the tier; ``agent-default`` is taken, whatever the work needs."""
        if found is Keyword.INHERIT:
            self.rows.append(trace.row(tier, "silent", said, "skips this tier"))
            return None
        for need in sorted(self.view.needs):
            self.warn(f"{need} not verified: no model is passed, so the agent decides")
        self.rows.append(trace.row(tier, "won", said, _NO_MODEL))
        reason = self.reason(tier, said, _NO_MODEL)
        return Answer(tier, said, text, agent=self.view.agent, reason=reason)

    def fall_back(self, tier: Tier, said: Said, found: FallBack) -> Miss | None:
        """A tag asks for the default model; the default itself can't."""
        for warning in found.warnings:
            self.warn(warning)
        if tier.number in DEFAULTS:
            return Miss("", "comes to nothing: a default can't fall back to itself", candidates=found.candidates)
        self.origin = tier
        self.rows.append(trace.row(tier, "fell back", said, "fallback to default model", found.candidates))
        return None

    def pass_over(self, tier: Tier, said: Said, text: str, miss: Miss) -> None:
        """``tier`` comes to nothing that may run: an error where it must hold, else the next tier is asked."""
        if self.must_hold(tier):
            raise self.error(tier, said, miss.message, miss.suggest(), miss.candidates)
        told = f'{tier.name} "{shown(text)}" {miss.why}'
        self.passed[tier.number] = "" if said.quiet else told
        if not said.quiet:
            self.warn(told)
        self.rows.append(trace.row(tier, "passed over", said, miss.why, miss.candidates))

    def no_tier_left(self) -> Answer:
        """Nothing gave an answer: no model is passed, which meets no requirement."""
        if self.view.needs:
            needs = " and ".join(sorted(self.view.needs))
            told = "; ".join(one for one in self.passed.values() if one) or "no tier names a model"
            raise self.error(
                LAST,
                SILENT,
                f"this work needs {needs}, and no tier gives a model that has it: {told}. "
                "Name a model that takes images, or add a provider that has one",
                tags.some(self.view.index, "vision", self.view.reach),
                detail=f"no model is passed, which meets no requirement: {needs}",
            )
        self.rows.append(trace.row(LAST, "won", None, _NO_MODEL))
        return Answer(LAST, SILENT, None, agent=self.view.agent, reason=self.reason(LAST, SILENT, _NO_MODEL))

    def must_hold(self, tier: Tier) -> bool:
        """Whether what ``tier`` says is never replaced by another tier's word."""
        return tier.nature == "explicit" or (tier.nature == "stored" and self.asked.settings.strict)

    # --- what is told -------------------------------------------------------------------------------------------------

    def answered(self, answer: Answer) -> Resolution:
        """The answer with its effort and its notes."""
        self.note_agent(answer)
        level = self.effort_of(answer)
        return Resolution(
            reference=answer.reference,
            agent=answer.agent,
            selector=answer.selector,
            effort=level,
            tier=answer.tier.name,
            reason=answer.reason,
            policy=self.policy(answer),
            requirements=tuple(sorted(self.view.needs)),
            warnings=tuple(self.warnings),
            trace=tuple(self.rows),
        )

    def note_agent(self, answer: Answer) -> None:
        """Tell that another agent of the kind runs it."""
        own = self.view.agent
        if own is None or answer.agent is None or answer.agent == own or answer.reference is None:
            return
        provider = shown(answer.reference.provider)
        detail = f"{shown(own)} can't run {provider}; {shown(answer.agent)} is the first of its kind that can"
        self.rows.append(trace.note(1, "agent", f"{shown(own)} -> {shown(answer.agent)}", detail))

    def effort_of(self, answer: Answer) -> str | None:
        """The effort. Raises :class:`ResolutionError` if a person asked for one that the model does not offer."""
        found = effort.find(self.sayings, self.passed, shown(str(answer.reference)), answer.model)
        if found is None:
            return None
        tier = found.tier
        said = shown(found.said.effort)
        if found.refused is None:
            self.rows.append(trace.note(2, "effort", said, f"{said} is named by {tier.name}"))
            return found.level
        if tier.nature == "explicit" or found.said.own_effort:
            self.rows.append(trace.note(2, "effort", said, found.refused))
            raise ResolutionError(
                f"{_head(tier, found.said)}: {found.refused}",
                suggestions=found.offered,
                field="effort" if found.said.own_effort else tier.field,
                trace=tuple(self.rows),
            )
        self.rows.append(trace.note(2, "effort", said, f"{found.refused}; dropped"))
        self.warn(f"{tier.name}: {found.refused}; dropped")
        return None

    def policy(self, answer: Answer) -> Policy | None:
        """How long the choice holds: what names a model on the task is for this task alone, unless it says sticky."""
        tier = self.origin or answer.tier
        if tier is MESSAGE_OVERRIDE:
            return self.asked.policy or "dynamic"
        return "sticky" if tier is WORKER_SETTING else None

    def reason(self, tier: Tier, said: Said, what: str) -> str:
        """One sentence for a person: the tier, what it came to, and what was passed over on the way."""
        told = [one for one in self.passed.values() if one]
        if self.origin is not None or (tier.number in DEFAULTS and told):
            what = f"fallback to default model, {what}"
        return "; warning: ".join((f"{_head(tier, said)}: {what}", *told))

    def warn(self, sentence: str) -> None:
        """Tell ``sentence`` once."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)

    def error(
        self,
        tier: Tier,
        said: Said,
        message: str,
        suggestions: tuple[str, ...] = (),
        candidates: tuple[Candidate, ...] = (),
        *,
        detail: str | None = None,
    ) -> ResolutionError:
        """The error that ends the walk at ``tier``, with the trace so far and what the tiers below would have said."""
        rows = [*self.rows, trace.row(tier, "error", said, detail or message, candidates)]
        for other in TIERS[tier.number :]:
            if self.asked.request.kind in other.kinds:
                rows.append(trace.not_reached(other, other.says(self.asked)))
            else:
                rows.append(trace.not_asked(other))
        return ResolutionError(
            f"{_head(tier, said)}: {message}", suggestions=suggestions, field=tier.field, trace=tuple(rows)
        )


def walk(asked: Asked, index: CatalogIndex) -> Resolution:
    """The answer to a checked request. Raises :class:`ResolutionError`."""
    if asked.gate:
        return _gate(asked)
    own = asked.profile.agent.strip() or None if asked.profile is not None else None
    view = View(asked.settings, index, own, agents.reach(own, asked.settings), set(asked.needs))
    return Walk(asked, view).run()


def _gate(asked: Asked) -> Resolution:
    """An approval gate has no model and no agent; no tier speaks for it."""
    reason = f"{LAST.name}: {_NO_MODEL} (approval gate)"
    override = asked.overrides.get(asked.index) if asked.index is not None else None
    aside = f'step override "{shown(override)}" is aimed at an approval gate, which has no model'
    rows = [TraceRow(tier.number, tier.name, "not asked", None, "an approval gate has no model") for tier in TIERS[:-1]]
    return Resolution(
        reference=None,
        agent=None,
        selector=None,
        effort=None,
        tier=LAST.name,
        reason=reason,
        warnings=(aside,) if aimed(override) else (),
        trace=(*rows, TraceRow(LAST.number, LAST.name, "won", None, reason)),
    )


def _head(tier: Tier, said: Said) -> str:
    return f"{tier.name} ({shown(said.label)})" if said.label else tier.name
