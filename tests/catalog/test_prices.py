"""Prices from the real table, made by the real child process."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.catalog.conftest import Place
from tests.provider_servers import Lists, ProviderServer
from tui.catalog.child import Process, spawn
from tui.catalog.prices import Asked, Prices
from tui.core.plain import shown_address
from tui.core.settings import ModelEntry, ProviderSettings, Settings

OPUS = Asked("anthropic", "claude-opus-4-8")
DATED = Asked("anthropic", "claude-opus-4-5-20251101")
UNKNOWN = Asked("anthropic", "claude-nobody-knows")
STRANGER = Asked("stranger", "claude-opus-4-8")


class Counting:
    """Starts a program, or another in its place, and counts."""

    def __init__(self, instead: str | None = None) -> None:
        self.instead = instead
        self.started = 0

    async def __call__(
        self, argv: tuple[str, ...], cwd: Path, env: Mapping[str, str], *, told: bytes | None = None, talk: bool = False
    ) -> Process:
        self.started += 1
        taken = argv if self.instead is None else (sys.executable, "-c", self.instead, *argv[-2:])
        return await spawn(taken, cwd, env, told=told, talk=talk)


def prices(place: Place, starting: Counting) -> Prices:
    return Prices(place.cache, place.clock, {"HOME": str(place.home)}, starting)


async def test_the_id_that_was_matched_is_kept_and_what_is_unknown_stays_so(place: Place) -> None:
    table = prices(place, Counting())
    assert await table.learn([OPUS, DATED, UNKNOWN, STRANGER])
    opus, dated = table.of(OPUS), table.of(DATED)

    assert opus is not None
    assert opus.price is not None
    assert (opus.price.input, opus.price.output) == (5, 25)
    assert opus.description
    assert opus.facts_from is not None
    assert opus.facts_from.startswith("genai-prices ")
    assert dated is not None
    assert dated.quotes[0].matched == "claude-opus-4-5"
    assert table.of(UNKNOWN) is table.of(STRANGER) is None


async def test_the_table_is_made_again_when_it_lacks_something_or_is_a_day_old(place: Place) -> None:
    starting = Counting()
    table = prices(place, starting)

    assert [await table.learn([OPUS]), await table.learn([OPUS]), await table.learn([OPUS, UNKNOWN])] == [
        True,
        False,
        True,
    ]
    assert not await prices(place, starting).learn([OPUS, UNKNOWN])
    place.clock.now += 24 * 3_600_000
    assert await table.learn([OPUS])
    assert starting.started == 3


@pytest.mark.parametrize(
    "program",
    [
        "raise SystemExit(3)",
        "import sys; open(sys.argv[2], 'w').write('{')",
        "import sys; open(sys.argv[2], 'w').write('[1]')",
        "pass",
    ],
    ids=["fails", "half", "wrong", "nothing"],
)
async def test_a_table_that_fails_leaves_prices_unknown(place: Place, program: str) -> None:
    table = prices(place, Counting(program))

    assert not await table.learn([OPUS])
    assert table.of(OPUS) is None


async def test_at_another_address_the_vendors_price_is_no_price(place: Place) -> None:
    own = Asked("anthropic", "claude-opus-4-8", "http://127.0.0.1:9/v1")
    theirs = Asked("my-zai", "glm-5", "https://api.z.ai/api/anthropic")
    table = prices(place, Counting())
    await table.learn([own, theirs])

    assert table.of(own) is None
    found = table.of(theirs)
    assert found is not None
    assert found.quotes[0].matched == "GLM-5"


def test_an_address_is_kept_without_what_is_secret_in_it() -> None:
    assert shown_address("https://me:pass@x.example:8443/v1?key=abc#f") == "https://x.example:8443/v1"


async def test_the_catalog_has_the_price_and_the_line_on_what_a_model_is_good_for(
    place: Place, server: ProviderServer
) -> None:
    live = place.live(prices=True)
    settings = Settings(
        providers={
            "openai": ProviderSettings("openai", models=(ModelEntry("gpt-5.5", price={"input": 1, "output": 2}),)),
            "x": ProviderSettings("openai", base_url=server.at("x", Lists(rows=[{"id": "gpt-5.5"}]))),
        }
    )
    catalog = await live.refresh(settings, {})
    await live.close()
    mine, theirs = catalog.by_id["openai"].models[0], catalog.by_id["x"].models[0]
    opus = next(model for model in catalog.by_id["anthropic"].models if model.id == "claude-opus-4-8")

    assert mine.price is not None
    assert (mine.price.input, [quote.price.input for quote in mine.quotes][:2]) == (1, [1, 5])
    assert theirs.price is None
    assert opus.description
    assert {file.stat().st_mode & 0o777 for file in place.cache.glob("*.json")} == {0o600}
