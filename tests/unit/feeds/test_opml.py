"""Feed lists in and out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tracker.feeds import OpmlFeed, OpmlList, parse_opml, render_opml
from tracker.model import Feed, FeedId

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Mine</title></head><body>
 <outline text="Asia &amp; China">
  <outline text="新华社 é" title="x" type="rss" xmlUrl="http://x.test/rss?a=1&amp;b=2" htmlUrl="http://x.test/"/>
  <outline text="Deep"><outline text="D" xmlUrl="https://d.test/feed" category="wire,law/drugs"/></outline>
 </outline>
 <outline text="Again" xmlUrl="http://x.test/rss?a=1&amp;b=2"/>
 <outline text="Bad" xmlUrl="file:///etc/passwd"/>
 <outline text="Empty folder"/>
</body></opml>"""


def test_folders_and_categories_become_tags():
    listed = parse_opml(LIST.encode())
    assert listed.feeds == (
        OpmlFeed(
            url="http://x.test/rss?a=1&b=2",
            title="新华社 é",
            site_url="http://x.test/",
            tags=("Asia & China",),
        ),
        OpmlFeed(url="https://d.test/feed", title="D", tags=("wire", "law", "drugs", "Asia & China", "Deep")),
    )
    assert [problem.code for problem in listed.problems] == ["bad_url"]
    assert "file:///etc/passwd" in listed.problems[0].detail


def test_a_list_in_another_encoding_is_read():
    assert parse_opml(LIST.encode("utf-16")).feeds == parse_opml(LIST.encode()).feeds


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_opml"),
        (b"<html><body>Sign in</body></html>", "not_opml"),
        (b'{"feeds": []}', "not_opml"),
        (b"<opml>" + b"<outline text='x'/>" * 5001 + b"</opml>", "too_large"),
        (b"<opml>" + b" " * 1024 * 1024 + b"</opml>", "too_large"),
        (b'<!DOCTYPE opml [<!ENTITY a "' + b"A" * 2000 + b'">]><opml>&a;</opml>', "entity_bomb"),
    ],
)
def test_what_is_no_feed_list_comes_out_empty_with_the_reason(body, code):
    listed = parse_opml(body)
    assert listed.feeds == ()
    assert [problem.code for problem in listed.problems] == [code]


def test_an_external_entity_in_a_feed_list_is_not_opened():
    body = b'<!DOCTYPE opml [<!ENTITY f SYSTEM "file:///etc/passwd">]><opml><outline text="a&f;" xmlUrl="https://a.test/f"/></opml>'
    assert parse_opml(body).feeds == (OpmlFeed(url="https://a.test/f", title="a"),)


def test_what_is_written_is_read_back():
    now = datetime(2026, 1, 1, tzinfo=UTC)
    listed = parse_opml(LIST.encode()).feeds
    feeds = [
        Feed(id=FeedId(n), url=one.url, title=one.title, site_url=one.site_url, tags=one.tags, added_at=now)
        for n, one in enumerate(listed)
    ]
    feeds.append(Feed(id=FeedId(9), url="https://untagged.test/f", title='<"&', added_at=now))
    again = parse_opml(render_opml(feeds).encode())
    assert again.problems == ()
    assert {(one.url, one.title, one.site_url, frozenset(one.tags)) for one in again.feeds} == {
        (one.url, one.title, one.site_url, frozenset(one.tags)) for one in feeds
    }


def test_an_empty_list_is_still_a_list():
    assert parse_opml(render_opml([]).encode()) == OpmlList()
