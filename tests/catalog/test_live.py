"""Lists that are kept, grow old, fail and lose models, and what the catalog makes of all its sources."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.catalog.conftest import Place, Told
from tests.provider_servers import Lists, ProviderServer
from tui.catalog.live import LiveCatalog
from tui.catalog.shipped import shipped
from tui.core.catalog import Catalog, Provider
from tui.core.settings import ModelEntry, ProviderSettings, Settings

MINUTE = 60_000


def settings_for(server: ProviderServer, rows: Sequence[object], *names: str, kind: str = "openai") -> Settings:
    return Settings(
        providers={
            name: ProviderSettings(kind, base_url=server.at(name, Lists(kind, rows)), api_key_env="K")  # type: ignore[arg-type]
            for name in names or ("x",)
        }
    )


def ids(provider: Provider) -> list[str]:
    return [model.id for model in provider.models]


HANDED = {"K": "sk-1"}
ONE = [{"id": "one"}]
TWO = [{"id": "one"}, {"id": "two"}]


async def test_the_catalog_is_there_before_anything_was_read(live: LiveCatalog, server: ProviderServer) -> None:
    settings = settings_for(server, ONE)
    told = Told(live)
    first = live.current(settings, HANDED)

    assert (first.by_id["x"].list, first.by_id["x"].state) == ("not_listed", "not read")
    assert first.by_id["anthropic"].models
    await told.once()
    assert ids(live.current(settings, HANDED).by_id["x"]) == ["one"]


def test_without_a_loop_the_catalog_is_there_too(place: Place, server: ProviderServer) -> None:
    assert place.live().current(settings_for(server, ONE), HANDED).by_id["x"].list == "not_listed"
    assert server.calls == []


async def test_without_a_key_nobody_is_asked(live: LiveCatalog, server: ProviderServer) -> None:
    settings = settings_for(server, ONE)
    catalog = await live.refresh(settings, {"ANOTHER": "sk"})

    assert catalog.by_id["x"].state == "not configured"
    assert catalog.by_id["openai"].state == "not configured"
    assert server.calls == []


async def test_an_empty_list_is_told_apart_from_an_unread_one(live: LiveCatalog, server: ProviderServer) -> None:
    catalog = await live.refresh(settings_for(server, []), HANDED)

    assert (catalog.by_id["x"].state, catalog.by_id["x"].models) == ("empty", ())


async def test_a_list_is_read_again_after_five_minutes_and_the_old_one_is_served_meanwhile(
    live: LiveCatalog, place: Place, server: ProviderServer
) -> None:
    settings = settings_for(server, ONE)
    await live.refresh(settings, HANDED)
    settings_for(server, TWO)
    told = Told(live)

    place.clock.now += 5 * MINUTE - 1
    live.current(settings, HANDED)
    assert len(server.calls) == 1

    place.clock.now += 1
    assert ids(live.current(settings, HANDED).by_id["x"]) == ["one"]
    await told.once()
    assert ids(live.current(settings, HANDED).by_id["x"]) == ["one", "two"]
    assert len(server.calls) == 2


async def test_a_list_is_known_after_a_restart_without_asking(place: Place, server: ProviderServer) -> None:
    settings = settings_for(server, TWO)
    before = place.live()
    one = await before.refresh(settings, HANDED)
    await before.close()
    again = place.live()
    two = again.current(settings, HANDED)
    await again.close()

    assert one.digest == two.digest
    assert ids(two.by_id["x"]) == ["one", "two"]
    assert two.by_id["x"].read_at == "2026-11-20T10:00:00.000Z"
    assert len(server.calls) == 1


@pytest.mark.parametrize("rubbish", [b"", b"{", b'{"form": 7}', b'{"providers": 3}', b"\xff", b"[" * 99_999])
async def test_a_broken_file_in_the_cache_is_read_anew(place: Place, server: ProviderServer, rubbish: bytes) -> None:
    settings = settings_for(server, ONE)
    before = place.live()
    await before.refresh(settings, HANDED)
    await before.close()
    for file in place.cache.rglob("*.json"):
        file.write_bytes(rubbish)
    again = place.live()

    assert again.current(settings, HANDED).by_id["x"].models == ()
    assert ids((await again.refresh(settings, HANDED)).by_id["x"]) == ["one"]
    await again.close()


async def test_a_cache_that_cannot_be_written_is_no_error(place: Place, server: ProviderServer) -> None:
    place.cache.write_text("a file where the folder should be")
    live = place.live()

    assert ids((await live.refresh(settings_for(server, ONE), HANDED)).by_id["x"]) == ["one"]
    await live.close()


async def test_a_failure_keeps_the_last_list_and_says_why(
    live: LiveCatalog, place: Place, server: ProviderServer
) -> None:
    settings = settings_for(server, TWO)
    await live.refresh(settings, HANDED)
    server.at("x", Lists(status=500))
    place.clock.now += 6 * MINUTE
    found = (await live.refresh(settings, HANDED)).by_id["x"]

    assert (found.list, ids(found)) == ("failed", ["one", "two"])
    assert found.error is not None
    assert "HTTP 500" in found.error
    assert found.read_at == "2026-11-20T10:00:00.000Z"


class Nap:
    """A pause that a test lets go by; the clock goes on with it."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.seconds: asyncio.Queue[float] = asyncio.Queue()
        self.over = asyncio.Semaphore(0)

    async def __call__(self, seconds: float) -> None:
        self.seconds.put_nowait(seconds)
        await self.over.acquire()
        self.place.clock.now += round(seconds * 1000)

    async def go_by(self) -> float:
        """How long the next one is, which then is over."""
        seconds = await asyncio.wait_for(self.seconds.get(), 30)
        self.over.release()
        return seconds


