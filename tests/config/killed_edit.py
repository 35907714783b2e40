"""Edit a file, and be killed at the Nth thing that is done with files: ``python killed_edit.py FILE N``.

Python tells an audit hook of each of them before it is done.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tui.config.edit import edit
from tui.config.edit_text import Change

WATCHED = ("open", "os.", "fcntl.")


def main() -> None:
    file, left = Path(sys.argv[1]), int(sys.argv[2])
    found = edit(file, lambda _: [Change(("default_model",), "opus")], follow=True)

    def hook(event: str, _: object) -> None:
        nonlocal left
        if event.startswith(WATCHED) and event != "os.kill":
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    found.write()


if __name__ == "__main__":
    main()
