"""Where a key goes that was typed ahead of the screen: to the field it is for, to what waits, or nowhere."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import events

from tui.dashboard.burst import as_shown
from tui.dashboard.screens.place import Place, Watch

if TYPE_CHECKING:
    from tui.dashboard.app import ModeldeckApp

WAYS = 2
"""A key goes up to the app; what it does there, such as sending off a field, goes up again."""

LONGEST = 0.25
"""Seconds that one part of the way is waited for."""

MOVES = frozenset({"move", "page", "edge", "place", "scroll_output", "edge_output", "redraw"})
"""Actions that are no intent of their own."""


async def settled(app: ModeldeckApp) -> None:
    """Wait until a key has gone its whole way: from the field up to the app, what it did there, and up again."""
    for _ in range(WAYS):
        field = app.focused
        way = [*(field.ancestors_with_self if field is not None else (app.screen,)), app]
        for pump in dict.fromkeys(way):
            dealt = asyncio.Event()
            if pump.call_later(dealt.set):
                with suppress(TimeoutError):  # it was taken away meanwhile, or is at work for long
                    await asyncio.wait_for(dealt.wait(), LONGEST)


async def taken(app: ModeldeckApp, screen: Watch[object], event: events.Key) -> bool:
    """Do what a key that no field took is for, unless it is an ordinary binding's; whether that was all."""
    burst = app.desk.burst
    typed = event.is_printable or event.key == "enter"
    if burst.dead(screen) and typed:
        screen.hint(burst.drop(event.key, event.character), 6.0)
        return True
    if event.is_printable and event.character and screen.typed_early(event.character):
        return True
    if screen.heard(event.key, event.character or ""):
        return True
    return await _bound(app, screen, event) if typed else False


async def _bound(app: ModeldeckApp, screen: Watch[object], event: events.Key) -> bool:
    """Open what the key opens; what opens nothing takes the rest of its burst along."""
    burst, active = app.desk.burst, screen.active_bindings.get(event.key)
    shown = as_shown(event.key, event.character)
    if active is None or not active.enabled:
        if event.is_printable and screen.focused is None:
            burst.dies(screen, f"{shown} does nothing here")
        return False
    action = active.binding.action
    name = action.rpartition(".")[2].partition("(")[0]
    if name not in MOVES:
        burst.intents.append(screen)
    if not isinstance(screen, Place) or active.node is not screen:
        return False
    if screen.waits(name):
        from tui.dashboard.screens.opening import Opening  # noqa: PLC0415  # not needed before the first paint

        app.push_screen(Opening(app.desk, screen, action, active.binding.description, app.retype))
        return True
    if name not in screen.OPENS:
        return False
    await app.run_action(action, screen)
    if app.screen is screen and screen.focused is None:
        burst.dies(screen, f"{shown} has opened nothing yet")
    return True
