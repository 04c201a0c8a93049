"""Feeds as values: bytes to entries, which of them are new, the feeds a page announces, feed lists in and out.

Fetches nothing and remembers nothing. `parse_feed` is loaded at first use: only the sandboxed child, which calls it,
should pay for feedparser.
"""

from importlib import import_module
from typing import TYPE_CHECKING

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
from tracker.feeds.sift import sift_entries
from tracker.feeds.sniff import declared_encodings

if TYPE_CHECKING:
    from tracker.feeds.parse import parse_feed

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


def __getattr__(name: str) -> object:
    """Load what is expensive when it is asked for (PEP 562)."""
    if name == "parse_feed":
        return import_module("tracker.feeds.parse").parse_feed
    raise AttributeError(name)
