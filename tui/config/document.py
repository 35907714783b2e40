"""A YAML file as plain data that still knows its lines.

Built from the parser's events, not by ``yaml.compose``: the C composer recurses, and a file of 100 kB of ``[`` ends the
process. Events let depth and aliases be bounded before anything is built, and are no slower.

Scalars are read as YAML 1.2 does, which is also how ruamel.yaml reads them: ``no`` is a text, ``010`` is 10,
``12:30`` is a text. Keys are always texts.
"""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tui.core.errors import ConfigError
from tui.core.plain import one_line

LARGEST = 1_000_000
"""Bytes of a configuration file."""
DEEPEST = 40
"""Levels of maps and lists."""
MOST_REPEATED = 20_000
"""Values that aliases may repeat in one file."""

LINK = "the file is a symbolic link, which is not followed here; put the file itself there"

Data = None | bool | int | float | str | list["Data"] | dict[str, "Data"]
Place = tuple[str | int, ...]
"""Where a value is: ``("workflows", "create-spec", "stages", 0, "model")``."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, Data] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?[0-9][0-9_]{0,17}")
_BASED = re.compile(r"[-+]?0(?:o[0-7]{1,20}|x[0-9a-fA-F]{1,15})")
_BROKEN = re.compile(r"[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)")
_STARTS_NUMBER = frozenset("0123456789+-.")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file, for a person."""

    line: int
    sentence: str
    suggestions: tuple[str, ...] = ()


@dataclass(slots=True)
class Node:
    """A value with the line it begins on (from 1), its parts, and how many values it holds in all."""

    value: Data
    line: int
    parts: dict[str, Node] | list[Node] | None = None
    size: int = 1


@dataclass(slots=True)
class Document:
    """A file that was read: its name for messages, its data, its lines, and what was wrong on the way."""

    name: str
    data: dict[str, Data]
    root: Node
    problems: list[Problem] = field(default_factory=list)

    def line(self, path: Place) -> int:
        """The line of the value at ``path``, or of the nearest value around it."""
        node = self.root
        for part in path:
            below = _part(node, part)
            if below is None:
                break
            node = below
        return node.line

    def holds(self, path: Place) -> bool:
        """Whether the file itself says something at ``path``."""
        return self._node(path) is not None

    def at(self, path: Place) -> Data:
        """What the file says at ``path``; ``None`` for nothing."""
        node = self._node(path)
        return node.value if node is not None else None

    def _node(self, path: Place) -> Node | None:
        node: Node | None = self.root
        for part in path:
            node = _part(node, part) if node is not None else None
        return node


def _part(node: Node, part: str | int) -> Node | None:
    if isinstance(node.parts, dict):
        return node.parts.get(str(part))
    if isinstance(node.parts, list) and isinstance(part, int) and part < len(node.parts):
        return node.parts[part]
    return None


def values_at(data: Data, pattern: Place, so_far: Place = ()) -> Iterator[tuple[Place, Data]]:
    """Every value of ``data`` whose place fits ``pattern``, with its place."""
    if not pattern:
        yield so_far, data
        return
    part, *rest = pattern
    for key, value in _below(data, part):
        yield from values_at(value, tuple(rest), (*so_far, key))


def _below(data: Data, part: str | int) -> Iterable[tuple[str | int, Data]]:
    if part != "*":
        return [(part, data[str(part)])] if isinstance(data, dict) and part in data else []
    if isinstance(data, dict):
        return list(data.items())
    return list(enumerate(data)) if isinstance(data, list) else []


def config_error(name: str, problems: list[Problem]) -> ConfigError:
    """The error that tells the first problems of the file ``name``, in the order of their lines."""
    problems = sorted(problems, key=lambda problem: problem.line)
    told = [f"{one_line(name, 1000)}:{problem.line}: {one_line(problem.sentence)}" for problem in problems]
    rest = [f"... and {len(told) - 3} more"] if len(told) > 3 else []
    return ConfigError("\n".join(told[:3] + rest), suggestions=problems[0].suggestions, path=name, problems=tuple(told))


def from_data(name: str, data: dict[str, Data]) -> Document:
    """A document that was never a file, such as the shipped settings."""
    return Document(name, data, Node(data, 1))


def read_document(file: Path, *, follow: bool) -> Document | None:
    """Read ``file``; ``None`` if there is none.

    ``follow``: whether it may be a symbolic link: a person's own file may, one that a repository brings may not.
    Raises :class:`ConfigError`.
    """
    return document_of(str(file), read_bounded(file, LARGEST, follow=follow))


