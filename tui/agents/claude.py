"""Claude Code, one-shot: ``claude -p``. What is passed so that the model asked for is the one that is called.

Measured with 2.1.328; other facts are in the tests that run the real program.

- A project's settings can redirect the base URL, run hooks and remap models, and they beat the environment: they are
  read only where the agent's configuration says ``settings: project``.
- The person's own settings beat the environment too: ``modelOverrides`` remaps a full model id and ``fallbackModel``
  switches to another model after an error. ``--settings`` beats both, so both are undone there.
- A login, and any credential in the person's settings, is sent to whatever base URL is in force, and those settings
  may name another one. So where Modeldeck gives a base URL or a key, it gives both: all other credentials are blanked,
  and the key comes by ``apiKeyHelper``, the one source that beats the others without standing in ``argv``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from tui.agents.base import Command, Launch, find_program
from tui.agents.claude_reader import ClaudeReader
from tui.agents.environment import Environment, clean, configured, missing
from tui.core.endpoint import CLOUD_VARIABLES, KEY_VARIABLES, VENDOR_URLS, goes_elsewhere, possible
from tui.core.errors import MachineError, RequestError
from tui.core.reference import Reference
from tui.core.settings import Permission

PERMISSION_MODE: dict[Permission, str] = {"plan": "plan", "edit": "acceptEdits", "full": "bypassPermissions"}
OFFICIAL = "api.anthropic.com"

_QUIET = {
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_TELEMETRY": "1",
    "DISABLE_AUTOUPDATER": "1",
    "CLAUDE_CODE_DISABLE_LEGACY_MODEL_REMAP": "1",  # else a retired id is silently replaced by a newer model
}
_KEYS = KEY_VARIABLES["claude"]
_OTHER_WAYS = (*_KEYS, "CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS", *CLOUD_VARIABLES)
"""Variables of the person's settings by which a credential would go to, or a call would bypass, a foreign base URL."""

_KEY_VARIABLE = "PROVIDER_API_KEY"
_KEY_HELPER = f'printf %s "${_KEY_VARIABLE}"'
_NO_KEY = "none"
"""What a server without keys is sent, so that the login is not."""


@dataclass(frozen=True)
class ClaudeAgent:
    """Drives the ``claude`` program."""

    is_root: bool = False
    """Whether this process is root: claude then refuses to skip its permission checks."""

    def command(self, launch: Launch) -> Command:
        """``claude -p`` with the prompt on stdin."""
        if not launch.prompt.strip():
            raise RequestError("The prompt is empty; claude needs one.", field="input")
        program = find_program(launch, "claude")
        env, settings = self._surroundings(launch)
        if launch.permission == "full" and self.is_root and not env.variables.get("IS_SANDBOX"):
            raise MachineError(
                f'Agent "{launch.agent_id}": claude refuses permission "full" to root; run Modeldeck as another user, '
                f'use permission "edit", or, in a sandbox, set IS_SANDBOX: "1" in agents.{launch.agent_id}.env.',
                field="permission",
            )
        sources = "user,project" if launch.agent.settings == "project" else "user"
        options = {
            "--output-format": "stream-json",
            "--setting-sources": sources,
            "--permission-mode": PERMISSION_MODE[launch.permission],
            "--model": launch.reference.model if launch.reference else "",
            "--effort": launch.effort or "",
            "--allowedTools": ",".join(launch.tools),
            "--settings": json.dumps(settings) if settings else "",
        }
        words = [word for option, value in options.items() if value for word in (option, value)]
        return Command(
            argv=(*program, "-p", "--verbose", *words),
            env=env.variables,
            stdin=launch.prompt.encode("utf-8", "replace"),
            cwd=launch.cwd,
            env_removed=env.removed,
        )

    def reader(self, attempt: str, sent: Reference | None) -> ClaudeReader:
        """A reader of its stream of JSON events."""
        return ClaudeReader(attempt, sent.model if sent else None)

    def _surroundings(self, launch: Launch) -> tuple[Environment, dict[str, object]]:
        """The environment, and the settings that beat the person's."""
        own = {**_QUIET, "CLAUDE_CODE_MAX_RETRIES": str(max(0, launch.agent.retries))}
        mine = configured(launch)
        settings: dict[str, object] = {}
        if launch.reference is not None:
            settings["fallbackModel"] = []
            settings["modelOverrides"] = {launch.reference.model: launch.reference.model}
        base, key = _endpoint(launch, mine)
        if base is None:
            return clean(launch, own), settings
        blanked = {name: "" for name in _OTHER_WAYS if name in _KEYS or name not in mine}
        if not _secret(base):
            blanked["ANTHROPIC_BASE_URL"] = base
        settings["env"] = blanked
        settings["apiKeyHelper"] = _KEY_HELPER
        own |= {"ANTHROPIC_BASE_URL": base, _KEY_VARIABLE: key or _NO_KEY}
        env = clean(launch, own)
        for name in _KEYS:
            env.variables.pop(name, None)
        return env, settings


def _endpoint(launch: Launch, mine: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Return the base URL and the key that goes with it; no URL: claude's own login, or a way that ``mine`` names.

    ``mine`` is the agent's ``env``. Both come from it or both from the provider, except that a variable for the key
    belongs to the one provider of an agent that can call no other, and that a provider whose address is the one in
    ``mine``, or unknown, gives its key to that. Raises :class:`MachineError` where the provider's key is missing.
    """
    if any(mine.get(name) for name in CLOUD_VARIABLES):
        return None, None
    token, url = mine.get("ANTHROPIC_AUTH_TOKEN"), mine.get("ANTHROPIC_BASE_URL")
    key = (token or mine.get("ANTHROPIC_API_KEY")) if url or len(possible(launch.agent)) == 1 else None
    base = url or (launch.provider.base_url if launch.provider else None)
    official = not base or urlsplit(base).hostname == OFFICIAL
    if key is None and not goes_elsewhere(launch.agent, mine, launch.provider_id or "", launch.provider):
        key = _provider_key(launch, official=official)
    elif key is not None and key == token and official:
        return None, None  # a token is sent in another header than a key
    return (None, None) if official and key is None else (base or VENDOR_URLS["anthropic"], key)


def _provider_key(launch: Launch, *, official: bool) -> str | None:
    """Return the key that was handed over for the provider; ``None`` where it needs none."""
    if launch.provider is not None:
        name = launch.provider.api_key_env
    else:
        name = "ANTHROPIC_API_KEY" if launch.provider_id == "anthropic" else None
    key = launch.handed.get(name) if name else None
    if name and not key and not official:
        raise missing(launch, name, f"providers.{launch.provider_id}.api_key_env")
    return key or None


def _secret(url: str) -> bool:
    """Whether an address may hold a credential, so that it must not stand in ``argv``."""
    parts = urlsplit(url)
    return bool(parts.username or parts.password or parts.query)
