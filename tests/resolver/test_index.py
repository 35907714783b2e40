"""What is worked out of a catalog is worked out once, and goes with the catalog."""

from __future__ import annotations

from tui.core.catalog import Catalog, Model, Price, Provider
from tui.core.defaults import ALIASES
from tui.core.resolution import ResolutionRequest
from tui.core.resolver import resolve
from tui.core.resolver.index import index_of
from tui.core.settings import Agent, Profile, Settings

SETTINGS = Settings(
    aliases=ALIASES,
    agents={"claude": Agent("claude"), "codex": Agent("codex"), "any": Agent("acp")},
    profiles={name: Profile(name) for name in ("claude", "codex", "any")},
)


def catalog(providers: int = 3, models: int = 4) -> Catalog:
    ids = ["anthropic", "openai", *(f"provider-{number}" for number in range(providers))]
    listed = tuple(Model(f"claude-opus-4-{number}", input=("image",), price=Price(number)) for number in range(models))
    return Catalog(tuple(Provider(one, source="env", models=listed) for one in ids))


def ask(found: Catalog, profile: str, model: str) -> str:
    return str(resolve(ResolutionRequest("worker", profile=profile, model=model), SETTINGS, found).reference)


def test_models_are_put_in_order_once_per_catalog_whoever_asks() -> None:
    found = catalog()
    for _ in range(20):
        for profile in SETTINGS.profiles:
            for tag in ("node:fast", "node:docs", "node:vision"):
                ask(found, profile, tag)
        ask(found, "claude", "opus")
    assert index_of(found).orderings == {"fast": 1, "docs": 1, "vision": 1, "opus": 1}


def test_nothing_is_put_in_order_for_a_reference() -> None:
    found = catalog()
    ask(found, "any", "openai/claude-opus-4-1")
    assert index_of(found).orderings == {}


def test_each_catalog_has_an_index_of_its_own() -> None:
    one, other = catalog(), catalog()
    assert index_of(one) is index_of(one)
    assert index_of(one) is not index_of(other)
    assert one == other


def test_each_reach_of_agents_sees_its_own_part_of_the_order() -> None:
    found = catalog()
    assert ask(found, "codex", "node:fast") == "openai/claude-opus-4-0"
    assert ask(found, "claude", "node:fast") == "anthropic/claude-opus-4-0"
    assert index_of(found).orderings == {"fast": 1}


def test_a_trace_names_a_bounded_number_of_candidates() -> None:
    found = catalog(providers=50, models=50)
    answer = resolve(ResolutionRequest("worker", model="node:fast"), SETTINGS, found)
    assert max(len(row.candidates) for row in answer.trace) <= 30
