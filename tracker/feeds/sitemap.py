"""News sitemaps read as feeds: https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap.

Only sitemaps with news entries count; the sitemap of a whole site is no list of news.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from tracker.feeds.raw import RawEntry, RawFeed
from tracker.model import FeedFormat, Refused
from tracker.text.plain import plain_line
from tracker.urls import clickable_url

__all__ = ["find_sitemaps", "is_news_sitemap", "read_sitemap", "refuse_sitemap_index"]

_MAX_CHARS = 2_000_000
_LOCATION = re.compile(r"<(?:[\w.-]+:)?loc[^<>]*>(?:\s*<!\[CDATA\[)?([^<>\]]{1,4096})")
_NEWS_PATH = re.compile(r"https?://[^/]+/.*news", re.IGNORECASE)
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


def find_sitemaps(text: str) -> tuple[str, ...]:
    """The addresses a sitemap index lists, those that look like news first; looked up without reading the tree."""
    found = (clickable_url(plain_line(location[1])) for location in _LOCATION.finditer(text[:_MAX_CHARS]))
    return tuple(sorted(dict.fromkeys(url for url in found if url), key=lambda url: not is_news_sitemap(url)))


def is_news_sitemap(url: str) -> bool:
    """Whether a sitemap's address looks like one of news: the host does not count."""
    return bool(_NEWS_PATH.match(url))


def refuse_sitemap_index(text: str) -> Refused:
    """Refuse a list of sitemaps, naming the one to follow where one looks like news."""
    first = next(iter(find_sitemaps(text)), "")
    if not is_news_sitemap(first):
        return Refused(
            code="not_a_feed", detail="this is a list of sitemaps, none of them of news, not a feed"
        )
    detail = (
        f"this is a list of sitemaps, not a feed; the one with news is {first}, so: tracker feeds add {first}"
    )
    return Refused(code="not_a_feed", detail=detail)


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
