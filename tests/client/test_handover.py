"""Which variables reach the executor: those that the person's configuration mentions, and nothing else."""

from __future__ import annotations

from contextlib import aclosing

from tests.client.fake_executor import FakeExecutor
from tui.client.client import ExecutorClient
from tui.client.handover import mentioned, to_hand_over
from tui.config.locations import Locations

CONFIG = """
providers:
  zai: {kind: anthropic, base_url: "https://zai.invalid", api_key_env: ZAI_API_KEY, models: [{id: glm-5}]}
  other: {kind: openai, base_url: "https://other.invalid", api_key_env: OTHER_KEY, models: [{id: x}]}
"""
ENVIRON = {"ZAI_API_KEY": "z", "OTHER_KEY": "o", "AWS_SECRET_ACCESS_KEY": "aws"}


def _handed(fake: FakeExecutor) -> list[dict[str, str]]:
    return [body["values"] for verb, body in fake.asked if verb == "task_start"]


async def test_what_is_missing_and_mentioned_is_handed_over_once(locations: Locations, fake: FakeExecutor) -> None:
    locations.config_file.write_text(CONFIG)
    fake.needed = ("ZAI_API_KEY", "AWS_SECRET_ACCESS_KEY")
    for _ in range(2):
        async with ExecutorClient(locations, handed=ENVIRON) as client:
            await client.connect()
    assert _handed(fake) == [{"ZAI_API_KEY": "z"}]


async def test_a_value_that_is_there_is_not_replaced_unasked(locations: Locations, fake: FakeExecutor) -> None:
    locations.config_file.write_text(CONFIG)
    fake.needed, fake.values = ("ZAI_API_KEY",), {"ZAI_API_KEY": "the first one's"}
    async with ExecutorClient(locations, handed=ENVIRON) as client:
        await client.connect()
        assert _handed(fake) == []
        assert await client.hand_over(everything=True) == ("OTHER_KEY", "ZAI_API_KEY")
    assert fake.values["ZAI_API_KEY"] == "z"


async def test_a_changed_configuration_hands_over_what_it_newly_mentions(
    locations: Locations, fake: FakeExecutor
) -> None:
    async with ExecutorClient(locations, handed=ENVIRON) as client, aclosing(client.events(0)) as events:
        await client.connect()
        locations.config_file.write_text(CONFIG)
        fake.needed = ("OTHER_KEY",)
        fake.publish({"seq": 1, "type": "settings"})
        await anext(events)
    assert fake.values == {"OTHER_KEY": "o"}


def test_a_project_can_not_name_what_it_would_like(locations: Locations) -> None:
    locations.config_file.write_text(CONFIG)
    assert {"ZAI_API_KEY", "OTHER_KEY"} <= mentioned(locations)
    assert to_hand_over(locations, ENVIRON) == {"ZAI_API_KEY": "z", "OTHER_KEY": "o"}


def test_a_broken_configuration_hands_over_nothing(locations: Locations) -> None:
    locations.config_file.write_text("providers: [")
    assert to_hand_over(locations, ENVIRON) == {}
