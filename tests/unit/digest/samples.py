"""Valid digests, items and feeds for the tests of this folder, with one thing changed at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tracker.digest import compose_digest, render_digest
from tracker.model import (
    ArticleId,
    Carrier,
    Delivery,
    DeliveryState,
    Digest,
    FamilyId,
    Fate,
    Feed,
    FeedHealth,
    FeedId,
    FeedState,
    Item,
    Message,
    Period,
    Reason,
    StoryId,
    TextGrade,
    TextSource,
    Topic,
    TopicScore,
    Undelivered,
    Watch,
    WatchName,
)

WATCH = Watch(
    name=WatchName("river-locks"),
    title="Repair of the river locks",
    seeds=(),
    topics=(
        Topic(name="lock gates", phrases=("lock gate", "sluice", "船闸")),
        Topic(name="funding", phrases=("budget", "bond")),
        Topic(name="barge traffic", phrases=("barge", "tow boat")),
    ),
)
NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
PERIOD = Period(from_at=NOW - timedelta(days=1), to_at=NOW)
TEXT = (
    "Engineers closed the upper chamber on Friday evening. The weather was fine and the mayor had coffee. "
    "Two lock gates weighing 90 tons each will be lifted out by crane, said A. B. Ortega of the waterways office. "
    "Visitors are asked to use the north bank. The budget for the work grew to $41.5 million after an inspection."
)


def item(number: int = 1, **changes: Any) -> Item:
    """An item of good standing."""
    plain = Item(
        id=str(number),
        article_id=ArticleId(number),
        url=f"https://www.outlet{number % 17}.example/2026/11/22/story-about-the-lock-gates-{number}.html",
        canonical_url=f"https://outlet{number % 17}.example/{number}",
        title=f"Upper chamber closes while lock gates are lifted, report {number}",
        text=TEXT,
        outlet=f"Outlet {number % 17}",
        feed="https://outlet.example/feed",
        published_at=NOW - timedelta(minutes=7 * number % 1400),
        first_seen_at=NOW - timedelta(minutes=5 * number % 1400),
        language="en",
        watch=WATCH.name,
        score=round(0.99 - (number % 45) / 100, 2),
        threshold=0.5,
        topics=(
            TopicScore(topic="lock gates", score=0.9 - (number % 5) / 10),
            TopicScore(topic="funding", score=0.3 + (number % 7) / 10),
        ),
        reasons=(
            Reason(
                kind="topics",
                text="About your topics: lock gate (title, 3 more), sluice (2 times)",
                weight=1.2,
            ),
            Reason(kind="places", text="Places: Canada (title): the one you named", weight=0.4),
            Reason(kind="length", text="Length, 412 words", weight=0.1),
        ),
        fate=Fate.KEPT,
        family=FamilyId(number),
        source=TextSource.PAGE,
        grade=TextGrade.FULL,
    )
    return replace(plain, **changes)


def carrier(outlet: str, kind: str = "copy", title: str = "Upper chamber closes", **changes: Any) -> Carrier:
    """Another place where an item was seen."""
    plain = Carrier(
        outlet=outlet, url=f"https://{outlet.lower()}.example/x", kind=kind, title=title, seen_at=NOW
    )
    return replace(plain, **changes)


def feed(number: int = 1, problem: str = "", health: FeedHealth = FeedHealth.FAILING) -> Feed:
    """A feed that needs a person."""
    url = f"https://feeds{number}.example/rss.xml"
    told = problem or f"failed 4 times in a row: The server answered 503. tracker feeds test {url}"
    return Feed(
        id=FeedId(number),
        url=url,
        title=f"Gazette {number}",
        added_at=NOW - timedelta(days=90),
        state=FeedState(health=health, problem=told),
    )


def lost(kind: str = "digest", **changes: Any) -> Undelivered:
    """A digest, or an alert, that somebody did not get."""
    to = "desk" if kind == "alert" else "bo@news.example"
    plain = Undelivered(
        watch=WATCH.name,
        message_id="<k>",
        subject="2 new: Gates lifted out",
        delivery=Delivery(recipient=to, state=DeliveryState.REFUSED, detail="550 no such user"),
        at=NOW - timedelta(hours=5),
        kind="alert" if kind == "alert" else "digest",
    )
    return replace(plain, **changes)


def many(count: int) -> list[Item]:
    """Items of which every third belongs to a story of up to four."""
    return [item(n, story=StoryId(n // 12) if n % 3 == 0 else None) for n in range(1, count + 1)]


def digest_of(items: list[Item], **changes: Any) -> Digest:
    """A digest of these items."""
    edition: dict[str, Any] = {
        "period": PERIOD,
        "timezone": "America/New_York",
        "composed_at": NOW,
        "borderline": (),
        "feeds": (),
        "accounting": {Fate.KEPT: len(items), Fate.COPY: 9, Fate.BELOW_THRESHOLD: 380},
    }
    return compose_digest(WATCH, items, **{**edition, **changes})


def message_of(digest: Digest, **changes: Any) -> Message:
    """The mail of a digest."""
    envelope: dict[str, Any] = {
        "message_id": "<digest.2026-11-22.0123456789abcdef@news.example>",
        "sender": "tracker@news.example",
        "recipients": ("ann@news.example",),
        "list_id": "river-locks.news.example",
    }
    return render_digest(digest, **{**envelope, **changes})
