"""Values that were handed over, masked wherever they come back: in what agents write and providers answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

SHORTEST = 8
"""Bytes of the shortest value that is masked: a shorter one is found in harmless text too often."""
MASK = b"***"

_OPEN = re.compile(r"(?:^|_)(?:MODEL|REGION|HOST|PATH|DIR|HOME|FILE|PROFILE|LOCALE|LANG|TZ)$", re.IGNORECASE)
"""Variables that hold no secret: to mask a model's id would hide which model answered."""
_HEX = re.compile(r"%[0-9A-F]{2}")


class Secrets:
    """All values that were ever handed over, in memory alone, and one compiled pattern for them."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()
        self._forms: set[bytes] = set()
        self._pattern: re.Pattern[bytes] | None = None
        self._pieces: tuple[tuple[bytes, bytes, bytes], ...] = ()
        """Each form with its first and its last bytes."""

    def __repr__(self) -> str:
        """Return their number alone."""
        return f"Secrets({len(self._known)})"

    def add(self, values: Mapping[str, str]) -> None:
        """Mask the values of these variables too, from now on and for good."""
        new = set(values.items()) - self._known
        forms = {form for name, value in new for part in _parts(name, value) for form in _forms(part)} - self._forms
        self._known |= new
        if forms:
            self._forms |= forms
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._pieces = tuple((form, form[:SHORTEST], form[-SHORTEST:]) for form in longest_first)
            self._pattern = re.compile(b"|".join(map(re.escape, longest_first)))

    def text(self, text: str) -> str:
        """Return ``text`` with every value masked, also one that is split between lines or cut at an end."""
        if self._pattern is None:
            return text
        data = text.encode("utf-8", "surrogatepass")
        masked = self.raw(data)
        return text if masked == data else masked.decode("utf-8", "surrogatepass")

    def raw(self, data: bytes) -> bytes:
        """Return the same of bytes."""
        if self._pattern is None:
            return data
        data = self._pattern.sub(MASK, data)
        return b"\n".join([self._ends(line) for line in data.split(b"\n")]) if b"\n" in data else self._ends(data)

    def _ends(self, line: bytes) -> bytes:
        """Mask pieces of at least :data:`SHORTEST` bytes with which ``line`` begins or ends."""
        for form, head, tail in self._pieces:
            longest = len(form) + SHORTEST  # with blanks, and the mark of a cut
            at = line.find(head, max(0, len(line) - longest))
            if at >= 0 and form.startswith(_bare(line[at:])):
                line = line[:at] + MASK
            at = line.find(tail, 0, longest)
            if at >= 0 and form.endswith(line[: at + SHORTEST].lstrip()):
                line = MASK + line[at + SHORTEST :]
            if SHORTEST <= len(line) <= longest and len(whole := _bare(line.lstrip())) >= SHORTEST and whole in form:
                line = MASK
        return line


def _bare(line: bytes) -> bytes:
    """Return ``line`` without the mark of a cut and the blanks at its end."""
    return line.rstrip().removesuffix("…".encode()).rstrip()


def _parts(name: str, value: str) -> Iterator[str]:
    """Yield what is secret in the value of the variable ``name``."""
    value = value.strip()
    if "://" in value:
        yield from _of_address(value)
    elif _OPEN.search(name) is None:
        yield value
        if "\n" in value:  # a key in lines: an agent may write one alone
            yield from (line.strip() for line in value.splitlines() if not line.startswith("-----"))


def _of_address(value: str) -> Iterator[str]:
    try:
        parts = urlsplit(value)
        yield from filter(None, (parts.password, parts.username if parts.password is None else None))
        yield from (one for _, one in parse_qsl(parts.query))
    except ValueError:
        yield value


def _forms(value: str) -> set[bytes]:
    """Return ``value`` as it is written in texts, in JSON, in JSON within JSON, and in addresses."""
    if len(value.encode("utf-8", "replace")) < SHORTEST:
        return set()
    in_json = {json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
    in_json |= {one.replace("/", "\\/") for one in in_json}
    in_json |= {json.dumps(one)[1:-1] for one in in_json}
    spelled = "".join(f"\\u{unit:04x}" for unit in _units(value))
    in_json |= {spelled, spelled.upper().replace("\\U", "\\u")}
    usual = [value.encode("utf-8", "replace")]
    addressed = {quote(usual[0], safe=""), quote(usual[0]), quote_plus(usual[0])}
    addressed |= {_HEX.sub(lambda found: found[0].lower(), one) for one in addressed}
    return {*usual, *(one.encode("utf-8", "replace") for one in in_json | addressed)}


def _units(value: str) -> tuple[int, ...]:
    """Return the UTF-16 units of ``value``, as JSON counts them."""
    data = value.encode("utf-16-be", "surrogatepass")
    return tuple(int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2))
