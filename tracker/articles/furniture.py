"""What an extractor lets through that is not the article: lists of other stories, advertisement marks, pointers.

Headlines of other stories would otherwise be scored as this one's words. Works on the text alone, line by line, with
the phrases of `furniture.toml`; to drop one more, add it there.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

__all__ = ["without_furniture"]

_TAIL_FROM = 0.4  # of the text's characters: a list of other stories stands below the article
_LEAST_LEFT = 200  # characters: when less would be left, the heading was no heading
_POINTER_CHARS = 200


def without_furniture(text: str) -> str:
    """Drop furniture lines, and everything from the heading of a list of other stories on."""
    phrases = _phrases()
    lines = [line for line in text.split("\n") if not _is_furniture(line, phrases)]
    return "\n".join(lines[: _end_of_article(lines, phrases["lists"])]).strip() or text


def _is_furniture(line: str, phrases: dict[str, tuple[str, ...]]) -> bool:
    said = line.strip().casefold()
    if said.rstrip(".:!») ") in phrases["lines"]:
        return True
    return len(said) < _POINTER_CHARS and said.startswith(phrases["pointers"])


def _end_of_article(lines: list[str], headings: tuple[str, ...]) -> int:
    """The number of lines before the first such heading in the lower part of the text."""
    total, before = sum(map(len, lines)), 0
    for number, line in enumerate(lines):
        if before >= max(_LEAST_LEFT, _TAIL_FROM * total) and line.strip().casefold().startswith(headings):
            return number
        before += len(line)
    return len(lines)


@cache
def _phrases() -> dict[str, tuple[str, ...]]:
    """The phrases by kind, case-folded."""
    source = (files("tracker.articles") / "furniture.toml").read_text(encoding="utf-8")
    return {kind: tuple(p.casefold() for p in found) for kind, found in tomllib.loads(source).items()}
