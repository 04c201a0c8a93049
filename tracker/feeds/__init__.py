"""Feeds as values: bytes to entries, which of them are new, the feeds a page announces, feed lists in and out.

Fetches nothing and remembers nothing. `parse_feed` is loaded at first use: only the sandboxed child, which calls it,
should pay for feedparser.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from tracker.feeds.discover import find_feeds
from tracker.feeds.opml import OpmlFeed, OpmlList, parse_opml, render_opml
from tracker.feeds.sift import sift_entries

if TYPE_CHECKING:
    from tracker.feeds.parse import parse_feed

__all__ = ["OpmlFeed", "OpmlList", "find_feeds", "parse_feed", "parse_opml", "render_opml", "sift_entries"]


def __getattr__(name: str) -> object:
    """Load what is expensive when it is asked for (PEP 562)."""
    if name == "parse_feed":
        return import_module("tracker.feeds.parse").parse_feed
    raise AttributeError(name)
