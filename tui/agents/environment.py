"""The environment that an agent gets: what is named here, what its configuration sets, our one cookie, nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.agents.base import Launch
from tui.core.errors import MachineError
from tui.posix.environment import passed_on

COOKIE = "MODELDECK_ATTEMPT"
"""The one variable of ours that an agent sees: an id, no secret. By it the survivors of an attempt are found."""

_OVERRIDES = re.compile(
    r"ANTHROPIC_(?:MODEL|SMALL_FAST_MODEL|DEFAULT_\w*MODEL\w*|CUSTOM_MODEL\w*|BASE_URL|CUSTOM_HEADERS|\w+_BASE_URL)"
    r"|CLAUDE_CODE_(?:SUBAGENT_MODEL|USE_\w+|SKIP_\w+_AUTH|EFFORT_LEVEL|MAX_RETRIES)"
    r"|OPENAI_(?:MODEL|DEFAULT_MODEL|BASE_URL|API_BASE)|CODEX_(?:HOME|MODEL)"
    r"|GEMINI_MODEL|GOOGLE_GEMINI_BASE_URL|GOOGLE_VERTEX_BASE_URL|GOOGLE_GENAI_USE_\w+"
    r"|OPENCODE_(?:CONFIG\w*|MODEL\w*)|COPILOT_(?:MODEL|PROVIDER_\w+)"
)
"""Variables that change which model answers, or who is asked for it. Only an agent's own configuration may set them."""

_VARIABLE = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)")


@dataclass(frozen=True)
class Environment:
    """Variables for an agent, and the names of those that were withheld."""

    variables: dict[str, str] = field(repr=False)
    removed: tuple[str, ...] = ()


def overrides_model(name: str) -> bool:
    """Whether a variable of this name would decide, behind our back, which model answers."""
    return _OVERRIDES.fullmatch(name) is not None


def clean(launch: Launch, own: Mapping[str, str] | None = None) -> Environment:
    """Return the environment of ``launch``: what is passed on, ``own`` of its module, then the agent's ``env``.

    Raises :class:`MachineError` for a ``$NAME`` in the agent's ``env`` whose value nobody handed over.
    """
    variables = passed_on(launch.user_env)
    variables["TERM"] = "dumb"
    variables.update(own or {})
    variables.update(configured(launch))
    variables.update(_direct_to_loopback(variables))
    variables[COOKIE] = launch.attempt
    withheld = {name for name in (*launch.user_env, *launch.handed) if overrides_model(name)}
    return Environment(variables, tuple(sorted(withheld - variables.keys())))


def _direct_to_loopback(variables: Mapping[str, str]) -> dict[str, str]:
    """What keeps calls to this machine, with the key they carry, from a proxy elsewhere; nothing without a proxy."""
    if not any(name.lower() in ("http_proxy", "https_proxy", "all_proxy") for name in variables):
        return {}
    # Both spellings are set alike: programs differ in which of them wins.
    kept = {variables.get("no_proxy", ""), variables.get("NO_PROXY", "")} - {""}
    value = ",".join([*sorted(kept), "127.0.0.1", "localhost", "::1"])
    return {"no_proxy": value, "NO_PROXY": value}


def configured(launch: Launch) -> dict[str, str]:
    """The agent's ``env`` with the values that were handed over. Modeldeck's own variables can't be set in it."""
    values: dict[str, str] = {}
    for name, written in launch.agent.env.items():
        if name.startswith("MODELDECK_"):
            continue
        asked = _VARIABLE.fullmatch(written)
        if asked is None:
            values[name] = written
        elif asked[1] in launch.handed:
            values[name] = launch.handed[asked[1]]
        else:
            raise missing(launch, asked[1], f"agents.{launch.agent_id}.env.{name}")
    return values


def missing(launch: Launch, variable: str, where: str) -> MachineError:
    """The error for a variable that the configuration mentions and nobody handed over."""
    return MachineError(
        f'Agent "{launch.agent_id}" needs the variable {variable} ({where}), and it is not set; '
        "set it in a shell, then run there: modeldeck executor env --hand-over",
        field=where,
    )
