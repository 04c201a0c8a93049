"""Which request is made for a feed, and with what."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from threading import Timer

import pytest

from tests.builders import NOW, state
from tracker.model import (
    Access,
    Feed,
    FeedFormat,
    FeedId,
    Fetched,
    FetchRequest,
    FetchResult,
    ParsedFeed,
    Validators,
)
from tracker.pipeline.acquire import Acquirer, awaited, never
from tracker.polling import PollPolicy

URL = "http://site.test/feed"
LOGIN = Access(username="anna", password="key")


class AnyFetcher:
    """Answers every request with the same document, and keeps the requests."""

    def __init__(self) -> None:
        self.asked: list[FetchRequest] = []

    def submit(self, request: FetchRequest) -> Future[FetchResult]:
        self.asked.append(request)
        return done(Fetched(request=request, url=request.url, status=200, body=b"<rss/>"))

    def close(self) -> None:
        """Nothing is open."""


class AnySandbox:
    """Reads every document as an empty feed."""

    def parse_feed(self, body: bytes, url: str, content_type: str) -> Future[ParsedFeed]:
        return done(ParsedFeed(format=FeedFormat.RSS))

    def extract_page(self, body: bytes, url: str, content_type: str) -> Future[object]:
        raise AssertionError("no page is asked for")

    def close(self) -> None:
        """Nothing is open."""


def done(value: object) -> Future:
    future: Future = Future()
    future.set_result(value)
    return future


def request_of(ask: Callable[[Acquirer, Feed], object], access: str = "", **changed: object) -> FetchRequest:
    fetcher, given = AnyFetcher(), {access: LOGIN} if access else {}
    acquirer = Acquirer(fetcher, AnySandbox(), PollPolicy(), given)  # type: ignore[arg-type]
    ask(acquirer, Feed(id=FeedId(1), url=URL, added_at=NOW, state=state(**changed)))
    (asked,) = fetcher.asked
    return asked


def poll(acquirer: Acquirer, feed: Feed) -> object:
    return acquirer.feed(feed, NOW)


def test_a_dead_http_address_is_asked_by_https_once_a_day() -> None:
    assert request_of(poll, connect_failures=3).url == "https://site.test/feed"
    assert request_of(poll, connect_failures=2).url == URL
    assert request_of(poll, connect_failures=3, https_tried_at=NOW - timedelta(hours=2)).url == URL


def test_the_answer_names_the_https_address_it_came_from() -> None:
    acquirer = Acquirer(AnyFetcher(), AnySandbox(), PollPolicy())  # type: ignore[arg-type]
    feed = Feed(id=FeedId(1), url=URL, added_at=NOW, state=state(connect_failures=3))
    assert acquirer.feed(feed, NOW).result().https_url == "https://site.test/feed"


def test_older_pages_are_asked_for_without_validators() -> None:
    validators = Validators(url=URL, etag='"a"')
    assert request_of(poll, validators=validators, last_full_at=NOW).validators == validators
    older = request_of(lambda a, f: a.document(f, URL + "?page=2"), validators=validators, last_full_at=NOW)
    assert older.validators is None


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (URL, LOGIN),
        ("http://site.test/older", LOGIN),
        ("https://site.test/feed", LOGIN),
        ("http://site.test:8080/feed", None),
        ("http://other.test/feed", None),
        ("https://sub.site.test/feed", None),
    ],
)
def test_a_login_goes_to_the_feeds_own_place_and_its_https_twin_only(
    url: str, expected: Access | None
) -> None:
    assert request_of(lambda a, f: a.document(f, url), access=URL).access == expected


def test_a_wait_ends_with_its_value_or_with_the_stop() -> None:
    waiting: Future[int] = Future()
    assert awaited(waiting, lambda: True) is None
    Timer(0.05, lambda: waiting.set_result(7)).start()
    assert awaited(waiting, never) == 7
    assert awaited(waiting, lambda: True) == 7
