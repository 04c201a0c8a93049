"""What each kind of target is sent, whatever a headline holds."""

from __future__ import annotations

import json
import unicodedata
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.unit.digest.samples import NOW, WATCH, item
from tracker.delivery import AlertTarget, Notifier
from tracker.delivery.by_apprise import _inert
from tracker.digest.alert import bundles, compose_alert
from tracker.model import Alert, DeliveryState, Fetched, FetchRequest, FetchResult

OWN = json.loads((Path(__file__).parents[2] / "data" / "digest" / "titles.json").read_text(encoding="utf-8"))[
    "titles"
]


class Line:
    """A fetcher that writes down what it is asked and says that all is well."""

    def __init__(self) -> None:
        self.asked: list[FetchRequest] = []

    def submit(self, request: FetchRequest) -> Future[FetchResult]:
        self.asked.append(request)
        future: Future[FetchResult] = Future()
        future.set_result(Fetched(request=request, url=request.url, status=200, body=b""))
        return future

    def close(self) -> None:
        pass


def alert_of(*titles: str) -> Alert:
    (stories,) = bundles([item(n, title=title) for n, title in enumerate(titles, 1)], 1)
    return compose_alert(stories, WATCH, target="desk", made_at=NOW)


def sent(alert: Alert, kind: str, secret: str = "") -> FetchRequest:
    line = Line()
    target = AlertTarget(name="desk", kind=kind, url="https://x.example/topic", secret=secret)
    delivery = Notifier(lambda: line).send(alert, target)
    assert (delivery.recipient, delivery.state) == ("desk", DeliveryState.SENT)
    return line.asked[0]


@pytest.mark.parametrize("kind", ["webhook", "ntfy"])
@pytest.mark.parametrize("row", OWN, ids=[row["id"] for row in OWN])
def test_no_word_of_a_stranger_is_in_a_header_and_the_body_is_plain_json(kind, row):
    request = sent(alert_of(row["title"]), kind)
    assert request.purpose == "post"
    assert request.access is not None
    assert set(request.access.headers) <= {"Content-Type", "Idempotency-Key"}
    assert all(
        value.isascii() and value.isprintable() and len(value) < 60
        for value in request.access.headers.values()
    )
    assert request.body.isascii()
    title = json.loads(request.body)["title"]
    assert not {c for c in title if unicodedata.category(c) in {"Cc", "Cs"}}


def test_a_long_text_stays_a_message_of_ntfy_and_whole_characters():
    alert = alert_of(*(f"{'很长的标题' * 60} {n}" for n in range(6)))
    message = json.loads(sent(alert, "ntfy").body)["message"]
    assert len(message.encode()) <= 4096
    assert "\ufffd" not in message


def test_the_topic_is_the_end_of_the_address_and_the_post_goes_to_the_server():
    request = sent(alert_of("Gates"), "ntfy", "tk_1")
    assert request.url == "https://x.example/"
    assert json.loads(request.body)["topic"] == "topic"
    assert request.access is not None
    assert request.access.headers["Authorization"] == "Bearer tk_1"


@pytest.mark.parametrize("row", OWN, ids=[row["id"] for row in OWN])
def test_no_title_calls_anybody_or_becomes_a_link_through_apprise(row):
    alert = alert_of(row["title"], "@everyone <@1> <!here> [a](http://b.example) `x`")
    for text in (_inert(alert.title), _inert(alert.text)):
        assert not set("@<>`") & set(text)
        assert "](" not in text


def test_neither_address_nor_secret_is_shown():
    target = AlertTarget(name="desk", kind="webhook", url="https://x.example/s3cret", secret="s3cret")
    assert "s3cret" not in repr(target)
    assert "Gates" not in repr(sent(alert_of("Gates"), "webhook"))
