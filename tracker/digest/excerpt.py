"""The two sentences of an article that say why it is here, word for word; nothing is rewritten."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Final

from tracker.model import Reason
from tracker.text.display import clean_line, clean_text

__all__ = ["Wanted", "excerpt"]

_READ_CHARS: Final = 6000
_SENTENCES: Final = 40
_SHORT: Final = 30
_LEAST_SECOND: Final = 60
"""Characters a second sentence needs to be worth beginning."""
_PHRASE, _WORD, _WORDS_AT_MOST, _SHORT_LOSS = 3.0, 0.5, 4, 3.0
_OPENING: Final = (3.0, 1.0)
"""Worth of standing first and second: news tells the most at once."""
_SPACELESS: Final = re.compile("[\u0e00-\u0eff\u2e80-\u9fff\uf900-\ufaff]")
_ABBREVIATED: Final = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Gov|Col|Lt|Prof|No|vs|etc|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Aug|Sept?|Oct"
    r"|Nov|Dec|a\.m|p\.m)|(?:^|[^\w])\w(?:\.\w)*)\.$"
)
_END: Final = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？])[”」』]?|\n")
_LETTERS: Final = re.compile(r"[^\W\d_]{4,}")


class Wanted:
    """The phrases that mark a sentence as on the subject, ready to be looked for in any script, in any case."""

    def __init__(self, phrases: Iterable[str]) -> None:
        known = sorted({clean_line(p).casefold() for p in phrases} - {""}, key=lambda p: (-len(p), p))
        spaced = [re.escape(p) for p in known if not _SPACELESS.search(p)]
        solid = [re.escape(p) for p in known if _SPACELESS.search(p)]
        parts = ([rf"(?<!\w)(?:{'|'.join(spaced)})"] if spaced else []) + solid
        self._pattern = re.compile("|".join(parts)) if parts else None

    def found_in(self, folded: str) -> int:
        """How many different phrases stand in a case-folded text."""
        return len(set(self._pattern.findall(folded))) if self._pattern else 0


def excerpt(
    text: str, wanted: Wanted, *, reasons: Iterable[Reason] = (), title: str = "", limit: int = 230
) -> str:
    """Return the two sentences that carry most of the wanted phrases and of the reasons' words, in their order.

    A sentence that repeats the title is passed over. At most `limit` characters; a gap is shown as " … ".
    """
    headline = clean_line(title).casefold()
    sentences = [s for s in _sentences(text) if s.casefold().rstrip(".") != headline]
    words = {w for reason in reasons for w in _LETTERS.findall(reason.text.casefold())}
    worth = {i: _worth(i, s, wanted, words) for i, s in enumerate(sentences)}
    best = sorted(sorted(worth, key=lambda i: (-worth[i], i))[:2])
    if not best:
        return ""
    first = sentences[best[0]]
    if len(best) == 1 or len(first) > limit - _LEAST_SECOND:
        strongest = max(best, key=lambda i: (worth[i], -i))
        return clean_line(sentences[strongest], limit)
    gap = " " if best[1] == best[0] + 1 else " … "
    return clean_line(f"{first}{gap}{sentences[best[1]]}", limit)


def _worth(position: int, sentence: str, wanted: Wanted, words: Collection[str]) -> float:
    folded = sentence.casefold()
    opening = _OPENING[position] if position < len(_OPENING) else 0.0
    told = min(_WORDS_AT_MOST, len(set(_LETTERS.findall(folded)) & set(words)))
    return (
        opening + _PHRASE * wanted.found_in(folded) + _WORD * told - _SHORT_LOSS * (_width(sentence) < _SHORT)
    )


def _width(sentence: str) -> int:
    return len(sentence) + 2 * len(_SPACELESS.findall(sentence))


def _sentences(text: str) -> list[str]:
    """Cut the beginning of a text into sentences; initials and common abbreviations do not end one."""
    whole = clean_text(text[:_READ_CHARS])
    found: list[str] = []
    start = 0
    for mark in _END.finditer(whole):
        if mark.group() != "\n" and _ABBREVIATED.search(whole, max(start, mark.start() - 12), mark.start()):
            continue
        found.append(whole[start : mark.end()].strip())
        start = mark.end()
    found.append(whole[start:].strip())
    return [sentence for sentence in found if sentence][:_SENTENCES]
