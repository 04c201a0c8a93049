"""When to look again, and what a poll leaves in the state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW
from tests.unit.polling.values import DAY, HOUR, MINUTE, POLICY, after, document, outcome, wait
from tracker.model import FeedHealth, FeedState, FetchReason
from tracker.polling import PollPolicy, next_state
from tracker.polling.freshness import freshness


def test_a_feed_without_a_known_rhythm_waits_the_default_interval() -> None:
    assert wait(FeedState()) == POLICY.default_interval


NOON_TO_THREE = {"expires": "Fri, 20 Nov 2026 15:00:00 GMT", "date": "Fri, 20 Nov 2026 12:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({"cache-control": "public, max-age=7200"}, 2 * HOUR),
        ({"cache-control": 'max-age="60"'}, MINUTE),
        ({"cache-control": "max-age=7200, no-cache"}, timedelta(0)),
        ({"cache-control": "no-cache", "expires": "Fri, 20 Nov 2026 15:00:00 GMT"}, timedelta(0)),
        ({"cache-control": "max-age=0", **NOON_TO_THREE}, timedelta(0)),
        ({"cache-control": "max-age=7200", "age": "3600"}, HOUR),
        ({"cache-control": "max-age=7200", "age": "99999999"}, timedelta(0)),
        ({"cache-control": "max-age=7200", "age": "soon"}, 2 * HOUR),
        (NOON_TO_THREE, 3 * HOUR),
        ({**NOON_TO_THREE, "age": "3600"}, 2 * HOUR),
        ({"expires": "0"}, timedelta(0)),
        ({"cache-control": "max-age=²"}, timedelta(0)),
        ({"expires": "Fri, 20 Nov 2026 15:00:00 +99999999999999", "date": "x"}, timedelta(0)),
        (
            {"expires": "Fri, 31 Dec 9999 23:59:59 -2300", "date": "Fri, 20 Nov 2026 12:00:00 GMT"},
            timedelta(0),
        ),
        ({"expires": "Fri, 20 Nov 2026 09:00:00 GMT", "date": "Fri, 20 Nov 2026 12:00:00 GMT"}, timedelta(0)),
        ({}, timedelta(0)),
    ],
)
def test_clock_skew_freshness_is_read_by_the_servers_own_clock(
    headers: dict[str, str], fresh: timedelta
) -> None:
    assert freshness(headers) == fresh


def test_expires_without_a_date_counts_from_our_own_receipt() -> None:
    assert freshness({"expires": "Fri, 20 Nov 2026 15:00:00 GMT"}, NOW) == 3 * HOUR


def test_a_publishers_wish_can_only_make_the_next_poll_later() -> None:
    assert wait(FeedState(), headers={"cache-control": "max-age=10800"}) == 3 * HOUR
    assert wait(FeedState(), headers={"cache-control": "max-age=60"}) == POLICY.default_interval
    assert wait(FeedState(), ttl=2 * HOUR, sighting=document(known=3)) == 2 * HOUR


def test_a_wish_holds_after_a_304_as_after_a_200() -> None:
    assert wait(FeedState(), not_modified=True, headers={"cache-control": "max-age=10800"}) == 3 * HOUR


def test_the_documents_ttl_is_remembered_when_a_304_or_the_same_bytes_come() -> None:
    state = after(FeedState(), ttl=2 * HOUR, sighting=document(known=3))
    assert wait(state, not_modified=True) == 2 * HOUR
    assert wait(state) == 2 * HOUR
    assert after(state, sighting=document(known=3)).ttl == timedelta(0)


@pytest.mark.parametrize(
    "hint", [{"headers": {"cache-control": "max-age=99999999999999"}}, {"ttl": 90 * DAY}]
)
def test_an_absurd_wish_ends_at_the_longest_interval(hint: dict[str, object]) -> None:
    assert wait(FeedState(), sighting=document(known=3), **hint) == POLICY.max_interval


def test_jitter_only_ever_lengthens_a_wait_and_stays_within_the_bounds() -> None:
    assert wait(FeedState(), jitter=1.0) == POLICY.default_interval * 1.1
    assert wait(FeedState(), ttl=DAY, sighting=document(known=3), jitter=1.0) == POLICY.max_interval


def test_a_304_does_not_count_as_a_full_document() -> None:
    state = FeedState(last_full_at=NOW - HOUR)
    assert after(state, not_modified=True).last_full_at == NOW - HOUR
    assert after(state).last_full_at == NOW
    assert after(state, complete=False, detail="cut").last_full_at == NOW - HOUR


def test_success_forgets_failures() -> None:
    state = FeedState(
        failures=4,
        connect_failures=4,
        error="dns",
        error_detail="x",
        protection="P",
        held_until=NOW,
        health=FeedHealth.FAILING,
    )
    found = after(state)
    assert (found.failures, found.connect_failures, found.error, found.error_detail) == (0, 0, "", "")
    assert (found.protection, found.held_until, found.health) == ("", None, FeedHealth.OK)


def test_damaged_characters_are_remembered_until_the_document_is_read_again() -> None:
    state = after(
        FeedState(), sighting=document(known=3), is_damaged=True, detail="bytes replaced", body_hash="a"
    )
    assert (state.health, state.problem, state.body_hash) == (FeedHealth.DAMAGED, "bytes replaced", "")
    assert after(state, not_modified=True).health is FeedHealth.DAMAGED
    assert after(state, sighting=document(known=3)).health is FeedHealth.OK


def test_a_feed_that_lost_entries_between_two_looks_is_looked_at_twice_as_often() -> None:
    assert wait(FeedState(last_gap_at=NOW - DAY)) == POLICY.default_interval / 2
    assert wait(FeedState(last_gap_at=NOW - 8 * DAY)) == POLICY.default_interval


def reached(covers: timedelta | None, state: FeedState | None = None, **changed: Any) -> FeedState:
    """A feed of one entry a day, whose list of twelve went back so far."""
    shown = document(new=1, known=11, arrived_at=(changed.get("polled_at", NOW),), covers=covers)
    return after(state or FeedState(mean_gap=DAY, listed=12), sighting=shown, **changed)


@pytest.mark.parametrize(
    ("covers", "longest"),
    [
        (30 * MINUTE, 24 * MINUTE),
        (4 * MINUTE, 2 * POLICY.min_interval),  # faster than can be followed: as good as it may be
        (2 * MINUTE, None),  # all in one piece, or dated by their making
        (0 * MINUTE, None),
        (None, None),
        (30 * DAY, None),
    ],
)
def test_a_list_that_turned_over_within_half_an_hour_is_looked_at_within_that_time(
    covers: timedelta | None, longest: timedelta | None
) -> None:
    usual = wait(reached(None), polled_at=NOW + HOUR, not_modified=True)
    assert wait(reached(covers), polled_at=NOW + HOUR, not_modified=True) == (longest or usual)


def test_the_shortest_reach_of_a_list_is_kept_for_four_weeks_and_confirmed_by_its_like() -> None:
    state = reached(30 * MINUTE)
    assert reached(DAY, state, polled_at=NOW + DAY).reach == 30 * MINUTE
    again = reached(40 * MINUTE, state, polled_at=NOW + 20 * DAY)
    assert (again.reach, again.reach_at) == (30 * MINUTE, NOW + 20 * DAY)
    assert reached(DAY, state, polled_at=NOW + 29 * DAY).reach == DAY
    late = {"polled_at": NOW + 29 * DAY, "not_modified": True}
    assert wait(state, **late) > wait(again, **late) == 24 * MINUTE


def test_republished_entries_say_nothing_of_how_far_a_list_goes_back() -> None:
    state = FeedState(last_success_at=NOW - HOUR, last_new_at=NOW - DAY, listed=20)
    old = tuple(NOW - 9 * DAY - n * MINUTE for n in range(20))
    found = after(state, sighting=document(new=20, arrived_at=old, covers=20 * MINUTE))
    assert (found.republished_at, found.reach) == (NOW, None)


def test_the_shortest_interval_holds_even_when_it_is_longer_than_the_default() -> None:
    policy = PollPolicy(min_interval=2 * HOUR)
    for failed in (None, FetchReason.DNS, FetchReason.NOT_FOUND, FetchReason.RATE_LIMITED):
        found = next_state(FeedState(), outcome(failed=failed), policy)
        assert found.next_poll_at is not None
        assert found.next_poll_at >= NOW + 2 * HOUR
