"""Where every value of a YAML text stands, to the character, by the marks of the parser that reads it for us."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import yaml

from tui.config.document import LOADER


@dataclass(slots=True)
class Spot:
    """A value in the text: its characters, from ``start`` up to ``end``."""

    kind: Literal["inline", "block", "flow", "lines"]
    """A scalar or an alias; a map or a list in block style, or in flow style; a scalar of several lines."""
    start: int
    end: int
    column: int = 0
    anchor: str | None = None
    alias: str | None = None
    keys: dict[str, tuple[int, Spot]] = field(default_factory=dict)
    """By key: where the key begins, and the value."""
    items: list[Spot] = field(default_factory=list)


def spots(text: str) -> Spot | None:
    """The root of ``text``, which our reader has read: depth and aliases are bounded. ``None``: there is no value."""
    reader = _Reader(text)
    root = reader.root()
    if root is not None:
        _forget_unused(root, reader.aliased)
    return root


class _Reader:
    """Builds spots of events."""

    def __init__(self, text: str) -> None:
        self._events = yaml.parse(text, Loader=LOADER)
        self.aliased: set[str] = set()

    def root(self) -> Spot | None:
        found = None
        for event in self._events:  # to the end, for anchors may be used anywhere
            if isinstance(event, yaml.NodeEvent):
                found = self._spot(event)
        return found

    def _spot(self, event: yaml.Event) -> Spot:
        start, end = _where(event.start_mark), _where(event.end_mark)
        anchor = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            self.aliased.add(str(anchor))
            return Spot("inline", start, end, alias=str(anchor))
        if isinstance(event, yaml.ScalarEvent):
            return Spot("lines" if event.style in ("|", ">") else "inline", start, end, anchor=anchor)
        flow = bool(getattr(event, "flow_style", False))
        spot = Spot("flow" if flow else "block", start, end, anchor=anchor)
        last = self._fill_keys(spot) if isinstance(event, yaml.MappingStartEvent) else self._fill_items(spot)
        below = [*(value for _, value in spot.keys.values()), *spot.items]
        spot.end = _where(last.end_mark) if flow else max([end, *(one.end for one in below)])
        return spot

    def _fill_keys(self, spot: Spot) -> yaml.Event:
        for event in self._events:
            if isinstance(event, yaml.ScalarEvent):
                at = _where(event.start_mark)
                if not spot.keys:
                    spot.column = event.start_mark.column if event.start_mark is not None else 0
                spot.keys[event.value] = (at, self._spot(next(self._events)))
                continue
            return event
        raise AssertionError("the parser ends every map")

    def _fill_items(self, spot: Spot) -> yaml.Event:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return event
            spot.items.append(self._spot(event))
        raise AssertionError("the parser ends every list")


def _where(mark: object) -> int:
    """The character that a mark of the parser is at."""
    return int(getattr(mark, "index", 0))


def _forget_unused(spot: Spot, aliased: set[str]) -> None:
    """An anchor that no alias names binds nothing."""
    if spot.anchor not in aliased:
        spot.anchor = None
    for below in (*(value for _, value in spot.keys.values()), *spot.items):
        _forget_unused(below, aliased)
