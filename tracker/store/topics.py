"""Which articles a topic is in, for lists of one topic: those in which a watch found it with a strength of .5 or more.

Names are the same whatever their case. The strengths themselves stand beside each score, as text (`rows.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Connection, Select, select

from tracker.model import ArticleId, Relevance, TopicScore
from tracker.store import schema
from tracker.store.direct import run_many
from tracker.store.rows import topics_from_json

__all__ = [
    "Listing",
    "TopicsAmiss",
    "forget_topics",
    "mend_topics",
    "save_topics",
    "topic_name",
    "topics_amiss",
]

Listing = tuple[str, str, int]
"""A row of `topic`: watch, name and article."""

_THERE: Final = 0.5
_AT_ONCE: Final = 500
_SAVE: Final = "INSERT INTO topic (watch, name, article_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
_FORGET: Final = "DELETE FROM topic WHERE watch=? AND name=? AND article_id=?"


def topic_name(name: str) -> str:
    """What a topic is looked up by."""
    return name.casefold()


def save_topics(connection: Connection, article_id: ArticleId, relevance: Relevance) -> None:
    """Remember what a new score found."""
    if found := _found(article_id, relevance):
        run_many(connection, _SAVE, found)


def forget_topics(connection: Connection, article_id: ArticleId, relevance: Relevance) -> None:
    """Forget what a score found that is replaced."""
    if found := _found(article_id, relevance):
        run_many(connection, _FORGET, found)


@dataclass(frozen=True, slots=True)
class TopicsAmiss:
    """Where lists and scores disagree: what the lists lack, what no score says, whose topics cannot be read."""

    lacking: list[Listing] = field(default_factory=list)
    needless: list[Listing] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)


def topics_amiss(connection: Connection) -> TopicsAmiss:
    """Compare the lists of topics with all scores, article by article, each read once."""
    amiss = TopicsAmiss()
    both = merge(_scores(connection), _lists(connection), key=itemgetter(0))
    for article_id, rows in groupby(both, key=itemgetter(0)):
        found: set[Listing] = set()
        held: set[Listing] = set()
        unread: set[str] = set()
        for _, is_score, watch, told in rows:
            if not is_score:
                held.add((watch, told, article_id))
            elif (names := _names_in(told)) is None:
                unread.add(watch)
            else:
                found.update((watch, name, article_id) for name in names)
        amiss.lacking.extend(sorted(found - held))
        amiss.needless.extend(sorted(row for row in held - found if row[0] not in unread))
        amiss.unreadable.extend([article_id] * bool(unread))
    return amiss


def mend_topics(connection: Connection) -> TopicsAmiss:
    """Make the lists say what the scores say; what was amiss before."""
    amiss = topics_amiss(connection)
    for statement, rows in ((_SAVE, amiss.lacking), (_FORGET, amiss.needless)):
        if rows:
            run_many(connection, statement, rows)
    return amiss


def _scores(connection: Connection) -> Iterator[tuple[int, bool, str, str]]:
    t = schema.relevance.c
    for row in _stream(connection, select(t.article_id, t.watch, t.topics).order_by(t.article_id)):
        yield row.article_id, True, row.watch, row.topics


def _lists(connection: Connection) -> Iterator[tuple[int, bool, str, str]]:
    t = schema.topic.c
    for row in _stream(connection, select(t.article_id, t.watch, t.name).order_by(t.article_id)):
        yield row.article_id, False, row.watch, row.name


def _stream(connection: Connection, query: Select[Any]) -> Iterable[Any]:
    return connection.execute(query.execution_options(yield_per=_AT_ONCE))


def _names_in(text: str) -> frozenset[str] | None:
    """The topics of a stored score; None where it is damaged."""
    try:
        return _names(topics_from_json(text) if text else ())
    except (TypeError, ValueError):
        return None


def _found(article_id: ArticleId, relevance: Relevance) -> list[Listing]:
    return [(relevance.watch, name, article_id) for name in sorted(_names(relevance.topics))]


def _names(topics: Iterable[TopicScore]) -> frozenset[str]:
    return frozenset(topic_name(topic.topic) for topic in topics if topic.score >= _THERE)
