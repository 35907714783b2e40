"""Text from outside made safe for a terminal: the one place where control, OSC and bidi characters are taken out."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_ESCAPES = re.compile(
    r"\x1b\][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # OSC ... BEL, ST or the end
    r"|\x1b[PX^_][^\x1b\x9c]*(?:\x1b\\|\x9c)?"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\x1b[ -/]*[0-~]?"  # any other escape
)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_LOOSE = re.compile("(?<!\\S)\u200d+|\u200d+(?!\\S)")
"""Joiners with nothing on one side: they would swallow the blank or the piece of text that follows."""
_UNSAFE_IN_JSON = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Beyond what JSON escapes itself, all below U+0020: a terminal obeys these, or can't be sent them."""
_ADDRESS = re.compile(r"""\b[a-z][a-z0-9+.-]*://[^\s"'<>]+""", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")
_CREDENTIALS = re.compile(
    rb"""[^\s/"'@:]+:(?!//)[^\s"']+@"""  # user:password@, also in an address that is none
    rb"""|(?<=://)[^\s/"'@]+@"""  # token@
)


def plain(text: str) -> str:
    """``text`` without escape sequences, control and bidi characters and loose joiners.

    Newlines stay, Unicode's line separators become such, tabs become blanks.
    """
    text = text.replace("\r\n", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = _ESCAPES.sub("", text.replace("\t", "    "))
    return _LOOSE.sub("", _CONTROL.sub("", text)).encode("utf-8", "replace").decode()


def json_escaped(text: str) -> str:
    r"""Return JSON with control and bidi characters as ``\\uXXXX``, which changes none of the data."""
    return _UNSAFE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def without_credentials(text: bytes) -> bytes:
    """Return ``text`` with the user and password of every address in it masked, as of the proxy's in an error."""
    return _CREDENTIALS.sub(b"***@", text)


def shown_address(url: str) -> str:
    """Return ``url`` as it may be shown: without the user, the password and the query, which may be credentials."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that can't be read"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def with_shown_addresses(text: str) -> str:
    """Return ``text`` with every address in it as :func:`shown_address` has it, and no other user and password."""
    text = _ADDRESS.sub(lambda found: shown_address(found[0]), text)
    return without_credentials(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def ends(text: str, limit: int) -> str:
    """``text``, or ``limit`` characters of it: its head, a mark that says how much is missing, and its tail."""
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail]}\n[… {len(text) - limit} more characters]\n{text[len(text) - tail :]}"


def one_line(text: str, limit: int = 400) -> str:
    """``plain(text)`` on one line of at most ``limit`` characters, the cut marked."""
    text = _BLANKS.sub(" ", plain(text)).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"
