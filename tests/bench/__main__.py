"""``python -m tests.bench [NAME...] [--json FILE]``: measure, print the table, exit 1 if a limit is exceeded."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench.figures import Figure, UnmeasuredError, table
from tests.bench.measures import MEASURES


def main() -> int:
    """Measure what was asked for; the exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASURES)}; default: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    args = parser.parse_args()
    unknown = [name for name in args.names if name not in MEASURES]
    if unknown:
        parser.error(f"there is no measure {unknown[0]!r}; there are {', '.join(MEASURES)}")
    figures: list[Figure] = []
    failures: list[str] = []
    for name in args.names or MEASURES:
        sys.stderr.write(f"measuring: {name} ...\n")
        try:
            figures += MEASURES[name]()
        except (UnmeasuredError, OSError, subprocess.SubprocessError) as error:
            failures.append(f"{name}: not measured: {error}")
    sys.stdout.write("\n".join((_head(), "", table(figures), *failures)) + "\n")
    if args.json is not None:
        rows = [asdict(figure) | {"ratio": figure.ratio, "ok": figure.ok} for figure in figures]
        args.json.write_text(json.dumps({"figures": rows, "failures": failures}, indent=1))
    return 1 if failures or not all(figure.ok for figure in figures) else 0


def _head() -> str:
    cores, load = os.cpu_count() or 1, os.getloadavg()[1]
    head = f"Python {platform.python_version()}, {cores} cores, load {load:.1f}, best of three"
    busy = "; the machine has other things to do: trust counts, bytes and memory more than times"
    return head + (busy if load > 0.75 * cores else "")


if __name__ == "__main__":
    sys.exit(main())
