"""Themes are data: flat maps of colours in ``themes/*.yaml``, shipped ones and the person's own beside their config.

The default and the plain one are written in the part of YAML that is JSON too: the first paint needs no YAML reader.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.theme import BUILTIN_THEMES, Theme

from tui.config.themes import shipped_folder, theme_names
from tui.core.errors import ConfigError

DEFAULT = "brutalist"
PLAIN = "terminal"
"""For NO_COLOR and terminals of few colours: the terminal's own sixteen."""

COLOURS = (
    "primary",
    "secondary",
    "warning",
    "error",
    "success",
    "accent",
    "foreground",
    "background",
    "surface",
    "panel",
)


VISIBLE = 3.0
"""The contrast under which a chosen line is not told from the others."""

NEEDED = ("primary", "foreground", "background")

STANDS_IN = {"md-dim": "secondary", "md-busy": "primary", "md-alarm-text": "background", "md-chosen": "panel"}
"""Variables of our own style sheets, and the colour that stands in where a theme does not give one."""


def theme_from(data: object, origin: str) -> Theme:
    """The theme that a file's data tells of.

    Raises :class:`ConfigError` that names the file and the key.
    """
    if not isinstance(data, dict):
        raise ConfigError(f"{origin}: a theme is a map of colours")
    unknown = set(data) - {*COLOURS, "name", "dark", "ansi", "variables"}
    if unknown:
        raise ConfigError(f"{origin}: unknown key {sorted(map(str, unknown))[0]!r}; a theme has {', '.join(COLOURS)}")
    for name in NEEDED:
        if not isinstance(data.get(name), str):
            raise ConfigError(f"{origin}: {name!r} is missing; a theme names at least {', '.join(NEEDED)}")
    colours: dict[str, str] = {}
    for name in COLOURS:
        value = data.get(name)
        if value is None:
            continue
        try:
            Color.parse(str(value))
        except ColorParseError:
            raise ConfigError(f"{origin}: {name}: {str(value)!r} is no colour") from None
        colours[name] = str(value)
    variables = data.get("variables")
    if variables is not None and not isinstance(variables, dict):
        raise ConfigError(f"{origin}: variables: a map is wanted")
    dark, ansi = bool(data.get("dark", True)), bool(data.get("ansi", False))
    theme = Theme(name=str(data.get("name") or Path(origin).stem), primary=colours["primary"], dark=dark, ansi=ansi)
    for name, colour in colours.items():
        setattr(theme, name, colour)
    # Textual's own style sheets want some variables of an ansi theme.
    theirs = BUILTIN_THEMES["ansi-dark" if dark else "ansi-light"].variables if ansi else {}
    ours = {name: colours.get(other, colours["foreground"]) for name, other in STANDS_IN.items()}
    theme.variables = theirs | ours | {str(key): str(value) for key, value in (variables or {}).items()}
    return theme


def contrast(one: RichColor, other: RichColor, system: ColorSystem) -> float:
    """Return the contrast of two colours, 1 to 21, as a terminal of that many colours shows them."""
    light, dark = sorted((_luminance(one, system), _luminance(other, system)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: RichColor, system: ColorSystem) -> float:
    parts = [part / 255 for part in color.downgrade(system).get_truecolor()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def selection(chosen: Style, base: Style, system: ColorSystem) -> Style:
    """Return the look of a chosen line among those that look like ``base``: reversed where it would hardly be seen."""
    if chosen.reverse or base.color is None or base.bgcolor is None or chosen.color is None or chosen.bgcolor is None:
        return chosen
    seen = contrast(chosen.bgcolor, base.bgcolor, system) >= VISIBLE
    if seen and contrast(chosen.color, chosen.bgcolor, system) >= VISIBLE:
        return chosen
    if base.bgcolor.is_default or base.color.is_default:
        return base + Style(bold=True, reverse=True)
    return Style(color=base.bgcolor, bgcolor=base.color, bold=True)


def first_theme(remembered: object, *, plain: bool) -> tuple[Theme, Mapping[str, object]]:
    """The theme of the first paint, and its data: the remembered one, else a shipped one that needs no YAML reader."""
    if isinstance(remembered, dict) and not plain:
        try:
            return theme_from(remembered, "cache"), remembered
        except ConfigError:
            pass  # an older cache: the shipped default is as good
    file = shipped_folder() / f"{PLAIN if plain else DEFAULT}.yaml"
    data = json.loads(file.read_text("utf-8"))
    return theme_from(data, str(file)), data


def read_theme(name: str, own: Path) -> tuple[Theme, Mapping[str, object]]:
    """A theme by name, the person's own before the shipped ones, and its data.

    Raises :class:`ConfigError` for a file that is missing, can't be read or is wrong.
    """
    import yaml  # noqa: PLC0415  # not needed before the first paint

    for folder in (own, shipped_folder()):
        file = folder / f"{name}.yaml"
        if not file.is_file():
            continue
        try:
            data = yaml.safe_load(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: can't be read: {error}") from None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            raise ConfigError(f"{file}:{mark.line + 1 if mark else 1}: not valid YAML") from None
        return theme_from(data, str(file)), data
    names = tuple(sorted(theme_names(own)))
    raise ConfigError(f"There is no theme {name!r}; there are {', '.join(names)}", suggestions=names)


def needs_plain(env: Mapping[str, str]) -> bool:
    """Whether the terminal shall keep its own colours: NO_COLOR, or fewer than 256 of them."""
    if env.get("NO_COLOR"):
        return True
    if env.get("COLORTERM"):
        return False
    term = env.get("TERM", "")
    return term in ("linux", "vt100", "vt220", "ansi", "xterm", "screen") or term.endswith(("-16color", "-mono", "-m"))
