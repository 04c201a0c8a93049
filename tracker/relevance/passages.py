"""Which passages of a text carried it over the line: title, sentences or clauses, with their places in the stored text.

The shortest one without which the text would no longer pass; where no single one decides, the sentences without which
the score falls furthest, until it falls under the line, and any that turn out to be spared are dropped again. So a
person reads what decided, and can check it by leaving it out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from tracker.model import Reason
from tracker.relevance.analysis import BODY_WORDS, Analysed, analyse
from tracker.text.tokens import words

__all__ = ["find_passages"]

_SENTENCE: Final = re.compile(r"[^\n.!?。！？]+(?:[.!?。！？](?=\S)[^\n.!?。！？]+)*[.!?。！？]*[\"'”’»）)]*")
_CLAUSE: Final = re.compile(r"(?:[^,;:–—()，；：、]|[,:](?=\S))+")
_FEWEST_WORDS: Final = 4
"""Words from which a clause can be read alone."""
_MOST: Final = 8
_SHOWN: Final = 200
_READ: Final = BODY_WORDS * 16
"""Characters of a text that are read at most."""

Span = tuple[int, int]
_TITLE: Final[Span] = (0, 0)


def _sentences(text: str) -> Iterator[Span]:
    """Return where the sentences of a text stand, white space around them left off."""
    for match in _SENTENCE.finditer(text, 0, min(len(text), _READ)):
        sentence = match.group()
        start = match.start() + len(sentence) - len(sentence.lstrip())
        if sentence.strip():
            yield start, start + len(sentence.strip())


def _clauses(text: str, sentence: Span) -> Iterator[Span]:
    """Return where the clauses of a sentence stand that are long enough to be read alone."""
    for match in _CLAUSE.finditer(text, *sentence):
        clause = match.group()
        if len(words(clause)) >= _FEWEST_WORDS:
            start = match.start() + len(clause) - len(clause.lstrip())
            yield start, start + len(clause.strip())


def _without(text: str, spans: list[Span]) -> str:
    """Return a text with these parts taken out."""
    kept, at = [], 0
    for start, end in sorted(spans):  # the title's, (0, 0), takes nothing out
        kept.append(text[at:start])
        at = end
    return "".join([*kept, text[at:]])


def _shown(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1].rsplit(" ", 1)[0] + "…"


def find_passages(
    telling: Mapping[str, float],
    analysed: Analysed,
    score: Callable[[str, str], float],
    threshold: float,
) -> tuple[Reason, ...]:
    """Return the passages that carry a text, the strongest first, none that can be spared.

    A reason's `start` and `end` are those in the body, None for the title. `telling` weighs the terms that spoke for
    the text; `score` scores (title, text).
    """
    title, text = analysed.written

    def weight(span: Span) -> float:
        found = analyse("", text[slice(*span)], analysed.language)
        return sum(telling.get(term, 0.0) for term in found.terms)

    def left_by(taken: list[Span]) -> float:
        return score("" if _TITLE in taken else title, _without(text, taken))

    told = sorted(_sentences(text), key=lambda span: -weight(span))
    ranked = ([_TITLE] * bool(title.strip()) + told)[:_MOST]
    alone = {span: left_by([span]) for span in ranked}
    deciding = [span for span in ranked if alone[span] < threshold]
    if deciding:
        parts = [part for span in deciding if span != _TITLE for part in _clauses(text, span)]
        deciding += [part for part in parts if left_by([part]) < threshold]
        taken = [min(deciding, key=lambda span: _size(span, title))]
    else:
        taken = _together(sorted(ranked, key=alone.__getitem__), left_by, threshold)
    return tuple(_reason(title, text, span) for span in taken)


def _size(span: Span, title: str) -> int:
    return len(title) if span == _TITLE else span[1] - span[0]


def _together(ranked: list[Span], left_by: Callable[[list[Span]], float], threshold: float) -> list[Span]:
    """Return the first of `ranked` without which a text falls under the line, those that can be spared left off."""
    taken = ranked[:1]
    while len(taken) < len(ranked) and left_by(taken) >= threshold:
        taken = ranked[: len(taken) + 1]
    for span in taken[-2::-1] if left_by(taken) < threshold else ():
        fewer = [other for other in taken if other != span]
        taken = fewer if left_by(fewer) < threshold else taken
    return taken


def _reason(title: str, text: str, span: Span) -> Reason:
    if span == _TITLE:
        return Reason(kind="passage", text=f"Title: {_shown(title)}")
    start, end = span
    return Reason(kind="passage", text=_shown(text[start:end]), start=start, end=end)
