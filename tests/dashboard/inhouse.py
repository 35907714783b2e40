"""A real executor in this process, as the dashboard's client: real journal, real checks, requests as they are sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

from tests.executor.conftest import CONFIG, House
from tui.config.codec import read_request, write
from tui.core.events import Event, Health
from tui.core.verbs import Await, Cancel, List, Page, Peek, Start, Started, Tasks

MORE = """
presets: {economy: {plan: haiku, build: sonnet}}
"""
FLOWS = """
  ticket:
    title: Ticket
    specs: [feature, bug, story]
    stages:
      - {name: plan, profile: quick, model: opus}
      - {name: ok, type: approval}
      - {name: build, profile: quick, model: sonnet}
      - {name: review, profile: quick}
  quick-bug: {specs: [bug], stages: [{name: fix, profile: quick, model: haiku}]}
"""


class InHouse:
    """What a client gives, without the socket."""

    def __init__(self, house: House) -> None:
        house.locations.config_file.write_text(MORE + CONFIG + FLOWS)
        self.house = house
        self.asked: list[object] = []

    async def connect(self, autostart: bool = True) -> object:
        return None

    async def close(self) -> None:
        return None

    async def health(self) -> Health:
        return Health("0", 1, 1, "")

    async def start(self, request: Start) -> Started:
        self.asked.append(request)
        return await self.house.executor.verbs.start(read_request(type(request), write(request)))

    async def wait(self, request: Await) -> Tasks:
        return await self.house.executor.verbs.wait(request)

    async def peek(self, request: Peek) -> Tasks:
        return await self.house.executor.verbs.peek(request)

    async def cancel(self, request: Cancel) -> Tasks:
        return await self.house.executor.verbs.cancel(request)

    async def list(self, request: List) -> Page:
        self.asked.append(request)
        return await self.house.executor.verbs.list(read_request(List, write(request)))

    def events(self, after: int | None) -> AsyncIterator[Event]:
        return self.house.executor.feed.events(after)
