"""What a document brings, seen against what is known."""

from __future__ import annotations

from datetime import timedelta

from tests.builders import NOW, entry, state
from tracker.model import Entry, KnownEntry
from tracker.pipeline.survey import dated, survey_of

DAY = timedelta(days=1)


def story(n: int, **changed: object) -> Entry:
    url = f"https://example.org/story-number-{n}"
    fields = {"key": f"k{n}", "guid": f"k{n}", "url": url, "canonical_url": url, "content_hash": f"h{n}"}
    return entry(**{**fields, "title": f"Headline {n} {'abcdef'[n]} alone", **changed})


def known(*stories: Entry, revision: int = 0) -> dict[str, KnownEntry]:
    return {
        one.key: KnownEntry(
            key=one.key, canonical_url=one.canonical_url, content_hash=one.content_hash, revision=revision,
            title=one.title,
        )
        for one in stories
    }  # fmt: skip


def test_entries_to_judge_come_oldest_first_with_their_revision() -> None:
    old = known(story(3), revision=4)
    edited = story(3, content_hash="other", published_at=NOW - DAY)
    listed = [story(1), edited, story(2, published_at=NOW - 2 * DAY)]
    wanted = survey_of(listed, old, NOW).wanted
    assert [(one.key, revision) for one, revision in wanted] == [("k2", 0), ("k3", 5), ("k1", 0)]


def test_undated_entries_keep_the_feeds_order_which_is_newest_first() -> None:
    listed = [story(n, published_at=None) for n in (3, 2, 1)]
    assert [one.key for one, _ in survey_of(listed, {}, NOW).wanted] == ["k1", "k2", "k3"]


def test_a_second_appearance_of_a_new_entry_is_nothing_known() -> None:
    sighting = survey_of([story(1), story(1), story(2)], {}, NOW).sighting
    assert (sighting.listed, sighting.new, sighting.known) == (2, 2, 0)


def test_the_sighting_tells_dates_behind_and_ahead_of_the_clock_as_written() -> None:
    listed = [story(1), story(2, published_at=NOW + DAY), story(3, published_at=None), story(4)]
    sighting = survey_of(listed, known(story(4)), NOW).sighting
    assert (sighting.arrived_at, sighting.ahead) == ((NOW,), (DAY,))
    assert (sighting.listed, sighting.new, sighting.changed, sighting.known) == (4, 3, 0, 1)


def test_dates_are_set_right_by_the_feeds_offset() -> None:
    shown = dated(story(1, published_at=NOW, updated_at=None), state(offset=timedelta(hours=8)), NOW)
    assert (shown.published_at, shown.updated_at) == (NOW - timedelta(hours=8), None)
