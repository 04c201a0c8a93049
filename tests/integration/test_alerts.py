"""Immediate alerts from the store to a loopback receiver: what arrives, what is tried again, what is given up."""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.builders import NOW, article, entry, record, relevance
from tests.integration.scripted_server import HANG, KEEP, RESET, Asked, empty, redirect, serving
from tracker.app.alerts import Alerts
from tracker.app.schedule import ALERTS
from tracker.app.views import SentAlert
from tracker.delivery.notify import SIGNATURE
from tracker.fetch import FetchPolicy, HttpFetcher
from tracker.model import DeliveryState, Likeness, LikenessKind, Undelivered
from tracker.settings import load_settings
from tracker.store import SqlStore, open_store

SENT, DEFERRED, REFUSED, AMBIGUOUS = (
    *(DeliveryState.SENT, DeliveryState.DEFERRED),
    *(DeliveryState.REFUSED, DeliveryState.AMBIGUOUS),
)
ACCEPTED = [empty("204 No Content"), KEEP]
WATCHES = '[[watch]]\nname = "w"\ntitle = "Gates"\n[watch.digest]\nto = []\n'
apprise_warns = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
TARGET = '[[alert]]\nname = "desk"\nurl = "http://127.0.0.1:{port}/hook"\n'


@dataclass
class Hand:
    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@dataclass
class Place:
    """An installation without feeds and a receiver that answers as its `steps` say."""

    folder: Path
    store: SqlStore
    fetcher: HttpFetcher
    port: int
    asked: list[Asked]
    clock: Hand = field(default_factory=Hand)
    steps: list[object] = field(default_factory=lambda: list(ACCEPTED))
    alerts: Alerts = field(init=False)

    def configure(self, text: str) -> None:
        (self.folder / "tracker.toml").write_text(WATCHES + text.replace("{port}", str(self.port)))
        loaded = load_settings(self.folder / "tracker.toml", {}, self.folder)
        self.alerts = Alerts(self.store, self.clock, loaded, lambda: self.fetcher)

    def keep(self, *numbers: int, score: float = 0.9, **changed: Any) -> None:
        """Keep items called "Gate 7 lifted", seen now."""
        with self.store.ingesting() as session:
            for number in numbers:
                url = f"https://example.org/{number}"
                piece = article(
                    url=url, title=f"Gate {number} lifted", text=f"Gate {number} was lifted. {url}"
                )
                session.record(
                    record(
                        entry=entry(key=url, guid=url, url=url, canonical_url=url),
                        article=piece,
                        likeness=Likeness(kind=LikenessKind.ORIGINAL),
                        relevance=(relevance(score=score),),
                        first_seen_at=self.clock.at,
                        **changed,
                    )
                )

    def send(self, after: timedelta = timedelta(0)) -> tuple[SentAlert, ...]:
        self.clock.at += after
        return self.alerts.send(lambda: False)

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(asked.body) for asked in self.asked]

    @property
    def titles(self) -> list[str]:
        return [document["title"] for document in self.documents]

    @property
    def lost(self) -> tuple[Undelivered, ...]:
        return self.store.undelivered(NOW)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as stack:
        script: Callable[[Asked], list[object]] = lambda _: made.steps  # noqa: E731
        server = stack.enter_context(serving(script))
        policy = FetchPolicy(
            allow_hosts=(f"127.0.0.1:{server.port}",),
            per_host_spacing=timedelta(0),
            total_deadline=timedelta(seconds=3),
        )
        fetcher = HttpFetcher(policy)
        stack.callback(fetcher.close)
        store = open_store(f"sqlite:///{tmp_path}/tracker.db")
        stack.callback(store.close)
        made = Place(tmp_path, store, fetcher, server.port, server.asked)
        made.configure(TARGET)
        yield made


def states(sent: tuple[SentAlert, ...]) -> list[DeliveryState]:
    return [one.delivery.state for one in sent]


# ---------------------------------------------------------------- what arrives


def test_each_story_arrives_once_as_a_document_with_its_key(place):
    place.keep(1, 2)
    place.keep(3, score=0.6)  # above the line, below the alerts'
    assert states(place.send()) == [SENT, SENT]
    assert place.send() == ()
    assert sorted(place.titles) == ["Gate 1 lifted", "Gate 2 lifted"]
    for asked, document in zip(place.asked, place.documents, strict=True):
        assert asked.line.startswith("POST /hook ")
        assert asked.headers["content-type"] == "application/json"
        assert asked.headers["idempotency-key"] == f'"{document["id"]}"'
        assert SIGNATURE.lower() not in asked.headers


def test_a_secret_signs_what_is_sent(place):
    (place.folder / "key").write_text("s3cret\n")
    place.configure(f'{TARGET}secret_file = "key"\n')
    place.keep(1)
    place.send()
    expected = hmac.new(b"s3cret", place.asked[0].body, hashlib.sha256).hexdigest()
    assert place.asked[0].headers[SIGNATURE.lower()] == f"sha256={expected}"


