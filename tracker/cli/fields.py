"""The fields of `--json`, which the page's JSON API shares: `tracker.app.fields`, loaded when they are first asked for.

The front door behind it costs every start of the program a noticeable moment otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracker.app import ArticleView, Drawn, Explanation, Status
    from tracker.app.feed_views import FeedView
    from tracker.app.stories import StoryView
    from tracker.model import Feed, FeedHealth, Item
    from tracker.stories.timeline import StorySummary, Timeline

__all__ = [
    "article_fields",
    "drawn_fields",
    "explanation_fields",
    "feed_fields",
    "feed_view_fields",
    "item_fields",
    "status_fields",
    "story_fields",
    "story_view_fields",
    "timeline_fields",
]


def item_fields(item: Item, *, full: bool = False) -> dict[str, Any]:
    """Return an item; `full` adds the article's text."""
    from tracker.app import fields

    return fields.item_fields(item, full=full)


def article_fields(view: ArticleView) -> dict[str, Any]:
    """Return all that is known of an article."""
    from tracker.app import fields

    return fields.article_fields(view)


def feed_fields(feed: Feed, health: FeedHealth, sentence: str) -> dict[str, Any]:
    """Return a feed of the list."""
    from tracker.app import fields

    return fields.feed_fields(feed, health, sentence)


def feed_view_fields(view: FeedView) -> dict[str, Any]:
    """Return all that is known of a feed."""
    from tracker.app import fields

    return fields.feed_view_fields(view)


def story_fields(story: StorySummary) -> dict[str, Any]:
    """Return a story of the list."""
    from tracker.app import fields

    return fields.story_fields(story)


def story_view_fields(view: StoryView) -> dict[str, Any]:
    """Return a story with its timeline."""
    from tracker.app import fields

    return fields.story_view_fields(view)


def timeline_fields(timeline: Timeline) -> dict[str, Any]:
    """Return coverage."""
    from tracker.app import fields

    return fields.timeline_fields(timeline)


def drawn_fields(one: Drawn) -> dict[str, Any]:
    """Return an article that waits to be judged."""
    from tracker.app import fields

    return fields.drawn_fields(one)


def explanation_fields(answer: Explanation) -> dict[str, Any]:
    """Return what happened to an address."""
    from tracker.app import fields

    return fields.explanation_fields(answer)


def status_fields(status: Status) -> dict[str, Any]:
    """Return the installation in numbers."""
    from tracker.app import fields

    return fields.status_fields(status)
