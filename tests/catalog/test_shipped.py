"""The hand-kept table keeps its own rules."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tui.catalog.shipped import ShippedProvider, shipped
from tui.core.defaults import VENDORS

ROWS = [(provider.id, model) for provider in shipped().values() for model in provider.models]


@pytest.mark.parametrize("provider", shipped().values(), ids=lambda provider: provider.id)
def test_an_id_is_there_once(provider: ShippedProvider) -> None:
    ids = [model.id.lower() for model in provider.models]

    assert len(ids) == len(set(ids))
    assert re.fullmatch("[A-Z_]+", provider.api_key_env)


def test_the_configuration_knows_the_same_vendors() -> None:
    assert tuple(shipped()) == VENDORS


def test_every_row_has_its_source_and_its_day() -> None:
    for provider, model in ROWS:
        assert model.facts_from, f"{provider}/{model.id}"
        assert model.facts_at is not None
        assert date.fromisoformat(model.facts_at) <= date(2026, 11, 20)


def test_a_model_that_has_ended_is_deprecated() -> None:
    for provider, model in ROWS:
        if model.retires is not None and date.fromisoformat(model.retires) <= date(2026, 11, 20):
            assert model.status == "deprecated", f"{provider}/{model.id}"


def test_numbers_are_of_a_sensible_size() -> None:
    for provider, model in ROWS:
        name = f"{provider}/{model.id}"
        assert model.context is None or 8_000 <= model.context <= 10_000_000, name
        assert model.output is None or (1_000 <= model.output <= (model.context or 10_000_000)), name
        if model.price is not None:
            assert 0 <= (model.price.input or 0) <= (model.price.output or 0) <= 1_000, name


@pytest.mark.parametrize(
    ("reference", "retires"),
    [
        ("anthropic/claude-3-haiku-20240307", "2026-04-20"),
        ("anthropic/claude-opus-4-20250514", "2026-06-15"),
        ("anthropic/claude-sonnet-4-20250514", "2026-06-15"),
        ("anthropic/claude-opus-4-1-20250805", "2026-08-05"),
        ("anthropic/claude-sonnet-4-5", "2026-11-30"),
        ("google/gemini-2.5-pro", "2026-10-16"),
        ("anthropic/claude-opus-5-5", None),
    ],
    ids=lambda value: str(value).replace("/", "-"),
)
def test_the_day_of_a_models_end_is_known(reference: str, retires: str | None) -> None:
    provider, _, id_ = reference.partition("/")
    found = {model.id: model for model in shipped()[provider].models}

    assert found[id_].retires == retires


def test_the_models_that_the_agents_own_aliases_mean_are_there() -> None:
    known = {f"{provider}/{model.id}" for provider, model in ROWS}

    assert known >= {
        "anthropic/claude-opus-5-5",
        "anthropic/claude-sonnet-5-5",
        "anthropic/claude-haiku-5-5",
        "anthropic/claude-opus-4-8",
        "anthropic/claude-sonnet-5",
        "anthropic/claude-haiku-4-5-20251001",
        "openai/gpt-5.5",
        "openai/gpt-6.1-sol",
        "google/gemini-3.1-pro-preview",
        "google/gemini-3.8-flash",
        "zai/glm-5",
        "zai/glm-4.7-air",
    }
