"""Items as the formatting tests need them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tracker.model import (
    ArticleId,
    Carrier,
    FamilyId,
    Fate,
    Item,
    Reason,
    StoryId,
    TextGrade,
    TextSource,
    TopicScore,
    WatchName,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def item(**changed: Any) -> Item:
    fields: dict[str, Any] = {
        "id": "7",
        "article_id": ArticleId(7),
        "url": "https://example.org/a?x=1",
        "canonical_url": "https://example.org/a",
        "title": "Two countries list three chemicals",
        "text": "The whole text.",
        "outlet": "Example Times",
        "feed": "Example feed",
        "published_at": NOW - timedelta(hours=2),
        "first_seen_at": NOW - timedelta(hours=1),
        "language": "en",
        "watch": WatchName("w"),
        "score": 0.914,
        "threshold": 0.5,
        "topics": (TopicScore(topic="precursors", score=0.6), TopicScore(topic="fentanyl", score=0.97)),
        "reasons": (
            Reason(kind="topics", text="About your topics: fentanyl (title)", weight=2.0),
            Reason(kind="also", text="Also about: Mexico", weight=-0.4),
            Reason(kind="places", text="Places: China (title)", weight=1.0),
            Reason(kind="length", text="Length, 120 words", weight=0.1),
        ),
        "fate": Fate.KEPT,
        "family": FamilyId(7),
        "story": StoryId(3),
        "carriers": (
            carrier("A", "copy"),
            carrier("B", "copy"),
            carrier("b", "version"),
            carrier("Example Times", "copy"),
        ),
        "source": TextSource.PAGE,
        "grade": TextGrade.FULL,
    }
    return Item(**{**fields, **changed})


def carrier(outlet: str, kind: str) -> Carrier:
    return Carrier(
        outlet=outlet, url=f"https://{outlet.lower()}.example/x", kind=kind, title="T", seen_at=NOW
    )
