"""Whom an agent calls with whose key: base URL and key are of one provider, whether or not a model is passed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from tests.anthropic_server import AnthropicServer
from tests.executor.conftest import House
from tests.npm import claude_cli
from tests.vendor import Vendor
from tui.core.errors import ModeldeckError
from tui.core.run import Run, RunStatus
from tui.core.verbs import List, StartWorkflow

__all__ = ["claude_cli"]

CONFIG = """
providers:
  anthropic: {{kind: list, api_key_env: VENDOR_KEY}}
  gateway: {{kind: anthropic, base_url: "{gateway}", api_key_env: GATEWAY_KEY, models: [{{id: glm-5}}]}}
  nowhere: {{kind: list, api_key_env: NOWHERE_KEY, models: [{{id: glm-5}}]}}
  keyless: {{kind: anthropic, base_url: "{gateway}", models: [{{id: glm-5}}]}}
agents:
  vendor: {{kind: claude, command: ["{claude}"], retries: 0}}
  claude-glm: {{kind: claude, command: ["{claude}"], retries: 0, providers: [gateway]}}
  both: {{kind: claude, command: ["{claude}"], retries: 0, providers: [anthropic, gateway]}}
  shares-a-key:
    {{kind: claude, command: ["{claude}"], providers: [gateway, keyless], env: {{ANTHROPIC_AUTH_TOKEN: $OWN_KEY}}}}
  lost: {{kind: claude, command: ["{claude}"], providers: [nowhere]}}
  unknown: {{kind: claude, command: ["{claude}"], providers: [undefined]}}
  none: {{kind: claude, command: ["{claude}"], providers: []}}
  own-way:
    kind: claude
    command: ["{claude}"]
    retries: 0
    env: {{ANTHROPIC_BASE_URL: "{own}", ANTHROPIC_AUTH_TOKEN: $OWN_KEY}}
  own-url: {{kind: claude, command: ["{claude}"], retries: 0, env: {{ANTHROPIC_BASE_URL: "{own}"}}}}
  own-url-both:
    kind: claude
    command: ["{claude}"]
    retries: 0
    providers: [anthropic, gateway]
    env: {{ANTHROPIC_BASE_URL: "{own}"}}
  gateway-s-url:
    {{kind: claude, command: ["{claude}"], retries: 0, providers: [gateway], env: {{ANTHROPIC_BASE_URL: "{gateway}"}}}}
  nowhere-s-url:
    {{kind: claude, command: ["{claude}"], retries: 0, providers: [nowhere], env: {{ANTHROPIC_BASE_URL: "{own}"}}}}
profiles:
  vendor: {{agent: vendor}}
  claude-glm: {{agent: claude-glm}}
  both: {{agent: both}}
  shares-a-key: {{agent: shares-a-key}}
  lost: {{agent: lost}}
  unknown: {{agent: unknown}}
  none: {{agent: none}}
  own-way: {{agent: own-way}}
  own-url: {{agent: own-url}}
  own-url-both: {{agent: own-url-both}}
  gateway-s-url: {{agent: gateway-s-url}}
  nowhere-s-url: {{agent: nowhere-s-url}}
workflows:
  {workflows}
