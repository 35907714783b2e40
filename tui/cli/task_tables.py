"""Tables of the views that tell how a choice comes about: tags, defaults, presets, providers, agents, profiles."""

from __future__ import annotations

from tui.cli import check, explained, show
from tui.cli.describe import when
from tui.core.items import SelectorItem
from tui.core.verbs import Page

STATES = {
    "not configured": "not configured",
    "failed": "could not be read",
    "empty": "read, empty",
    "listed": "listed",
    "not read": "not read yet",
}


def tags(page: Page) -> None:
    """Tags and aliases with what they mean; of one alone the scores of what was looked at too."""
    show.table(("name", "kind", "means now", "note"), [(one.name, one.kind, one.means, one.note) for one in page.tags])
    if len(page.tags) == 1 and page.tags[0].candidates:
        rows = [
            (row.reference, "" if row.score is None else f"{row.score:g}", row.rejected or "taken")
            for row in page.tags[0].candidates
        ]
        show.line()
        show.table(("model", "score", "why not"), rows)


def defaults(page: Page) -> None:
    """What speaks where nobody picked a model."""
    show.table(("where", "says", "effort", "means now", "from", "note"), [_selector(one) for one in page.defaults])


def presets(page: Page) -> None:
    """Presets, one line a stage."""
    show.table(
        ("preset", "stage", "says", "effort", "means now", "from", "note"),
        [(one.name, *_selector(stage)) for one in page.presets for stage in one.stages],
    )


def providers(page: Page) -> None:
    """Who offers models, and why not."""
    rows = [
        (
            one.id,
            f"no: {one.unset} is not set" if one.unset else "yes" if one.usable else "no credentials",
            STATES.get(one.state, one.state),
            str(one.models) + (f" ({one.gone} gone)" if one.gone else ""),
            when(one.read_at),
            one.source,
            f"{one.api_key_env or ''} {one.key}".strip(),
            ", ".join(one.agents) or "nobody",
            one.error,
        )
        for one in page.providers
    ]
    show.table(("provider", "usable", "list", "models", "read", "source", "key", "run by", "error"), rows)


def agents(page: Page) -> None:
    """Who can be started."""
    rows = [
        (
            one.id,
            one.kind,
            "yes" if one.usable else "no",
            "anything" if one.providers is None else ", ".join(one.providers) or "nothing",
            " ".join(one.command),
            ", ".join(one.profiles),
            one.why_not,
        )
        for one in page.agents
    ]
    show.table(("agent", "kind", "usable", "runs", "command", "profiles", "why not"), rows)


def profiles(page: Page) -> None:
    """Who does the work, and with which model now."""
    rows = [
        (
            one.name,
            one.agent,
            one.model,
            one.means or ("" if one.error else "agent default"),
            one.runs_on if one.runs_on != one.agent else "",
            one.effort,
            "vision" if one.vision else "",
            one.permission,
            one.error.message if one.error else one.reason,
        )
        for one in page.profiles
    ]
    show.table(("profile", "agent", "model", "means now", "run by", "effort", "needs", "permission", "why"), rows)


def explanations(page: Page) -> None:
    """Plans with their traces."""
    for one in page.explain:
        explained.tell(one)


def findings(page: Page) -> None:
    """What is wrong with the configuration."""
    check.told(page.check)


def _selector(one: SelectorItem) -> tuple[str | None, ...]:
    return (one.name, one.says, one.effort, one.means, one.origin, one.note)
