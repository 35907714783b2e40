"""Places for agents: order, limits, and nothing kept by those who gave up."""

from __future__ import annotations

import asyncio

from tui.core.settings import Limits
from tui.executor.slots import Slots


async def test_places_are_given_in_order_and_a_full_agent_blocks_no_other() -> None:
    slots, began, release = Slots(), list[str](), asyncio.Event()
    limits = Limits(attempts=3, per_agent={"a": 1})

    async def work(name: str, agent: str) -> None:
        async with slots.place(agent, limits):
            began.append(name)
            await release.wait()

    tasks = [
        asyncio.create_task(work(*one)) for one in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b"), ("b3", "b"))
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert began == ["a1", "b1", "b2"]
    assert (slots.running, slots.waiting) == (3, 2)
    release.set()
    await asyncio.gather(*tasks)
    assert sorted(began) == ["a1", "a2", "b1", "b2", "b3"]
    assert (slots.running, slots.waiting) == (0, 0)


async def test_newer_limits_hold_for_those_who_wait_already() -> None:
    slots, began, release = Slots(), list[str](), asyncio.Event()

    async def work(name: str, limits: Limits) -> None:
        async with slots.place("a", limits, whose="shop"):
            began.append(name)
            await release.wait()

    tasks = [asyncio.create_task(work(str(number), Limits(attempts=1))) for number in range(3)]
    await asyncio.sleep(0)
    assert began == ["0"]
    tasks.append(asyncio.create_task(work("3", Limits(attempts=4))))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert sorted(began) == ["0", "1", "2", "3"]
    release.set()
    await asyncio.gather(*tasks)


async def test_a_drain_gives_no_further_place_and_is_over_when_the_last_one_is_free() -> None:
    slots, limits, release = Slots(), Limits(), asyncio.Event()

    async def work() -> None:
        async with slots.place("a", limits):
            await release.wait()

    first = asyncio.create_task(work())
    await asyncio.sleep(0)
    slots.drain()
    second = asyncio.create_task(work())
    await asyncio.sleep(0)
    assert (slots.running, slots.waiting, slots.drained.is_set()) == (1, 1, False)
    release.set()
    await first
    assert (slots.running, slots.waiting, slots.drained.is_set()) == (0, 1, True)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


async def test_who_gives_up_waiting_keeps_no_place() -> None:
    slots, limits = Slots(), Limits(attempts=1)
    async with slots.place("a", limits):
        waiting = asyncio.create_task(slots.place("a", limits).__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert slots.waiting == 0
    async with asyncio.timeout(10), slots.place("a", limits):
        assert slots.running == 1


async def test_an_adopted_attempt_counts_but_never_waits() -> None:
    slots, limits = Slots(), Limits(attempts=1)
    async with slots.place("a", limits):
        with slots.adopted("a"):
            assert slots.running == 2