"""
AGENTS = (
    "vendor", "claude-glm", "both", "shares-a-key", "lost", "unknown", "none", "own-way", "own-url", "own-url-both",
    "gateway-s-url", "nowhere-s-url",
)  # fmt: skip
KEYS = {"VENDOR_KEY": "key-of-the-vendor", "GATEWAY_KEY": "key-of-the-gateway", "OWN_KEY": "key-of-its-own",
        "NOWHERE_KEY": "key-of-nowhere"}  # fmt: skip
LOGIN = "their-login"
DEFAULT = "agent-default"
HAIKU, GLM = "anthropic/claude-haiku-5-5", "gateway/glm-5"


@dataclass
class Servers:
    """The vendor, a gateway, an address in an agent's own ``env``, and one in the user's settings of claude."""

    vendor: AnthropicServer
    gateway: AnthropicServer
    own: AnthropicServer
    settings: AnthropicServer

    def heard(self) -> dict[str, set[str]]:
        """Who was called by an agent, and with which credentials. (The executor itself reads lists of models.)"""
        calls = {
            name: [call for call in server.calls if call.path != "/v1/models"] for name, server in vars(self).items()
        }
        return {name: {key for call in found for key in call.keys} for name, found in calls.items() if found}


@pytest.fixture
def servers() -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(*(stack.enter_context(AnthropicServer()) for _ in range(4)))


@pytest_asyncio.fixture
async def shop(house: House, servers: Servers, request: pytest.FixtureRequest) -> AsyncIterator[House]:
    """The house with claude, real where the test asks for it, at the four servers."""
    program = "/bin/true"
    if "claude_cli" in request.fixturenames:
        program = str(request.getfixturevalue("claude_cli"))
    workflows = "\n  ".join(f"{name}: {{stages: [{{name: do, profile: {name}}}]}}" for name in AGENTS)
    house.locations.config_file.write_text(
        CONFIG.format(claude=program, gateway=servers.gateway.url, own=servers.own.url, workflows=workflows)
    )
    with Vendor(servers.vendor) as vendor:
        house.environ = {"HOME": str(house.home), "PATH": "/usr/bin:/bin", **vendor.environ}
        await house.restart()
        house.executor.verbs.handed.add(KEYS)
        yield house


def log_in(home: Path) -> None:
    """Log claude in."""
    (home / ".claude").mkdir()
    login = {
        "accessToken": LOGIN,
        "refreshToken": "x",
        "expiresAt": 4102444800000,
        "scopes": ["user:inference"],
        "subscriptionType": "max",
    }
    (home / ".claude" / ".credentials.json").write_text(json.dumps({"claudeAiOauth": login}))


def both(key: str) -> set[str]:
    """A key in the two headers in which claude sends one."""
    return {key, f"Bearer {key}"}


REACHES = [
    ("vendor", HAIKU, "vendor", "VENDOR_KEY"),
    ("vendor", DEFAULT, "vendor", "VENDOR_KEY"),
    ("claude-glm", GLM, "gateway", "GATEWAY_KEY"),
    ("claude-glm", DEFAULT, "gateway", "GATEWAY_KEY"),
    ("both", HAIKU, "vendor", "VENDOR_KEY"),
    ("both", GLM, "gateway", "GATEWAY_KEY"),
    ("own-way", HAIKU, "own", "OWN_KEY"),
    ("own-way", DEFAULT, "own", "OWN_KEY"),
    ("own-url", HAIKU, "own", None),
    ("own-url", DEFAULT, "own", None),
    ("own-url-both", GLM, "own", None),
    ("own-url-both", DEFAULT, "own", None),
    ("gateway-s-url", GLM, "gateway", "GATEWAY_KEY"),
    ("gateway-s-url", DEFAULT, "gateway", "GATEWAY_KEY"),
    ("nowhere-s-url", DEFAULT, "own", "NOWHERE_KEY"),
]


@pytest.mark.agents
@pytest.mark.parametrize(("agent", "model", "server", "key"), REACHES)
async def test_one_provider_s_address_gets_one_provider_s_key(
    shop: House, servers: Servers, claude_cli: Path, agent: str, model: str, server: str, key: str | None
) -> None:
    """The user is logged in, and their own settings of claude name another address with another key."""
    log_in(shop.home)
    theirs = {"env": {"ANTHROPIC_BASE_URL": servers.settings.url, "ANTHROPIC_AUTH_TOKEN": "their-token"}}
    (shop.home / ".claude" / "settings.json").write_text(json.dumps(theirs))
    run = await shop.run(agent, model=model, input="Say hello")
    assert run.status is RunStatus.SUCCEEDED, run
    assert servers.heard() == {server: both(KEYS[key] if key else "none")}


@pytest.mark.agents
@pytest.mark.parametrize("model", [HAIKU, DEFAULT])
async def test_the_vendor_s_agent_uses_its_own_login(
    shop: House, servers: Servers, claude_cli: Path, model: str
) -> None:
    text = shop.locations.config_file.read_text().replace("{kind: list, api_key_env: VENDOR_KEY}", "{kind: list}")
    shop.locations.config_file.write_text(text)
    log_in(shop.home)
    run = await shop.run("vendor", model=model, input="Say hello")
    assert run.status is RunStatus.SUCCEEDED, run
    assert servers.heard() == {"vendor": {f"Bearer {LOGIN}"}}


REFUSED = [
    ("both", DEFAULT, 'Agent "both" runs anthropic, gateway, and without a model nothing says which of them it calls; '
     "name a model, or leave one provider in agents.both.providers"),
    ("none", DEFAULT, 'Agent "none" runs no provider (agents.none.providers is empty); name one'),
    ("lost", DEFAULT, 'Agent "lost" calls the provider nowhere, whose address is unknown; '
     "set providers.nowhere.base_url"),
    ("lost", "nowhere/glm-5", 'Agent "lost" calls the provider nowhere, whose address is unknown; '
     "set providers.nowhere.base_url"),
    ("unknown", DEFAULT, 'Agent "unknown" calls the provider undefined, whose address is unknown; '
     "set providers.undefined.base_url"),
    ("shares-a-key", "keyless/glm-5", 'Agent "shares-a-key" runs several providers, and agents.shares-a-key.env sets '
     "ANTHROPIC_AUTH_TOKEN for all of them; name the variable of this one's key in providers.keyless.api_key_env"),
]  # fmt: skip


@pytest.mark.parametrize(("agent", "model", "sentence"), REFUSED)
async def test_what_is_undecided_is_refused_before_the_start(
    shop: House, servers: Servers, agent: str, model: str, sentence: str
) -> None:
    planned = StartWorkflow(agent, model=model, input="Say hello", project=str(shop.project))
    (plan,) = (await shop.executor.verbs.list(List("plan", requests=(planned,)))).plan
    assert step_error(plan) == sentence
    dry = await shop.executor.verbs.start(StartWorkflow(agent, model=model, project=str(shop.project), dry_run=True))
    assert dry.run is not None
    assert step_error(dry.run) == sentence
    with pytest.raises(ModeldeckError) as refusal:
        await shop.start(agent, model=model, input="Say hello")
    assert refusal.value.message == f"step 1 (do): {sentence}"
    assert servers.heard() == {}
    assert (await shop.list("runs")).tasks == ()


def step_error(run: Run) -> str | None:
    error = run.steps[0].error
    return error.message if error is not None else None


async def test_a_gateway_s_key_is_needed_without_a_model_too(shop: House) -> None:
    shop.executor.verbs.handed.values.pop("GATEWAY_KEY")
    for model in (GLM, DEFAULT):
        with pytest.raises(ModeldeckError, match=r"the variable GATEWAY_KEY \(.*\), and it is not set"):
            await shop.start("claude-glm", model=model, input="Say hello")
