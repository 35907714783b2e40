"""``modeldeck model list``: what is on offer, and lists that are read again when asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.cli.conftest import CONFIG, Shell
from tests.provider_servers import Lists, ProviderServer

KEY = "sk-of-nobody-0123456789"
GOOD = Lists("openai", rows=[{"id": "lab-large"}], key=KEY)


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as running:
        yield running


@pytest.fixture
def lab(fresh: Shell, server: ProviderServer) -> Shell:
    good, bad = server.at("good", GOOD), server.at("bad", Lists("openai", status=500))
    providers = (
        f"providers:\n  lab: {{kind: openai, base_url: {good}, api_key_env: LAB_KEY}}\n"
        f"  broken: {{kind: openai, base_url: {bad}, api_key_env: LAB_KEY}}\n"
    )
    (fresh.project.parent / "config.yaml").write_text(CONFIG.replace("providers:\n", providers))
    fresh.env["LAB_KEY"] = KEY
    return fresh


def test_lists_are_read_again_before_they_are_shown(lab: Shell, server: ProviderServer) -> None:
    first = lab("model", "list", "--refresh", "--provider", "lab")
    assert (first.code, first.err) == (0, "")
    assert "lab/lab-large" in first.out
    assert "zai/glm-5" not in first.out
    server.at("good", replace(GOOD, rows=[{"id": "lab-larger"}]))
    assert "lab-larger" not in lab("model", "list", "--provider", "lab").out
    again = lab("model", "list", "--refresh", "--provider", "lab", "--json")
    assert again.code == 0
    assert [[model["id"] for model in provider["models"]] for provider in again.data["models"]] == [["lab-larger"]]


def test_a_list_that_can_not_be_read_is_told_with_exit_1(lab: Shell) -> None:
    refused = lab("model", "list", "--refresh", "--provider", "broken")
    assert refused.code == 1
    assert "broken: the list could not be read: " in refused.out
    assert KEY not in refused.out + refused.err
    assert lab("model", "list", "--provider", "broken").code == 0, "nothing was asked of it"


def test_an_unknown_provider_names_the_near_one(lab: Shell) -> None:
    for flags in (("--refresh",), ()):
        wrong = lab("model", "list", "--provider", "lap", *flags)
        assert wrong.code == 2
        assert "Unknown provider 'lap'" in wrong.err
        assert "lab" in wrong.err


def test_a_refresh_does_not_wait_longer_than_it_may(lab: Shell, server: ProviderServer) -> None:
    assert lab("model", "list", "--refresh").code == 1
    server.at("good", replace(GOOD, hold=True))
    late = lab("model", "list", "--refresh", "--provider", "lab", "--timeout", "0.3")
    assert late.code == 5
    assert late.err == "Not all lists were read within 0.3 s; they are still being read.\n"


def test_a_list_that_nothing_can_read_is_not_passed_off_as_read(lab: Shell) -> None:
    unread = lab("model", "list", "--refresh", "--provider", "anthropic")
    assert unread.code == 1
    assert "Not read, for no API key is configured: anthropic." in unread.err
    assert lab("model", "list", "--provider", "anthropic").code == 0
