"""A change of a YAML text that touches nothing but its own place: all other characters stay as they are.

Not an emitter: one that writes the whole file anew loses comments in flow style and behind keys that go, and lays lines
out its own way (measured, docs/decisions/0009). The parser's marks tell where a value stands; there, and only there,
characters are replaced. What comes of it is read by our own reader and compared with what it should be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tui.config.document import Data, Document, Place, Problem, config_error, parse
from tui.config.edit_spots import Spot, spots
from tui.config.schema import shown
from tui.core.errors import ConfigError

Value = str | list[str]

_BREAK = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Change:
    """Set the value at ``place``, or take it out. An index after a list's last one adds to it."""

    place: Place
    value: Value | None
    """``None`` takes the key, or the list's item, out."""
    behind: tuple[str, ...] = ()
    """A key that is new is written behind the first of these that is there; without one, at the end."""


@dataclass(frozen=True, slots=True)
class _Splice:
    start: int
    end: int
    text: str


class _RefusedError(Exception):
    """The text can't be changed here without touching something else; ``at`` is a character of the line to look at."""

    def __init__(self, why: str, at: int | None = None) -> None:
        super().__init__(why)
        self.at = at


def changed(text: str, document: Document, changes: Sequence[Change]) -> str:
    """``text``, which was read as ``document``, with ``changes`` and nothing else changed.

    Raises :class:`ConfigError` where that can't be done; it names the line to change by hand.
    """
    result = text
    wanted: Data = document.data
    for change in changes:
        wanted = _with(wanted, change.place, change.value)
    one = changes[0] if changes else Change((), None)
    try:
        tree = spots(text)
        splices = []
        for one in changes:
            splices.append(_splice(text, tree, one))
        result = _applied(text, splices)
    except _RefusedError as refused:
        line = None if refused.at is None else text.count("\n", 0, refused.at) + 1
        raise _by_hand(document, one, str(refused), line) from None
    try:
        found = parse(result, document.name)
    except ConfigError:
        found = None
    if found is None or found.problems or not _same(found.data, wanted):
        raise _by_hand(document, one, "can't be changed here without changing something else")
    return result


def _by_hand(document: Document, change: Change, why: str, line: int | None = None) -> ConfigError:
    key = str(change.place[-1]) if change.place else "it"
    do = f"take {key} out" if change.value is None else f"write {_by_hand_text(change)}"
    sentence = f"{shown(change.place)} {why}; nothing was changed: {do} there by hand"
    return config_error(document.name, [Problem(line or document.line(change.place), sentence)])


def _by_hand_text(change: Change) -> str:
    value = _written(change.value) if change.value is not None else ""
    return value if isinstance(change.place[-1], int) else f"{change.place[-1]}: {value}"


def _same(one: Data, other: Data) -> bool:
    """Equal, and of the same types: 1 is neither true nor 1.0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _with(data: Data, place: Place, value: Value | None) -> Data:
    """``data`` with the change; it shares with the old one what does not change."""
    part, *rest = place
    if isinstance(part, int):
        items = list(data) if isinstance(data, list) else []
        if rest:
            items[part] = _with(items[part], tuple(rest), value)
        elif value is None:
            del items[part]
        else:
            items[part : part + 1] = [value]  # type: ignore[list-item]
        return items
    keys = dict(data) if isinstance(data, dict) else {}
    if rest:
        keys[part] = _with(keys.get(part), tuple(rest), value)
    elif value is None:
        keys.pop(part, None)
    else:
        keys[part] = value  # type: ignore[assignment]
    return keys


# --- one change -------------------------------------------------------------------------------------------------------


def _splice(text: str, root: Spot | None, change: Change) -> _Splice:
    *way, last = change.place
    around = root
    for part in way:
        _own(around)
        around = _below(around, part)
        if around is None:
            raise _RefusedError("is not written in this file")
    _own(around)
    spot = _below(around, last)
    if spot is not None and change.value is not None:
        return _replaced(text, spot, change.value)
    if spot is not None and around is not None:
        return _removed(text, around, spot, last)
    if change.value is None:
        return _Splice(0, 0, "")
    return _added(text, around, change, last, at_root=not way)


def _own(spot: Spot | None) -> None:
    """What several places share can't be changed for one of them. Raises :class:`_RefusedError`."""
    if spot is not None and spot.alias is not None:
        raise _RefusedError(f"is part of an alias (*{spot.alias}): a change would show in two places", spot.start)
    if spot is not None and spot.anchor is not None:
        raise _RefusedError(
            f"is part of an anchor (&{spot.anchor}) that is used again: both places would change", spot.start
        )


def _below(spot: Spot | None, part: str | int) -> Spot | None:
    if spot is None:
        return None
    if isinstance(part, int):
        return spot.items[part] if part < len(spot.items) else None
    found = spot.keys.get(part)
    return found[1] if found is not None else None


def _replaced(text: str, spot: Spot, value: Value) -> _Splice:
    if spot.alias is None:  # an alias may go: what it stands for stays
        _own(spot)
    old = text[spot.start : spot.end]
    if spot.kind in ("block", "lines") or (spot.kind == "flow" and "#" in old):
        raise _RefusedError("is written over several lines")
    lead = "" if spot.start != spot.end or text[spot.start - 1 : spot.start] in (" ", "\t") else " "
    return _Splice(spot.start, spot.end, lead + _written(value, old[:1]))


