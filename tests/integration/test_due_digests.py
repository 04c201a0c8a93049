"""Digests by the clock, through the front door: due once a date, never for a past not seen, owed mail tried again."""

from __future__ import annotations

import email
import socket
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import policy
from pathlib import Path

import pytest

from tests.e2e.project import make_project
from tracker.app import Tracker, open_tracker
from tracker.app.schedule import MAIL, retry_at
from tracker.demo.site import NewsroomSite
from tracker.errors import StoreBusy
from tracker.model import DeliveryState, DigestId, Message, OwedDigest, WatchName
from tracker.settings import load_settings

BEGIN = datetime(
    2026, 11, 20, 15, 0, tzinfo=UTC
)  # ten in the morning in New York; the digest is due at 12:30 UTC
HOUR = timedelta(hours=1)
DUE = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


@dataclass
class Hand:
    """A clock that is set by hand."""

    at: datetime = BEGIN

    def now(self) -> datetime:
        return self.at


class Installation:
    """A project whose articles come from an archive, so that no network is needed."""

    def __init__(self, folder: Path, site: NewsroomSite) -> None:
        self.folder = make_project(folder, site, feeds=())
        self.pieces = iter(site.newsroom.standing(1))
        self.clock = Hand()

    def change(self, old: str, new: str) -> None:
        path = self.folder / "config/tracker.toml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def open(self) -> Tracker:
        loaded = load_settings(self.folder / "config/tracker.toml", {}, self.folder)
        return open_tracker(loaded, clock=self.clock)

    def take_in(self, tracker: Tracker, count: int) -> int:
        """Store some articles now; how many were kept."""
        rows = [
            {"id": piece.slug, "title": piece.title, "text": "\n\n".join(piece.paragraphs)}
            for piece, _ in zip(self.pieces, range(count), strict=False)
        ]
        return len(tracker.ingest(rows).kept)

    def mails(self) -> list[str]:
        return [path.read_text() for path in sorted(self.folder.glob("state/outbox/*.eml"))]


def plain_part(mail: str) -> str:
    part = email.message_from_string(mail, policy=policy.default).get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    with NewsroomSite() as site:
        yield Installation(tmp_path / "p", site)


def test_a_fresh_installation_waits_for_its_first_digest_time(place):
    with place.open() as tracker:
        assert tracker.send_due_digests() == ()
        assert place.take_in(tracker, 12) > 0
        assert tracker.send_due_digests() == ()
        assert tracker.status().watches[0].next_digest_at == DUE
        place.clock.at = DUE - timedelta(seconds=1)
        assert tracker.send_due_digests() == ()
        place.clock.at = DUE + timedelta(seconds=5)
        assert tracker.status().watches[0].next_digest_at == place.clock.at
        (sent,) = tracker.send_due_digests()
        assert [delivery.state for delivery in sent.deliveries] == [DeliveryState.SENT]
    assert len(place.mails()) == 1


def test_one_digest_is_sent_a_date_and_only_then_the_next(place):
    with place.open() as tracker:
        place.take_in(tracker, 12)
        sent_at = []
        while place.clock.at < BEGIN + timedelta(days=3):
            place.clock.at += timedelta(minutes=10)
            sent_at += [place.clock.at for _ in tracker.send_due_digests()]
    assert [at - DUE for at in sent_at] == [timedelta(0), timedelta(days=1), timedelta(days=2)]


def test_sending_by_hand_with_nothing_new_says_so_once_a_day_and_never_of_days_told(place):
    with place.open() as tracker:
        assert place.take_in(tracker, 12) > 0
        place.clock.at += timedelta(minutes=1)
        assert len(tracker.send_digest()) == 1
        for _ in range(2):
            place.clock.at += timedelta(minutes=1)
            assert tracker.send_digest() == ()
        assert tracker.send_digest(since=place.clock.at - timedelta(days=7)) == ()
        place.clock.at += timedelta(days=1)
        (heartbeat,) = tracker.send_digest()
        assert heartbeat.subject.startswith("Nothing new")
        assert tracker.send_digest() == ()


def test_after_days_of_sleep_one_digest_covers_them(place):
    with place.open() as tracker:
        place.take_in(tracker, 12)
        place.clock.at = DUE
        tracker.send_due_digests()
        place.clock.at = DUE + timedelta(days=4, hours=3)
        assert len(tracker.send_due_digests()) == 1
        assert tracker.send_due_digests() == ()
        assert tracker.status().watches[0].next_digest_at == DUE + timedelta(days=5)


def test_a_quiet_day_that_wants_no_mail_is_over_all_the_same(place):
    place.change('to = ["analyst@example.org"]', 'to = ["analyst@example.org"]\nquiet_days = "none"')
    with place.open() as tracker:
        assert place.take_in(tracker, 12) > 0
        place.clock.at = DUE
        assert len(tracker.send_due_digests()) == 1
        place.clock.at = DUE + timedelta(days=1)
        assert tracker.send_due_digests() == ()
        while not place.take_in(tracker, 6):  # what comes later in the day waits for the next digest
            pass
        place.clock.at += HOUR
        assert tracker.send_due_digests() == ()
        place.clock.at = DUE + timedelta(days=2)
        assert len(tracker.send_due_digests()) == 1
    assert len(place.mails()) == 2


