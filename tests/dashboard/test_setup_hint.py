"""Nothing is configured: the picker names the two ways to change that."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dashboard.conftest import connected, make, screen_text, until
from tests.dashboard.fake import PROVIDERS, Executor
from tui.core.items import ProviderItem
from tui.dashboard.setup_hint import remedy
from tui.dashboard.state import DeckState

FILE = "/etc/modeldeck/config.yaml"
BARE = tuple(replace(one, source="api", key="absent", list="not_listed", error=None) for one in PROVIDERS)


class Keyless(Executor):
    """Knows vendors, and nothing of the configuration names one."""

    async def list(self, request):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
        page = await super().list(request)
        return replace(page, providers=tuple(replace(one, api_key_env=None) for one in page.providers))


def keyless() -> Executor:
    executor = Keyless(providers=BARE)
    executor.status = replace(executor.status, config_file=FILE)
    return executor


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
async def test_the_picker_names_the_two_ways(size: tuple[int, int]) -> None:
    async with make(keyless()).run_test(size=size) as pilot:
        await connected(pilot)
        await pilot.press("m")
        await until(pilot, lambda: "No provider is configured. There are two ways:" in screen_text(pilot), "the hint")
        text = screen_text(pilot)
        for part in ("1. Log in with `claude /login`", FILE, "anthropic: {kind: anthropic,"):
            assert part in text
        assert text.count("ANTHROPIC_API_KEY") >= 2
        assert "holds credentials" not in text
        await pilot.press("enter")  # the hint is no line to take: it starts on the first one
        await until(pilot, lambda: "Model for" not in screen_text(pilot), "the picker is closed")


async def test_it_is_gone_as_soon_as_one_provider_can_be_used() -> None:
    executor = keyless()
    async with make(executor).run_test(size=(120, 40)) as pilot:
        await connected(pilot)
        await pilot.press("m")
        await until(pilot, lambda: "No provider is configured" in screen_text(pilot), "the hint")
        executor.offer(*PROVIDERS)
        await until(pilot, lambda: "No provider is configured" not in screen_text(pilot), "the hint is gone")


async def test_models_say_what_to_do_for_one_provider() -> None:
    async with make(keyless()).run_test(size=(160, 40)) as pilot:
        await connected(pilot)
        await pilot.press("4")
        await until(pilot, lambda: "no API key configured" in screen_text(pilot), "why it can't be used")
        text = " ".join(screen_text(pilot).split())
        assert "to do" in text
        assert "/login`" in text


def test_a_provider_that_names_its_variable_is_not_to_be_configured_again() -> None:
    state = DeckState(None, lambda: None)  # type: ignore[arg-type]
    provider = BARE[0]
    need = ProviderItem("anthropic", None, "api", "absent", "listed", "listed", False, 1, usual_key="KEY")
    state.needs = {"anthropic": need}
    assert remedy(provider, state) == "set providers.anthropic.api_key_env to KEY in your configuration file"
    state.needs = {"anthropic": replace(need, api_key_env="MINE")}
    assert remedy(provider, state) is None
    assert remedy(replace(provider, key="present"), state) is None
