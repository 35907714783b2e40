"""Textual's driver, telling which modules were imported when a certain text is painted for the first time.

Textual takes its driver's class from ``TEXTUAL_DRIVER``, so the program under it is the real one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from textual.drivers.linux_driver import LinuxDriver


class WatchingDriver(LinuxDriver):
    """Writes as ever."""

    def write(self, data: str) -> None:
        """Write, after the names of the modules have been put into ``WATCH_FILE`` if ``WATCH_FOR`` is in ``data``."""
        file = Path(os.environ["WATCH_FILE"])
        if os.environ["WATCH_FOR"] in data and not file.exists():
            modules = sorted(name for name in sys.modules if name != __name__)
            file.write_text("\n".join(modules))
        super().write(data)
