"""Where a site's feeds may be: announced on a page, linked from it, named in robots.txt, or at the usual places.

Only addresses come out of here; who asks for them is `app/feeds.py`. What was found there is put in order by `fold`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urljoin

from tracker.feeds.sitemap import find_sitemaps, is_news_sitemap
from tracker.model import ParsedFeed
from tracker.text.charset import decode_bytes
from tracker.text.plain import clean_line
from tracker.text.tags import find_tags
from tracker.urls import canonical_url, clickable_url

__all__ = [
    "Candidate",
    "Sighted",
    "find_feeds",
    "fold",
    "is_about_comments",
    "news_sitemaps",
    "once",
    "robots_sitemaps",
    "usual_places",
]

_MAX_CHARS = 2_000_000
_MAX_FEEDS = 50
_MAX_SITEMAPS = 4
_SAME_ENTRIES = (
    0.8  # of the longer list: an Atom and an RSS edition differ in length, a section is far shorter
)
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
_USUAL = (
    "/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/feed", "/feed.json", "/rss/",
    "/feeds/posts/default", "/arc/outboundfeeds/rss/?outputType=xml", "/news-sitemap.xml", "/sitemap-news.xml",
    "/sitemap_news.xml", "/googlenews.xml",
)  # fmt: skip
_SITEMAP_LINE = re.compile(r"^\s*sitemap\s*:\s*(\S{1,4096})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An address that may be a feed; `origin`: announced, linked, robots.txt or usual place."""

    url: str
    title: str = ""
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """A candidate that is a feed: `url` to follow it by, where its document came from, and the other ways to it."""

    candidate: Candidate
    url: str
    final_url: str
    feed: ParsedFeed
    also: tuple[str, ...] = ()


def find_feeds(html: bytes, url: str) -> tuple[Candidate, ...]:
    """List the feeds that the page at `url` announces, in its order, feeds of comments last.

    Only when it announces none are its links searched for addresses that look like feeds.
    """
    text = decode_bytes(html).text[:_MAX_CHARS]
    base, announced, linked = url, [], []
    for name, attributes in find_tags(text, "link", "base", "a"):
        address = clickable_url(attributes.get("href", ""), base)
        if name == "base":
            base = address or base
        elif address and name == "link" and _is_announcement(attributes):
            announced.append(_candidate(address, attributes, "announced"))
        elif address and name == "a" and _FEED_PATH.search(address.lower().partition("?")[0]):
            linked.append(_candidate(address, attributes, "linked"))
    return once(announced or linked)[:_MAX_FEEDS]


def news_sitemaps(index: bytes, origin: str) -> tuple[Candidate, ...]:
    """The news sitemaps that a list of sitemaps names; nothing for any other document."""
    text = decode_bytes(index).text[:_MAX_CHARS]
    if "<sitemapindex" not in text[:2_000]:
        return ()
    named = filter(is_news_sitemap, find_sitemaps(text))
    return tuple(Candidate(url=one, origin=origin) for one in named)[:_MAX_SITEMAPS]


def usual_places(url: str) -> tuple[Candidate, ...]:
    """The addresses under which publishing systems keep feeds: below the page's own folder, then at the site's root."""
    folder = urljoin(url, ".").rstrip("/")
    below = [f"{folder}/feed/", f"{folder}/rss.xml"] if folder.count("/") > 2 else []
    places = (clickable_url(address) for address in [*below, *(urljoin(url, path) for path in _USUAL)])
    return once([Candidate(url=place, origin="usual place") for place in places if place])


def robots_sitemaps(robots: bytes, url: str) -> tuple[Candidate, ...]:
    """The sitemaps that robots.txt names (https://www.sitemaps.org/protocol.html), those that look like news first."""
    lines = _SITEMAP_LINE.findall(decode_bytes(robots).text[:_MAX_CHARS])
    found = [address for line in lines if (address := clickable_url(line, url))]
    found.sort(key=lambda address: not is_news_sitemap(address))
    return once([Candidate(url=address, origin="robots.txt") for address in found])[:_MAX_SITEMAPS]


def once(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Each address once, in order, feeds of comments last."""
    by_url: dict[str, Candidate] = {}
    for candidate in candidates:
        by_url.setdefault(candidate.url, candidate)
    return tuple(sorted(by_url.values(), key=lambda one: is_about_comments(one.url, one.title)))


def fold(found: Iterable[Sighted]) -> tuple[Sighted, ...]:
    """Put several ways to one feed together (the same final address, or the same entries); feeds of comments last."""
    kept: list[Sighted] = []
    for one in found:
        twin = next((n for n, other in enumerate(kept) if _is_same(one, other)), None)
        if twin is None:
            kept.append(one)
        elif one.url not in {kept[twin].url, *kept[twin].also}:
            first = kept[twin]
            kept[twin] = replace(first, also=(*first.also, one.url))
    return tuple(
        sorted(kept, key=lambda one: is_about_comments(one.url, one.candidate.title, one.feed.title))
    )


def is_about_comments(*names: str) -> bool:
    """Whether a feed's address or title says that it lists readers' comments."""
    return any("comment" in name.lower() for name in names)


def _candidate(address: str, attributes: dict[str, str], origin: str) -> Candidate:
    return Candidate(url=address, title=clean_line(attributes.get("title", ""), 200), origin=origin)


def _is_announcement(attributes: dict[str, str]) -> bool:
    relations = attributes.get("rel", "").lower().split()
    kind = attributes.get("type", "").lower().partition(";")[0].strip()
    if kind == "application/json" and "wp-json" in attributes.get("href", ""):
        return False  # WordPress announces its programming interface in the same words
    return ("alternate" in relations and kind in _FEED_TYPES) or "feed" in relations


def _is_same(one: Sighted, other: Sighted) -> bool:
    if canonical_url(one.final_url) == canonical_url(other.final_url):
        return True
    mine, theirs = _stories(one.feed), _stories(other.feed)
    return bool(mine) and len(mine & theirs) >= _SAME_ENTRIES * max(len(mine), len(theirs))


def _stories(feed: ParsedFeed) -> set[str]:
    return {entry.canonical_url or entry.title for entry in feed.entries}
