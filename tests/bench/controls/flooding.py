"""An agent that writes so many bytes in lines of so many bytes, and so many lines a second at most (0: no limit).

It speaks as claude does at its end.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main() -> None:
    total, length, rate = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    model = sys.argv[sys.argv.index("--model") + 1]
    sys.stdin.buffer.read()
    line = b'{"type":"keep_alive","pad":"'
    line += b"x" * max(0, length - len(line) - 3) + b'"}\n'
    lines = max(1, min((1 << 20) // len(line), rate // 20 or 1 << 20))
    block, written, begun = line * lines, 0, time.monotonic()
    while written < total:
        written += os.write(1, block)
        if rate:
            time.sleep(max(0.0, begun + written / len(line) / rate - time.monotonic()))
    end = {"type": "result", "subtype": "success", "is_error": False, "result": "done", "modelUsage": {model: {}}}
    os.write(1, b"\n" + json.dumps(end).encode() + b"\n")


if __name__ == "__main__":
    main()
