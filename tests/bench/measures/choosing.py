"""The resolver with a large catalog: one question, the order under tags, and the plan of a whole deck in one call."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.bench import deck
from tests.bench.figures import ROUNDS, Figure, Figures, UnmeasuredError
from tests.bench.house import House, house
from tui.catalog.offer import offered
from tui.config.load import load
from tui.core.catalog import Catalog
from tui.core.resolution import ResolutionRequest
from tui.core.resolver import resolve
from tui.core.settings import Settings

PROVIDERS, MODELS, CARDS, STAGES = 200, 5_000, 300, 7
QUESTION = 100.0
"""Microseconds, at most, in the median."""
ORDER = 30.0
"""Milliseconds for one tag, at most, once per catalog."""
PLAN = 250.0
"""Milliseconds for the whole deck, at most."""

LARGE = deck.config(CARDS, stages=STAGES, providers=PROVIDERS, models=MODELS)
SMALL = deck.config(CARDS, stages=STAGES)


def measure() -> Figures:
    """The pure function first, then the executor."""
    large, small = _in_force(LARGE), _in_force(SMALL)
    rounds = [(_median(*large), _median(*small)) for _ in range(ROUNDS)]
    question, few = (min(times) for times in zip(*rounds, strict=True))
    size = f"{MODELS:,} models"
    control = f"{len(list(small[1]))} providers"
    figures = [Figure(f"resolver: one question, {size}, median", question * 1e6, "us", few * 1e6, control, QUESTION)]
    for tag in ("node:fast", "node:vision", "node:docs"):
        order, plain = _order(large, tag), _sorted(large[1])
        figures.append(Figure(f"resolver: {tag}, {size}, once", order * 1e3, "ms", plain * 1e3, "ids sorted", ORDER))
    plan, first = _plan(LARGE)
    less, _ = _plan(SMALL)
    what = f"executor: plan of {CARDS} cards of {STAGES} stages in one call"
    figures.append(Figure(what, plan * 1e3, "ms", less * 1e3, control, PLAN))
    figures.append(Figure(f"{what}, the very first", first * 1e3, "ms", plan * 1e3, "later ones"))
    return figures


def _in_force(config: str) -> tuple[Settings, Catalog]:
    with tempfile.TemporaryDirectory(prefix="modeldeck-bench-") as folder:
        file = Path(folder) / "config.yaml"
        file.write_text(config)
        settings = load(file).settings
        return settings, offered(settings, {}, Path(folder))


def _questions(settings: Settings) -> list[ResolutionRequest]:
    return [
        ResolutionRequest(
            "step", workflow=name, stage=stage.name, index=index, profile=stage.profile, command=stage.command
        )
        for name, workflow in settings.workflows.items()
        for index, stage in enumerate(workflow.stages)
    ]


def _median(settings: Settings, catalog: Catalog) -> float:
    times = []
    for question in _questions(settings):
        began = time.perf_counter()
        resolve(question, settings, catalog)
        times.append(time.perf_counter() - began)
    return statistics.median(times)


def _order(in_force: tuple[Settings, Catalog], tag: str) -> float:
    """What a tag costs when it is first asked for in a catalog that was asked for other things before."""
    settings = replace(in_force[0], small_model=None)  # which would answer for node:fast unasked
    catalog = in_force[1]
    times = []
    for _ in range(ROUNDS):
        fresh = Catalog(catalog.providers, catalog.digest)
        resolve(ResolutionRequest("worker", profile="builder", model="sonnet"), settings, fresh)
        began = time.perf_counter()
        resolve(ResolutionRequest("worker", profile="builder", model=tag), settings, fresh)
        times.append(time.perf_counter() - began)
    return min(times)


def _sorted(catalog: Catalog) -> float:
    times = []
    for _ in range(ROUNDS):
        ids = [model.id for provider in catalog for model in provider.models]
        began = time.perf_counter()
        sorted(ids)
        times.append(time.perf_counter() - began)
    return min(times)


def _plan(config: str) -> tuple[float, float]:
    """The call when it was made before, and when it is made for the first time."""
    with house(config) as place, place.executor(), place.line() as line:
        body = _request(place)
        first, *later = [_timed(lambda: line.ask_raw("task_list", body)) for _ in range(ROUNDS + 1)]
        planned = json.loads(line.ask_raw("task_list", body))["plan"]
    steps = [step for run in planned for step in run["steps"]]
    if len(steps) != CARDS * STAGES or any(step.get("error") for step in steps):
        raise UnmeasuredError("a card of the large deck has no plan")
    return min(later), first


def _request(place: House) -> bytes:
    project = str(place.project)
    requests = [{"workflow": f"card-{card:03}", "project": project, "dry_run": True} for card in range(CARDS)]
    return json.dumps({"view": "plan", "project": project, "requests": requests}).encode()


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
