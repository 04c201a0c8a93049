"""The feeds a web page announces (`<link rel="alternate">`), or else the ones it seems to link to."""

from __future__ import annotations

import re

from tracker.text.charset import decode_bytes
from tracker.text.plain import clean_line
from tracker.text.tags import find_tags
from tracker.urls import clickable_url

__all__ = ["find_feeds"]

_MAX_CHARS = 2_000_000
_MAX_FEEDS = 50
_FEED_TYPES = {
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/feed+json",
    "application/json",
    "application/xml",
    "text/xml",
}
_FEED_PATH = re.compile(
    r"(?:/(?:feed|rss|atom|feeds?/[\w-]+)|(?:rss|atom|feed|index)\.(?:xml|rss|rdf|atom|json))/?$"
)


def find_feeds(html: bytes, url: str) -> tuple[tuple[str, str], ...]:
    """List (address, title) of the feeds the page at `url` announces, in its order, feeds of comments last.

    Only when it announces none are its links searched for addresses that look like feeds.
    """
    base, announced, linked = url, [], []
    for name, attributes in find_tags(decode_bytes(html).text[:_MAX_CHARS], "link", "base", "a"):
        address = clickable_url(attributes.get("href", ""), base)
        if name == "base":
            base = address or base
        elif address and name == "link" and _is_announcement(attributes):
            announced.append((address, clean_line(attributes.get("title", ""), 200)))
        elif address and name == "a" and _FEED_PATH.search(address.lower().partition("?")[0]):
            linked.append((address, clean_line(attributes.get("title", ""), 200)))
    titles: dict[str, str] = {}
    for address, title in announced or linked:
        titles.setdefault(address, title)
    return tuple(sorted(titles.items(), key=_is_about_comments))[:_MAX_FEEDS]


def _is_announcement(attributes: dict[str, str]) -> bool:
    relations = attributes.get("rel", "").lower().split()
    kind = attributes.get("type", "").lower().partition(";")[0].strip()
    if kind == "application/json" and "wp-json" in attributes.get("href", ""):
        return False  # WordPress announces its programming interface in the same words
    return ("alternate" in relations and kind in _FEED_TYPES) or "feed" in relations


def _is_about_comments(feed: tuple[str, str]) -> bool:
    return "comment" in f"{feed[0]} {feed[1]}".lower()
