"""Which provider an agent calls. Its base URL and its key go together, whether or not a model is passed.

It concerns the kinds of agents in ``RUNS_PROVIDERS``, which get both from Modeldeck. The others bring their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from tui.core.errors import RequestError
from tui.core.reference import Reference
from tui.core.settings import RUNS_PROVIDERS, Agent, AgentKind, ProviderSettings, Settings

VENDOR_URLS: Mapping[str, str] = {
    "anthropic": "https://api.anthropic.com",
    "openai": "https://api.openai.com",
    "google": "https://generativelanguage.googleapis.com",
}
"""Where the vendors are, by provider id and by kind of provider."""

CLOUD_VARIABLES = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_VERTEX", "CLAUDE_CODE_USE_FOUNDRY")
URL_VARIABLES: Mapping[AgentKind, tuple[str, ...]] = {
    "claude": ("ANTHROPIC_BASE_URL", *CLOUD_VARIABLES),
    "codex": ("OPENAI_BASE_URL",),
    "gemini": ("GOOGLE_GEMINI_BASE_URL", "GOOGLE_GENAI_USE_VERTEXAI"),
}
"""Variables in an agent's ``env`` by which its configuration itself says where its calls go."""
KEY_VARIABLES: Mapping[AgentKind, tuple[str, ...]] = {
    "claude": ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY"),
    "codex": ("OPENAI_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
}
"""Variables that such an agent reads its key from."""


def provider_of(name: str, agent: Agent, reference: Reference | None, settings: Settings) -> str | None:
    """Return the provider that ``agent`` calls; ``None`` where its ``env`` or its own login decides.

    Raises :class:`RequestError` where several are possible and nothing decides, and where the provider's address is
    unknown: the call would go to the vendor then, with the user's login or with a key that is not the vendor's.
    """
    if agent.kind not in RUNS_PROVIDERS:
        return reference.provider if reference is not None else None
    own_way = any(agent.env.get(variable) for variable in URL_VARIABLES[agent.kind])
    able = possible(agent)
    if reference is not None:
        provider = reference.provider
    elif len(able) == 1:
        (provider,) = able
    elif own_way:
        return None
    else:
        raise _undecided(name, able)
    if not own_way:
        _require_pair(name, agent, provider, settings.providers.get(provider))
    return provider


def possible(agent: Agent) -> tuple[str, ...]:
    """Return the providers that an agent of a kind in ``RUNS_PROVIDERS`` may call, each once."""
    able = RUNS_PROVIDERS[agent.kind] if agent.providers is None else agent.providers
    return tuple(dict.fromkeys(able))


def address(provider: str, given: ProviderSettings | None) -> str | None:
    """Return where a provider is; ``None`` if neither its settings nor its vendor say so."""
    if given is None:
        return VENDOR_URLS.get(provider)
    return given.base_url or VENDOR_URLS.get(given.kind) or VENDOR_URLS.get(provider)


def goes_elsewhere(agent: Agent, env: Mapping[str, str], provider: str, given: ProviderSettings | None) -> bool:
    """Return whether ``env``, the agent's own, names another server than the provider's, which gets none of its keys.

    A provider without an address is where the agent's ``env`` says.
    """
    variables = [variable for variable in URL_VARIABLES.get(agent.kind, ()) if env.get(variable)]
    known = address(provider, given)
    return bool(variables) and known is not None and not any(same_server(env[one], known) for one in variables)


def is_vendor(kind: AgentKind, provider: str, given: ProviderSettings | None) -> bool:
    """Return whether the provider is the vendor whose own address and login agents of this kind use by themselves."""
    (vendor,) = RUNS_PROVIDERS[kind]
    return same_server(address(provider, given), VENDOR_URLS[vendor])


def same_server(one: str | None, other: str | None) -> bool:
    """Return whether two addresses are of one server, so that the key for the one may be sent to the other."""
    return one is not None and other is not None and _server(one) == _server(other)


def _require_pair(name: str, agent: Agent, provider: str, given: ProviderSettings | None) -> None:
    """Check that the agent gets a base URL and a key of one provider. Raises :class:`RequestError`."""
    at = f"providers.{provider}"
    if not (given is not None and given.base_url) and not is_vendor(agent.kind, provider, given):
        raise RequestError(
            f'Agent "{name}" calls the provider {provider}, whose address is unknown; set {at}.base_url',
            field=f"{at}.base_url",
        )
    shared = next((variable for variable in KEY_VARIABLES[agent.kind] if agent.env.get(variable)), None)
    if shared and len(possible(agent)) > 1 and not (given is not None and given.api_key_env):
        raise RequestError(
            f'Agent "{name}" runs several providers, and agents.{name}.env sets {shared} for all of them; '
            f"name the variable of this one's key in {at}.api_key_env",
            field=f"{at}.api_key_env",
        )


def _server(url: str) -> tuple[str, str | None, int | None] | None:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
    except ValueError:
        return None


def _undecided(name: str, able: tuple[str, ...]) -> RequestError:
    if not able:
        return RequestError(
            f'Agent "{name}" runs no provider (agents.{name}.providers is empty); name one', field="model"
        )
    return RequestError(
        f'Agent "{name}" runs {", ".join(able)}, and without a model nothing says which of them it calls; '
        f"name a model, or leave one provider in agents.{name}.providers",
        field="model",
    )
