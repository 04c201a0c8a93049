"""The two sentences of an article that say why it is here, word for word; nothing is rewritten."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from tracker.digest.sentences import sentences_of
from tracker.model import Reason
from tracker.text import plain
from tracker.text.display import clean_line

__all__ = ["Wanted", "excerpt"]

_READ_CHARS: Final = 6000
_SENTENCES: Final = 40
_SHORT: Final = 30
_LEAST_SECOND: Final = 60
"""Characters a second sentence needs to be worth beginning."""
_PHRASE, _WORD, _WORDS_AT_MOST, _SHORT_LOSS, _QUOTED = 3.0, 0.5, 4, 3.0, 8.0
_PASSAGE_CHARS: Final = 400
_TITLE_CHARS: Final = 1000
_WIDE_STOPS: Final = ("。", "！", "？", "」", "。”")
_OPENING: Final = (3.0, 1.0)
"""Worth of standing first and second: news tells the most at once."""
_SPACELESS: Final = re.compile("[\u0e00-\u0eff\u2e80-\u9fff\uf900-\ufaff]")
_DATELINE: Final = re.compile(
    r"[A-Z][A-Z .,'/-]{2,40}(?:[A-Z][a-z]{2,8}\.? \d{1,2} )?(?:\([^()]{2,40}\) )?[-–—]{1,2} (?=[A-Z])"
)
"""Place, date and agency before the first sentence of a wire report."""
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
    text: str, wanted: Wanted, *, reasons: Sequence[Reason] = (), title: str = "", limit: int = 230
) -> str:
    """Return the two sentences that carried the score, in their order.

    Those are the passages the reasons quote by place, then the sentences with most of the wanted phrases and of the
    reasons' words. One that repeats the title is passed over. At most `limit` characters; a gap is shown as " … ".
    """
    headline = clean_line(title[:_TITLE_CHARS]).casefold()
    passages = _passages(text, reasons)
    sentences = {i: s for i, s in _placed(text, passages) if s.casefold().rstrip(".") != headline}
    words = {w for reason in reasons for w in _LETTERS.findall(reason.text[:_TITLE_CHARS].casefold())}
    quoted = [passage.casefold() for _, passage in passages]
    worth = {i: _worth(i, s, wanted, words) + _quoted(s, quoted) for i, s in sentences.items()}
    best = sorted(sorted(worth, key=lambda i: (-worth[i], i))[:2])
    if not best:
        return ""
    first = sentences[best[0]]
    if len(best) == 1 or len(first) > limit - _LEAST_SECOND:
        strongest = max(best, key=lambda i: (worth[i], -i))
        return _cut(sentences[strongest], limit)
    beside = "" if first.endswith(_WIDE_STOPS) else " "
    gap = beside if best[1] == best[0] + 1 else " … "
    return _cut(f"{first}{gap}{sentences[best[1]]}", limit)


def _passages(text: str, reasons: Iterable[Reason]) -> list[tuple[int, str]]:
    """Where each quoted passage begins, and its words, strongest first; places outside the text are of another text."""
    places = ((r.start, r.end) for r in reasons if r.start is not None and r.end is not None)
    found = [(a, text[a : min(b, a + _READ_CHARS)]) for a, b in places if 0 <= a < b <= len(text)]
    return [(start, words) for start, passage in found if (words := clean_line(passage, _PASSAGE_CHARS))]


def _placed(text: str, passages: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Number the sentences at the beginning of a text, and the passages quoted from further down, far behind them."""
    for position, sentence in enumerate(sentences_of(text, chars=_READ_CHARS, most=_SENTENCES)):
        yield position, sentence if position else sentence[_dateline(sentence) :]
    yield from sorted((start, passage) for start, passage in passages if start >= _READ_CHARS)


def _dateline(sentence: str) -> int:
    found = _DATELINE.match(sentence)
    return found.end() if found else 0


def _quoted(sentence: str, passages: Iterable[str]) -> float:
    """What it is worth to be, or be part of, a quoted passage: the more, the earlier it is quoted."""
    folded = sentence.casefold()
    ranks = (n for n, passage in enumerate(passages) if folded in passage or passage in folded)
    return max(0.0, _QUOTED - next(ranks, _QUOTED))


def _worth(position: int, sentence: str, wanted: Wanted, words: Collection[str]) -> float:
    folded = sentence.casefold()
    opening = _OPENING[position] if position < len(_OPENING) else 0.0
    told = min(_WORDS_AT_MOST, len(set(_LETTERS.findall(folded)) & set(words)))
    return (
        opening + _PHRASE * wanted.found_in(folded) + _WORD * told - _SHORT_LOSS * (_width(sentence) < _SHORT)
    )


def _width(sentence: str) -> int:
    return len(sentence) + 2 * len(_SPACELESS.findall(sentence))


def _cut(told: str, limit: int) -> str:
    # sentences are clean already; cleaning them again would cost more than finding them
    return plain.clean_line(told, limit)
