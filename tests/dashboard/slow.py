"""The dashboard over an executor that is slow to start: ``python -m tests.dashboard.slow GATE ASKED CACHE``.

Nothing answers before the file GATE exists; with ``no`` in it nothing ever does. What is asked for is written to ASKED.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from tests.dashboard.clerk import Clerk
from tests.dashboard.fake import NOW
from tests.dashboard.scribe import Scribe
from tui.core.errors import UnreachableError
from tui.core.verbs import Start, Started, StartWorkflow
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.cache import recall


class Slow(Scribe, Clerk):
    """One workflow that can be edited, three specs."""

    def __init__(self, gate: Path, asked: Path) -> None:
        Clerk.__init__(self)
        self.workflows = tuple(replace(item, digest="d1") for item in self.workflows)
        self._gate, self._asked = gate, asked

    async def connect(self, autostart: bool = True) -> object:
        while not self._gate.exists():
            await asyncio.sleep(0.02)
        if self._gate.read_text() == "no":
            raise UnreachableError("Nothing answers at the socket")
        return await super().connect(autostart)

    async def start(self, request: Start) -> Started:
        if isinstance(request, StartWorkflow):
            with self._asked.open("a") as file:
                file.write(f"{request.workflow} {request.model} {request.input!r}\n")
        return await super().start(request)


def main(gate: str, asked: str, cache: str) -> int:
    executor = Slow(Path(gate), Path(asked))
    kept = Path(cache)
    remembered = recall(kept, Path("/shop"))
    app = ModeldeckApp(Path("/shop"), lambda: executor, remembered=remembered, cache=kept, now=lambda: NOW)
    app.run(mouse=False)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