def test_ntfy_gets_topic_title_text_and_link_and_its_token(place, monkeypatch):
    monkeypatch.setenv("TOKEN", "tk_1")
    place.configure(
        '[[alert]]\nname = "phone"\nkind = "ntfy"\nurl = "http://127.0.0.1:{port}/gates_1"\nsecret_env = "TOKEN"\n'
    )
    place.keep(1)
    assert states(place.send()) == [SENT]
    (asked,), (told,) = place.asked, place.documents
    assert asked.line.startswith("POST / ")
    assert asked.headers["authorization"] == "bearer tk_1"  # the server of these tests lowers headers
    assert (told["topic"], told["title"], told["click"]) == (
        "gates_1", "Gate 1 lifted", "https://example.org/1",
    )  # fmt: skip
    assert "Gate 1 was lifted." in told["message"]
    assert len(told["sequence_id"]) == 36


@apprise_warns
def test_apprise_gets_title_and_text(place, monkeypatch):
    monkeypatch.setenv("PLACES", f"json://127.0.0.1:{place.port}/in")
    place.configure('[[alert]]\nname = "chat"\nkind = "apprise"\nurl_env = "PLACES"\n')
    place.keep(1)
    assert states(place.send()) == [SENT]
    (told,) = place.documents
    assert told["title"] == "Gate 1 lifted"
    assert "https://example.org/1" in told["message"]


@apprise_warns
def test_what_calls_everybody_calls_nobody_through_apprise(place, monkeypatch):
    monkeypatch.setenv("PLACES", f"json://127.0.0.1:{place.port}/in")
    place.configure('[[alert]]\nname = "chat"\nkind = "apprise"\nurl_env = "PLACES"\n')
    title = "@everyone <!channel> [win](http://bad.example)"
    with place.store.ingesting() as session:
        session.record(record(article=article(title=title), relevance=(relevance(score=0.9),),
                              likeness=Likeness(kind=LikenessKind.ORIGINAL)))  # fmt: skip
    place.send()
    assert place.titles == ["＠everyone ‹!channel› [win] (http://bad.example)"]


def test_targets_are_told_of_their_watches_only_and_each_for_itself(place):
    place.configure(
        TARGET + '[[alert]]\nname = "other"\nurl = "http://127.0.0.1:{port}/x"\nwatches = ["nothing"]\n'
        '[[alert]]\nname = "both"\nurl = "http://127.0.0.1:{port}/y"\nwatches = ["nothing", "w"]\nthreshold = 0.95\n'
    )
    place.keep(1)
    place.keep(2, score=0.97)
    place.send()
    assert sorted(asked.path for asked in place.asked) == ["/hook", "/hook", "/y"]


# ---------------------------------------------------------------- measure


def test_in_quiet_hours_nothing_is_sent_and_afterwards_one_alert_tells_what_waited(place):
    place.configure(f'{TARGET}quiet = "11:00-14:00"\n')
    place.keep(*range(1, 8))
    assert place.send() == ()
    assert place.send(timedelta(hours=1)) == ()
    assert states(place.send(timedelta(hours=1))) == [SENT]
    assert place.titles == ["7 new: Gates"]
    assert place.documents[0]["text"].endswith("and 2 more, in the next digest")


def test_an_alert_that_is_owed_waits_for_the_end_of_quiet_hours(place):
    place.configure(f'{TARGET}quiet = "12:10-13:00"\n')
    place.steps = [empty("503 Later")]
    place.keep(1)
    assert states(place.send()) == [DEFERRED]
    place.steps = list(ACCEPTED)
    assert place.send(timedelta(minutes=20)) == ()
    assert states(place.send(timedelta(minutes=40))) == [SENT]


def test_no_more_than_so_many_in_an_hour_and_what_waits_is_told_together(place):
    place.configure(f"{TARGET}per_hour = 2\n")
    for number in range(1, 6):
        place.keep(number)
        place.send(timedelta(minutes=1))
    assert place.titles == ["Gate 1 lifted", "Gate 2 lifted"]
    place.send(timedelta(hours=1))
    place.keep(6)
    place.send()
    assert Counter(place.titles) == Counter(
        {"Gate 1 lifted": 1, "Gate 2 lifted": 1, "3 new: Gates": 1, "Gate 6 lifted": 1}
    )


def test_what_was_seen_a_day_ago_is_no_alert(place):
    place.keep(1)
    assert place.send(timedelta(hours=24, seconds=1)) == ()


# ---------------------------------------------------------------- trouble


@pytest.mark.parametrize(
    ("steps", "state", "told"),
    [
        ([empty("500 Oops")], DEFERRED, "not now (500)"),
        ([empty("429 Slow")], DEFERRED, "not now (429)"),
        ([empty("408 Slow")], DEFERRED, "not now (408)"),
        ([empty("400 Bad")], REFUSED, "it does not take the alert (400)"),
        ([empty("401 Who")], REFUSED, "it wants another secret (401)"),
        ([empty("404 Gone")], REFUSED, "there is nothing at this address (404)"),
        ([empty("410 Gone")], REFUSED, "there is nothing at this address any more (410)"),
        ([redirect("/other")], REFUSED, "give the final address"),
        ([HANG], AMBIGUOUS, "No complete answer came within 3 seconds"),
        ([RESET], AMBIGUOUS, "closed the connection before answering"),
    ],
)
def test_each_answer_has_its_verdict(place, steps, state, told):
    place.steps = steps
    place.keep(1)
    (sent,) = place.send()
    assert sent.delivery.state is state
    assert told in sent.delivery.detail
    assert "poll" not in sent.delivery.detail
    assert len(place.asked) == 1
    assert [(one.kind, one.delivery.state) for one in place.lost] == (
        [("alert", REFUSED)] if state is REFUSED else []
    )


