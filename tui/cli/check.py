"""``modeldeck check``: what in the configuration, or around it, will not do what it seems to say."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command
from tui.core.errors import ConfigError
from tui.core.items import Finding
from tui.core.plain import one_line
from tui.core.verbs import List, Page


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the command."""
    parser = command(subparsers, "check", run, "what is wrong with the configuration, and what to do about it")
    parser.add_argument("--project", metavar="DIR", help="the project's folder (default: the one you are in)")


def run(args: argparse.Namespace) -> int:
    """0: nothing, or warnings alone; 1: errors."""
    page = asyncio.run(_check(str(places.project(args.project))))
    if args.json:
        show.as_json({"errors": _count(page.check, "error"), "warnings": _count(page.check, "warning"), **_data(page)})
    else:
        told(page.check)
    return exits.FAILED if _count(page.check, "error") else exits.SUCCEEDED


def told(findings: Sequence[Finding]) -> None:
    """Each finding with its place and what to do, then how many there are."""
    for one in findings:
        where = ":".join(str(part) for part in (one.file, one.line) if part is not None)
        parts = (one.severity, where, one.place if one.place and one.place not in one.message else None)
        show.line(f"{' '.join(part for part in parts if part)}: {one_line(one.message, 2000)} [{one.code}]")
        near = f" (near: {', '.join(one.suggestions)})" if one.suggestions else ""
        show.line(f"    {one_line(one.fix, 2000)}{near}")
    errors, warnings = _count(findings, "error"), _count(findings, "warning")
    many = [f"{found} {word}{'' if found == 1 else 's'}" for found, word in ((errors, "error"), (warnings, "warning"))]
    show.line(", ".join(many) if findings else "Nothing found.")


async def _check(project: str) -> Page:
    async with places.client() as client:
        with suppress(ConfigError):  # a file that is broken is what this command is for
            await client.connect()
        # Names alone: which of them matter is known where agents are started.
        return await client.list(
            List(
                view="check",
                project=project,
                variables=tuple(sorted(name for name, value in os.environ.items() if value)),
            )
        )


def _count(findings: Sequence[Finding], severity: str) -> int:
    return sum(one.severity == severity for one in findings)


def _data(page: Page) -> dict[str, object]:
    return {"findings": [asdict(one) for one in page.check]}
