"""A text cut into sentences, in any script; initials and common abbreviations end none."""

from __future__ import annotations

import re
from typing import Final

from tracker.text.display import clean_text

__all__ = ["sentences_of"]

_ABBREVIATED: Final = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Gov|Col|Lt|Prof|No|vs|etc|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Aug|Sept?|Oct"
    r"|Nov|Dec|a\.m|p\.m)|(?:^|[^\w])\w(?:\.\w)*)\.$"
)
_END: Final = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？])[”」』]?|\n")
_LONGEST_ABBREVIATION: Final = 12


def sentences_of(text: str, *, chars: int, most: int) -> list[str]:
    """Cut the first `chars` characters of a foreign text into at most `most` cleaned sentences."""
    whole = clean_text(text[:chars])
    found: list[str] = []
    start = 0
    for mark in _END.finditer(whole):
        near = max(start, mark.start() - _LONGEST_ABBREVIATION)
        if mark.group() != "\n" and _ABBREVIATED.search(whole, near, mark.start()):
            continue
        found.append(whole[start : mark.end()].strip())
        start = mark.end()
    found.append(whole[start:].strip())
    return [sentence for sentence in found if sentence][:most]
