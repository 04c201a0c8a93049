"""Recorded feeds of every format: nothing is lost against plain feedparser, and nothing raises."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO

import feedparser
import pytest

from tests.conftest import SHARED
from tracker.feeds.entries import entries_from
from tracker.feeds.parse import parse_feed, read_with_feedparser
from tracker.feeds.prepare import prepare_xml
from tracker.feeds.xml_tree import read_tree
from tracker.model import FeedFormat, ParsedFeed
from tracker.text.charset import decode_bytes

FOLDER = SHARED / "data/feeds"
LISTED = json.loads((FOLDER / "index.json").read_text()) if FOLDER.is_dir() else []
URL = "https://feeds.example.test/feed"
FORMATS = {
    "jsonfeed": FeedFormat.JSON,
    "atom": FeedFormat.ATOM,
    "rss1.0": FeedFormat.RDF,
    "rss0.90": FeedFormat.RDF,
}
# feedparser takes captions of pictures for content and summaries, and so hashes them; a document's language it gives
# to each entry as well.
UNLIKE = {"key": "", "guid": None, "summary": "", "content_html": "", "content_hash": "", "language": None}


def recorded(listed) -> tuple[ParsedFeed, feedparser.FeedParserDict]:
    body = (FOLDER / listed["file"]).read_bytes()
    feed = parse_feed(body, URL, "")
    assert isinstance(feed, ParsedFeed), feed
    return feed, feedparser.parse(BytesIO(body), sanitize_html=False)


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: listed["file"])
def test_a_recorded_feed_gives_all_entries_with_their_titles_links_and_dates(listed):
    feed, plain = recorded(listed)
    assert len(feed.entries) >= max(len(plain.entries), listed["items_by_tag"], 1)
    assert feed.format is next(
        (kind for name, kind in FORMATS.items() if listed["format"].startswith(name)), FeedFormat.RSS
    )
    assert not feed.degraded
    assert len({one.key for one in feed.entries}) == len(feed.entries)
    for one, other in zip(feed.entries, plain.entries, strict=False):
        assert bool(one.title) == bool(other.get("title"))
        assert one.url or not other.get("link", "").startswith("http")
        assert (one.published_at or one.updated_at) or not other.get("published_parsed")
        assert one.title or one.summary


@pytest.mark.parametrize(
    "listed", [one for one in LISTED if one["format"] == "jsonfeed"], ids=lambda one: one["file"]
)
def test_json_feeds_which_plain_feedparser_cannot_read_are_read(listed):
    feed, plain = recorded(listed)
    assert plain.entries == []
    assert feed.entries


@pytest.mark.parametrize(
    "listed", [one for one in LISTED if one["well_formed"]], ids=lambda listed: listed["file"]
)
def test_both_readers_read_the_same_from_well_formed_feeds(listed):
    xml = prepare_xml(decode_bytes((FOLDER / listed["file"]).read_bytes()).text)
    quick, plain = read_tree(xml.text), read_with_feedparser(xml)
    assert quick is not None
    for name in ("format", "title", "site_link", "language"):
        assert getattr(quick, name) == getattr(plain, name)
    pairs = zip(entries_from(quick.entries, URL, None), entries_from(plain.entries, URL, None), strict=True)
    for one, other in pairs:
        assert replace(one, **UNLIKE) == replace(other, **UNLIKE)
        assert (one.guid or "").lstrip("/") == (other.guid or "").lstrip(
            "/"
        )  # feedparser resolves Reddit's ids


@pytest.mark.skipif(not LISTED, reason="the evaluation data folder ../shared is not beside this checkout")
def test_all_formats_are_among_the_recorded_feeds():
    assert {listed["format"][:4] for listed in LISTED} >= {"rss0", "rss1", "rss2", "atom", "json"}
    assert len(LISTED) == 59
