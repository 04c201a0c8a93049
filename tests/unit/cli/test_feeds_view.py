"""Feeds as people read them: rhythm in words, one in full, those found."""

from __future__ import annotations

from datetime import timedelta

import click
import pytest

from tests.unit.cli.samples import NOW
from tracker.app.feed_views import Discovery, FeedView, FoundFeed
from tracker.app.views import FeedTest
from tracker.cli.feed_view import (
    discovery_lines,
    feed_fields,
    feed_lines,
    feed_text,
    rhythm_words,
    trial_lines,
)
from tracker.model import (
    Feed,
    FeedHealth,
    FeedId,
    FeedMove,
    FeedState,
    PollReport,
    PollStatus,
    Rhythm,
    Validators,
)
from tracker.text.columns import display_width

EVEN = (1.0,) * 24
WEEK = (1.0,) * 7


def at(*hours: int) -> tuple[float, ...]:
    return tuple(float(hour in hours) for hour in range(24))


def rhythm(**changed) -> Rhythm:
    fields = {"hours": EVEN, "weekdays": WEEK, "weight": 120.0, "span": timedelta(days=10)}
    return Rhythm(**{**fields, **changed})


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (rhythm(), "about 12 a day"),
        (
            rhythm(hours=at(*range(8, 18)), weekdays=(1.0,) * 5 + (0.0, 0.0)),
            "about 12 a day, mostly weekdays 08-17 UTC",
        ),
        (rhythm(hours=at(22, 23, 0, 1)), "about 12 a day, mostly 22-02 UTC"),
        (rhythm(hours=at(20, 21, 22, 23)), "about 12 a day, mostly 20-00 UTC"),
        (rhythm(weekdays=(1.0,) * 5 + (0.1, 0.1)), "about 12 a day, mostly weekdays"),
        (rhythm(weight=6.0, span=timedelta(days=14)), "about 3 a week"),
        (rhythm(weight=6.0, span=timedelta(days=90)), "about 2 a month"),
        (rhythm(weight=6.0, span=timedelta(days=365)), "less than one a month"),
        (rhythm(weight=2.0), ""),
        (rhythm(span=timedelta(0)), ""),
        (None, ""),
    ],
)
def test_a_rhythm_is_told_in_words(known, words):
    assert rhythm_words(known) == words


def feed(**changed) -> Feed:
    state = FeedState(
        last_new_at=NOW - timedelta(hours=3),
        next_poll_at=NOW + timedelta(minutes=20),
        rhythm=rhythm(),
        held_until=NOW + timedelta(hours=2),
        moved_to="https://f.example/new",
        moved_sightings=3,
        notice="The feed says that it is now at https://f.example/other.",
        validators=Validators(url="https://f.example/rss", etag='"a"'),
    )
    fields = {
        "id": FeedId(1),
        "url": "https://f.example/rss",
        "title": "A feed",
        "added_at": NOW,
        "state": state,
    }
    return Feed(**{**fields, **changed})


def test_the_list_tells_more_when_asked_for():
    short = feed_lines(feed(), FeedHealth.LIMITED, "Resting.", width=80, now=NOW)
    full = [
        click.unstyle(line)
        for line in feed_lines(feed(), FeedHealth.LIMITED, "Resting.", width=80, now=NOW, full=True)
    ]
    assert len(short) == 3
    text = "\n".join(full)
    for words in (
        "about 12 a day",
        "left alone until",
        "https://f.example/new for good (seen 3 times)",
        "it is now at",
    ):
        assert words in text
    assert all(display_width(line) <= 80 for line in full)


@pytest.mark.parametrize("health", list(FeedHealth))
def test_every_condition_is_written_out_and_fits_its_line(health):
    (first, *_) = feed_lines(feed(), health, "", width=80, now=NOW)
    line = click.unstyle(first)
    assert line.startswith(f"{health.value} ")
    assert display_width(line) <= 80


def test_a_feed_is_told_to_programs_with_its_rhythm_rest_and_moves():
    fields = feed_fields(feed(), FeedHealth.MOVED, "")
    assert fields["rhythm"] == "about 12 a day"
    assert (fields["held_until"], fields["moved_to"]) == (NOW + timedelta(hours=2), "https://f.example/new")
    assert "f.example/other" in str(fields["notice"])


def test_one_feed_in_full_shows_polls_and_moves():
    poll = PollReport(
        feed_id=FeedId(1), polled_at=NOW, status=PollStatus.FAILED, code="dns", detail="No such\x1b[2J host."
    )
    move = FeedMove(
        feed_id=FeedId(1), from_url="http://f.example/rss", to_url="https://f.example/rss", reason="301", moved_at=NOW,
        undone_at=NOW,
    )  # fmt: skip
    view = FeedView(
        feed=feed(tags=("wire",)), health=FeedHealth.OK, sentence="", polls=(poll,), moves=(move,)
    )
    text = click.unstyle(feed_text(view, width=80, now=NOW))
    for words in (
        "wire",
        "asks with     ETag",
        "dns: No such",
        "http://f.example/rss -> https://f.example/rss (301); undone",
    ):
        assert words in text
    assert "\x1b" not in text


def found(**changed) -> FoundFeed:
    fields = {
        "url": "https://f.example/rss", "title": "News", "format": "rss", "entries": 1, "newest_at": NOW,
        "origin": "announced", "is_followed": False, "is_comments": False,
    }  # fmt: skip
    return FoundFeed(**{**fields, **changed})


def test_a_found_feed_comes_with_the_command_that_follows_it():
    listed = Discovery(
        url="https://f.example/", is_feed=False, tried=9,
        found=(found(also=("https://f.example/atom",)), found(url="https://f.example/x?a=1&b='", is_followed=True)),
    )  # fmt: skip
    lines = discovery_lines(listed, width=80)
    assert lines == [
        "News",
        "    rss, 1 entry, newest 2026-11-20; announced",
        "    also as https://f.example/atom",
        "    tracker feeds add https://f.example/rss",
        "News",
        "    rss, 1 entry, newest 2026-11-20; followed already",
        "    https://f.example/x?a=1&b='",
    ]
    (line,) = discovery_lines(Discovery(url="https://f.example/", is_feed=False, tried=9), width=80)
    assert line == "No feed was found; 9 addresses tried."


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://f.example/rss", "https://f.example/rss"),
        ("https://f.example/?a=1&b=2", "'https://f.example/?a=1&b=2'"),
        ("https://f.example/?a='$(reboot)'", "'https://f.example/?a=%27$(reboot)%27'"),
    ],
)
def test_a_command_can_be_pasted_into_a_shell(url, shown):
    lines = discovery_lines(Discovery(url="u", is_feed=False, found=(found(url=url),)), width=80)
    assert lines[-1] == f"    tracker feeds add {shown}"


def test_a_trial_fits_the_terminal_and_shows_no_escape():
    tried = FeedTest(
        url="https://f.example/rss", ok=False, sentence="No such thing. " * 20, title="T\x1b[2J",
        final_url="https://f.example/" + "x" * 100, next_poll_in=timedelta(hours=3),
    )  # fmt: skip
    lines = [click.unstyle(line) for line in trial_lines(tried, width=80)]
    assert all(display_width(line) <= 80 for line in lines)
    assert "\x1b" not in "".join(lines)
    assert "next poll     3 h after this one" in "\n".join(lines)
