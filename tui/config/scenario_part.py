"""A part of a scenario: a value that knows where it stands, so that what is wrong with it is told with its line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tui.config.document import Data, Document, Problem, config_error, kind_of
from tui.core.errors import ConfigError
from tui.core.suggest import nearest


@dataclass(frozen=True, slots=True)
class Part:
    """The value at ``path`` of a document; ``None`` where there is none."""

    document: Document
    value: Data
    path: tuple[str | int, ...] = ()

    @property
    def given(self) -> bool:
        """Whether something stands here."""
        return self.value is not None

    @property
    def name(self) -> str:
        """The path as a person reads it: ``catalog[0].models[1]``."""
        text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return text.removeprefix(".") or "the scenario"

    def wrong(self, sentence: str) -> ConfigError:
        """The error that tells ``sentence`` of this part."""
        scenario = self.document.data.get("id")
        where = f'scenario "{scenario}": ' if scenario is not None else ""
        return config_error(
            self.document.name, [Problem(self.document.line(self.path), f"{where}{self.name} {sentence}")]
        )

    def map(self, known: Iterable[str] = ()) -> dict[str, Part]:
        """The parts of a map. With ``known`` keys it has these and no others, the ones not given too."""
        if self.value is not None and not isinstance(self.value, dict):
            raise self.wrong(f"must be a map, not {kind_of(self.value)}")
        names = tuple(known)
        found = {name: Part(self.document, None, (*self.path, name)) for name in names}
        for key, value in (self.value or {}).items():
            part = Part(self.document, value, (*self.path, key))
            if names and key not in found:
                near = nearest(key, names)
                raise part.wrong(
                    f"is not known; {f'did you mean {near[0]}?' if near else 'known are ' + ', '.join(names)}"
                )
            found[key] = part
        return found

    def list(self) -> list[Part]:
        """The parts of a list; none for nothing."""
        if self.value is None:
            return []
        if not isinstance(self.value, list):
            raise self.wrong(f"must be a list, not {kind_of(self.value)}")
        return [Part(self.document, value, (*self.path, index)) for index, value in enumerate(self.value)]

    def text(self) -> str | None:
        """A text; a number is read as it was written, for ids and names look like numbers at times."""
        if self.value is None or isinstance(self.value, str):
            return self.value
        if isinstance(self.value, bool | list | dict):
            raise self.wrong(f"must be a text, not {kind_of(self.value)}")
        return str(self.value)

    def texts(self) -> tuple[str, ...] | None:
        """A list of texts; one text is a list of one."""
        if self.value is None:
            return None
        if not isinstance(self.value, list):
            return (str(self.value),)
        return tuple(str(one) for one in self.value)

    def one_of(self, known: Iterable[str], default: str) -> str:
        """One of the ``known`` words; ``default`` for nothing."""
        if self.value is None:
            return default
        names = tuple(known)
        if isinstance(self.value, str) and self.value in names:
            return self.value
        raise self.wrong(f"is {self.value!r}; it is one of {', '.join(names)}")

    def number(self) -> float | None:
        """A number."""
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.wrong(f"must be a number, not {kind_of(self.value)}")
        return self.value

    def whole(self) -> int | None:
        """A whole number."""
        number = self.number()
        if isinstance(number, float):
            raise self.wrong("must be a whole number")
        return number

    def flag(self) -> bool | None:
        """Yes or no."""
        if self.value is None or isinstance(self.value, bool):
            return self.value
        raise self.wrong(f"must be true or false, not {kind_of(self.value)}")
