"""The living catalog through the verbs: lists are read behind, told by an event, and each provider fails alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.executor.conftest import LIMIT, House
from tests.provider_servers import Lists, ProviderServer
from tui.core.catalog import Provider
from tui.core.errors import RequestError
from tui.core.items import ProviderItem
from tui.core.verbs import RefreshCatalog, SetEnvironment

KEY = "sk-of-nobody-0123456789"
GOOD = Lists("openai", rows=[{"id": "lab-large"}, {"id": "text-embedding-lab"}], key=KEY)


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer() as running:
        yield running


@pytest.fixture
async def lab(house: House, server: ProviderServer) -> House:
    """A house with two providers on loopback, one of which is broken."""
    good, bad = server.at("good", GOOD), server.at("bad", Lists("openai", status=500))
    config = house.locations.config_file
    config.write_text(
        config.read_text().replace(
            "providers:\n",
            f"providers:\n  lab: {{kind: openai, base_url: {good}, api_key_env: LAB_KEY}}\n"
            f"  broken: {{kind: openai, base_url: {bad}, api_key_env: LAB_KEY}}\n",
        )
    )
    await house.executor.verbs.start(SetEnvironment(values={"LAB_KEY": KEY}))
    return house


async def providers(house: House) -> dict[str, ProviderItem]:
    return {item.id: item for item in (await house.list("providers", scope="all")).providers}


async def known(house: House, condition: Callable[[dict[str, ProviderItem]], bool]) -> dict[str, ProviderItem]:
    """The providers, once ``condition`` holds."""
    async with asyncio.timeout(LIMIT):
        while not condition(found := await providers(house)):
            await asyncio.sleep(0.02)
    return found


async def test_lists_are_read_behind_and_one_that_fails_harms_no_other(lab: House) -> None:
    found = await known(lab, lambda items: {items["lab"].state, items["broken"].state} == {"listed", "failed"})
    assert found["broken"].error is not None
    assert KEY not in found["broken"].error
    page = await lab.list("models", query="lab-large")
    assert [model.id for provider in page.models for model in provider.models] == ["lab-large"]
    assert (await lab.run("one", model="lab/lab-large")).steps[0].sent == "lab/lab-large"
    with pytest.raises(RequestError, match="lab-larje"):
        await lab.start("one", model="lab/lab-larje")


async def test_a_refresh_reads_again_and_tells(lab: House, server: ProviderServer) -> None:
    await known(lab, lambda items: items["lab"].state == "listed")
    server.at("good", replace(GOOD, rows=[{"id": "lab-larger"}]))
    async with asyncio.timeout(LIMIT):
        while [model.id for model in (await lab_offers(lab)).models] != ["lab-larger"]:
            # Asked for while the read before is still being saved, it joins that one.
            await lab.executor.verbs.start(RefreshCatalog(providers=("lab",), project=str(lab.project)))
            await asyncio.sleep(0.05)
    assert {model.id for model in (await lab_offers(lab)).gone} >= {"lab-large"}


async def lab_offers(house: House) -> Provider:
    page = await house.list("models", scope="all", limit=500)
    return next(provider for provider in page.models if provider.id == "lab")


async def test_what_is_new_is_told_by_an_event(lab: House) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()

    async def listen() -> None:
        async for event in lab.executor.feed.events(None):
            told.put_nowait(event.type)

    listener = asyncio.create_task(listen())
    await asyncio.sleep(0)  # it is registered now; the first look at the catalog begins to read
    await known(lab, lambda items: items["lab"].state == "listed")
    assert await asyncio.wait_for(told.get(), LIMIT) == "catalog"
    listener.cancel()


async def test_a_refresh_of_an_unknown_provider_names_the_near_one(lab: House) -> None:
    with pytest.raises(RequestError) as raised:
        await lab.executor.verbs.start(RefreshCatalog(providers=("lap",), project=str(lab.project)))
    assert raised.value.suggestions == ("lab",)
