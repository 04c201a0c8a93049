"""What is wrong with a feed, in one sentence with the command that mends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW
from tests.unit.polling.values import DAY, HOUR, MINUTE, after, document, feed
from tracker.model import FeedHealth, FeedState, FetchReason, Rhythm
from tracker.polling import assess_feed
from tracker.polling.silence import is_silent, silence_line

URL = "https://example.org/feed"
READ = FeedState(
    health=FeedHealth.OK,
    last_success_at=NOW - HOUR,
    last_full_at=NOW - HOUR,
    last_new_at=NOW - HOUR,
    mean_gap=HOUR,
    listed=20,
)


def failing(failed: str, detail: str = "It said no.", **changed: Any) -> FeedState:
    return after(READ, failed=failed, detail=detail, **changed)


NO_LISTENER = failing(FetchReason.CONNECT)


@pytest.mark.parametrize(
    ("state", "health", "says", "command"),
    [
        (FeedState(), FeedHealth.NEW, "", ""),
        (READ, FeedHealth.OK, "", ""),
        (
            failing("not_a_feed", "this is a list; run tracker feeds import FILE"),
            *(FeedHealth.WRONG_PAGE, "this is a list", "import"),
        ),
        (failing(FetchReason.GONE), FeedHealth.GONE, "(410), last read 2026-11-20 11:00 UTC", "discover"),
        (failing("not_a_feed", "this is a sign-in page"), FeedHealth.WRONG_PAGE, "sign-in page.", "discover"),
        (
            failing(FetchReason.PROTECTED, protection="Cloudflare"),
            FeedHealth.BLOCKED,
            "by Cloudflare",
            "test",
        ),
        (failing(FetchReason.RATE_LIMITED, retry_after=2 * HOUR), FeedHealth.LIMITED, "14:00 UTC", "test"),
        (failing(FetchReason.FORBIDDEN, status=403), FeedHealth.LIMITED, "asked for rest", "test"),
        (
            replace(failing(FetchReason.FORBIDDEN, status=403), last_success_at=NOW - 8 * DAY),
            FeedHealth.BLOCKED,
            "Refused",
            "test",
        ),
        (failing(FetchReason.NOT_FOUND), FeedHealth.FAILING, "last read 2026-11-20 11:00 UTC", "test"),
        (after(FeedState(), failed=FetchReason.DNS), FeedHealth.FAILING, "never read so far", "test"),
        (failing(FetchReason.DNS, is_offline=True), FeedHealth.OK, "our own network was down", "test"),
        (NO_LISTENER, FeedHealth.OK, "Tried again 2026-11-20 12:10 UTC", "test"),
        (replace(NO_LISTENER, failures=3), FeedHealth.FAILING, "Failed 3 times in a row", "test"),
        (replace(NO_LISTENER, last_success_at=NOW - 4 * HOUR), FeedHealth.FAILING, "Failed", "test"),
        (replace(READ, health=FeedHealth.DAMAGED, problem="bytes lost"), FeedHealth.DAMAGED, "bytes", "test"),
        (replace(READ, health=FeedHealth.DEGRADED, problem="cut off"), FeedHealth.DEGRADED, "cut", "test"),
        (replace(READ, validators_broken_at=NOW - DAY), FeedHealth.DEGRADED, "not modified", "reset"),
        (replace(READ, validators_broken_at=NOW - 8 * DAY), FeedHealth.OK, "", ""),
        (replace(READ, republished=300, republished_at=NOW - DAY), FeedHealth.REPUBLISHED, "300", "test"),
        (replace(READ, gaps=1, last_gap_at=NOW - DAY), FeedHealth.GAP, "missed", "test"),
        (replace(READ, gaps=1, last_gap_at=NOW - 4 * DAY), FeedHealth.OK, "", ""),
        (replace(READ, empty_since_at=NOW - 4 * HOUR), FeedHealth.SILENT, "it had 20", "test"),
        (replace(READ, empty_since_at=NOW - 2 * HOUR), FeedHealth.OK, "", ""),
        (replace(READ, listed=0, empty_since_at=NOW - 15 * DAY), FeedHealth.SILENT, "never listed", "test"),
        (replace(READ, notice="https://new.example/f"), FeedHealth.MOVED, "itself says", "add"),
        (replace(READ, notice="an entry says so"), FeedHealth.MOVED, "itself says", "discover"),
    ],
)
def test_a_condition_says_what_is_wrong_since_when_and_the_command_that_mends_it(
    state: FeedState, health: FeedHealth, says: str, command: str
) -> None:
    found, sentence = assess_feed(feed(state), NOW)
    assert found is health
    assert says in sentence
    assert (f" tracker feeds {command} " in sentence) if command else not sentence


@pytest.mark.parametrize(
    ("sightings", "health", "says"),
    [
        (3, FeedHealth.MOVED, "Moved to"),
        (2, FeedHealth.OK, ""),
        (0, FeedHealth.MOVED, "shared no entry"),
    ],
)
def test_a_redirect_is_told_before_it_is_adopted(sightings: int, health: FeedHealth, says: str) -> None:
    state = replace(
        READ, moved_to="https://new.example/f", moved_sightings=sightings, moved_since_at=NOW - DAY
    )
    found, sentence = assess_feed(feed(state), NOW)
    assert (found, says in sentence) == (health, True)


def test_an_address_with_an_ampersand_is_quoted_for_the_shell() -> None:
    _, sentence = assess_feed(feed(failing(FetchReason.NOT_FOUND), "https://e.org/f?a=1&b=2"), NOW)
    assert sentence.endswith("tracker feeds test 'https://e.org/f?a=1&b=2'")


def test_a_fault_of_the_address_is_named_before_silence() -> None:
    state = replace(failing(FetchReason.NOT_FOUND), last_new_at=NOW - 400 * DAY)
    assert assess_feed(feed(state), NOW)[0] is FeedHealth.FAILING


def weekday_feed(**changed: Any) -> FeedState:
    """Twice a day on workdays, for a month; the last entry came on Wednesday."""
    rhythm = Rhythm(
        hours=(0.0,) * 9 + (20.0,) + (0.0,) * 5 + (20.0,) + (0.0,) * 8,
        weekdays=(8.0,) * 5 + (0.0,) * 2,
        weight=40.0,
        span=28 * DAY,
    )
    fields = {"rhythm": rhythm, "mean_gap": timedelta(hours=17), "last_new_at": NOW - 2 * DAY, **changed}
    return replace(READ, **fields)


@pytest.mark.parametrize(("days", "is_silent"), [(3, False), (5, False), (8, True), (30, True)])
def test_silence_is_judged_by_the_feeds_own_rhythm_weekends_left_out(days: int, *, is_silent: bool) -> None:
    found, sentence = assess_feed(feed(weekday_feed()), NOW - 2 * DAY + days * DAY)
    assert (found is FeedHealth.SILENT) is is_silent
    assert ("Nothing new since 2026-11-18 12:00 UTC" in sentence) is is_silent


def test_a_feed_that_came_back_from_long_holidays_is_given_as_long_again() -> None:
    now = NOW + 12 * DAY
    assert assess_feed(feed(weekday_feed()), now)[0] is FeedHealth.SILENT
    assert assess_feed(feed(weekday_feed(longest_silence=15.0)), now)[0] is FeedHealth.OK


def test_a_busy_feed_is_not_called_silent_within_two_days() -> None:
    rhythm = Rhythm(hours=(100.0,) * 24, weekdays=(2400 / 7,) * 7, weight=2400.0, span=28 * DAY)
    state = replace(READ, rhythm=rhythm, mean_gap=17 * MINUTE, last_new_at=NOW - 47 * HOUR)
    assert assess_feed(feed(state), NOW)[0] is FeedHealth.OK
    assert assess_feed(feed(state), NOW + 2 * HOUR)[0] is FeedHealth.SILENT


def test_a_feed_known_for_less_than_two_weeks_is_given_a_long_weekend() -> None:
    friday = NOW.replace(hour=18)
    rhythm = Rhythm(
        hours=(1.0,) * 24, weekdays=(0.0, 0.0, 0.0, 12.0, 12.0, 0.0, 0.0), weight=24.0, span=2 * DAY
    )
    state = replace(READ, rhythm=rhythm, mean_gap=2 * HOUR, last_new_at=friday)
    assert assess_feed(feed(state), friday + timedelta(days=3.5))[0] is FeedHealth.OK
    assert assess_feed(feed(state), friday + timedelta(days=4.5))[0] is FeedHealth.SILENT


def test_a_feed_too_young_for_a_rhythm_is_called_silent_after_ninety_days() -> None:
    state = after(FeedState(), sighting=document(new=1))
    assert assess_feed(feed(state), NOW + 89 * DAY)[0] is FeedHealth.OK
    assert assess_feed(feed(state), NOW + 91 * DAY)[0] is FeedHealth.SILENT


def test_a_state_written_before_rhythms_were_learned_is_judged_by_its_mean_gap() -> None:
    state = replace(READ, mean_gap=DAY)
    assert assess_feed(feed(state), NOW + 5 * DAY)[0] is FeedHealth.OK
    assert assess_feed(feed(state), NOW + 14 * DAY)[0] is FeedHealth.SILENT


def test_a_feed_like_clockwork_is_missed_sooner_than_one_that_comes_in_bursts() -> None:
    """Days of quiet before a feed of one entry in 17 hours is called silent, by how uneven its pauses were."""

    def days(unevenness: float) -> int:
        state = weekday_feed(unevenness=unevenness)
        return next(n for n in range(99) if is_silent(state, NOW - 2 * DAY + n * DAY))

    assert [days(variance) for variance in (0.0, 1.0, 4.0)] == [3, 6, 14]


def test_the_fewer_pauses_were_seen_the_longer_a_feed_is_waited_for() -> None:
    rhythm = weekday_feed().rhythm
    assert rhythm is not None
    states = [weekday_feed(rhythm=replace(rhythm, weight=weight)) for weight in (200.0, 40.0, 10.0, 5.0)]
    lines = [silence_line(state) for state in states]
    assert lines == sorted(lines)
    assert lines[-1] > 1.3 * lines[0]


def test_no_variance_however_large_draws_the_line_nearer() -> None:
    lines = [silence_line(weekday_feed(unevenness=variance)) for variance in (0.0, 1.0, 5.0, 9.0, 1e6)]
    assert lines == sorted(lines)
