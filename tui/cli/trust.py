"""``modeldeck trust|untrust``: whether anything of a folder may run, after seeing what that would be."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli import places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.cli.exits import FAILED
from tui.core.errors import ConfigError, RequestError, UntrustedError

if TYPE_CHECKING:
    from tui.config.trust import Review


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add both commands."""
    trusting = command(subparsers, "trust", run, "show what a folder would run, ask, and trust it")
    only = trusting.add_mutually_exclusive_group()
    only.add_argument("--show", action="store_true", help="only show it")
    only.add_argument("--yes", action="store_true", help="trust it without a question; needed without a terminal")
    ending = command(subparsers, "untrust", run_untrust, "take the trust in a folder back")
    for parser in (trusting, ending):
        parser.add_argument("folder", nargs="?", metavar="DIR", help="the folder (default: the project you are in)")


def run(args: argparse.Namespace) -> int:
    """Show what the folder would run, and trust it if that is confirmed."""
    from tui.client.handover import mentioned  # noqa: PLC0415
    from tui.config.trust import TrustStore  # noqa: PLC0415

    folder, locations = places.project(args.folder), places.locations()
    store = TrustStore(locations.trust, lambda: mentioned(locations))
    review = store.review(folder)
    if not args.show and "MODELDECK_ATTEMPT" in os.environ:
        raise UntrustedError("An agent can't trust a folder: do it yourself, in a terminal of your own")
    if not args.json:
        _tell_review(folder, review)
    if not (args.show or args.yes):
        _require_terminal(args)
        if not _confirmed(review.variables):
            show.line("Not trusted: nothing changed.")
            return FAILED
    if not args.show:
        store.trust(folder, review)
    state = store.state(folder)
    problem = _problem(folder)
    if args.json:
        told = {
            "folder": str(folder),
            "trusted": state.trusted,
            "note": state.note,
            "would_run": review.would_run,
            "variables": review.variables,
            "problem": problem,
        }
        show.as_json(told)
        return 0
    if state.trusted:
        show.line("It is trusted, until one of its watched files changes. Take it back with `modeldeck untrust`.")
    else:
        show.line(f"It is not trusted: {state.note}. Trust it with `modeldeck trust {args.folder or '.'}`.")
    if problem is not None:
        show.note(f"Its configuration has an error, so nothing of that file is in force:\n{problem}")
    return 0


def _tell_review(folder: Path, review: Review) -> None:
    show.line(f"{folder} brings:" if review.would_run else f"{folder} brings nothing that would run by itself.")
    for sentence in review.would_run:
        show.line(f"  - {sentence}")


def _require_terminal(args: argparse.Namespace) -> None:
    """Raise :class:`RequestError` where nobody can be asked."""
    if args.json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        where = "With --json" if args.json else "Without a terminal"
        raise RequestError(
            f"{where} nobody can be asked: look at the list (--show), then add --yes to trust the folder"
        )


def _confirmed(variables: tuple[str, ...]) -> bool:
    if variables:
        show.line(f"Trusting it approves that it gets the values of: {', '.join(variables)}")
    show.question("Trust this folder, so that all of this may run? [y/N] ")
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _problem(folder: Path) -> str | None:
    """Return what is wrong with the folder's own configuration file; ``None`` where nothing is."""
    from tui.config.load import load  # noqa: PLC0415

    file = places.locations().config_file
    try:
        load(file, folder, trusted=True)
    except ConfigError as error:
        return None if error.path == str(file) else error.message
    return None


def run_untrust(args: argparse.Namespace) -> int:
    """Take the trust back."""
    from tui.config.trust import TrustStore  # noqa: PLC0415

    folder = places.project(args.folder)
    store = TrustStore(places.locations().trust)
    store.untrust(folder)
    if args.json:
        show.as_json({"folder": str(folder), "trusted": False})
    else:
        show.line(f"{folder} is not trusted: its workflows are listed, nothing of it runs.")
    return 0
