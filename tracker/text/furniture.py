"""What stands on an article's page and is not the article: lists of other stories, advertisement marks, pointers.

Headlines of other stories would otherwise be scored as this one's words. Works on the text alone, line by line, with
the phrases of `furniture.toml`; to drop one more, add it there.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

__all__ = ["furniture_lines", "is_caption", "without_furniture"]

_TAIL_FROM = 0.4  # of the text's characters: a list of other stories stands below the article
_LEAST_LEFT = 200  # characters: when less would be left, the heading was no heading
_POINTER_CHARS = 200
_CAPTION_CHARS = 300
_CREDIT_CHARS = 60  # from the word for a picture to the end of its caption


def without_furniture(text: str) -> str:
    """Drop furniture lines, and everything from the heading of a list of other stories on."""
    lines = text.split("\n")
    dropped = furniture_lines(lines)
    return "\n".join(line for number, line in enumerate(lines) if number not in dropped).strip() or text


def furniture_lines(lines: list[str]) -> frozenset[int]:
    """Return the numbers of the lines that `without_furniture` drops."""
    phrases = _phrases()
    dropped = {number for number, line in enumerate(lines) if _is_furniture(line, phrases)}
    kept = [number for number in range(len(lines)) if number not in dropped]
    end = _end_of_article([lines[number] for number in kept], phrases["lists"])
    return frozenset(dropped.union(kept[end:]))


def is_caption(line: str) -> bool:
    """Whether a line is the caption of a picture: it ends with who took it ("Photo: VCG")."""
    said = line.strip().casefold()
    return len(said) <= _CAPTION_CHARS and _credit().search(said[-_CREDIT_CHARS:]) is not None


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
def _credit() -> re.Pattern[str]:
    """The words for a picture where a sentence may begin, or in brackets."""
    return re.compile(rf"(?:^|[^\w\s,;'’])\s*(?:{'|'.join(map(re.escape, _phrases()['credits']))})")


@cache
def _phrases() -> dict[str, tuple[str, ...]]:
    """The phrases by kind, case-folded."""
    source = (files("tracker.text") / "furniture.toml").read_text(encoding="utf-8")
    return {kind: tuple(p.casefold() for p in found) for kind, found in tomllib.loads(source).items()}
