"""Every error that Modeldeck raises on purpose.

The tree::

    ModeldeckError
    ├── RequestError          a field of a request is wrong, or names something that is not there
    │   ├── ResolutionError   no model can be chosen for what was asked
    │   └── NotFoundError     an id that names nothing
    ├── ConfigError           a configuration file is wrong: file, line, nearest name
    ├── UntrustedError        the folder is not trusted, so nothing of it runs
    ├── ConflictError         the thing is not in a state in which that can be done
    ├── MachineError          the machine lacks something: a command, a variable, space on the disk
    │   └── ObstacleError     a start that is refused for that, which the user may start anyway
    ├── JournalError          the journal can't be opened or written
    └── UnreachableError      there is no executor to talk to, or it is not ours

Each carries a code for programs, a sentence for a person and, where a name is near, suggestions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from tui.core.resolution import TraceRow


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error as it crosses the socket and as ``--json`` prints it."""

    code: str
    message: str
    suggestions: tuple[str, ...] = ()
    field: str | None = None
    stored: Mapping[str, object] | None = None
    """What is stored now, where somebody changed an older version of it."""


class ModeldeckError(Exception):
    """The root. ``code`` names the kind for programs; ``str(error)`` is the sentence for a person."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, suggestions: tuple[str, ...] = (), field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.suggestions = suggestions
        self.field = field

    def body(self) -> ErrorBody:
        """This error as data."""
        return ErrorBody(self.code, self.message, self.suggestions, self.field)


class RequestError(ModeldeckError):
    """A field of a request is wrong, unknown, or names something that is not there."""

    code = "bad_request"


class ResolutionError(RequestError):
    """No model can be chosen for what was asked. Nothing was started and nothing changed.

    ``trace`` tells how far the tiers were asked; it is empty where the request itself is wrong.
    """

    code = "unresolved"

    def __init__(
        self,
        message: str,
        *,
        suggestions: tuple[str, ...] = (),
        field: str | None = None,
        trace: tuple[TraceRow, ...] = (),
    ) -> None:
        super().__init__(message, suggestions=suggestions, field=field)
        self.trace = trace


class NotFoundError(RequestError):
    """An id in a request names nothing."""

    code = "not_found"


class ConfigError(ModeldeckError):
    """A configuration file is wrong. The message begins with ``FILE:LINE:``.

    ``path`` is the file, so that a bad project file can be told from the person's own; ``problems`` are all that was
    found in it, one sentence each, of which the message tells the first ones.
    """

    code = "bad_config"

    def __init__(
        self,
        message: str,
        *,
        suggestions: tuple[str, ...] = (),
        field: str | None = None,
        path: str | None = None,
        problems: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, suggestions=suggestions, field=field)
        self.path = path
        self.problems = problems


class UntrustedError(ModeldeckError):
    """The folder is not trusted: its contents are listed, nothing of it runs."""

    code = "untrusted"


class ConflictError(ModeldeckError):
    """What was asked can't be done in the present state, such as approving a run that waits for nothing.

    ``stored`` is the thing as it is now, where somebody else changed it meanwhile.
    """

    code = "conflict"

    def __init__(
        self,
        message: str,
        *,
        suggestions: tuple[str, ...] = (),
        field: str | None = None,
        stored: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, suggestions=suggestions, field=field)
        self.stored = stored

    def body(self) -> ErrorBody:
        """This error as data."""
        return ErrorBody(self.code, self.message, self.suggestions, self.field, self.stored)


class MachineError(ModeldeckError):
    """The machine lacks something: an agent's command, a variable's value, space on the disk."""

    code = "machine"


class ObstacleError(MachineError):
    """A start was refused because a step can't start here; ``start_anyway`` starts it nevertheless.

    How the user says so depends on the client, so each client adds its own words.
    """

    code = "obstacle"


class JournalError(ModeldeckError):
    """The journal can't be opened or written; what it holds is left as it is."""

    code = "journal"


class UnreachableError(ModeldeckError):
    """There is no executor to talk to, or what answers is not this user's executor."""

    code = "unreachable"


KINDS: dict[str, type[ModeldeckError]] = {
    kind.code: kind
    for kind in (
        RequestError,
        ResolutionError,
        NotFoundError,
        ConfigError,
        UntrustedError,
        ConflictError,
        MachineError,
        ObstacleError,
        JournalError,
        UnreachableError,
        ModeldeckError,
    )
}
"""Error class by code, for the side that reads a reply."""


def from_body(body: ErrorBody) -> ModeldeckError:
    """The error that ``body`` tells of; an unknown code becomes a plain :class:`ModeldeckError`."""
    if body.code == ConflictError.code:
        return ConflictError(body.message, suggestions=body.suggestions, field=body.field, stored=body.stored)
    return KINDS.get(body.code, ModeldeckError)(body.message, suggestions=body.suggestions, field=body.field)
