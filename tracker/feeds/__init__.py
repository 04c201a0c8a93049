"""Feeds as values: bytes to entries, which of them are new, the feeds a page announces, feed lists in and out.

Fetches nothing and remembers nothing. Each part is loaded at first use: only the sandboxed child, which calls
`parse_feed`, should pay for feedparser.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tracker.feeds.discover import (
        Candidate,
        Sighted,
        find_feeds,
        fold,
        is_about_comments,
        news_sitemaps,
        once,
        robots_sitemaps,
        usual_places,
    )
    from tracker.feeds.opml import OpmlFeed, OpmlList, parse_opml, render_opml
    from tracker.feeds.parse import parse_feed
    from tracker.feeds.sift import sift_entries
    from tracker.feeds.sniff import declared_encodings

__all__ = [
    "Candidate",
    "OpmlFeed",
    "OpmlList",
    "Sighted",
    "declared_encodings",
    "find_feeds",
    "fold",
    "is_about_comments",
    "news_sitemaps",
    "once",
    "parse_feed",
    "parse_opml",
    "render_opml",
    "robots_sitemaps",
    "sift_entries",
    "usual_places",
]

_HOMES = {
    "Candidate": "discover",
    "Sighted": "discover",
    "find_feeds": "discover",
    "fold": "discover",
    "is_about_comments": "discover",
    "news_sitemaps": "discover",
    "once": "discover",
    "robots_sitemaps": "discover",
    "usual_places": "discover",
    "OpmlFeed": "opml",
    "OpmlList": "opml",
    "parse_opml": "opml",
    "render_opml": "opml",
    "sift_entries": "sift",
    "declared_encodings": "sniff",
    "parse_feed": "parse",
}


def __getattr__(name: str) -> object:
    """Load what is asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
