"""``modeldeck explain``: which model, and why, without running anything."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command ``explain``."""
    parser = subparsers.add_parser("explain", help="which model would be chosen, and why", allow_abbrev=False)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--scenario", metavar="FILE", type=Path, help="resolve the scenarios of FILE and tell why")
    what.add_argument(
        "--check", metavar="FILE_OR_DIR", type=Path, nargs="+", help="compare scenarios with what they expect"
    )
    parser.add_argument("--json", action="store_true", help="print data")
    parser.set_defaults(func=run)


def run(args: argparse.Namespace) -> int:
    """0: resolved, or all as expected; 1: some not as expected; 2: nothing can be chosen, or a file is wrong."""
    from tui.cli import scenarios  # noqa: PLC0415 - the parser is built for every command, the reader is for this one

    if args.check:
        return scenarios.check(args.check, as_json=args.json)
    return scenarios.tell(args.scenario, as_json=args.json)
