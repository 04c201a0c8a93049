"""Foreign text made fit to be read by a person: one line, no tricks of direction, stacking or look-alike letters.

Cleaning for storage is `text/plain.py`; here is what a surface adds on top before it shows a title or an outlet.
Escaping for a markup stays the surface's own business.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from tracker.text import plain

__all__ = ["clean_line", "clean_text", "has_mixed_scripts", "isolated"]

_STACK: Final = 4
"""Combining marks shown on one letter; no living orthography needs more."""
_KEPT_FORMAT: Final = "\u200c\u200d"  # Persian, Indic scripts and emoji are written with these
_LOOKED_AT: Final = frozenset({"Cf", "Mn", "Me"})
_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_LOOKALIKE_SCRIPTS: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})
_FIRST_STRONG_ISOLATE: Final = "\u2068"
_POP_ISOLATE: Final = "\u2069"
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN"})


def clean_line(text: str, limit: int | None = None) -> str:
    """Make one line without controls, format characters or stacked marks, at most `limit` characters long."""
    line = plain.clean_line(text)
    if limit is not None:
        line = line[: limit * (_STACK + 2)]  # what is cut off anyway need not be looked at
    if not line.isascii():
        line = plain.clean_line(_unstacked(line))
    return line if limit is None or len(line) <= limit else plain.clean_line(line, limit)


def clean_text(text: str) -> str:
    """Clean every line of a text and drop the empty ones."""
    return "\n".join(line for line in map(clean_line, text.splitlines()) if line)


def has_mixed_scripts(text: str) -> bool:
    """Whether a word mixes alphabets whose letters look alike, as "pаypal" with a Cyrillic letter does (UTS #39)."""
    if text.isascii():
        return False
    return any(len({_script(c) for c in word} & _LOOKALIKE_SCRIPTS) > 1 for word in _WORD.findall(text))


def isolated(text: str) -> str:
    """Shut right-to-left text in, so that it cannot reorder its neighbours (UAX #9, FSI and PDI)."""
    if text.isascii() or not any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in text):
        return text
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}"


def _unstacked(line: str) -> str:
    if not any(unicodedata.category(char) in _LOOKED_AT for char in set(line)):
        return line
    kept, stack = [], 0
    for char in line:
        category = unicodedata.category(char)
        if category == "Cf" and char not in _KEPT_FORMAT:
            continue
        stack = stack + 1 if category in {"Mn", "Me"} else 0
        if stack <= _STACK:
            kept.append(char)
    return "".join(kept)


@lru_cache(maxsize=1 << 12)
def _script(char: str) -> str:
    return unicodedata.name(char, "").partition(" ")[0]
