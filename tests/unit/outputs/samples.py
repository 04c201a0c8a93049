"""Items to render."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import SHARED
from tracker.model import ArticleId, Carrier, FamilyId, Fate, Item, Reason, StoryId, TopicScore, WatchName

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TITLES = [
    *("a\r\nBcc: v@v.test", "a\u2028b", "a\x00b\x1b]0;pwn\x07c", "\x1b[31mred", "=?utf-8?q?=0D=0ABcc:_v?="),
    *("<script>alert(1)</script>", "]]><x/>", "&amp;amp; &lt;b&gt;", '" onmouseover="x', "-->"),
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "＝1+1", "\ufeff=1", "\u200b=cmd|' /C calc'!A0"),
    *("\u202egnp.exe", "{", "}", "\\", "}\n@misc{x,", "100 % of $5 & #1_a ~^", "\r\nER  - \r\nTY  - X"),
    *("", "   ", "中" * 2000, "\ud800", "\ufffe\uffff", "paypal раураl", "عنوان", "a,b;c\"d'e"),
]


def collected_titles() -> list[str]:
    """The titles of the evaluation data, where they are."""
    path = SHARED / "data" / "hostile" / "titles.json"
    if not path.exists():
        return []
    return [row.get("title", "") for row in json.loads(path.read_text(encoding="utf-8"))["titles"]]


def item(**changed: Any) -> Item:
    number = changed.pop("number", 1)
    url = f"https://example.org/{number}?a=1&b=2%20c"
    fields: dict[str, Any] = {
        "id": str(number),
        "article_id": ArticleId(number),
        "url": url,
        "canonical_url": url,
        "title": f"Gate {number} lifted",
        "text": "Three locks were opened on Friday.\n\nThe ministry said so.",
        "outlet": "River Times",
        "feed": "River Times",
        "published_at": NOW - timedelta(hours=3),
        "first_seen_at": NOW,
        "language": "en",
        "watch": WatchName("w"),
        "score": 0.8,
        "threshold": 0.5,
        "topics": (TopicScore(topic="locks", score=0.9), TopicScore(topic="dams", score=0.2)),
        "reasons": (
            Reason(kind="topics", text="locks", weight=1.0),
            Reason(kind="length", text="short", weight=-1),
        ),
        "fate": Fate.KEPT,
        "family": FamilyId(1),
        "story": StoryId(1),
        "carriers": (
            Carrier(
                outlet="Post",
                url="https://post.example/1",
                kind="copy",
                title="G",
                seen_at=NOW + timedelta(hours=1),
            ),
        ),
    }
    return Item(**{**fields, **changed})
