"""Feed files written by runs, and `tracker export`, in a whole installation whose articles come from an archive."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tests.e2e.project import make_project, tracker
from tracker.app import open_tracker
from tracker.demo.site import NewsroomSite
from tracker.settings import load_settings

BEGIN = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@dataclass
class Hand:
    at: datetime = BEGIN

    def now(self) -> datetime:
        return self.at


class Place:
    def __init__(self, folder: Path, site: NewsroomSite) -> None:
        self.folder = make_project(folder, site, feeds=())
        self.rows = [
            {"id": piece.slug, "url": f"https://example.org/{piece.slug}", "title": piece.title,
             "text": "\n\n".join(piece.paragraphs)}
            for piece in site.newsroom.standing(1)
        ]  # fmt: skip
        self.clock = Hand()

    def configure(self, lines: str) -> None:
        path = self.folder / "config/tracker.toml"
        path.write_text(path.read_text().replace("[sandbox]", f"{lines}\n[sandbox]"))

    def ingest(self, first: int, count: int) -> int:
        loaded = load_settings(self.folder / "config/tracker.toml", {}, self.folder)
        with open_tracker(loaded, clock=self.clock) as opened:
            return len(opened.ingest(self.rows[first : first + count]).kept)

    @property
    def feeds(self) -> Path:
        return self.folder / "state/feeds"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with NewsroomSite() as site:
        yield Place(tmp_path / "p", site)


def atom(path: Path) -> Any:
    read = feedparser.parse(path.read_bytes())
    assert not read.bozo
    return read


def test_a_run_writes_each_watch_as_atom_and_json_feed(place: Place) -> None:
    kept = place.ingest(0, 12)
    assert kept > 1
    assert sorted(path.name for path in place.feeds.iterdir()) == ["drugs.atom", "drugs.json"]
    read = atom(place.feeds / "drugs.atom")
    written = json.loads((place.feeds / "drugs.json").read_text())
    assert read.feed.title == written["title"] == "US-China counternarcotics cooperation"
    assert len(read.entries) == len(written["items"]) == kept
    assert [entry.id for entry in read.entries] == [entry["id"] for entry in written["items"]]
    assert stat.S_IMODE((place.feeds / "drugs.atom").stat().st_mode) == 0o644


def test_a_later_run_adds_entries_and_changes_no_id(place: Place) -> None:
    place.ingest(0, 12)
    before = {entry.link: entry.id for entry in atom(place.feeds / "drugs.atom").entries}
    place.clock.at += timedelta(hours=5)
    assert place.ingest(12, 30) > 0
    read = atom(place.feeds / "drugs.atom")
    after = {entry.link: entry.id for entry in read.entries}
    assert before.items() <= after.items()
    assert len(after) > len(before)
    assert read.feed.updated == "2026-11-20T20:00:00Z"
    assert read.entries[0].updated == "2026-11-20T20:00:00Z"


def test_a_run_without_news_leaves_the_files_as_they_are(place: Place) -> None:
    place.ingest(0, 12)
    files = list(place.feeds.iterdir())
    for path in files:
        os.utime(path, (0, 0))
    place.clock.at += timedelta(hours=5)
    place.ingest(0, 12)
    assert {path.stat().st_mtime for path in files} == {0}


def test_formats_folder_number_and_address_are_as_configured(place: Place) -> None:
    place.configure(
        '[outputs]\nfeeds = ["atom"]\nfolder = "www"\nentries = 1\nbase_url = "https://news.example/feeds/"'
    )
    assert place.ingest(0, 12) > 1
    assert [path.name for path in (place.folder / "www").iterdir()] == ["drugs.atom"]
    read = atom(place.folder / "www/drugs.atom")
    assert len(read.entries) == 1
    assert {link.href for link in read.feed.links} == {"https://news.example/feeds/drugs.atom"}


def test_a_folder_that_cannot_be_written_harms_no_run(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    place.feeds.write_text("in the way")
    assert place.ingest(0, 12) > 1
    assert "cannot be written" in caplog.text


def test_nothing_is_written_where_no_format_is_asked_for(place: Place) -> None:
    place.configure("[outputs]\nfeeds = []")
    assert place.ingest(0, 12) > 1
    assert not place.feeds.exists()


def test_export_writes_what_items_lists(place: Place) -> None:
    kept = place.ingest(0, 12)
    text = tracker(place.folder, "export", "--format", "csv", "--by", "score")
    listed = [json.loads(line) for line in tracker(place.folder, "items", "--jsonl").splitlines()]
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["id"] for row in rows] == [row["id"] for row in listed]
    assert len(rows) == kept
    said = tracker(place.folder, "export", "-f", "bibtex", "--limit", "1", "-o", "out.bib")
    assert said == ""
    assert (place.folder / "out.bib").read_text().count("@misc{") == 1
    exported = tracker(place.folder, "export", "--format", "jsonl", "--by", "score")
    assert [json.loads(line) for line in exported.splitlines()] == listed
    tracker(place.folder, "export", "--format", "ris", "-o", "no/such/folder", expect=2)