async def test_a_list_that_failed_is_read_again_sooner_at_first_and_never_later_than_a_good_one(
    place: Place, server: ProviderServer
) -> None:
    nap = Nap(place)
    live = place.live(sleep=nap)
    settings = settings_for(server, ONE)
    server.at("x", Lists(status=500))
    told = Told(live)
    assert (await live.refresh(settings, HANDED)).by_id["x"].list == "failed"
    await told.once()
    assert [await nap.go_by() for _ in range(8)] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert await asyncio.wait_for(nap.seconds.get(), 30) == 300
    assert len(server.calls) == 9
    server.at("x", Lists(rows=TWO))
    nap.over.release()
    await told.once()  # and of the same failure again nothing was told
    assert ids(live.current(settings, HANDED).by_id["x"]) == ["one", "two"]
    assert live._retrying is not None
    await asyncio.wait_for(live._retrying, 30)
    server.at("x", Lists(status=500))
    place.clock.now += 5 * MINUTE
    live.current(settings, HANDED)
    assert await nap.go_by() == 5  # a success begins the count again
    await live.close()


async def test_who_asks_again_after_seconds_gets_a_list_that_recovered(place: Place, server: ProviderServer) -> None:
    nap = Nap(place)
    live = place.live(sleep=nap)
    settings = settings_for(server, ONE)
    server.at("x", Lists(status=503))
    await live.refresh(settings, HANDED)
    server.at("x", Lists(rows=ONE))
    place.clock.now += 4_999
    live.current(settings, HANDED)
    assert len(server.calls) == 1
    assert (await live.refresh(settings, HANDED)).by_id["x"].list == "listed"  # asked for, it is read at once
    server.at("x", Lists(status=503))
    await live.refresh(settings, HANDED)
    server.at("x", Lists(rows=TWO))
    told = Told(live)
    place.clock.now += 5_000
    live.current(settings, HANDED)
    await told.once()
    assert ids(live.current(settings, HANDED).by_id["x"]) == ["one", "two"]
    await live.close()


async def test_failed_lists_are_left_alone_when_nobody_has_asked_for_an_hour(
    place: Place, server: ProviderServer
) -> None:
    nap = Nap(place)
    live = place.live(sleep=nap)
    settings = settings_for(server, ONE)
    server.at("x", Lists(status=500))
    await live.refresh(settings, HANDED)
    waited = 0.0
    while waited <= 3600:
        waited += await nap.go_by()
    assert live._retrying is not None
    await asyncio.wait_for(live._retrying, 30)
    assert nap.seconds.empty()
    await live.close()


