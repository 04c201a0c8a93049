"""Which articles a topic is in, for lists of one topic: those in which a watch found it with a strength of .5 or more.

Names are the same whatever their case. The strengths themselves stand beside each score, as text (`rows.py`).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from tracker.model import ArticleId, Relevance
from tracker.store.direct import run_many

__all__ = ["forget_topics", "save_topics", "topic_name"]

_THERE: Final = 0.5
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


def _found(article_id: ArticleId, relevance: Relevance) -> list[tuple[str, str, int]]:
    names = {topic_name(topic.topic) for topic in relevance.topics if topic.score >= _THERE}
    return [(relevance.watch, name, article_id) for name in sorted(names)]
