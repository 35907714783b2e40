"""Whether a model may do the work: it is made for it, meets the requirements, and an agent here can run it."""

from __future__ import annotations

from dataclasses import replace

from tui.core.reference import Reference
from tui.core.resolution import Candidate
from tui.core.resolver import agents, near, tags
from tui.core.resolver.found import Choice, Miss, View
from tui.core.resolver.written import shown


def fit(choice: Choice, view: View, text: str) -> Choice | Miss:
    """``choice``, which the selector ``text`` came to, with a warning where its vision is unknown.

    A :class:`Miss` says why it may not do the work.
    """
    reference = shown(str(choice.reference))
    which = "" if text == str(choice.reference) else f"comes to {reference}, which "
    if (unfit := choice.model.unfit) is not None:
        return Miss(
            f"{reference} {unfit}",
            f"{which}{unfit}",
            lambda: near.instead_of(view.index, choice.reference, view.reach),
            _rejected(choice, unfit),
        )
    if "vision" in view.needs and choice.model.vision is not True:
        if choice.model.vision is False:
            return Miss(
                f"{reference} has no vision, which this work needs: it takes neither images nor attachments",
                f"{which}lacks vision",
                lambda: tags.some(view.index, "vision", view.reach),
                _rejected(choice, "lacks vision"),
            )
        unknown = f"vision not verified: nobody says whether {reference} takes images"
        choice = replace(choice, warnings=(*choice.warnings, unknown))
    if agent_of(choice.reference, view) is None and view.agent is not None:
        return _out_of_reach(choice, view, view.agent, which)
    return choice


def agent_of(reference: Reference, view: View) -> str | None:
    """The agent that runs ``reference``; ``None`` if none of the kind can, or if the request has no profile."""
    return agents.agent_for(view.agent, reference.provider, view.settings) if view.agent is not None else None


def _out_of_reach(choice: Choice, view: View, agent: str, which: str) -> Miss:
    reference = shown(str(choice.reference))
    able = agents.able(choice.reference.provider, view.settings)
    others = f"agents that can: {', '.join(shown(name) for name in able)}" if able else "no agent here can"
    return Miss(
        f'{reference} can\'t be run by agent "{shown(agent)}" or another of its kind; {others}',
        f'{which or "is a model that "}agent "{shown(agent)}" and its kind can\'t run',
        lambda: near.of_reach(view.index, choice.reference.model, view.reach),
        _rejected(choice, f"agent {shown(agent)} and its kind can't run it"),
    )


def _rejected(choice: Choice, why: str) -> tuple[Candidate, ...]:
    taken = str(choice.reference)
    return tuple(replace(one, rejected=why) if one.reference == taken else one for one in choice.candidates)
