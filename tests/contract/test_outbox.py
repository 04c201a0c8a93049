"""The outbox on every store: attempts noted before the point of no return, verdicts after it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.builders import NOW, WATCH
from tracker.errors import StoreBusy
from tracker.model import (
    Delivery,
    DeliveryState,
    Digest,
    DigestId,
    DigestSection,
    Item,
    Message,
    Period,
)
from tracker.store import SqlStore

B, C = "b@x", "c@x"
SENT, DEFERRED, REFUSED, AMBIGUOUS = (
    *(DeliveryState.SENT, DeliveryState.DEFERRED),
    *(DeliveryState.REFUSED, DeliveryState.AMBIGUOUS),
)


def save(
    store: SqlStore, number: int = 1, recipients: tuple[str, ...] = (B, C), items: tuple[Item, ...] = ()
) -> DigestId:
    digest = Digest(
        watch=WATCH, title="T", period=Period(from_at=NOW, to_at=NOW + timedelta(days=number)), timezone="UTC",
        composed_at=NOW, subject="S", sections=(DigestSection(heading="H", stories=(items,)),),
    )  # fmt: skip
    message = Message(
        message_id=f"<{number}@x>", sender="a@x", recipients=recipients, subject=f"S{number}", plain="p", html="h",
        sent_at=NOW,
    )  # fmt: skip
    return store.save_digest(digest, message, b"bytes", "2026-11-20")


def owed(store: SqlStore) -> dict[str, int]:
    """Who is owed mail, and how many attempts were made."""
    return {recipient: one.attempts for one in store.unsent() for recipient in one.recipients}


def mark(store: SqlStore, digest_id: DigestId, recipient: str, state: DeliveryState) -> None:
    store.mark_delivery(digest_id, [Delivery(recipient=recipient, state=state, detail="words")], NOW)


def test_an_attempt_that_was_begun_and_never_marked_may_be_made_three_times(store: SqlStore) -> None:
    digest_id = save(store, recipients=(B,))
    for attempt in (1, 2, 3):
        assert owed(store) == {B: attempt - 1}
        assert store.undelivered(NOW) == ()
        store.begin_delivery(digest_id, [B], attempt=attempt, now=NOW)
    assert owed(store) == {}
    (unknown,) = store.undelivered(NOW)
    assert (unknown.delivery.recipient, unknown.delivery.state) == (B, AMBIGUOUS)
    assert "never came" in unknown.delivery.detail
    assert store.undelivered(NOW + timedelta(seconds=1)) == ()


def test_a_clear_answer_takes_the_doubt_back(store: SqlStore) -> None:
    digest_id = save(store, recipients=(B,))
    for attempt in range(1, 8):
        store.begin_delivery(digest_id, [B], attempt=attempt, now=NOW)
        mark(store, digest_id, B, DEFERRED)
        assert owed(store) == {B: attempt}, "an attempt counts once"


def test_an_unclear_answer_leaves_the_doubt_whether_begun_or_not(store: SqlStore) -> None:
    digest_id = save(store)
    for attempt in (1, 2, 3):
        store.begin_delivery(digest_id, [B], attempt=attempt, now=NOW)
        mark(store, digest_id, B, AMBIGUOUS)
        mark(store, digest_id, C, AMBIGUOUS)
    assert owed(store) == {}
    assert [one.delivery.recipient for one in store.undelivered(NOW)] == [B, C]


def test_an_attempt_is_begun_by_one_only(store: SqlStore) -> None:
    digest_id = save(store)
    store.begin_delivery(digest_id, [B], attempt=1, now=NOW)
    with pytest.raises(StoreBusy, match="sends this message already"):
        store.begin_delivery(digest_id, [C, B], attempt=1, now=NOW)
    store.begin_delivery(digest_id, [C], attempt=1, now=NOW)


@pytest.mark.parametrize("state", [SENT, REFUSED])
def test_what_is_over_is_not_begun_again(store: SqlStore, state: DeliveryState) -> None:
    digest_id = save(store, recipients=(B,))
    mark(store, digest_id, B, state)
    with pytest.raises(StoreBusy):
        store.begin_delivery(digest_id, [B], attempt=9, now=NOW)


def test_refused_recipients_are_told_and_no_longer_owed(store: SqlStore) -> None:
    digest_id = save(store)
    mark(store, digest_id, B, REFUSED)
    mark(store, digest_id, C, SENT)
    assert owed(store) == {}
    (refused,) = store.undelivered(NOW)
    assert (refused.watch, refused.message_id, refused.subject) == (WATCH, "<1@x>", "S1")
    assert refused.delivery == Delivery(recipient=B, state=REFUSED, detail="words")


def test_a_recipient_named_twice_is_owed_once(store: SqlStore) -> None:
    save(store, recipients=(B, B))
    assert [one.recipients for one in store.unsent()] == [(B,)]


def test_a_thread_has_the_digests_that_somebody_got_oldest_first(store: SqlStore) -> None:
    ids = [save(store, number) for number in (1, 2, 3, 4)]
    mark(store, ids[0], B, SENT)
    mark(store, ids[1], B, REFUSED)
    store.begin_delivery(ids[2], [C], attempt=1, now=NOW)
    assert store.threads(WATCH, limit=5) == ("<1@x>", "<3@x>")
    assert store.threads(WATCH, limit=1) == ("<3@x>",)