def test_a_watch_that_nobody_reads_has_no_digest(place):
    place.change('to = ["analyst@example.org"]', "to = []")
    with place.open() as tracker:
        place.take_in(tracker, 12)
        place.clock.at = DUE + HOUR
        assert tracker.send_due_digests() == ()
        assert tracker.status().watches[0].next_digest_at is None


def test_a_watch_new_among_old_feeds_waits_too(place):
    with place.open() as tracker:
        place.take_in(tracker, 12)
    config = (place.folder / "config/tracker.toml").read_text()
    watch = config[config.index("[[watch]]") :].replace('name = "drugs"', 'name = "second"')
    (place.folder / "config/tracker.toml").write_text(config + watch)
    place.clock.at = DUE + timedelta(days=30)
    with place.open() as tracker:
        assert [sent.watch for sent in tracker.send_due_digests()] == ["drugs"]


def test_an_installation_that_reads_nothing_says_so_at_its_digest_time(place):
    with place.open() as tracker:
        tracker.add_feed("http://127.0.0.1:9/dead.xml")
        place.clock.at = DUE
        assert len(tracker.send_due_digests()) == 1


def test_deferred_mail_is_tried_again_with_growing_pauses_and_arrives_once(place):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    smtp = f'transport = "smtp"\nhost = "127.0.0.1"\nport = {port}'
    place.change('transport = "folder"', smtp)
    with place.open() as tracker:
        place.take_in(tracker, 12)
        place.clock.at = DUE
        tried = []
        while place.clock.at < DUE + 2 * HOUR:
            tried += [place.clock.at - DUE for _ in tracker.send_due_digests()]
            place.clock.at += timedelta(minutes=1)
    assert tried == [timedelta(minutes=n) for n in (0, 5, 15, 35, 75)]
    place.change(smtp, 'transport = "folder"')
    with place.open() as tracker:
        place.clock.at = DUE + 3 * HOUR
        (sent,) = tracker.send_due_digests()
        assert sent.deliveries[0].state is DeliveryState.SENT
        assert tracker.send_due_digests() == ()
    assert len(place.mails()) == 1


def test_mail_that_never_gets_through_is_given_up_and_says_so(place):
    place.change('transport = "folder"', 'transport = "smtp"\nhost = "127.0.0.1"\nport = 9')
    with place.open() as tracker:
        place.take_in(tracker, 12)
        place.clock.at = DUE
        (sent,) = tracker.send_due_digests()
        with sqlite3.connect(place.folder / "state/tracker.db") as database:
            database.execute("UPDATE delivery SET attempts = ?", (MAIL.attempts - 1,))
        database.close()
        place.clock.at += timedelta(hours=7)
        (sent,) = tracker.send_due_digests()
        assert sent.deliveries[0].state is DeliveryState.REFUSED
        assert sent.deliveries[0].detail.startswith("given up after 26 attempts")
        place.clock.at += timedelta(hours=7)
        assert tracker.send_due_digests() == ()
    place.change('transport = "smtp"\nhost = "127.0.0.1"\nport = 9', 'transport = "folder"')
    with place.open() as tracker:
        for day in (1, 2):
            place.clock.at = DUE + timedelta(days=day)
            assert len(tracker.send_due_digests()) == 1
    told = ["NOT DELIVERED (1)" in plain_part(mail) for mail in place.mails()]
    assert sorted(told) == [False, True], "the next digest tells it, and no other"


def test_the_pauses_of_all_attempts_are_about_five_days():
    at, waited = BEGIN, timedelta(0)
    for attempt in range(1, MAIL.attempts):
        next_at = retry_at(_owed(attempt, at))
        assert next_at is not None
        waited, at = waited + (next_at - at), next_at
    assert timedelta(days=4.5) < waited < timedelta(days=5.5)
    assert retry_at(_owed(0, None)) is None


def _owed(attempts: int, tried_at: datetime | None) -> OwedDigest:
    message = Message(
        message_id="<a@b>", sender="a@b", recipients=(), subject="", plain="", html="", sent_at=BEGIN
    )
    return OwedDigest(
        id=DigestId(1), watch=WatchName("w"), message=message, mime=b"", recipients=(),
        attempts=attempts, tried_at=tried_at,
    )  # fmt: skip


def test_while_another_hands_mail_over_nobody_else_does(place, monkeypatch):
    monkeypatch.setattr("tracker.store.outbox.BUSY_SECONDS", 0.0)
    with place.open() as tracker, place.open() as other:
        place.take_in(tracker, 12)
        place.clock.at = DUE
        with tracker._store.delivering(), pytest.raises(StoreBusy, match="is sending at this moment"):
            other.send_due_digests()
        assert place.mails() == []
        assert len(other.send_due_digests()) == 1
    assert len(place.mails()) == 1