def test_an_address_that_was_not_allowed_is_refused_and_says_what_to_allow(place):
    place.configure('[[alert]]\nname = "desk"\nurl = "http://127.0.0.1:9/x"\n')
    place.keep(1)
    (sent,) = place.send()
    assert sent.delivery.state is REFUSED
    assert 'add "127.0.0.1:9" to allow_hosts' in sent.delivery.detail


def test_what_was_not_taken_is_tried_again_later_with_the_same_bytes(place):
    place.steps = [empty("503 Later")]
    place.keep(1)
    assert states(place.send()) == [DEFERRED]
    assert place.send(timedelta(seconds=29)) == ()
    assert states(place.send(timedelta(seconds=1))) == [DEFERRED]
    assert place.send(timedelta(seconds=59)) == ()
    place.steps = list(ACCEPTED)
    assert states(place.send(timedelta(seconds=1))) == [SENT]
    assert len(place.asked) == 3
    assert len({asked.body for asked in place.asked}) == 1


def test_what_is_never_taken_is_given_up_after_a_day_and_told(place):
    place.steps = [empty("503 Later")]
    place.keep(1)
    for _ in range(ALERTS.attempts):
        place.send(timedelta(hours=1))
    assert len(place.asked) == ALERTS.attempts
    assert place.send(timedelta(days=1)) == ()
    (lost,) = place.lost
    assert lost.delivery.detail == f"given up after {ALERTS.attempts} attempts: not now (503)"


def test_without_an_answer_it_is_sent_three_times_with_one_key(place):
    place.steps = [RESET]
    place.keep(1)
    for _ in range(5):
        place.send(timedelta(hours=1))
    assert len({asked.headers["idempotency-key"] for asked in place.asked}) == 1
    assert len(place.asked) == 3
    assert [one.delivery.state for one in place.lost] == [AMBIGUOUS]


def test_one_targets_trouble_is_its_own(place):
    place.configure(
        '[[alert]]\nname = "broken"\nurl_env = "NOT_SET_ANYWHERE"\n' + TARGET
        + '[[alert]]\nname = "odd"\nkind = "apprise"\nurl_env = "PATH"\n'
    )  # fmt: skip
    place.keep(1)
    told = {one.delivery.recipient: one.delivery for one in place.send()}
    assert {name: one.state for name, one in told.items()} == {
        "broken": DEFERRED, "desk": SENT, "odd": REFUSED,
    }  # fmt: skip
    assert "alert[broken].url_env: gave no secret" in told["broken"].detail
    assert told["odd"].detail == "its address is none that Apprise knows"


def test_without_the_extra_the_verdict_names_it(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    monkeypatch.setenv("PLACES", "json://127.0.0.1/")
    place.configure('[[alert]]\nname = "chat"\nkind = "apprise"\nurl_env = "PLACES"\n')
    place.keep(1)
    (sent,) = place.send()
    assert sent.delivery.state is DEFERRED
    assert 'pip install "subject-tracker[alerts]"' in sent.delivery.detail


def test_an_alert_whose_target_is_gone_is_given_up(place):
    place.steps = [empty("503 Later")]
    place.keep(1)
    place.send()
    place.configure("")
    (sent,) = place.send(timedelta(minutes=1))
    assert (sent.delivery.state, sent.delivery.detail) == (
        REFUSED, "this target is no longer in the configuration",
    )  # fmt: skip


def test_a_stop_leaves_the_rest_for_later(place):
    place.keep(1, 2)
    assert place.alerts.send(lambda: len(place.asked) == 1)
    assert len(place.asked) == 1
    assert len(place.send()) == 1


def test_a_trial_goes_out_at_any_hour_and_stores_nothing(place):
    place.configure(f'{TARGET}quiet = "11:00-14:00"\n')
    assert states(place.alerts.test("desk")) == [SENT]
    assert place.documents[0]["test"] is True
    assert place.alerts.status()[0].last_day == 0


def test_the_status_says_how_each_target_fares(place):
    place.configure(f'{TARGET}quiet = "12:30-14:00"\n')
    place.steps = [empty("503 Later")]
    place.keep(1, 2)
    place.send()
    place.clock.at += timedelta(hours=1)
    (one,) = place.alerts.status()
    assert (one.name, one.watches, one.quiet, one.is_quiet) == ("desk", ("w",), "12:30-14:00", True)
    assert (one.last_day, one.owed) == (2, 2)


def test_apprise_is_not_imported_where_no_target_needs_it(place):
    import subprocess

    code = "import sys, tracker.app.alerts; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
