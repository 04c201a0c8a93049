"""One item as lists show it: what there is to say, with what made its score set off. Pure functions over items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from markupsafe import Markup

from tracker.digest.excerpt import Wanted, excerpt
from tracker.model import Item, LikenessKind, Reason, TopicScore
from tracker.neardup.credit import agency_of, credit_in
from tracker.relevance.telling import telling_words
from tracker.text.display import clean_line
from tracker.urls import distinct_outlets
from tracker.web.marking import marked, query_spans, word_spans

__all__ = ["Line", "credited", "item_path", "line_of", "outlets_beside", "shown_topics", "told_reasons"]

_EXTRACT: Final = 320
_TITLE: Final = 300
_TOPIC_SHOWN: Final = 0.5
_TELLING: Final = frozenset({"topics", "places", "language", "core"})
_NEUTRAL: Final = frozenset({"nearest", "length", "passage", "judged"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An item ready to be listed. `beside`: outlets that carried it, too."""

    item: Item
    path: str
    title: Markup
    extract: Markup
    why: tuple[str, ...]
    topics: tuple[TopicScore, ...]
    beside: tuple[str, ...]
    versions: int
    source: str


def line_of(item: Item, query: str = "", phrases: tuple[str, ...] = ()) -> Line:
    """Put together what a list says of an item; the words of `query` are set off, `phrases` are looked for."""
    title = clean_line(item.title, _TITLE) or clean_line(item.url) or "(no title)"
    extract, telling = _extract(item.text, item.title, item.reasons, phrases)
    return Line(
        item=item,
        path=item_path(item.id),
        title=_shown(title, frozenset(), query),
        extract=_shown(extract, telling, query),
        why=told_reasons(item.reasons),
        topics=shown_topics(item.topics),
        beside=outlets_beside(item),
        versions=sum(carrier.kind == LikenessKind.VERSION.value for carrier in item.carriers),
        source=credited(item),
    )


@lru_cache(maxsize=1024)
def _extract(
    text: str, title: str, reasons: tuple[Reason, ...], phrases: tuple[str, ...]
) -> tuple[str, frozenset[str]]:
    """The sentences that carried the score, and the words that tell; half of what a list costs, so remembered."""
    told = excerpt(text, _wanted(phrases), reasons=reasons, title=title, limit=_EXTRACT)
    return told, telling_words(reasons)


@lru_cache(maxsize=64)
def _wanted(phrases: tuple[str, ...]) -> Wanted:
    return Wanted(phrases)


def item_path(reference: str) -> str:
    """Where an item's page is."""
    return f"/items/{quote(reference, safe='')}"


def told_reasons(reasons: Sequence[Reason]) -> tuple[str, ...]:
    """What speaks for an item in a line: topics and places, else whatever weighs in its favour."""
    told = [one for one in reasons if one.kind in _TELLING]
    told = told or [one for one in reasons if one.kind not in _NEUTRAL and one.weight >= 0]
    return tuple(clean_line(one.text).removeprefix("About your topics: ") for one in told)


def shown_topics(topics: Iterable[TopicScore]) -> tuple[TopicScore, ...]:
    """The topics that are there, strongest first."""
    return tuple(sorted((t for t in topics if t.score >= _TOPIC_SHOWN), key=lambda topic: -topic.score))


def outlets_beside(item: Item) -> tuple[str, ...]:
    """The outlets other than its own that carried it; two feeds of one site are one outlet."""
    carried = ((carrier.outlet, carrier.url) for carrier in item.carriers if carrier.outlet)
    return distinct_outlets(carried, (item.outlet, item.url))


def credited(item: Item) -> str:
    """Whose text it is, and what says so, where it credits another than its own outlet."""
    source, evidence = credit_in(item.text)
    own = agency_of(item.outlet) or item.outlet
    return f"{source} ({evidence})" if source and source.casefold() != own.casefold() else ""


def _shown(text: str, words: frozenset[str], query: str) -> Markup:
    layers = {"word": word_spans(text, words), "query": query_spans(text, query)}
    return Markup("<bdi>{}</bdi>").format(marked(text, layers))
