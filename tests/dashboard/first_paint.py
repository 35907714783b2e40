"""The dashboard as the command line opens it; says what was imported when the first frame had been written.

``python -m tests.dashboard.first_paint REPORT CACHE`` opens on /shop with a client that never answers.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from tui.config.locations import Locations
from tui.dashboard.app import ModeldeckApp, run


class Unanswered:
    async def connect(self, autostart: bool = True) -> object:
        return await asyncio.Event().wait()

    async def close(self) -> None:
        return None


def connect() -> Unanswered:
    import httpx  # noqa: F401, PLC0415  # as the real client would

    return Unanswered()


def main(report: str, cache: str) -> int:
    frames: list[list[str]] = []

    def painted(app: ModeldeckApp) -> None:
        frames.append(sorted(sys.modules))
        if len(frames) == 1:
            Path(report).write_text(json.dumps(frames[0]))

    ModeldeckApp.post_display_hook = painted  # type: ignore[method-assign]  # Textual's own hook for tests
    folder = Path(cache)
    return run(Locations(folder / "config.yaml", folder, folder), Path("/shop"), connect)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
