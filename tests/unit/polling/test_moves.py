"""Moves: believed slowly, and only where entries are shared."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tests.builders import NOW
from tests.unit.polling.values import DAY, HOUR, POLICY, after, document, feed
from tracker.model import FeedState, FetchReason
from tracker.polling import adopted_move, https_url_to_try

NEW = "https://new.example/feed"
READ = FeedState(last_success_at=NOW - HOUR, listed=5)
PROVEN = FeedState(
    moved_to=NEW, moved_sightings=5, moved_since_at=NOW - 3 * DAY, last_success_at=NOW, listed=5
)


def sighted(state: FeedState, at: datetime = NOW, url: str | None = NEW, *, shares: bool = True) -> FeedState:
    return after(state, polled_at=at, permanent_url=url, shares_entries=shares, sighting=document(known=5))


def test_redirect_is_adopted_after_five_sightings_over_three_days() -> None:
    state = READ
    for hours in (0, 20, 40, 60):
        state = sighted(state, NOW + hours * HOUR)
        assert adopted_move(state, POLICY) is None
    assert adopted_move(sighted(state, NOW + 72 * HOUR), POLICY) == NEW


@pytest.mark.parametrize(
    "change",
    [{"moved_sightings": 4}, {"moved_since_at": NOW - 2 * DAY}, {"error": "dns"}, {"moved_to": None}],
)
def test_redirect_is_not_adopted_before_it_is_proven(change: dict[str, object]) -> None:
    assert adopted_move(PROVEN, POLICY) == NEW
    assert adopted_move(replace(PROVEN, **change), POLICY) is None  # type: ignore[arg-type]


def test_redirect_to_a_parked_domain_or_another_feed_is_never_adopted() -> None:
    state = sighted(READ, shares=False)
    for hours in range(0, 200, 20):  # from now on the other feed's own entries are the known ones
        state = sighted(state, NOW + hours * HOUR)
    assert (state.moved_to, state.moved_sightings) == (NEW, 0)
    assert adopted_move(state, POLICY) is None


def test_redirect_to_a_login_page_counts_as_no_sighting() -> None:
    state = sighted(READ)
    failed = after(state, failed="not_a_feed", permanent_url="https://login.example/")
    assert (failed.moved_to, failed.moved_sightings) == (NEW, 1)


def test_a_move_starts_again_when_the_target_changes_and_ends_with_the_redirect() -> None:
    state = sighted(sighted(READ))
    other = sighted(state, NOW + DAY, "https://other.example/feed")
    assert (other.moved_sightings, other.moved_since_at) == (1, NOW + DAY)
    assert sighted(state, url=None).moved_to is None


def test_a_304_neither_counts_nor_ends_a_move() -> None:
    state = after(sighted(READ), not_modified=True)
    assert (state.moved_to, state.moved_sightings) == (NEW, 1)


def test_the_very_same_bytes_at_the_target_count_as_shared_entries() -> None:
    state = replace(READ, body_hash="a")
    assert after(state, permanent_url=NEW, body_hash="a").moved_sightings == 1
    assert after(state, permanent_url=NEW, body_hash="b").moved_sightings == 0


def test_feed_moved_notice_in_the_document_is_kept_for_a_person_and_never_adopted() -> None:
    state = READ
    for hours in range(0, 200, 20):
        shown = document(known=5)
        state = after(state, polled_at=NOW + hours * HOUR, sighting=shown, notice=NEW, shares_entries=True)
    assert (state.notice, state.moved_to, adopted_move(state, POLICY)) == (NEW, None, None)
    assert after(state, sighting=document(known=5)).notice == ""


HTTP = "http://example.org/feed?x=1"
CLOSED = FeedState(connect_failures=3, last_success_at=NOW - DAY, listed=5)


@pytest.mark.parametrize(
    ("url", "state", "tried"),
    [
        (HTTP, CLOSED, "https://example.org/feed?x=1"),
        ("http://example.org:80/feed", CLOSED, "https://example.org/feed"),
        (HTTP, replace(CLOSED, connect_failures=2), None),
        (HTTP, replace(CLOSED, https_tried_at=NOW - 23 * HOUR), None),
        (HTTP, replace(CLOSED, https_tried_at=NOW - 24 * HOUR), "https://example.org/feed?x=1"),
        ("https://example.org/feed", CLOSED, None),
    ],
)
def test_http_port_closed_without_redirect_https_is_tried_once_a_day(
    url: str, state: FeedState, tried: str | None
) -> None:
    assert https_url_to_try(feed(state, url), NOW, POLICY) == tried


def test_https_that_works_is_asked_from_then_on_and_adopted_like_a_redirect() -> None:
    url, state = "https://example.org/feed?x=1", CLOSED
    for day in range(5):
        at = NOW + day * DAY
        assert https_url_to_try(feed(state, HTTP), at, POLICY) == url
        state = after(state, polled_at=at, https_url=url, shares_entries=True, sighting=document(known=5))
        assert https_url_to_try(feed(state, HTTP), at + HOUR, POLICY) == url
    assert adopted_move(state, POLICY) == url


def test_https_that_fails_is_not_tried_again_that_day() -> None:
    state = after(CLOSED, https_url="https://example.org/feed?x=1", failed=FetchReason.CONNECT)
    assert https_url_to_try(feed(state, HTTP), NOW + HOUR, POLICY) is None
    assert https_url_to_try(feed(state, HTTP), NOW + DAY, POLICY) is not None
