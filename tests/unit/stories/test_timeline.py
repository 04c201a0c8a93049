"""Coverage counted by day, outlet and story, and drawn."""

from __future__ import annotations

from datetime import UTC, timedelta
from xml.etree import ElementTree as ET

import pytest

from tests.unit.cli.samples import NOW, item
from tracker.model import Carrier, Item, Piece, StoryId
from tracker.stories.chart import timeline_svg
from tracker.stories.timeline import OTHER, stories_of, timeline_of


def report(name: str, *, days: int = 0, outlet: str = "A", story: int = 1, copies: int = 0) -> Item:
    at = NOW - timedelta(days=days)
    carriers = tuple(
        Carrier(outlet=f"C{n}", url=f"https://c{n}.example/{name}", kind="copy", title=name, seen_at=at)
        for n in range(copies)
    )
    return item(
        id=name, title=name, outlet=outlet, url=f"https://{outlet.lower()}.example/{name}", published_at=at,
        first_seen_at=at, story=StoryId(story), carriers=carriers, family=None,
    )  # fmt: skip


def piece(*, days: int = 0, outlet: str = "A", topic: str = "x", story: int | None = None) -> Piece:
    told = StoryId(story) if story else None
    return Piece(NOW - timedelta(days=days), outlet, "report", topics=((topic, 0.9),), story=told)


def test_a_story_counts_reports_outlets_and_what_was_folded() -> None:
    (story,) = stories_of([report("one", days=1, copies=2), report("two", outlet="B")])
    assert (story.reports, story.copies, story.versions, story.title) == (2, 2, 0, "one")
    assert story.outlets == ("A", "B", "C0", "C1")
    assert (story.first_at, story.last_at) == (NOW - timedelta(days=1), NOW)


def test_the_story_last_heard_of_comes_first_and_an_item_of_two_watches_counts_once() -> None:
    found = stories_of([report("old", days=3, story=1), report("new", story=2), report("new", story=2)])
    assert [(story.id, story.reports) for story in found] == [(2, 1), (1, 1)]


def test_a_day_counts_pieces_by_topic_and_days_without_any_are_there() -> None:
    line = timeline_of([*4 * [piece(days=2)], piece(topic="y")], "day", UTC)
    assert [str(day) for day in line.days] == ["2026-11-18", "2026-11-19", "2026-11-20"]
    assert line.totals == (4, 0, 1)
    assert [(one.label, one.counts) for one in line.series] == [("x", (4, 0, 0)), ("y", (0, 0, 1))]


@pytest.mark.parametrize(("days", "step"), [(61, 1), (62, 7), (500, 28), (3000, 91)])
def test_long_times_are_counted_in_longer_steps(days: int, step: int) -> None:
    line = timeline_of([piece(days=days), piece()], "day", UTC)
    assert (line.step_days, sum(line.totals)) == (step, 2)
    assert len(line.days) <= 62


def test_beyond_the_largest_series_the_rest_are_one() -> None:
    pieces = [piece(outlet=f"O{n:02}") for n in range(12)]
    line = timeline_of(pieces, "outlet", UTC, most=3)
    assert [(one.label, one.total) for one in line.series] == [("O00", 1), ("O01", 1), ("O02", 1), (OTHER, 9)]


def test_what_belongs_to_no_story_stands_apart_from_the_stories() -> None:
    line = timeline_of([piece(story=7), piece(story=7), piece(story=9), piece()], "story", UTC)
    assert [(one.label, one.total) for one in line.series] == [("7", 2), ("9", 1), (OTHER, 1)]


def test_nothing_kept_is_an_empty_timeline_and_still_a_picture() -> None:
    line = timeline_of([], "day", UTC)
    assert (line.days, line.series, line.totals) == ((), (), ())
    ET.fromstring(timeline_svg(line, ""))


def test_the_picture_is_well_formed_inert_and_says_in_words_what_it_shows() -> None:
    line = timeline_of([piece(outlet='<script>alert("1")</script>&')], "outlet", UTC)
    drawn = timeline_svg(line, "A <b>title</b>")
    root = ET.fromstring(drawn)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names == {"svg", "title", "desc", "style", "text", "rect", "line"}
    assert "<script" not in drawn
    assert "1 pieces" in (root.findtext("{http://www.w3.org/2000/svg}desc") or "")
    assert "prefers-color-scheme:dark" in drawn
