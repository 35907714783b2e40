"""``modeldeck model list``: what models there are, and with ``--refresh`` the providers' lists read again first."""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.cli import exits, places, show
from tui.cli.arguments import Parser, Subparsers, command, group, seconds
from tui.core.errors import RequestError
from tui.core.plain import one_line
from tui.core.suggest import nearest

if TYPE_CHECKING:
    from tui.core.catalog import Provider
    from tui.core.verbs import Page

WITHIN = 60.0
"""Seconds that ``--refresh`` waits at most, unless the user says otherwise."""
PAGE = 500
"""Models that are asked for at a time."""


def add_parser(subparsers: Subparsers[Parser]) -> None:
    """Add the commands."""
    commands = group(subparsers, "model", "the models that the providers offer")
    parser = command(commands, "list", run_list, "list the models, with price, context and effort levels")
    add = parser.add_argument
    add("--refresh", action="store_true", help="read the lists again first; exits with 1 if one was not read")
    add("--provider", dest="providers", action="append", metavar="ID", help="only this provider; may be repeated")
    add("--query", metavar="TEXT", help="only models that match")
    add("--all", dest="scope", action="store_const", const="all", default="configured", help="also unusable providers")
    add("--timeout", type=seconds, default=WITHIN, metavar="SECONDS", help="how long --refresh waits (default: 60)")
    add("--project", metavar="DIR", help="the project's folder (default: the one you are in)")


def run_list(args: argparse.Namespace) -> int:
    """List the models; with ``--refresh`` 1 where a list was not read, 5 where it took too long."""
    from tui.cli.task_list import SHOWN  # noqa: PLC0415

    page, late = asyncio.run(_page(args))
    if args.json:
        show.as_json(page)
    else:
        SHOWN["models"](page)
    if late is not None:
        show.note(f"{late[:1].upper()}{late[1:]}.")
        return exits.TIMED_OUT
    if not args.refresh:
        return exits.SUCCEEDED
    unread = [one.id for one in page.models if one.list == "not_listed"]
    if unread and not args.json:
        show.note(f"Not read, for no API key is configured: {', '.join(unread)}. Their models are the built-in ones.")
    failed = any(one.error for one in page.models) or bool(args.providers and unread)
    return exits.FAILED if failed else exits.SUCCEEDED


async def _page(args: argparse.Namespace) -> tuple[Page, str | None]:
    """Return all models that are asked for, and what to know of the refresh."""
    from tui.core.verbs import List, RefreshCatalog  # noqa: PLC0415

    project, wanted = str(places.project(args.project)), tuple(args.providers or ())
    late = None
    async with places.client() as client:
        await client.connect()
        if args.refresh:
            late = (await client.start(RefreshCatalog(providers=wanted, project=project, wait=args.timeout))).note
        if wanted:
            known = [
                one.id
                for one in (await client.list(List("providers", scope="all", project=project, limit=PAGE))).providers
            ]
            _require(wanted, known)
        request = List("models", query=args.query, scope="all" if wanted else args.scope, project=project, limit=PAGE)
        page = await client.list(request)
        found, after = list(page.models), page.next
        while after is not None:
            more = await client.list(replace(request, after=after))
            found, after = _joined(found, more.models), more.next
    if wanted:
        found = [one for one in found if one.id in wanted]
    return replace(page, models=tuple(found), aliases=() if wanted else page.aliases, next=None), late


def _joined(found: list[Provider], more: tuple[Provider, ...]) -> list[Provider]:
    """Return all providers; one that did not fit on a page goes on on the next one."""
    if found and more and found[-1].id == more[0].id:
        found = [*found[:-1], replace(found[-1], models=found[-1].models + more[0].models)]
        more = more[1:]
    return [*found, *more]


def _require(wanted: tuple[str, ...], known: list[str]) -> None:
    for name in wanted:
        if name not in known:
            near = nearest(name, known)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise RequestError(f"Unknown provider {one_line(name, 80)!r}{hint}", suggestions=near, field="providers")
