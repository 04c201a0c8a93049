"""The feeds a page announces."""

from __future__ import annotations

import pytest

from tests.builders import entry
from tracker.feeds import Candidate, Sighted, find_feeds, fold, news_sitemaps, robots_sitemaps, usual_places
from tracker.model import FeedFormat, ParsedFeed

URL = "https://site.test/section/page.html"


def test_announced_feeds_come_in_page_order_with_comments_last():
    page = b"""<html><head><base href="/base/">
    <link rel="alternate" type="application/rss+xml" title="Comments on this" href="/comments/feed/">
    <LINK REL='alternate' TYPE='application/atom+xml' TITLE='News &amp; more' HREF='atom.xml'>
    <link rel=alternate type=application/feed+json href=//cdn.test/feed.json>
    <link rel="alternate" type="application/atom+xml" href="/base/atom.xml" title="again">
    <link rel="alternate" hreflang="de" href="/de/"><link rel="stylesheet" href="/a.css" type="text/xml">
    <link rel="alternate" type="application/json" href="https://site.test/wp-json/wp/v2/pages/1">
    <link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
    </head><body><a href="/other/rss.xml">feed</a></body></html>"""
    assert tuple((one.url, one.title) for one in find_feeds(page, URL)) == (
        ("https://site.test/base/atom.xml", "News & more"),
        ("https://cdn.test/feed.json", ""),
        ("https://site.test/comments/feed/", "Comments on this"),
    )


@pytest.mark.parametrize(
    ("href", "is_found"),
    [
        ("/feed/", True), ("/rss.xml", True), ("/index.rdf", True), ("feeds/world", True), ("/news.html", False),
        ("/feedback", False), ("mailto:rss@site.test", False),
    ],
)  # fmt: skip
def test_without_an_announcement_links_that_look_like_feeds_are_offered(href, is_found):
    assert bool(find_feeds(f"<a href='{href}'>x</a>".encode(), URL)) is is_found


def test_a_page_without_feeds_announces_none():
    assert find_feeds(b"", URL) == ()
    assert find_feeds(b"\xff\xfe\x00<", URL) == ()


def test_a_list_of_sitemaps_gives_those_of_news():
    index = b"<?xml version='1.0'?><sitemapindex><sitemap><loc>https://news.test/a.xml</loc></sitemap><sitemap><loc>\n https://news.test/news.xml.gz </loc></sitemap></sitemapindex>"
    assert [one.url for one in news_sitemaps(index, "robots.txt")] == ["https://news.test/news.xml.gz"]


def test_the_usual_places_lie_below_the_page_and_at_the_root_of_the_site():
    found = [one.url for one in usual_places("https://site.test/blog/page.html?x=1")]
    assert found[:3] == [
        "https://site.test/blog/feed/",
        "https://site.test/blog/rss.xml",
        "https://site.test/feed/",
    ]
    assert {"https://site.test/feeds/posts/default", "https://site.test/news-sitemap.xml"} <= set(found)
    assert usual_places("https://site.test")[0].url == "https://site.test/feed/"
    assert len(found) == len(set(found)) <= 20


def test_robots_txt_names_sitemaps_and_those_of_news_come_first():
    robots = b"""User-agent: *
Disallow: /private
Sitemap: https://news.test/pages.xml
sitemap:/google-news.xml # the news
SITEMAP : javascript:alert(1)
""" + b"".join(b"Sitemap: https://news.test/%d.xml\n" % n for n in range(50))
    found = [one.url for one in robots_sitemaps(robots, "https://news.test/robots.txt")]
    assert found[:2] == ["https://news.test/google-news.xml", "https://news.test/pages.xml"]
    assert len(found) == 4


def sighted(path: str, *stories: int, final: str = "", title: str = "") -> Sighted:
    url = f"https://site.test/{path}"
    entries = tuple(entry(canonical_url=f"https://site.test/{n}") for n in stories)
    feed = ParsedFeed(format=FeedFormat.RSS, title=title, entries=entries)
    candidate = Candidate(url=url, origin="announced")
    return Sighted(
        candidate=candidate, url=url, final_url=f"https://site.test/{final}" if final else url, feed=feed
    )


def test_ways_to_one_feed_are_put_together_and_feeds_of_comments_come_last():
    found = fold(
        [
            sighted("comments/feed", 90, 91),
            sighted("atom.xml", 1, 2, 3, 4, 5),
            sighted("rss.xml", 1, 2, 3, 4),
            sighted("feed", 7, 8, final="feed/"),
            sighted("feed/", 7, 8, 9, 10, 11),
            sighted("world.xml", 1, 2),
            sighted("new", 20, title="Comments for the site"),
        ]
    )
    assert [(one.url.rpartition("test/")[2], len(one.also)) for one in found] == [
        ("atom.xml", 1), ("feed", 1), ("world.xml", 0), ("comments/feed", 0), ("new", 0),
    ]  # fmt: skip


def test_feeds_without_entries_are_not_the_same_for_that():
    assert len(fold([sighted("a.xml"), sighted("b.xml")])) == 2
