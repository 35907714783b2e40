"""Configurations of any size, as a person would write them."""

from __future__ import annotations

import json

STAGES = ("plan", "design", "implement", "test", "review", "document", "merge")


def config(cards: int, *, stages: int = 3, providers: int = 0, models: int = 0) -> str:
    """``cards`` workflows of ``stages`` stages each, and so many ``models`` spread over so many ``providers``.

    JSON, which YAML reads too.
    """
    named: dict[str, object] = {"anthropic": {"kind": "list"}}
    named |= {f"provider-{p:03}": _provider(p, models // providers) for p in range(providers)}
    selectors = _selectors(providers)
    return json.dumps(
        {
            "default_model": "opus",
            "small_model": "haiku",
            "aliases": {"best": "opus", "second": "best"},
            "stage_models": {"plan": "opus", "review": "second"},
            "presets": {"economy": {"plan": "sonnet", "implement": "haiku"}},
            "command_models": {"/test": {"base": "haiku", "heavy": "sonnet"}},
            "providers": named,
            "agents": {"quick": {"kind": "rehearsal", "rehearsal": {"seconds": 0, "messages": 1}}},
            "profiles": {
                "builder": {"agent": "quick", "model": "sonnet"},
                "scribe": {"agent": "quick", "model": "node:docs"},
            },
            "workflows": {
                f"card-{card:03}": {
                    "title": title(card),
                    "stages": [_stage(stage, selectors[(card + stage) % len(selectors)]) for stage in range(stages)],
                }
                for card in range(cards)
            },
        },
        separators=(",", ":"),
    )


def title(card: int) -> str:
    """The title of a card: one word, so that it can be found on a screen."""
    return f"Workflow-{card:03}"


def _provider(number: int, models: int) -> dict[str, object]:
    # A vision model, a small one, a large one, and one of which nothing is known, in turn.
    kinds: tuple[dict[str, object], ...] = (
        {"input": ["text", "image"], "tools": True, "context": 200_000},
        {"price": {"input": 0.2, "output": 1.0}, "tools": True},
        {"context": 1_000_000, "reasoning": True},
        {},
    )
    names = ("sight", "mini", "grand", "plain")
    entries = [{"id": f"{names[m % 4]}-{number:03}-{m:02}", **kinds[m % 4]} for m in range(models)]
    return {"kind": "list", "models": entries}


def _selectors(providers: int) -> tuple[object, ...]:
    """One of each kind: alias, chain of aliases, bare id, whole reference, loose id, tags, nothing said."""
    usual = ("opus", "second", "claude-sonnet-5-5", "anthropic/claude-haiku-5-5", "node:fast", "node:vision", None)
    if not providers:
        return usual
    last = providers - 1
    return (*usual, f"provider-{last:03}/grand-{last:03}-02", f"mini-{last // 2:03}-01", "Grand-000-02", "node:docs")


def _stage(stage: int, model: object) -> dict[str, object]:
    name = STAGES[stage % len(STAGES)]
    said: dict[str, object] = {"name": name, "profile": "scribe" if name == "document" else "builder"}
    if model is not None:
        said["model"] = model
    if name == "test":
        said["command"] = "/test"
    return said
