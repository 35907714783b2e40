"""Pictures of the screens for the README: the real demo with its real executor, driven by keys.

``python -m tests.shots FOLDER`` writes one SVG for each screen and size.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from tui.cli.demo import end
from tui.client.client import ExecutorClient
from tui.config.demo import HOME, lay_out, locations
from tui.dashboard.app import ModeldeckApp

SIZES = ((120, 40), (80, 24))
LIMIT = 60.0
SCREENS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("deck", (), "node:fast"),
    ("why", ("w",), "won"),  # of a card: a run's tells where its agent was started
    ("picker", ("escape", "m"), "would be"),
    ("start", ("escape", "s"), "What shall it do"),
    ("run", (*"Add a discount code", "enter"), "1/3"),
    ("form", ("2", "n", *"Discount codes", "enter", "j", "space"), "not used"),
    ("specs", ("s",), "stage preference (plan)"),
)
"""Name, the keys that lead there from the screen before, and a text that is there when it is whole."""


def main(folder: str) -> int:
    """Draw every screen at every size into ``folder``."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="modeldeck-shots-") as home:
            os.environ["HOME"] = str(Path(home).resolve() / HOME)
            asyncio.run(_draw(Path(home).resolve(), size, target))
    return 0


async def _draw(home: Path, size: tuple[int, int], target: Path) -> None:
    project, places = lay_out(home), locations(home)
    clients: list[ExecutorClient] = []

    def connect() -> ExecutorClient:
        clients.append(ExecutorClient(places, handed={"HOME": str(home / HOME), "PATH": os.environ["PATH"]}))
        return clients[-1]

    app = ModeldeckApp(project, connect, env={"LANG": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": "truecolor"})
    try:
        async with app.run_test(size=size) as pilot:
            for name, keys, whole in SCREENS:
                await _press(pilot, keys)
                await _until(pilot, whole)
                picture = app.export_screenshot(title="Modeldeck")
                # A picture must not change for the folder that it was drawn in, nor fetch a font from anywhere.
                picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
                (target / f"{name}-{size[0]}x{size[1]}.svg").write_text(picture)
    finally:
        await asyncio.to_thread(end, home, places, [process for client in clients for process in client.started])


async def _press(pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    for key in keys:
        await pilot.press({" ": "space"}.get(key, key))


async def _until(pilot: Pilot[None], text: str) -> None:
    async with asyncio.timeout(LIMIT):
        while text not in pilot.app.export_screenshot().replace("&#160;", " "):
            await pilot.pause(0.05)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
