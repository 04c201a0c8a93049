"""When to look again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import NOW
from tracker.model import FeedHealth, FeedState, FetchReason, Validators
from tracker.polling import PollOutcome, PollPolicy, next_state
from tracker.polling.next_poll import freshness

POLICY = PollPolicy()
HOUR = timedelta(hours=1)


def outcome(**changed: Any) -> PollOutcome:
    return PollOutcome(**{"polled_at": NOW, "headers": {}, **changed})


def wait(state: FeedState, **changed: Any) -> timedelta:
    after = next_state(state, outcome(**changed), POLICY)
    assert after.next_poll_at is not None
    return after.next_poll_at - NOW


def test_a_feed_without_a_known_rhythm_waits_the_default_interval() -> None:
    assert wait(FeedState()) == POLICY.default_interval


def test_a_known_rhythm_is_looked_at_twice_per_gap() -> None:
    assert wait(FeedState(mean_gap=6 * HOUR)) == 3 * HOUR


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({"cache-control": "public, max-age=7200"}, 2 * HOUR),
        ({"cache-control": 'max-age="60"'}, timedelta(minutes=1)),
        ({"cache-control": "no-cache", "expires": "Fri, 20 Nov 2026 15:00:00 GMT"}, timedelta(0)),
        ({"expires": "Fri, 20 Nov 2026 15:00:00 GMT", "date": "Fri, 20 Nov 2026 12:00:00 GMT"}, 3 * HOUR),
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
def test_freshness_is_read_by_the_servers_own_clock(headers: dict[str, str], fresh: timedelta) -> None:
    assert freshness(headers) == fresh


def test_a_publishers_wish_can_only_make_the_next_poll_later() -> None:
    assert wait(FeedState(), headers={"cache-control": "max-age=10800"}) == 3 * HOUR
    assert wait(FeedState(), headers={"cache-control": "max-age=60"}) == POLICY.default_interval
    assert wait(FeedState(), ttl=2 * HOUR) == 2 * HOUR


def test_an_absurd_max_age_ends_at_the_longest_interval() -> None:
    assert wait(FeedState(), headers={"cache-control": "max-age=99999999999999"}) == POLICY.max_interval


def test_failures_double_the_wait_and_never_stop_polling() -> None:
    waits = [wait(FeedState(failures=n), failed=FetchReason.DNS) for n in range(8)]
    assert waits[:3] == [HOUR, 2 * HOUR, 4 * HOUR]
    assert waits[-1] == POLICY.max_interval


def test_retry_after_is_obeyed_up_to_a_day() -> None:
    limited = {"failed": FetchReason.RATE_LIMITED}
    assert wait(FeedState(), retry_after=5 * HOUR, **limited) == 5 * HOUR
    assert wait(FeedState(), retry_after=timedelta(days=90), **limited) == timedelta(hours=24)


def test_a_feed_that_is_gone_says_so_and_is_looked_at_most_rarely() -> None:
    after = next_state(FeedState(), outcome(failed=FetchReason.GONE, detail="410"), POLICY)
    assert after.health is FeedHealth.GONE
    assert after.next_poll_at == NOW + POLICY.max_interval


def test_validators_advance_only_with_a_body_that_can_be_vouched_for() -> None:
    old, new = Validators(url="u", etag="1"), Validators(url="u", etag="2")
    state = FeedState(validators=old, body_hash="a")
    assert next_state(state, outcome(validators=new, body_hash="b"), POLICY).validators == new
    degraded = next_state(state, outcome(validators=new, body_hash="b", complete=False, detail="cut"), POLICY)
    assert (degraded.validators, degraded.body_hash, degraded.health) == (old, "a", FeedHealth.DEGRADED)
    unchanged = next_state(state, outcome(not_modified=True), POLICY)
    assert (unchanged.validators, unchanged.body_hash) == (old, "a")
    failed = next_state(state, outcome(failed=FetchReason.TRUNCATED, validators=new), POLICY)
    assert failed.validators == old


def test_a_304_does_not_count_as_a_full_document() -> None:
    state = FeedState(last_full_at=NOW - HOUR)
    assert next_state(state, outcome(not_modified=True), POLICY).last_full_at == NOW - HOUR
    assert next_state(state, outcome(), POLICY).last_full_at == NOW


def test_success_forgets_failures_and_a_move_is_counted_while_it_lasts() -> None:
    state = FeedState(failures=4, error="dns", moved_to="https://new.example/f", moved_sightings=2)
    after = next_state(state, outcome(permanent_url="https://new.example/f"), POLICY)
    assert (after.failures, after.error, after.moved_sightings) == (0, "", 3)
    assert next_state(state, outcome(), POLICY).moved_sightings == 0


def test_the_mean_gap_follows_new_entries() -> None:
    state = FeedState(last_new_at=NOW - 8 * HOUR)
    first = next_state(state, outcome(new=2), POLICY)
    assert first.mean_gap == 4 * HOUR
    assert next_state(state, outcome(new=0), POLICY).mean_gap is None


@given(
    failures=st.integers(0, 10_000),
    gap=st.none() | st.timedeltas(timedelta(0), timedelta(days=4000)),
    jitter=st.floats(0, 1),
    failed=st.sampled_from([None, *FetchReason]),
    retry=st.none() | st.timedeltas(timedelta(0), timedelta(days=9000)),
)
def test_the_next_poll_is_never_in_the_past_and_never_beyond_the_bounds(
    failures: int, gap: timedelta | None, jitter: float, failed: FetchReason | None, retry: timedelta | None
) -> None:
    state = FeedState(failures=failures, mean_gap=gap)
    found = wait(state, failed=failed, jitter=jitter, retry_after=retry)
    assert POLICY.min_interval <= found <= POLICY.max_interval * 1.1
