"""Alerts on every store: families reserved once per target, the outbox's rules, and what is left untold."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.builders import NOW, WATCH, article, entry, record, relevance
from tests.contract.test_outbox import save as save_digest
from tracker.errors import StoreBusy
from tracker.model import Alert, Delivery, DeliveryState, FamilyId, Fate, Likeness, LikenessKind, Record
from tracker.store import SqlStore

SENT, DEFERRED, REFUSED, AMBIGUOUS = (
    *(DeliveryState.SENT, DeliveryState.DEFERRED),
    *(DeliveryState.REFUSED, DeliveryState.AMBIGUOUS),
)
HOUR = timedelta(hours=1)


def alert(key: str = "k1", target: str = "desk", **changed: Any) -> Alert:
    fields: dict[str, Any] = {
        "key": key, "target": target, "watch": WATCH, "made_at": NOW, "title": f"T {key}", "text": "words", "link": "",
        "body": "{}",
    }  # fmt: skip
    return Alert(**{**fields, **changed})


def piece(number: int, score: float = 0.9, **changed: Any) -> Record:
    url = f"https://example.org/{number}"
    return record(
        entry=entry(key=url, guid=url, url=url, canonical_url=url),
        article=article(url=url, title=f"Gate {number}", text=f"Words of its own {number}."),
        relevance=(relevance(score=score),),
        first_seen_at=NOW + timedelta(minutes=number),
        **{"likeness": Likeness(kind=LikenessKind.ORIGINAL), **changed},
    )


def untold(store: SqlStore, target: str = "desk", min_score: float = 0.5) -> list[str]:
    return [item.title for item in store.untold(WATCH, target, since_at=NOW, min_score=min_score)]


def families(store: SqlStore, title: str) -> tuple[FamilyId, ...]:
    items = store.untold(WATCH, "nobody", since_at=NOW, min_score=0)
    return tuple(item.family for item in items if item.title == title and item.family is not None)


def owed(store: SqlStore) -> dict[str, int]:
    return {one.alert.key: one.attempts for one in store.owed_alerts()}


def mark(store: SqlStore, key: str, state: DeliveryState) -> None:
    store.mark_alert(key, Delivery(recipient="desk", state=state, detail="words"), NOW)


def test_what_is_kept_and_good_enough_is_untold_until_an_alert_of_that_target_holds_it(
    store: SqlStore,
) -> None:
    with store.ingesting() as session:
        for number, score in ((1, 0.7), (2, 0.9), (-1, 0.9)):  # the last before the window
            session.record(piece(number, score))
    assert untold(store) == ["Gate 2", "Gate 1"]
    assert untold(store, min_score=0.8) == ["Gate 2"]
    assert store.save_alert(alert(families=families(store, "Gate 2")))
    assert untold(store) == ["Gate 1"]
    assert untold(store, "other") == ["Gate 2", "Gate 1"]


def test_a_story_is_told_once_a_month(store: SqlStore) -> None:
    with store.ingesting() as session:
        story = session.new_story("Gates", NOW)
        session.record(piece(1, story_id=story))
        session.record(piece(2, story_id=story))
        session.record(piece(3))
    assert store.save_alert(alert(families=families(store, "Gate 1")))
    assert untold(store) == ["Gate 3"]
    with store.ingesting() as session:
        lasting = session.new_story("Locks", NOW)
        session.record(piece(4, story_id=lasting))
    long_ago = NOW - timedelta(days=31)
    assert store.save_alert(alert("k2", families=families(store, "Gate 4"), made_at=long_ago))
    with store.ingesting() as session:
        session.record(piece(5, story_id=lasting))
    assert sorted(untold(store)) == ["Gate 3", "Gate 5"]


def test_what_a_digest_holds_is_told(store: SqlStore) -> None:
    with store.ingesting() as session:
        session.record(piece(1))
    (item,) = store.untold(WATCH, "desk", since_at=NOW, min_score=0)
    save_digest(store, items=(item,))
    assert untold(store) == []


@pytest.mark.parametrize("kept", [1, 2])
@pytest.mark.parametrize("leaving", [1, 2])
def test_what_was_told_is_not_told_again_when_its_family_is_split(
    store: SqlStore, kept: int, leaving: int
) -> None:
    """A person says that the one or the other is no duplicate; what was not shown before is news."""
    fates = {number: {WATCH: Fate.KEPT if number == kept else Fate.VERSION} for number in (1, 2)}
    with store.ingesting() as session:
        first = session.record(piece(1, fates=fates[1])).article_id
        version = Likeness(
            kind=LikenessKind.VERSION, of=first, family_id=FamilyId(first or 0), similarity=0.9
        )
        second = session.record(piece(2, fates=fates[2], likeness=version)).article_id
    assert store.save_alert(alert(families=families(store, f"Gate {kept}")))
    assert untold(store) == []
    with store.ingesting() as session:
        session.split(first if leaving == 1 else second, {WATCH: True}, NOW)
    assert set(untold(store)) <= {f"Gate {3 - kept}"}
    assert len(families(store, f"Gate {kept}")) == 1, "it is shown, and could be told"


def test_a_family_is_reserved_by_one_alert_of_a_target_only(store: SqlStore) -> None:
    assert store.save_alert(alert("k1", families=(FamilyId(1), FamilyId(2))))
    assert not store.save_alert(alert("k2", families=(FamilyId(2), FamilyId(3))))
    assert store.save_alert(alert("k3", "phone", families=(FamilyId(2),)))
    assert store.save_alert(alert("k4", families=(FamilyId(3),)))
    assert list(owed(store)) == ["k1", "k3", "k4"]


def test_the_words_are_fixed(store: SqlStore) -> None:
    saved = alert(families=(FamilyId(7),), link="https://example.org/", text="two\nlines", body='{"a": "ü"}')
    store.save_alert(saved)
    (found,) = store.owed_alerts()
    assert (found.alert, found.attempts, found.tried_at) == (saved, 0, None)


def test_how_many_were_made_lately_is_known_for_each_target(store: SqlStore) -> None:
    for number in range(3):
        store.save_alert(alert(f"k{number}", made_at=NOW - number * HOUR))
    store.save_alert(alert("p", "phone"))
    assert store.alerts_made("desk", NOW - HOUR) == 1
    assert store.alerts_made("desk", NOW - 3 * HOUR) == 3


def test_an_alert_of_unknown_fate_is_owed_three_times(store: SqlStore) -> None:
    store.save_alert(alert())
    for attempt in (1, 2, 3):
        assert owed(store) == {"k1": attempt - 1}
        assert store.undelivered(NOW) == ()
        store.begin_alert("k1", attempt=attempt, now=NOW)
    assert owed(store) == {}
    (lost,) = store.undelivered(NOW)
    assert (lost.kind, lost.message_id, lost.subject, lost.watch) == ("alert", "k1", "T k1", WATCH)
    assert (lost.delivery.recipient, lost.delivery.state) == ("desk", AMBIGUOUS)


def test_an_attempt_is_begun_by_one_only_and_never_after_the_end(store: SqlStore) -> None:
    store.save_alert(alert())
    store.begin_alert("k1", attempt=1, now=NOW)
    with pytest.raises(StoreBusy):
        store.begin_alert("k1", attempt=1, now=NOW)
    mark(store, "k1", SENT)
    with pytest.raises(StoreBusy):
        store.begin_alert("k1", attempt=2, now=NOW)
    assert owed(store) == {}


def test_deferred_is_owed_and_refused_is_told(store: SqlStore) -> None:
    for key in ("k1", "k2"):
        store.save_alert(alert(key))
        store.begin_alert(key, attempt=1, now=NOW)
    mark(store, "k1", DEFERRED)
    mark(store, "k2", REFUSED)
    assert owed(store) == {"k1": 1}
    (refused,) = store.undelivered(NOW)
    assert refused.delivery == Delivery(recipient="desk", state=REFUSED, detail="words")


def test_mail_and_alerts_that_were_given_up_are_told_together_oldest_first(store: SqlStore) -> None:
    digest_id = save_digest(store, recipients=("b@x",))
    store.save_alert(alert())
    later = Delivery(recipient="b@x", state=REFUSED)
    store.mark_delivery(digest_id, [later], NOW + HOUR)
    mark(store, "k1", REFUSED)
    assert [one.kind for one in store.undelivered(NOW)] == ["alert", "digest"]


def test_mail_and_alerts_do_not_wait_for_each_other(store: SqlStore) -> None:
    with store.delivering(), store.delivering("alerts"):
        pass
