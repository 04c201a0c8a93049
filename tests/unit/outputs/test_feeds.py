"""Atom and JSON Feed: read back by an independent parser and against the rules of both formats."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest

from tests.unit.outputs.samples import NOW, TITLES, collected_titles, item
from tracker.model import Carrier
from tracker.outputs import Channel, render_atom, render_json_feed

ATOM = "{http://www.w3.org/2005/Atom}"
CHANNEL = Channel(name="w", title="River locks", empty_at=NOW, self_url="https://feeds.example/w.atom")
ALL = [item(number=n, title=title) for n, title in enumerate([*TITLES, *collected_titles()], start=1)]
ALLOWED = {"feed", "id", "title", "updated", "author", "name", "link", "generator", "entry", "published"} | {
    *("category", "summary", "content"),
}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text.encode("utf-8"))


def check_atom(text: str) -> None:
    """RFC 4287 sections 4.1.1 and 4.1.2: what must be there, and how often."""
    feed = parsed(text)
    assert feed.tag == f"{ATOM}feed"
    names = [child.tag.removeprefix(ATOM) for child in feed.iter()]
    assert set(names) <= ALLOWED
    for parent in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"{ATOM}{name}")) == 1
        assert (parent.findtext(f"{ATOM}id") or "").startswith("urn:uuid:")
        assert RFC3339.fullmatch(parent.findtext(f"{ATOM}updated") or "")
        assert parent.find(f"{ATOM}author/{ATOM}name") is not None
        assert parent is feed or parent.findtext(f"{ATOM}title")
    for entry in feed.iter(f"{ATOM}entry"):
        links = [link for link in entry.findall(f"{ATOM}link") if link.get("rel") == "alternate"]
        assert len(links) == 1 or entry.find(f"{ATOM}content") is not None
        assert all(re.match("https?://", link.get("href") or "") for link in links)
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids)


def check_json_feed(text: str) -> dict[str, Any]:
    """The required fields of JSON Feed 1.1 and the types of the optional ones."""
    feed: dict[str, Any] = json.loads(text)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str)
    assert set(feed) <= {"version", "title", "feed_url", "items"}
    ids = [entry["id"] for entry in feed["items"]]
    assert len(set(ids)) == len(ids)
    for entry in feed["items"]:
        assert isinstance(entry["content_text"], str)
        assert entry["content_text"]
        assert re.match("https?://", entry.get("url", "https://"))
        for name in ("date_published", "date_modified"):
            assert RFC3339.fullmatch(entry.get(name, "2026-01-01T00:00:00Z"))
        assert all(isinstance(author["name"], str) for author in entry.get("authors", ()))
        assert all(isinstance(tag, str) for tag in entry.get("tags", ()))
        assert all(key.startswith("_") or re.fullmatch("[a-z_]+", key) for key in entry)
    return feed


def test_an_atom_feed_reads_back_as_what_was_written() -> None:
    text = render_atom(CHANNEL, [item()])
    check_atom(text)
    read = feedparser.parse(text.encode())
    assert (read.version, read.bozo, read.feed.title) == ("atom10", False, "River locks")
    assert {link.href for link in read.feed.links if link.rel == "self"} == {"https://feeds.example/w.atom"}
    (entry,) = read.entries
    assert (entry.title, entry.link) == ("Gate 1 lifted", "https://example.org/1?a=1&b=2%20c")
    assert (entry.author, entry.published, entry.updated) == (
        "River Times",
        "2026-11-20T09:00:00Z",
        "2026-11-20T12:00:00Z",
    )
    assert [tag.term for tag in entry.tags] == ["locks"]
    assert entry.summary == "Three locks were opened on Friday. The ministry said so.\nlocks"


def test_a_json_feed_reads_back_as_what_was_written() -> None:
    feed = check_json_feed(render_json_feed(CHANNEL, [item()]))
    (entry,) = feed["items"]
    assert (entry["title"], entry["url"]) == ("Gate 1 lifted", "https://example.org/1?a=1&b=2%20c")
    assert entry["authors"] == [{"name": "River Times"}]
    assert entry["tags"] == ["locks"]
    assert entry["language"] == "en"
    assert (entry["_tracker"]["score"], entry["_tracker"]["why"]) == (0.8, "locks")


def ids(text: str) -> list[str | None]:
    return [entry.findtext(f"{ATOM}id") for entry in parsed(text).iter(f"{ATOM}entry")]


def test_an_entrys_id_never_changes_and_both_feeds_have_the_same() -> None:
    one = item()
    later = replace(one, title="Another headline", score=0.2, outlet="X", carriers=(), text="Other")
    assert ids(render_atom(CHANNEL, [one])) == ids(render_atom(replace(CHANNEL, title="Y"), [later]))
    in_json = [entry["id"] for entry in json.loads(render_json_feed(CHANNEL, [one]))["items"]]
    assert ids(render_atom(CHANNEL, [one])) == in_json
    other_watch = replace(one, watch="v")
    assert ids(render_atom(CHANNEL, [one])) != ids(render_atom(CHANNEL, [other_watch]))


def updated(text: str, path: str) -> datetime:
    return datetime.fromisoformat(parsed(text).findtext(path) or "")


def test_updated_moves_with_a_new_version_not_with_a_copy() -> None:
    version = Carrier(
        outlet="R", url="https://r/", kind="version", title="", seen_at=NOW + timedelta(hours=9)
    )
    older = item(number=2, first_seen_at=NOW - timedelta(days=1))
    text = render_atom(CHANNEL, [replace(item(), carriers=(*item().carriers, version)), older])
    assert updated(text, f"{ATOM}entry/{ATOM}updated") == NOW + timedelta(hours=9)
    assert updated(text, f"{ATOM}updated") == NOW + timedelta(hours=9)
    assert updated(render_atom(CHANNEL, [item(), older]), f"{ATOM}updated") == NOW


def test_a_feed_without_items_is_valid() -> None:
    text = render_atom(CHANNEL, [])
    check_atom(text)
    assert updated(text, f"{ATOM}updated") == NOW
    assert check_json_feed(render_json_feed(CHANNEL, []))["items"] == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "", "https://", "//x"]
)
def test_only_web_addresses_become_links(url: str) -> None:
    one = item(url=url, canonical_url=url)
    check_atom(render_atom(CHANNEL, [one]))
    assert "alternate" not in render_atom(CHANNEL, [one])
    assert "url" not in check_json_feed(render_json_feed(CHANNEL, [one]))["items"][0]


@pytest.mark.parametrize(
    "url", ["https://example.org/a b", 'https://example.org/"><x>', "https://example.org/ü|{}"]
)
def test_a_web_address_is_written_so_that_it_is_one(url: str) -> None:
    text = render_atom(CHANNEL, [item(url=url, canonical_url=url)])
    check_atom(text)
    (link,) = [
        link.get("href") for link in parsed(text).iter(f"{ATOM}link") if link.get("rel") == "alternate"
    ]
    assert link is not None
    assert re.fullmatch(r"https://example\.org/[A-Za-z0-9%]+", link)


def test_no_title_is_active_in_a_feed() -> None:
    text = render_atom(CHANNEL, ALL)
    check_atom(text)
    read = feedparser.parse(text.encode())
    assert not read.bozo
    assert len(read.entries) == len(ALL)
    for entry in read.entries:
        assert entry.title_detail.type == "text/plain", "markup in a title is shown, not obeyed"
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", entry.title)
    feed = check_json_feed(render_json_feed(CHANNEL, ALL))
    assert len(feed["items"]) == len(ALL)
    for entry in feed["items"]:
        assert not re.search("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", entry["title"])


def test_items_of_one_address_and_instant_are_told_apart() -> None:
    both = [
        item(id=name, title=name, url="https://example.org/", canonical_url="https://example.org/")
        for name in "12"
    ]
    check_atom(render_atom(CHANNEL, both))
    assert len(check_json_feed(render_json_feed(CHANNEL, both))["items"]) == 2