def document_of(name: str, content: bytes | str | None) -> Document | None:
    """Return the file ``name`` with what :func:`read_bounded` gave for it. Raises :class:`ConfigError`."""
    if content is None:
        return None
    if isinstance(content, str):
        raise config_error(name, [Problem(1, content)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise config_error(name, [Problem(line, "the file is not UTF-8 text; save it as UTF-8")]) from None
    return parse(text, name)


def read_bounded(file: Path, largest: int, *, follow: bool) -> bytes | str | None:
    """The bytes of ``file``, a sentence that says why it is not read, or ``None`` if there is none.

    Only regular files are read: a pipe would never end, a device never stop.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | (0 if follow else os.O_NOFOLLOW)
    try:
        handle = os.open(file, flags)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if not follow and os.path.islink(file):  # noqa: PTH114 - only words the refusal
            return LINK
        return f"the file can't be read: {error.strerror}"
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return "this is not a regular file; put a file there"
    with os.fdopen(handle, "rb") as opened:
        content = opened.read(largest + 1)
    if len(content) > largest:
        return f"the file is larger than {largest:,} bytes; make it smaller"
    return content


def parse(text: str, name: str) -> Document:
    """Read ``text``, the content of the file ``name``. Raises :class:`ConfigError` where it is no YAML at all."""
    builder = _Builder(yaml.parse(text, Loader=LOADER))
    try:
        root = builder.build()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        sentence = f"this is not YAML: {error.problem or error.context or 'it ends too early'}"
        raise config_error(name, [Problem(mark.line + 1 if mark else 1, sentence)]) from None
    except yaml.YAMLError as error:
        raise config_error(name, [Problem(1, f"this is not YAML: {error}")]) from None
    except _StopError as stop:
        raise config_error(name, [*builder.problems, stop.problem]) from None
    if root.value is None:
        root = Node({}, 1, {})
    if not isinstance(root.value, dict):
        raise config_error(name, [Problem(root.line, f"the file must be a map of settings, not {kind_of(root.value)}")])
    return Document(name, root.value, root, builder.problems)


def kind_of(value: object) -> str:
    """What ``value`` is, in a person's words."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true or false"
    names: dict[type, str] = {int: "a number", float: "a number", str: "text", list: "a list", dict: "a map"}
    return names.get(type(value), "something else")


def scalar(text: str) -> Data:
    """What an unquoted scalar means in YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _STARTS_NUMBER:
        return text
    if _WHOLE.fullmatch(text):
        return int(text.replace("_", ""))
    if _BASED.fullmatch(text):
        return int(text, 0)
    if len(text) < 40 and _BROKEN.fullmatch(text) and math.isfinite(float(text)):  # JSON holds no other
        return float(text)
    return text


class _StopError(Exception):
    """Reading can't go on."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(line, sentence)


class _Builder:
    """Turns the events of one document into nodes."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self.events = events
        self.anchors: dict[str, Node] = {}
        self.problems: list[Problem] = []
        self.repeated = 0

    def build(self) -> Node:
        """The root of the only document; an empty one where there is none."""
        root = Node(None, 1)
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _StopError(_line(event), "a second document begins here; keep one document in the file")
            elif isinstance(event, yaml.NodeEvent):
                root = self.node(event, 0)
        return root

    def node(self, event: yaml.Event, depth: int) -> Node:
        """The node that ``event`` begins, read to its end."""
        line = _line(event)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, line)
        if depth > DEEPEST:
            raise _StopError(line, f"maps and lists are nested more than {DEEPEST} deep")
        tag = getattr(event, "tag", None)
        if tag is not None and tag not in ("!", "tag:yaml.org,2002:str"):
            self.problems.append(Problem(line, f"the tag {tag} is not read here; write the value without it"))
        if isinstance(event, yaml.ScalarEvent):
            node = Node(scalar(event.value) if event.implicit[0] and tag is None else event.value, line)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self.sequence(line, depth)
        else:
            node = self.mapping(line, depth)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def alias(self, event: yaml.AliasEvent, line: int) -> Node:
        """What the alias stands for. An alias inside its own anchor finds none, for the anchor is not complete."""
        node = self.anchors.get(str(event.anchor))
        if node is None:
            raise _StopError(line, f"the alias *{event.anchor} stands for nothing that is complete here")
        self.repeated += node.size
        if self.repeated > MOST_REPEATED:
            raise _StopError(line, f"aliases repeat more than {MOST_REPEATED:,} values; write them out")
        return node

    def sequence(self, line: int, depth: int) -> Node:
        """The rest of a list."""
        parts: list[Node] = []
        size = 1
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            parts.append(self.node(event, depth + 1))
            size += parts[-1].size
        return Node([part.value for part in parts], line, parts, size)

    def mapping(self, line: int, depth: int) -> Node:
        """The rest of a map. A key's line is its own, so that a message points at the key."""
        parts: dict[str, Node] = {}
        size = 1
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            at = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise _StopError(at, "a key must be a plain text")
            key = event.value
            value = self.node(next(self.events), depth + 1)
            if key in parts:
                self.problems.append(Problem(at, f"the key {key!r} is here twice, first on line {parts[key].line}"))
            parts[key] = Node(value.value, at, value.parts, value.size)
            size += value.size
        return Node({key: part.value for key, part in parts.items()}, line, parts, size)


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return int(mark.line) + 1 if mark is not None else 1
