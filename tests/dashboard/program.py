"""The dashboard as a program, over an executor in memory: ``python -m tests.dashboard.program CARDS [CACHE]``.

With a cache file the deck is painted from it and no executor answers.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.dashboard.fake import NOW, Executor, workflow
from tui.core.errors import UnreachableError
from tui.dashboard.app import ModeldeckApp
from tui.dashboard.cache import recall


class Nobody(Executor):
    async def connect(self, autostart: bool = True) -> object:
        raise UnreachableError("Nothing answers at the socket")


def many(count: int) -> Executor:
    flows = (
        workflow(f"flow-{i}", f"Workflow {i}", ("plan", "opus" if i % 3 else "sonnet"), ("document", "haiku"))
        for i in range(count)
    )
    return Executor(tuple(flows))


def main(count: str, cache: str | None = None) -> int:
    executor = Nobody() if cache else many(int(count))
    remembered = recall(Path(cache), Path("/shop")) if cache else None
    app = ModeldeckApp(Path("/shop"), lambda: executor, remembered=remembered, now=lambda: NOW)
    app.run(mouse=False)
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
