"""Validators: kept whenever they can be vouched for, not sent when a server's 304 was wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from tests.builders import NOW
from tests.unit.polling.values import DAY, HOUR, MINUTE, POLICY, after, document
from tracker.model import FeedState, FetchReason, Validators
from tracker.polling import validators_to_send

URL = "https://example.org/feed"
OLD, NEW = Validators(url=URL, etag='"1"'), Validators(url=URL, etag='"2"')
STATE = FeedState(
    validators=OLD, body_hash="a", listed=5, last_full_at=NOW - 10 * HOUR, last_success_at=NOW - 2 * HOUR
)


def test_body_unchanged_but_etag_moved_the_new_etag_is_saved() -> None:
    assert after(STATE, validators=NEW, body_hash="a").validators == NEW


def test_a_304_with_newer_validators_replaces_ours_and_one_without_keeps_them() -> None:
    assert after(STATE, not_modified=True, validators=NEW).validators == NEW
    assert after(STATE, not_modified=True).validators == OLD
    assert after(STATE, not_modified=True, validators=NEW).body_hash == "a"


def test_a_complete_document_without_validators_clears_them() -> None:
    assert after(STATE, validators=None, body_hash="b").validators is None


def test_a_document_that_is_cut_or_no_feed_leaves_validators_alone() -> None:
    degraded = after(STATE, validators=NEW, body_hash="b", complete=False, detail="cut")
    assert (degraded.validators, degraded.body_hash) == (OLD, "a")
    assert after(STATE, failed="not_a_feed", validators=NEW).validators == OLD
    assert after(STATE, failed=FetchReason.TRUNCATED, validators=NEW).validators == OLD


def test_a_304_to_an_unconditional_request_forgets_validators() -> None:
    assert after(STATE, failed=FetchReason.UNEXPECTED_304).validators is None


def test_validators_are_sent_only_to_the_exact_address_query_included() -> None:
    assert validators_to_send(STATE, NOW, POLICY, URL) == OLD
    assert validators_to_send(STATE, NOW, POLICY, URL + "?page=2") is None
    behind = replace(STATE, validators=replace(OLD, url="https://cdn.example/f", asked_url=URL))
    assert validators_to_send(behind, NOW, POLICY, URL) is not None


@pytest.mark.parametrize("full", [None, NOW - DAY])
def test_a_server_that_answers_304_for_ever_is_read_in_full_once_a_day(full: datetime | None) -> None:
    assert validators_to_send(replace(STATE, last_full_at=full), NOW, POLICY, URL) is None


def test_body_changes_but_etag_does_not_marks_the_validators_broken_for_a_week() -> None:
    broken = after(STATE, sighting=document(new=1, known=4), validators=OLD, body_hash="b")
    assert broken.validators_broken_at == NOW
    assert validators_to_send(broken, NOW + 6 * HOUR, POLICY, URL) is None
    later = replace(broken, last_full_at=NOW + 7 * DAY)
    assert validators_to_send(later, NOW + 7 * DAY, POLICY, URL) == OLD
    assert after(broken, polled_at=NOW + 8 * DAY).validators_broken_at is None


def test_last_modified_alone_that_does_not_move_is_broken_too() -> None:
    same = Validators(url=URL, last_modified="Fri, 20 Nov 2026 09:00:00 GMT")
    state = replace(STATE, validators=same)
    assert after(state, sighting=document(new=1, known=4), validators=same).validators_broken_at == NOW


def test_a_full_fetch_that_differs_from_the_last_304_marks_the_validators_broken() -> None:
    hidden = document(new=1, known=4, arrived_at=(NOW - 6 * HOUR,))
    assert after(STATE, sighting=hidden, validators=NEW).validators_broken_at == NOW


@pytest.mark.parametrize(
    ("arrived", "conditional"),
    [
        (NOW - 6 * HOUR, True),  # the server itself said that there is something new
        (NOW - 2 * HOUR + MINUTE, False),  # published after the 304
        (NOW - 2 * HOUR - 30 * MINUTE, False),  # shortly before it: on its way through the server's cache
        (NOW - 2 * DAY, False),  # published before the last full document, which did not list it: dated back
    ],
)
def test_new_entries_that_prove_nothing_against_a_304_leave_it_trusted(
    arrived: datetime, *, conditional: bool
) -> None:
    shown = document(new=1, known=4, arrived_at=(arrived,))
    found = after(STATE, sighting=shown, validators=NEW, used_validators=conditional)
    assert found.validators_broken_at is None


def test_a_date_without_a_time_of_day_proves_nothing_against_a_304() -> None:
    state = replace(STATE, last_full_at=NOW - 20 * HOUR)
    midnight = document(new=1, known=4, arrived_at=(NOW.replace(hour=0),))
    assert after(state, sighting=midnight, validators=NEW).validators_broken_at is None


def test_the_same_entries_under_the_same_etag_are_no_fault() -> None:
    assert after(STATE, sighting=document(known=5), validators=OLD).validators_broken_at is None
