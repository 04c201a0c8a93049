"""Feed lists in and out."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.feeds import OpmlFeed, OpmlList, parse_opml, render_opml
from tracker.model import Feed, FeedId
from tracker.text.plain import plain_line

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
    assert listed.problems[0].detail == "line 8: “file:///etc/passwd” is not a web address"


ODD = """<OPML version="2.0" xmlns="http://opml.org/spec2"><Body><Outline Text=" A &amp; B ">
<OUTLINE TITLE="t" XMLURL=" https://a.test/f?x=1&amp;y=2 " category="/a/b,c,, d e"/>
<outline text="no address" xmlUrl=""><outline text="x" xmlUrl="https://b.test/"/></outline></Outline>
<outline type="link" text="L" url="https://l.test/x.opml"><outline xmlUrl="https://c.test/"/></outline>
<outline text="s" type="source" xmlUrl="https://s.test/"/><outline text="o" htmlUrl="https://o.test/"/>
<outline text="again" xmlUrl="https://b.test/" category="z"/><outline text="bad" xmlUrl="ftp://x"/>
</Body></OPML>"""


@pytest.mark.parametrize("text", [LIST, ODD, render_opml([])])
def test_a_whole_list_is_read_as_the_reader_of_broken_ones_reads_it(text):
    """Every start reads a list that is well-formed; listparser, which costs more, reads what is not."""
    broken = text.replace("</opml>", "<&</opml>").replace("</OPML>", "<&</OPML>")
    whole, recovered = parse_opml(text.encode()), parse_opml(broken.encode())
    assert [problem.code for problem in recovered.problems][:1] == ["not_well_formed"]
    assert recovered.feeds == whole.feeds
    assert recovered.problems[1:] == whole.problems


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


TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"]), max_size=20
)
TITLES = TEXTS.map(plain_line).filter(
    lambda text: plain_line(text) == text and plain_line(escape(text)) == text
)


@given(
    st.lists(
        st.builds(
            OpmlFeed,
            url=st.integers(0, 99).map(lambda n: f"https://example.org/feed?a=1&b={n}"),
            title=TITLES,
            site_url=st.sampled_from([None, "https://example.org/?x='1'&y=2"]),
            tags=st.lists(TITLES.filter(bool), unique=True, max_size=3).map(tuple),
        ),
        unique_by=lambda one: one.url,
        max_size=8,
    )
)
def test_a_list_read_back_is_the_list_that_was_written(feeds):
    again = parse_opml(render_opml(feeds).encode())
    assert again.problems == ()
    assert sorted(again.feeds, key=lambda one: one.url) == sorted(feeds, key=lambda one: one.url)
    assert render_opml(again.feeds) == render_opml(parse_opml(render_opml(again.feeds).encode()).feeds)


def test_tags_are_nested_folders_and_a_comma_in_one_stays_in_it():
    feed = OpmlFeed(url="https://a.test/f", title="A", tags=("Law, drugs/pills", "Asia"))
    text = render_opml([feed])
    assert text.count("<outline") == 3
    assert parse_opml(text.encode()).feeds == (feed,)


def test_no_password_leaves_with_a_list():
    text = render_opml([OpmlFeed(url="https://me:secret@a.test/f", site_url="https://me:secret@a.test/")])
    assert "secret" not in text
    assert [one.url for one in parse_opml(text.encode()).feeds] == ["https://a.test/f"]


def test_an_empty_list_is_still_a_list():
    assert parse_opml(render_opml([]).encode()) == OpmlList()