async def test_a_model_that_has_gone_is_gone_and_not_erased(live: LiveCatalog, server: ProviderServer) -> None:
    settings = settings_for(server, TWO)
    await live.refresh(settings, HANDED)
    settings_for(server, ONE)
    gone = (await live.refresh(settings, HANDED)).by_id["x"]
    still = (await live.refresh(settings, HANDED)).by_id["x"]
    settings_for(server, TWO)
    back = (await live.refresh(settings, HANDED)).by_id["x"]

    assert (ids(gone), [model.id for model in gone.gone]) == (["one"], ["two"])
    assert (ids(still), [model.id for model in still.gone]) == (["one"], ["two"])
    assert (ids(back), back.gone) == (["one", "two"], ())


async def test_all_lists_are_read_at_once_and_a_slow_one_holds_nobody_up(
    live: LiveCatalog, server: ProviderServer
) -> None:
    settings = settings_for(server, ONE, "a", "b", "slow")
    server.at("slow", Lists(rows=ONE, hold=True))
    told = Told(live)
    whole = asyncio.create_task(live.refresh(settings, HANDED))
    while any(live.current(settings, HANDED).by_id[name].list != "listed" for name in ("a", "b")):
        await told.once()

    assert live.current(settings, HANDED).by_id["slow"].list == "not_listed"
    assert not whole.done()
    server.release()
    assert (await whole).by_id["slow"].list == "listed"


async def test_two_who_refresh_at_once_read_once(live: LiveCatalog, server: ProviderServer) -> None:
    settings = settings_for(server, ONE)
    server.at("x", Lists(rows=ONE, hold=True))
    both = [asyncio.create_task(live.refresh(settings, HANDED)) for _ in range(2)]
    await asyncio.to_thread(server.wait_for, "x", 1)
    server.release()
    await asyncio.gather(*both)

    assert len(server.calls) == 1


async def test_only_what_is_named_is_refreshed(live: LiveCatalog, server: ProviderServer) -> None:
    catalog = await live.refresh(settings_for(server, ONE, "a", "b"), HANDED, only=["b"])

    assert (catalog.by_id["a"].list, catalog.by_id["b"].list) == ("not_listed", "listed")
    assert [call.at for call in server.calls] == ["b"]


async def test_another_key_has_the_list_read_again(live: LiveCatalog, server: ProviderServer) -> None:
    settings = settings_for(server, ONE)
    server.at("x", Lists(rows=ONE, key="sk-2"))
    assert (await live.refresh(settings, HANDED)).by_id["x"].list == "failed"
    told = Told(live)
    live.current(settings, {"K": "sk-2"})
    await told.once()

    assert live.current(settings, {"K": "sk-2"}).by_id["x"].list == "listed"


async def test_another_address_is_another_list(live: LiveCatalog, server: ProviderServer) -> None:
    await live.refresh(settings_for(server, TWO), HANDED)
    moved = ProviderSettings("openai", base_url=server.at("y", Lists(rows=ONE)), api_key_env="K")
    catalog = live.current(Settings(providers={"x": moved}), HANDED)

    assert catalog.by_id["x"].models == ()


async def test_closing_ends_what_is_being_read(place: Place, server: ProviderServer) -> None:
    live = place.live()
    settings = settings_for(server, ONE)
    server.at("x", Lists(hold=True))
    live.current(settings, HANDED)
    await asyncio.to_thread(server.wait_for, "x", 1)
    await asyncio.wait_for(live.close(), 20)

    assert live.current(settings, {}).by_id["x"].state == "not configured"


async def test_who_stopped_listening_hears_nothing(live: LiveCatalog, server: ProviderServer) -> None:
    told = Told(live)
    told.stop()
    told.stop()
    await live.refresh(settings_for(server, ONE), HANDED)

    assert told.times == 0


