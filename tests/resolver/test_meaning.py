"""What a selector means now, for a picker."""

from __future__ import annotations

from tui.core.catalog import Catalog, Model, Provider
from tui.core.defaults import ALIASES
from tui.core.reference import Reference
from tui.core.resolver import meaning
from tui.core.settings import Agent, Profile, Settings

CATALOG = Catalog(
    (
        Provider("anthropic", source="env", models=(Model("claude-opus-4-8"), Model("claude-haiku-4-5"))),
        Provider("openai", source="api", models=(Model("gpt-mini"),)),
    )
)
SETTINGS = Settings(
    default_model="haiku",
    aliases={**ALIASES, "other": "openai/gpt-mini"},
    agents={"c": Agent("claude")},
    profiles={"p": Profile("c")},
)


def test_an_alias_means_its_model() -> None:
    found, note = meaning("opus", SETTINGS, CATALOG)
    assert found == Reference("anthropic", "claude-opus-4-8")
    assert note == "opus -> anthropic/claude-opus-4-8"


def test_a_tag_tells_how_it_was_picked() -> None:
    found, note = meaning("node:fast", SETTINGS, CATALOG)
    assert found == Reference("anthropic", "claude-haiku-4-5")
    assert "auto-selected from configured models" in str(note)


def test_a_plain_tag_means_the_default() -> None:
    found, note = meaning("node", SETTINGS, CATALOG)
    assert found == Reference("anthropic", "claude-haiku-4-5")
    assert "fallback to default model" in str(note)


def test_a_warning_is_part_of_the_note() -> None:
    found, note = meaning("other", SETTINGS, CATALOG)
    assert found == Reference("openai", "gpt-mini")
    assert "no credentials known" in str(note)


def test_what_comes_to_nothing_says_why() -> None:
    assert meaning("glm", SETTINGS, CATALOG) == (None, 'Model "glm" not found')
    found, note = meaning("node:vision", SETTINGS, CATALOG)
    assert found is None
    assert "vision" in str(note)


def test_a_profile_narrows_it_to_what_its_agent_can_run() -> None:
    found, note = meaning("other", SETTINGS, CATALOG, "p")
    assert found is None
    assert "can't be run" in str(note)
