"""One module for each measure, each with one function ``measure()``; the table of them is :data:`MEASURES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.bench.figures import Figures
from tests.bench.measures import (
    birth,
    calls,
    choosing,
    ending,
    flood,
    history,
    idle,
    imports,
    keys,
    kills,
    load,
    picker,
    start,
    step,
    streams,
)

MEASURES: Mapping[str, Callable[[], Figures]] = {
    "start": start.measure,
    "imports": imports.measure,
    "keys": keys.measure,
    "birth": birth.measure,
    "idle": idle.measure,
    "step": step.measure,
    "ending": ending.measure,
    "choosing": choosing.measure,
    "picker": picker.measure,
    "load": load.measure,
    "streams": streams.measure,
    "flood": flood.measure,
    "history": history.measure,
    "kills": kills.measure,
    "calls": calls.measure,
}
"""By the name under which it is asked for."""
