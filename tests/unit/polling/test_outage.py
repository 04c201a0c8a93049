"""Our own network's failure is told from the feeds'."""

from __future__ import annotations

import pytest

from tracker.model import FetchReason
from tracker.pipeline.poll import OwnNetwork
from tracker.polling import NETWORK_FAILURES, is_long_lost, is_network_down


@pytest.mark.parametrize(
    ("answered", "lost", "is_down"),
    [(0, 3, True), (0, 2, False), (1, 5, True), (1, 4, False), (50, 50, False), (0, 0, False)],
)
def test_whole_internet_down_is_more_than_four_fifths_of_at_least_three_hosts(
    answered: int, lost: int, *, is_down: bool
) -> None:
    results = {f"h{n}": n < answered for n in range(answered + lost)}
    assert is_network_down(results) is is_down


def test_an_error_page_shows_that_the_network_works() -> None:
    assert FetchReason.DNS in NETWORK_FAILURES
    assert not NETWORK_FAILURES & {FetchReason.SERVER_ERROR, FetchReason.NOT_FOUND, FetchReason.RATE_LIMITED}


@pytest.mark.parametrize(
    ("rounds", "is_down"),
    [
        ([{"a": False}, {"b": False}], False),
        ([{"a": False}, {"b": False}, {"c": False}], True),
        ([{"a": False}, {"a": False}, {"a": False}], False),
        ([{"a": False}, {"b": False}, {"c": False}, {}], True),  # nothing was due: nothing new is known
        ([{"a": False}, {"b": True}, {"c": False}], False),
        ([{"a": False}, {"b": False}, {"c": False}, {"a": True, "b": False}], False),
    ],
)
def test_few_feeds_that_are_never_due_together_show_an_outage_too(rounds, *, is_down) -> None:
    network = OwnNetwork()
    for results in rounds:
        network.hear(results)
    assert network.is_down is is_down


def test_a_feed_that_is_dead_for_long_is_no_sign_of_an_outage() -> None:
    assert [is_long_lost(failures) for failures in (0, 2, 3, 40)] == [False, False, True, True]
