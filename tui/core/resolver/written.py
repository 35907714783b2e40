"""What somebody wrote where a model is wanted, taken apart: a selector, an effort, or a mistake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tui.core.plain import one_line
from tui.core.settings import Written

_PAIR = frozenset({"model", "effort"})
_LONGEST_SHOWN = 160


class MalformedError(Exception):
    """A value that is a mistake at every tier. Never leaves the resolver: it becomes a ``ResolutionError``."""

    def __init__(self, message: str, suggestions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.suggestions = suggestions


@dataclass(slots=True)
class Said:
    """What one tier says."""

    model: Written = None
    """The selector; ``None`` where the tier says nothing of a model. It may turn out to be no text."""
    effort: Written = None
    label: str = ""
    """What stands in parentheses after the tier's name: a step, a stage, a profile."""
    origin: str = ""
    """Where it was written, if the tier does not say that already."""
    odd: str | None = None
    """What is wrong with the place where the tier looks."""
    own_effort: bool = False
    """Whether the effort is the request's own."""
    quiet: bool = False
    """Whether it is passed over without a warning."""


SILENT = Said()
"""A tier that says nothing."""


def shown(value: Written) -> str:
    """``value`` as it stands in a sentence: on one line, bounded, without control characters."""
    text = value if isinstance(value, str) else _repr(value)
    if len(text) <= _LONGEST_SHOWN and text.isascii() and text.isprintable():
        return text
    return one_line(text, _LONGEST_SHOWN)


def quoted(value: Written) -> str:
    """``value`` as it stands in a sentence, a text in quotation marks."""
    return f'"{shown(value)}"' if isinstance(value, str) else shown(value)


def _repr(value: Written) -> str:
    try:
        return repr(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, a list that holds itself deeply
        return f"a value of type {type(value).__name__} that can't be shown"


def said(value: Written) -> bool:
    """Whether ``value`` says something: neither nothing nor blank."""
    return value is not None and not (isinstance(value, str) and not value.strip())


def split(value: Written) -> tuple[Written, Written]:
    """The model and the effort in ``value``, trimmed; ``None`` for what it does not say.

    A map with other keys than these two comes back whole as the model, which :func:`selector` then refuses.
    """
    if value is None:
        return None, None
    if isinstance(value, str):
        return value.strip() or None, None
    if isinstance(value, Mapping) and _PAIR.issuperset(value):
        return _trimmed(value.get("model")), _trimmed(value.get("effort"))
    return value, None


def _trimmed(value: Written) -> Written:
    return value.strip() or None if isinstance(value, str) else value


def speak(sources: Iterable[tuple[Written, str]], label: str = "", own: Written = None) -> Said:
    """What a tier says that looks at several places, each with its origin, the first one first.

    The first place that names a model ends the search: an effort that was written for another model does not count.
    ``own`` is the request's own effort, which counts where no place before that named one.
    """
    found = Said(label=label)
    for value, origin in sources:
        model, effort = split(value)
        if found.effort is None:
            found.effort = effort
        if model is not None:
            found.model, found.origin = model, origin
            break
    if found.effort is None and said(own):
        found.effort, found.own_effort = _trimmed(own), True
    return found


def selector(value: Written) -> str:
    """``value`` as a selector, trimmed. Raises :class:`MalformedError` if it is no text."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        keys = ", ".join(sorted(quoted(key) for key in value)) or "nothing"
        raise MalformedError(f"A model is named by a text or by a map of model and effort, not by a map of {keys}")
    raise MalformedError(f"A model is named by a text, not by {shown(value)}")