def _added(text: str, around: Spot | None, change: Change, last: str | int, *, at_root: bool) -> _Splice:
    value = change.value or ""
    if around is None or (at_root and around.kind != "flow"):
        column = around.column if around is not None else 0
        line = f"{' ' * column}{_pair(last, value)}"
        return _Splice(len(text), len(text), _line_at(text, len(text), line))
    if around.kind == "flow":
        parts = around.items or [spot for _, spot in around.keys.values()]
        before = _neighbour(around, change.behind) or (parts[-1] if parts else None)
        written = _pair(last, value)
        if before is None:
            return _Splice(around.start + 1, around.start + 1, written)
        return _Splice(before.end, before.end, f", {written}")
    if around.kind != "block":
        raise _RefusedError("has no place for it yet")
    if isinstance(last, int):
        item = around.items[-1]
        lead = text[_line_start(text, item.start) : item.start]
        if item.kind == "lines" or not re.fullmatch(r"[ \t]*-[ \t]+", lead):
            raise _RefusedError("is written over several lines")
        line, at = f"{lead}{_written(value)}", _line_end(text, item.end)
    else:
        neighbour = _neighbour(around, change.behind)
        if neighbour is None:
            raise _RefusedError("has no place for it yet")
        line, at = f"{' ' * around.column}{_pair(last, value)}", _line_end(text, neighbour.end)
    return _Splice(at, at, _line_at(text, at, line))


def _neighbour(around: Spot, behind: Sequence[str]) -> Spot | None:
    """The value to write behind: one of those that are wished, else the last one that stands on its own lines."""
    found = [around.keys[name][1] for name in behind if name in around.keys]
    others = [spot for _, spot in reversed(around.keys.values())]
    return next((spot for spot in (*found, *others) if spot.kind in ("inline", "flow")), None)


def _removed(text: str, around: Spot, spot: Spot, last: str | int) -> _Splice:
    if spot.alias is None:  # an alias may go: what it stands for stays
        _own(spot)
    start = around.keys[last][0] if isinstance(last, str) else spot.start
    if spot.kind == "lines" or (spot.kind != "inline" and "#" in text[start : spot.end]):
        raise _RefusedError("is written over several lines")
    return (_cut_of_flow if around.kind == "flow" else _cut_of_block)(text, around, start, spot)


def _cut_of_flow(text: str, around: Spot, start: int, spot: Spot) -> _Splice:
    """With the comma before it, or the first one with that behind it."""
    begins = [at for at, _ in around.keys.values()] or [item.start for item in around.items]
    before = [one.end for one in (*(value for _, value in around.keys.values()), *around.items) if one.end <= start]
    after = [at for at in begins if at > start]
    cut = _Splice(before[-1], spot.end, "") if before else _Splice(start, after[0] if after else spot.end, "")
    if "#" in text[cut.start : start] or "#" in text[spot.end : cut.end]:
        raise _RefusedError("has a comment beside it that would be lost")
    return cut


def _cut_of_block(text: str, around: Spot, start: int, spot: Spot) -> _Splice:
    """With its whole line, but for a comment there, which stays; a key behind a dash leaves the dash."""
    begins, ends = _line_start(text, start), _line_end(text, spot.end)
    lead, behind = text[begins:start], text[spot.end : ends]
    if around.items:  # an item's own dash goes too
        lead = lead.replace("-", " ", 1)
    if not lead.strip():
        return _Splice(begins, ends, f"{' ' * len(lead)}{behind.lstrip(' ')}" if "#" in behind else "")
    following = min((at for at, _ in around.keys.values() if at > start), default=ends)
    return _Splice(start, spot.end if text[spot.end : following].strip() else following, "")


# --- characters -------------------------------------------------------------------------------------------------------


def _pair(last: str | int, value: Value) -> str:
    written = _written(value)
    return written if isinstance(last, int) else f"{last}: {written}"


def _written(value: Value, quote: str = "") -> str:
    """``value`` as it stands in a file, in the quotes that stood there, or in none where it needs none."""
    if isinstance(value, list):
        return f"[{', '.join(_written(one) for one in value)}]"
    text = f"'{value}'" if quote == "'" else value
    bare = quote == "'" or value[:1].isalpha()  # what begins otherwise may be a number to other readers
    return text if bare and quote != '"' and _reads(text, value) else json.dumps(value, ensure_ascii=False)


def _reads(written: str, value: str) -> bool:
    """Whether ``written`` means ``value``, in block and in flow style."""
    try:
        found = parse(f"block: {written}\nflow: {{key: {written}, list: [{written}]}}\n", "")
    except ConfigError:
        return False
    return not found.problems and found.data == {"block": value, "flow": {"key": value, "list": [value]}}


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _line_end(text: str, at: int) -> int:
    """Where the next line begins."""
    found = _BREAK.search(text, at)
    return found.end() if found is not None else len(text)


def _line_at(text: str, at: int, line: str) -> str:
    """``line`` as it is put in at the beginning of a line, with the break that the file uses."""
    found = _BREAK.search(text)
    end = found[0] if found is not None else "\n"
    unended = at == len(text) and at > 0 and not _BREAK.fullmatch(text[-1])
    return f"{end}{line}" if unended else f"{line}{end}"


def _applied(text: str, splices: Sequence[_Splice]) -> str:
    """``text`` with all of them, which may touch and not overlap; of those at one place the first comes first."""
    ordered = sorted(splices, key=lambda one: (one.start, one.end))
    if any(one.end > other.start for one, other in pairwise(ordered)):
        raise _RefusedError("can't be changed together with what stands beside it")
    for splice in reversed(ordered):
        text = text[: splice.start] + splice.text + text[splice.end :]
    return text
