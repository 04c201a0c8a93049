"""The feeds a page announces."""

from __future__ import annotations

import pytest

from tracker.feeds import find_feeds

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
    assert find_feeds(page, URL) == (
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
