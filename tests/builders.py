"""Valid values with one argument changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tracker.model import (
    Article,
    Entry,
    Fate,
    FeedState,
    Likeness,
    LikenessKind,
    PollReport,
    PollStatus,
    Record,
    Relevance,
    Seed,
    TextGrade,
    TextSource,
    Topic,
    Watch,
    WatchName,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WATCH = WatchName("w")


def article(**changed: Any) -> Article:
    url = changed.pop("url", "https://example.org/a")
    fields: dict[str, Any] = {
        "url": url,
        "canonical_url": url,
        "title": "Two countries list three chemicals",
        "text": "The ministry said on Friday that three precursor chemicals would be controlled from January.",
        "outlet": "Example Times",
        "source": TextSource.PAGE,
        "grade": TextGrade.FULL,
        "published_at": NOW,
    }
    return Article(**{**fields, **changed})


def entry(**changed: Any) -> Entry:
    fields: dict[str, Any] = {
        "key": "k1",
        "guid": "k1",
        "url": "https://example.org/a",
        "canonical_url": "https://example.org/a",
        "title": "Two countries list three chemicals",
        "content_hash": "h1",
        "published_at": NOW,
    }
    return Entry(**{**fields, **changed})


def relevance(**changed: Any) -> Relevance:
    return Relevance(**{"watch": WATCH, "score": 0.8, "threshold": 0.5, **changed})


def record(**changed: Any) -> Record:
    fields: dict[str, Any] = {
        "feed_id": None,
        "entry": entry(),
        "first_seen_at": NOW,
        "fates": {WATCH: Fate.KEPT},
        "article": article(),
        "likeness": Likeness(kind=LikenessKind.ORIGINAL),
        "relevance": (relevance(),),
    }
    return Record(**{**fields, **changed})


def report(feed_id: Any, **changed: Any) -> PollReport:
    return PollReport(**{"feed_id": feed_id, "polled_at": NOW, "status": PollStatus.NEW, "new": 1, **changed})


def state(**changed: Any) -> FeedState:
    return FeedState(**{"next_poll_at": NOW, **changed})


def watch(**changed: Any) -> Watch:
    fields: dict[str, Any] = {
        "name": WATCH,
        "title": "A subject",
        "seeds": (
            Seed(name="s1", title="A seed", text="Officials met to control precursor chemicals. " * 20),
        ),
        "topics": (Topic(name="precursor chemicals", phrases=("precursor",)),),
    }
    return Watch(**{**fields, **changed})
