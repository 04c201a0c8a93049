"""Texts with what matters set off: the passages and words that made a score, the words that were searched.

Layers may overlap; the text is cut at every boundary, so the markup is always well formed and everything escaped.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from markupsafe import Markup, escape

from tracker.model import Reason
from tracker.text.tokens import base_word

__all__ = ["Layers", "marked", "passage_spans", "query_spans", "word_spans"]

Span = tuple[int, int]
Layers = Mapping[str, Sequence[Span]]
"""Spans by layer: `passage`, `query`, `word`."""
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_PIECES: Final = re.compile(r'"([^"]*)"|(\S+)')
_BARE: Final = re.compile(r"\w+")
_UNSPACED: Final = re.compile(r"[぀-ヿ㐀-鿿가-힯豈-﫿]")
_OPENING: Final = {
    "passage": Markup('<mark class="passage">'),
    "query": Markup("<mark>"),
    "word": Markup("<b>"),
}
_CLOSING: Final = {"passage": Markup("</mark>"), "query": Markup("</mark>"), "word": Markup("</b>")}
_ORDER: Final = ("passage", "query", "word")


def marked(text: str, layers: Layers) -> Markup:
    """Write a text with spans of the layers `passage`, `query` and `word` set off; places are in characters."""
    named = {name: _joined(layers.get(name, ())) for name in _ORDER}
    cuts = sorted(
        {0, len(text), *(at for spans in named.values() for span in spans for at in span if at < len(text))}
    )
    parts: list[Markup] = []
    for start, end in pairwise(cuts):
        inside = [name for name in _ORDER if any(a <= start < b for a, b in named[name])]
        parts += [*(_OPENING[name] for name in inside), escape(text[start:end])]
        parts += [_CLOSING[name] for name in reversed(inside)]
    return Markup("").join(parts)


def passage_spans(reasons: Sequence[Reason], length: int) -> list[Span]:
    """Where the passages stand that carried a text over the line; places outside of it are of another text."""
    places = ((one.start, one.end) for one in reasons if one.kind == "passage")
    return [(a, b) for a, b in places if a is not None and b is not None and 0 <= a < b <= length]


def word_spans(text: str, words: Collection[str]) -> list[Span]:
    """Where words stand whose base forms these are."""
    if not words:
        return []
    return [match.span() for match in _WORD.finditer(text) if base_word(match[0]) in words]


def query_spans(text: str, query: str) -> list[Span]:
    """Where the words of a full-text query stand, quoted ones together."""
    patterns = list(_patterns(query))
    if not patterns:
        return []
    return [match.span() for match in re.finditer("|".join(patterns), text, re.IGNORECASE)]


def _patterns(query: str) -> Iterator[str]:
    for quoted, bare in _PIECES.findall(query):
        words = _BARE.findall(quoted or bare)
        if words:
            joined = r"\W+".join(map(re.escape, words))
            yield joined if _UNSPACED.search(joined) else rf"(?<!\w){joined}(?!\w)"


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Put overlapping spans of a layer together."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
