"""An agent that says the time: a line every so often, for so many seconds, and then that it is done.

Run by its path: ``python -I -S talking.py SECONDS PAUSE`` and whatever an agent of its kind is passed beside.
"""

from __future__ import annotations

import sys
import time


def main() -> None:
    """Talk."""
    sys.stdin.read()
    seconds, pause = float(sys.argv[1]), float(sys.argv[2])
    began = time.monotonic()
    # Spread over the pause, as so many agents would be.
    time.sleep(began * 1e6 % 1 * pause)
    while time.monotonic() - began < seconds:
        sys.stdout.write(f"at {time.monotonic():.6f}\n")
        sys.stdout.flush()
        time.sleep(pause)
    sys.stdout.write('{"type":"result","subtype":"success","is_error":false,"result":"done"}\n')


if __name__ == "__main__":
    main()
