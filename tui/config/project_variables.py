"""The variables of a project's file: those it may set for agents, and those of the user's shell that it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tui.config.document import Data, document_of, values_at
from tui.core.errors import ConfigError

REFERENCE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")
"""A value in an agent's ``env`` that stands for a variable of the user's shell."""

MAY_SET = re.compile(
    "|".join(
        (
            r"PROJECT_\w+",  # of the project's own programs
            r"LANG|LANGUAGE|LC_\w+|TZ",
            r"NO_COLOR|FORCE_COLOR|CI|NODE_ENV|LOG_LEVEL|RUST_LOG|RUST_BACKTRACE|PYTHONUNBUFFERED",
            r"MAX_THINKING_TOKENS|CLAUDE_CODE_MAX_OUTPUT_TOKENS|MAX_MCP_OUTPUT_TOKENS",
            r"BASH_DEFAULT_TIMEOUT_MS|BASH_MAX_TIMEOUT_MS|BASH_MAX_OUTPUT_LENGTH|MCP_TIMEOUT|MCP_TOOL_TIMEOUT",
            r"DISABLE_TELEMETRY|DISABLE_ERROR_REPORTING|DISABLE_AUTOUPDATER",
        )
    )
)
"""All names that a project may give a value of its own: none by which an agent reads other settings, runs other code,
calls another address, uses another account or chooses another model."""

_STEERS = re.compile(
    r"URL|CERT|OPT$|HOST|ENDPOINT|API_BASE|PROXY|MODEL|HOME|PATH|CONFIG|OPTIONS|OPTS|PRELOAD|SETTINGS"
    r"|^(?:XDG|LD|DYLD|GIT|BASH|ENV|PYTHON|RUBY|PERL|JAVA|CLAUDE|MODELDECK)(?:_|$)",
    re.IGNORECASE,
)
"""Names that steer an agent: the user's value is not handed on under them either."""


def may_set(name: str, value: Data) -> bool:
    """Return whether a project may set ``name`` for an agent, apart from whose variable ``value`` stands for.

    Beside the table that is a variable of the user's shell under its own name: the user approves it by that name.
    """
    if MAY_SET.fullmatch(name):
        return True
    return value == f"${name}" and _STEERS.search(name) is None


def referenced(value: Data) -> str | None:
    """Return the variable that a value in an agent's ``env`` stands for; ``None`` for a value of its own."""
    found = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def asked_for(name: str, content: bytes | str | None) -> frozenset[str]:
    """Return the variables of the user's shell that the project file ``name`` names; none where it can't be read."""
    try:
        document = document_of(name, content)
    except ConfigError:
        return frozenset()
    return frozenset(_named(dict(document.data))) if document is not None else frozenset()


def _named(data: dict[str, Data]) -> Iterator[str]:
    for _, key in values_at(data, ("providers", "*", "api_key_env")):
        if isinstance(key, str):
            yield key
    for place, value in values_at(data, ("agents", "*", "env", "*")):
        variable = referenced(value)
        if variable is not None and may_set(str(place[-1]), value):
            yield variable
