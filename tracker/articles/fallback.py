"""The best text a feed itself gives of a story: its content, else its summary, else the headline."""

from __future__ import annotations

import re

from tracker.model import Entry, TextSource
from tracker.text.plain import plain_text

__all__ = ["feed_text"]

_MIN_CONTENT_CHARS = 200
# What publishing systems put behind each entry of a feed.
_TAIL = re.compile(
    r"\s*(?:the post .{1,300} (?:appeared first|first appeared) on .{1,100}|(?:read more|continue reading|weiterlesen|"
    r"lire la suite|leer más|read the full (?:story|article))\W{0,5})\s*$",
    re.IGNORECASE,
)


def feed_text(entry: Entry) -> tuple[str, TextSource]:
    """Give the entry's fullest text and where it stands; ("", TITLE) when the entry holds nothing at all."""
    content = _TAIL.sub("", plain_text(entry.content_html))
    summary = _TAIL.sub("", entry.summary)
    if len(content) >= _MIN_CONTENT_CHARS and len(content) >= len(summary):
        return content, TextSource.FEED
    fullest = max(content, summary, key=len)
    return (fullest, TextSource.SUMMARY) if fullest else (entry.title, TextSource.TITLE)
