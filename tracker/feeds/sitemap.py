"""News sitemaps read as feeds: https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap.

Only sitemaps with news entries count; the sitemap of a whole site is no list of news.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from tracker.feeds.raw import RawEntry, RawFeed
from tracker.model import FeedFormat, Refused

__all__ = ["read_sitemap"]

_NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"


def read_sitemap(text: str) -> RawFeed | Refused:
    """Read a prepared `urlset` document (no document type left in it)."""
    try:
        root = ET.fromstring(text)  # noqa: S314 - entities and document type are gone by now
    except ET.ParseError as error:
        return Refused(code="not_a_feed", detail=f"this is a sitemap that cannot be read: {error}")
    entries = tuple(entry for location in root if (entry := _entry(location)))
    if not entries:
        return Refused(code="not_a_feed", detail="this is a sitemap without news entries, not a feed")
    return RawFeed(format=FeedFormat.SITEMAP, title=entries[0].outlet, entries=entries)


def _entry(location: ET.Element) -> RawEntry | None:
    news = location.find(f"{_NEWS}news")
    link = location.findtext("{*}loc", "").strip()
    if news is None or not link:
        return None
    return RawEntry(
        guid=link,
        link=link,
        title=news.findtext(f"{_NEWS}title", ""),
        published=news.findtext(f"{_NEWS}publication_date", ""),
        language=news.findtext(f"{_NEWS}publication/{_NEWS}language", ""),
        outlet=news.findtext(f"{_NEWS}publication/{_NEWS}name", ""),
    )
