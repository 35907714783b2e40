"""Specs as other and older programs wrote them: read without an error, and without losing anything.

What has a field here and fits it goes there as it is, everything else is kept as it came in :attr:`Spec.extra`: every
key that was read is in one of the two, with its value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tui.core.plain import one_line
from tui.core.resolution import Attachment
from tui.core.settings import SpecType
from tui.core.spec import SPEC_TYPES, Spec
from tui.core.spec_entry import LONGEST_TITLE, too_deep

LISTS = ("specs", "tickets", "items")
"""Keys under which a file may hold its specs."""
TITLES = ("title", "name", "subject")
TEXTS = ("text", "description", "body", "content")
"""Keys that tell a spec's title and text, the first one first."""

UNTITLED = "Untitled"


@dataclass(frozen=True, slots=True)
class SpecRead:
    """One thing of a file: the spec that it was read as, without an id, and what is to be told of it."""

    index: int
    """Counts the things of the file from 0."""
    spec: Spec | None
    """``None``: it can't be a spec."""
    notes: tuple[str, ...] = ()


def read_specs(document: object) -> tuple[SpecRead, ...]:
    """The specs in ``document``, which is one of them, a list, or a map with a list under a key of :data:`LISTS`."""
    if isinstance(document, Mapping):
        lists = [document[key] for key in LISTS if isinstance(document.get(key), list)]
        items: Sequence[object] = lists[0] if len(lists) == 1 and not _looks_like_one(document) else [document]
    else:
        items = document if isinstance(document, list) else [document]
    return tuple(_read(index, item) for index, item in enumerate(items))


# ----------------------------------------------------------------------------------------------------------------------


def _read(index: int, item: object) -> SpecRead:
    if not isinstance(item, Mapping):
        return SpecRead(index, None, (f"it is {_kind(item)}, not a map with a spec's fields",))
    if too_deep(item):
        return SpecRead(index, None, ("it holds more maps and lists in one another than can be sent",))
    notes: list[str] = []
    kept: dict[str, object] = {}
    extra: dict[str, object] = {}
    for key, value in item.items():
        fits = _FITS.get(key)
        if fits is not None and value is not None and fits(value):
            kept[key] = value
        else:
            extra[key] = value
    if (kind := kept.pop("type", None)) is None:
        kind = _type_of(extra.get("type"), notes)
    if (title := kept.pop("title", None)) is None:
        title = _title_of(item)
    text = kept.pop("text", None)
    if text is None:
        text = next((item[key] for key in TEXTS if isinstance(item.get(key), str)), "")
    spec = Spec(
        id="",
        type=kind,  # type: ignore[arg-type]
        title=str(title),
        text=str(text),
        attachments=tuple(Attachment(**one) for one in kept.pop("attachments", ())),  # type: ignore[attr-defined]
        stages=tuple(kept.pop("stages")) if "stages" in kept else None,  # type: ignore[arg-type]
        extra=extra,
        **kept,  # type: ignore[arg-type]
    )
    return SpecRead(index, spec, (*notes, *_odd(spec, item)))


def _odd(spec: Spec, item: Mapping[str, object]) -> list[str]:
    """What a person should know of the odd parts; they are kept."""
    notes = []
    for name in _FITS:
        value = item.get(name)
        if value is not None and name in spec.extra and name != "type":
            notes.append(f"its {name} is {_kind(value)}, which it can't be; it is kept as it came")
    if spec.stage_models is not None and not isinstance(spec.stage_models, Mapping):
        notes.append(f"its stage_models is {_kind(spec.stage_models)}, not a map; it is kept, and read as empty")
    return notes


def _type_of(written: object, notes: list[str]) -> SpecType:
    folded = written.strip().casefold() if isinstance(written, str) else None
    for kind in SPEC_TYPES:
        if kind == folded:
            return kind
    said = "it has no type" if written is None else f"its type is {one_line(repr(written), 60)}"
    notes.append(f"{said}; it is read as a todo (there is {', '.join(SPEC_TYPES)})")
    return "todo"


def _title_of(item: Mapping[str, object]) -> str:
    for key in (*TITLES, *TEXTS):
        value = item.get(key)
        if isinstance(value, str) and (title := one_line(_first_line(value), LONGEST_TITLE)):
            return title
    return UNTITLED


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "")


def _looks_like_one(document: Mapping[str, object]) -> bool:
    return any(key in document for key in (*TITLES, "orchestrator_state", "stage_models"))


def _is_title(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value == one_line(value, LONGEST_TITLE)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(_is_name(one) for one in value)


def _is_attachments(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, Mapping)
        and set(one) == {"path", "type"}
        and all(isinstance(part, str) for part in one.values())
        for one in value
    )


def _is_anything(_: object) -> bool:
    return True


_FITS: Mapping[str, Callable[[object], bool]] = {
    "type": lambda value: value in SPEC_TYPES if isinstance(value, str) else False,
    "title": _is_title,
    "text": _is_text,
    "attachments": _is_attachments,
    "project": _is_name,
    "workflow": _is_name,
    "stages": _is_names,
    "stage_models": _is_anything,
    "model_set": _is_anything,
    "orchestrator_state": _is_anything,
}
"""Keys that become the field of their name, and what fits there; what does not is kept beside it."""


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    names: dict[type, str] = {int: "a number", float: "a number", str: "a text", list: "a list", dict: "a map"}
    return names.get(type(value), "something else")
