"""Providers in every state that a list can have, as an executor would tell them at :data:`tests.dashboard.fake.NOW`."""

from __future__ import annotations

from tui.core.catalog import Model, Origin, Price, Provider, Quote

READ = "2026-11-20T14:03:00.000Z"
OLD = "2026-11-20T11:40:00.000Z"

OPUS = Model(
    "claude-opus-5-5",
    "Claude Opus 5.5",
    description="The strongest: plans and hard bugs",
    context=1_000_000,
    output=128_000,
    price=Price(5, 25, 0.5, 6.25),
    input=("text", "image"),
    attachment=True,
    tools=True,
    reasoning=True,
    efforts=("low", "medium", "high"),
    origins=(
        Origin("Anthropic's own list", READ, ("context", "output", "input")),
        Origin("genai-prices", "2026-11-19", ("price",)),
    ),
    quotes=(
        Quote("the configuration", Price(5, 25)),
        Quote("genai-prices", Price(4, 20), "claude-opus-5-5-20261020"),
    ),
)

EVERY_STATE = (
    Provider("xai", "xAI", models=(Model("grok-5"),), list="not_listed"),
    Provider(
        "anthropic",
        "Anthropic",
        source="env",
        key="present",
        models=(
            OPUS,
            Model("claude-sonnet-5-5", context=1_000_000, price=Price(3, 15), input=("text", "image"), attachment=True),
            Model("claude-haiku-5-5", context=200_000, price=Price(1, 5), input=("text",), attachment=False),
            Model("claude-sonnet-4-5", status="deprecated", price=Price(3, 15), retires="2026-11-30"),
            Model("claude-opus-4-1", price=Price(15, 75), retires="2026-08-05"),
            Model("claude-embed-1", use="embedding"),
        ),
        gone=(Model("claude-opus-4", price=Price(15, 75)),),
        read_at=READ,
    ),
    Provider("openai", "OpenAI", source="env", key="present", list="failed", error="the key was refused (401)"),
    Provider(
        "google",
        "Google",
        source="env",
        key="present",
        list="failed",
        error="no answer within 20 s",
        models=(Model("gemini-3.8-flash", context=1_000_000),),
        read_at=OLD,
    ),
    Provider("local", "Local models", source="config", models=(), read_at=READ),
    Provider("zai", "Z.AI", key="present", list="not_listed", models=(Model("glm-5", context=200_000),)),
)
