"""``modeldeck``: parse, call one command, turn errors into sentences and exit codes."""

from __future__ import annotations

import argparse
import sys

from tui import __version__


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(prog="modeldeck", allow_abbrev=False)
    top.add_argument("--version", action="version", version=f"modeldeck {__version__}")
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command and give its exit code."""
    parser().parse_args(sys.argv[1:] if argv is None else argv)
    return 0
