"""Turns are given by host, in order, at a distance."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.patience import assert_growth
from tracker.fetch.politeness import HostLimiter


def limiter(concurrency=2, spacing=1.0, patience=30.0):
    return HostLimiter(concurrency=concurrency, spacing=spacing, patience=patience)


def test_starts_of_one_host_keep_their_distance():
    turns = limiter()
    turns.add("a", 1)
    turns.add("a", 2)
    assert turns.take(10.0) == 1
    assert turns.take(10.9) is None
    assert turns.next_at() == 11.0
    assert turns.take(11.0) == 2


def test_hosts_do_not_wait_for_each_other():
    turns = limiter()
    for host, job in (("a", 1), ("a", 2), ("b", 3)):
        turns.add(host, job)
    assert [turns.take(0.0), turns.take(0.0), turns.take(0.0)] == [1, 3, None]


def test_no_more_than_the_limit_run_on_one_host():
    turns = limiter(concurrency=2, spacing=0.0)
    for job in range(3):
        turns.add("a", job)
    assert [turns.take(0.0), turns.take(0.0), turns.take(5.0)] == [0, 1, None]
    turns.release("a", 5.0)
    assert turns.take(5.0) == 2


def test_a_short_rest_is_waited_for():
    turns = limiter(patience=30.0)
    turns.add("a", 1)
    turns.hold("a", 20.0, 0.0)
    assert turns.take(19.0) is None
    assert turns.held_for("a", 0.0) == 0.0
    assert turns.take(20.0) == 1


def test_a_long_rest_lets_jobs_out_to_fail_at_once():
    turns = limiter(patience=30.0)
    turns.add("a", 1)
    turns.hold("a", 3600.0, 0.0)
    assert turns.take(0.0) == 1
    assert turns.held_for("a", 600.0) == 3000.0
    assert turns.held_for("a", 4000.0) == 0.0
    assert turns.held_for("b", 0.0) == 0.0


def test_a_crawl_delay_raises_the_distance_also_for_the_next_start():
    turns = limiter(concurrency=3, spacing=1.0)
    turns.add("a", 1)
    turns.add("a", 2)
    turns.add("a", 3)
    assert turns.take(0.0) == 1
    turns.widen("a", 10.0)
    turns.widen("a", 10.0)
    assert turns.take(9.9) is None
    assert turns.take(10.0) == 2
    assert turns.take(19.9) is None
    assert turns.take(20.0) == 3


def test_a_crawl_delay_never_lowers_the_distance():
    turns = limiter(spacing=5.0)
    turns.widen("a", 1.0)
    turns.add("a", 1)
    turns.add("a", 2)
    turns.take(0.0)
    assert turns.take(4.0) is None


def test_a_request_from_outside_the_queue_takes_the_next_turn_and_the_queue_the_one_after():
    turns = limiter(spacing=2.0)
    turns.add("a", 1)
    turns.add("a", 2)
    assert turns.take(10.0) == 1
    assert turns.reserve("a", 10.5, 90.0) == 1.5
    assert turns.reserve("a", 10.5, 90.0) == 3.5
    assert turns.take(15.9) is None
    assert turns.take(16.0) == 2
    assert turns.reserve("b", 10.0, 90.0) == 0.0


def test_a_turn_too_far_away_is_not_kept():
    turns = limiter(spacing=60.0)
    assert turns.reserve("a", 0.0, 90.0) == 0.0
    assert turns.reserve("a", 0.0, 90.0) == 60.0
    assert turns.reserve("a", 0.0, 90.0) is None
    assert turns.reserve("a", 30.0, 90.0) == 90.0


def test_a_rest_is_a_day_at_most_and_can_be_lifted():
    turns = limiter(spacing=1.0, patience=30.0)
    turns.hold("a", 10.0**9, 0.0)
    assert turns.held_for("a", 0.0) == 24 * 3600.0
    turns.hold("a", 25.0, 0.0)
    turns.lift("a", 0.0)
    turns.add("a", 1)
    assert turns.held_for("a", 0.0) == 0.0
    assert turns.take(0.9) is None
    assert turns.take(1.0) == 1


def test_jobs_that_waited_too_long_come_out_and_the_others_stay():
    turns = limiter()
    for number in range(4):
        turns.add("a", number, now=float(number))
    assert turns.drop_before("a", 2.0) == [0, 1]
    assert turns.drop_before("a", 2.0) == []
    assert turns.take(10.0) == 2


def test_ten_thousand_hosts_cost_little_and_are_forgotten():
    def visit(hosts):
        turns = limiter(spacing=0.0)
        for number in range(hosts):
            turns.add(f"h{number}", number)
        for number in range(hosts):
            assert turns.take(1.0) == number
            turns.release(f"h{number}", 2.0)
        assert len(turns._hosts) <= 4000

    assert_growth(visit, 625, 10_000)


def test_a_host_with_ten_thousand_jobs_costs_no_more_for_each_than_one_with_few():
    def queue(jobs):
        turns = limiter(spacing=0.0)
        for number in range(jobs):
            turns.add("one", number)

    assert_growth(queue, 625, 10_000)


def test_forgetting_keeps_hosts_that_asked_for_rest():
    turns = limiter(spacing=0.0)
    turns.hold("resting", 9999.0, 0.0)
    for number in range(5000):
        turns.add(f"h{number}", number)
        turns.take(1.0)
        turns.release(f"h{number}", 2.0)
    assert turns.held_for("resting", 1.0) > 0


@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(1, 3), st.sampled_from([0.0, 0.5, 2.0]))
def test_every_job_comes_out_once_and_in_its_hosts_order(hosts, concurrency, spacing):
    turns = limiter(concurrency, spacing)
    for number, host in enumerate(hosts):
        turns.add(host, (host, number))
    out, now = [], 0.0
    while (at := turns.next_at()) is not None:
        now = max(now, at)
        job = turns.take(now)
        if job:
            out.append(job)
            turns.release(job[0], now)
    assert sorted(out, key=lambda job: job[1]) == [(host, number) for number, host in enumerate(hosts)]
    for host in "abc":
        numbers = [number for name, number in out if name == host]
        assert numbers == sorted(numbers)
