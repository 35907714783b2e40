"""Ids of runs, attempts and specs: short, sortable by time, and safe as file names even where case does not count.

An id is a prefix, nine characters of milliseconds since 1970 (good until the year 3084) and six of chance. The alphabet
is Crockford's base 32 in lower case: no i, l, o or u, so that an id can be read out and typed.
"""

from __future__ import annotations

import re
from collections.abc import Callable

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_TIME = 9
_CHANCE = 6
_SAFE = re.compile(r"[A-Za-z0-9_]{1,64}")


def new_run_id(clock_ms: int, random: Callable[[int], bytes]) -> str:
    """An id for a run: ``r_1mk0q3z7c8h2vxw``. ``random(n)`` gives n bytes, as :func:`os.urandom` does."""
    return "r_" + _sortable(clock_ms, random)


def new_attempt_id(clock_ms: int, random: Callable[[int], bytes]) -> str:
    """An id for an attempt, which also names its folder: ``a_1mk0q3z7c8h2vxw``."""
    return "a_" + _sortable(clock_ms, random)


def new_spec_id(clock_ms: int, random: Callable[[int], bytes]) -> str:
    """An id for a spec: ``s_1mk0q3z7c8h2vxw``."""
    return "s_" + _sortable(clock_ms, random)


def is_file_name(id_: object) -> bool:
    """Whether an id that was read back can name a file: a damaged one might lead out of its folder."""
    return isinstance(id_, str) and _SAFE.fullmatch(id_) is not None


def _sortable(clock_ms: int, random: Callable[[int], bytes]) -> str:
    return _base32(clock_ms, _TIME) + _base32(int.from_bytes(random(4)), _CHANCE)


def _base32(number: int, width: int) -> str:
    """The lowest ``width`` digits of ``number``, so that an id is never longer than told."""
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(width)))