async def test_the_same_catalog_is_the_same_object(live: LiveCatalog, server: ProviderServer) -> None:
    settings = settings_for(server, ONE)
    await live.refresh(settings, HANDED)

    assert live.current(settings, HANDED) is live.current(settings, HANDED)


# --- what several sources say of one model ----------------------------------------------------------------------------


async def listed(live: LiveCatalog, server: ProviderServer, given: ProviderSettings, rows: Sequence[object]) -> Catalog:
    url = server.at("anthropic", Lists("anthropic", rows))
    return await live.refresh(
        Settings(
            providers={
                "anthropic": ProviderSettings("anthropic", base_url=url, api_key_env="K", models=given.models),
            }
        ),
        HANDED,
    )


async def test_the_configuration_counts_before_the_list_and_the_list_before_the_shipped_row(
    live: LiveCatalog, server: ProviderServer
) -> None:
    row = {"id": "claude-opus-4-8", "display_name": "From the list", "max_input_tokens": 5000, "max_tokens": 6000}
    given = ProviderSettings(models=(ModelEntry("claude-opus-4-8", context=7, price={"input": 1, "output": 2}),))
    (model,) = (await listed(live, server, given, [row])).by_id["anthropic"].models
    known = {one.id: one for one in shipped()["anthropic"].models}["claude-opus-4-8"]

    assert (model.context, model.output, model.name) == (7, 6000, "From the list")
    assert (model.tools, model.efforts) == (known.tools, known.efforts)
    assert [origin.source.split(":")[0] for origin in model.origins] == [
        "the configuration",
        "the list of 127.0.0.1",
        "models.dev, 2026-07-01",
    ]
    assert model.origins[0].facts == ("context", "price")
    assert model.origins[1].facts == ("name", "output")
    assert model.origins[1].at == "2026-11-20T10:00:00.000Z"


async def test_prices_that_differ_by_more_than_one_in_a_hundred_are_both_kept(
    live: LiveCatalog, server: ProviderServer
) -> None:
    given = ProviderSettings(
        models=(
            ModelEntry("claude-opus-4-8", price={"input": 5.1, "output": 25}),
            ModelEntry("claude-opus-4-7", price={"input": 5.04, "output": 25}),
        )
    )
    far, near = (await listed(live, server, given, [])).by_id["anthropic"].models

    assert [(quote.source, quote.price.input) for quote in far.quotes] == [
        ("the configuration", 5.1),
        ("models.dev, 2026-07-01", 5),
    ]
    assert near.quotes == ()


async def test_a_list_that_was_read_is_the_whole_list_with_what_is_listed_by_hand(
    live: LiveCatalog, server: ProviderServer
) -> None:
    given = ProviderSettings(models=(ModelEntry("mine"),))
    catalog = await listed(live, server, given, [{"id": "claude-opus-4-8"}])

    assert ids(catalog.by_id["anthropic"]) == ["claude-opus-4-8", "mine"]


async def test_a_dated_id_has_the_facts_of_the_undated_one_and_never_of_another_date(
    live: LiveCatalog, server: ProviderServer
) -> None:
    rows = [{"id": "claude-opus-5-5-20261001"}, {"id": "claude-3-haiku-20250101"}]
    dated, other = (await listed(live, server, ProviderSettings(), rows)).by_id["anthropic"].models

    assert dated.price is not None
    assert other.price is other.context is None


async def test_an_end_is_known_of_listed_models_and_passes(
    live: LiveCatalog, place: Place, server: ProviderServer
) -> None:
    (model,) = (
        (await listed(live, server, ProviderSettings(), [{"id": "claude-sonnet-4-5-20250929"}]))
        .by_id["anthropic"]
        .models
    )
    assert (model.retires, model.status) == ("2026-11-30", "active")

    place.clock.now += 10 * 24 * 60 * MINUTE
    (model,) = (
        (await listed(live, server, ProviderSettings(), [{"id": "claude-sonnet-4-5-20250929"}]))
        .by_id["anthropic"]
        .models
    )
    assert (model.retires, model.status) == ("2026-11-30", "deprecated")
    assert model.facts_from is not None
    assert "LiteLLM" in model.facts_from
