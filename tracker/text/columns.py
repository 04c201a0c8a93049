"""Text fitted into the columns of a terminal, where wide characters take two and combining marks none."""

from __future__ import annotations

import unicodedata
from typing import Final

__all__ = ["display_width", "fit", "pad", "wrap"]

_ELLIPSIS: Final = "…"


def display_width(text: str) -> int:
    """Count terminal columns (Unicode TR 11)."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def fit(text: str, width: int) -> str:
    """Cut to at most `width` columns; an ellipsis marks the cut."""
    if display_width(text) <= width:
        return text
    taken, used = [], 1
    for character in text:
        used += _columns(character)
        if used > width:
            break
        taken.append(character)
    return ("".join(taken).rstrip() + _ELLIPSIS)[: max(width, 0)]


def pad(text: str, width: int) -> str:
    """Cut or fill with spaces to exactly `width` columns."""
    fitted = fit(text, width)
    return fitted + " " * (width - display_width(fitted))


def wrap(text: str, width: int) -> list[str]:
    """Break into lines of at most `width` columns, between words or, where a word is too long, inside it."""
    lines, line = [], ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if display_width(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, max(width, 2))
        lines.extend(full)
    return [*lines, line] if line else lines


def _pieces(word: str, width: int) -> list[str]:
    pieces, piece, used = [], "", 0
    for character in word:
        columns = _columns(character)
        if piece and used + columns > width:
            pieces.append(piece)
            piece, used = "", 0
        piece += character
        used += columns
    return [*pieces, piece]


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
