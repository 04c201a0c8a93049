"""What failures do: back off, never stop for good, never hammer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import NOW
from tests.unit.polling.values import DAY, HOUR, MINUTE, POLICY, after, outcome, wait
from tracker.model import FeedHealth, FeedState, FetchReason
from tracker.polling import PollPolicy, next_state

READ = FeedState(last_success_at=NOW - HOUR)


def test_failures_double_the_wait_and_never_stop_polling() -> None:
    waits = [wait(FeedState(failures=n), failed=FetchReason.NOT_FOUND) for n in range(8)]
    assert waits[:3] == [HOUR, 2 * HOUR, 4 * HOUR]
    assert waits[-1] == POLICY.max_interval


def test_a_failure_that_may_pass_is_tried_again_soon_and_then_ever_later() -> None:
    waits = [wait(FeedState(failures=n), failed=FetchReason.TIMEOUT_TOTAL) for n in range(12)]
    assert waits[:3] == [10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert waits == sorted(waits)
    assert waits[-1] == POLICY.max_interval


def test_retry_after_is_obeyed_in_full_up_to_its_cap_even_beyond_the_longest_interval() -> None:
    limited = {"failed": FetchReason.RATE_LIMITED}
    assert wait(FeedState(), retry_after=5 * HOUR, **limited) == 5 * HOUR
    assert wait(FeedState(), retry_after=90 * DAY, **limited) == timedelta(hours=24)
    policy = PollPolicy(max_interval=2 * HOUR)
    found = next_state(FeedState(), outcome(retry_after=9 * HOUR, **limited), policy)
    assert found.next_poll_at == NOW + 9 * HOUR


def test_per_host_503_of_one_route_holds_the_one_feed_and_429_the_host() -> None:
    busy = after(READ, failed=FetchReason.SERVER_ERROR, retry_after=3 * HOUR)
    assert (busy.held_until, busy.next_poll_at) == (None, NOW + 3 * HOUR)
    limited = after(READ, failed=FetchReason.RATE_LIMITED, retry_after=3 * HOUR)
    assert limited.held_until == limited.next_poll_at == NOW + 3 * HOUR
    assert limited.health is FeedHealth.LIMITED


def test_429_without_a_retry_after_still_holds_the_host_ever_longer() -> None:
    waits = [wait(FeedState(failures=n), failed=FetchReason.RATE_LIMITED) for n in range(3)]
    assert waits == [15 * MINUTE, 30 * MINUTE, HOUR]
    assert wait(FeedState(), failed=FetchReason.RATE_LIMITED, retry_after=timedelta(0)) == 15 * MINUTE


def test_403_used_as_rate_limit_backs_off_as_a_limit_without_holding_the_host() -> None:
    found = after(READ, failed=FetchReason.FORBIDDEN, status=403)
    assert (found.health, found.held_until) == (FeedHealth.LIMITED, None)
    assert found.next_poll_at == NOW + POLICY.limit_retry


@pytest.mark.parametrize(("state", "status"), [(FeedState(), 403), (READ, 401), (READ, 451)])
def test_403_of_a_feed_never_read_and_a_login_are_no_limit(state: FeedState, status: int) -> None:
    found = after(state, failed=FetchReason.FORBIDDEN, status=status)
    assert found.health is FeedHealth.FAILING
    assert found.next_poll_at == NOW + HOUR


def test_a_feed_that_is_gone_is_looked_at_once_in_thirty_days_until_it_answers() -> None:
    gone = after(READ, failed=FetchReason.GONE, detail="410")
    assert (gone.health, gone.next_poll_at) == (FeedHealth.GONE, NOW + 30 * DAY)
    later = after(gone, failed=FetchReason.TIMEOUT_TOTAL)
    assert (later.health, later.next_poll_at) == (FeedHealth.GONE, NOW + 30 * DAY)
    assert after(later).health is FeedHealth.OK


def test_whole_internet_down_counts_no_failure_and_is_tried_again_in_minutes() -> None:
    state = FeedState(failures=2, connect_failures=2, health=FeedHealth.OK, last_success_at=NOW - DAY)
    found = after(state, failed=FetchReason.DNS, is_offline=True)
    assert (found.failures, found.connect_failures, found.health) == (2, 2, FeedHealth.OK)
    assert found.next_poll_at == NOW + 5 * MINUTE


def test_a_stopping_program_charges_no_feed() -> None:
    found = after(READ, failed=FetchReason.STOPPED)
    assert (found.failures, found.next_poll_at) == (0, NOW + 5 * MINUTE)


@pytest.mark.parametrize(
    ("failed", "health"),
    [
        (FetchReason.PROTECTED, FeedHealth.BLOCKED),
        ("not_a_feed", FeedHealth.WRONG_PAGE),
        (FetchReason.TLS, FeedHealth.FAILING),
    ],
)
def test_the_condition_names_the_kind_of_failure(failed: str, health: FeedHealth) -> None:
    found = after(READ, failed=failed, protection="Somebody")
    assert (found.health, found.protection, found.failures) == (health, "Somebody", 1)


def test_http_port_closed_is_counted_by_itself() -> None:
    state = FeedState(connect_failures=1)
    assert after(state, failed=FetchReason.CONNECT).connect_failures == 2
    assert after(state, failed=FetchReason.SERVER_ERROR).connect_failures == 0
