"""The https twin of a dead http address is asked conditionally, with what it gave itself."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta

from tests.builders import NOW
from tests.unit.polling.values import POLICY, feed
from tracker.model import FeedState, FetchRequest, FetchResult, NotModified, Validators
from tracker.pipeline.acquire import Acquirer

HTTP, HTTPS = "http://example.org/feed", "https://example.org/feed"
DEAD = FeedState(
    connect_failures=3, last_full_at=NOW - timedelta(hours=1), last_success_at=NOW - timedelta(hours=1)
)


class Unchanged:
    """A server that has nothing new, and notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[FetchRequest] = []

    def submit(self, request: FetchRequest) -> Future[FetchResult]:
        self.asked.append(request)
        answer: Future[FetchResult] = Future()
        answer.set_result(NotModified(request=request, url=request.url, headers={}))
        return answer


def asked(state: FeedState) -> FetchRequest:
    server = Unchanged()
    found = Acquirer(server, None, POLICY).feed(feed(state, HTTP), NOW).result(0)
    assert found.https_url == HTTPS
    return server.asked[0]


def test_validators_of_the_twin_are_sent_and_those_of_the_dead_address_are_not() -> None:
    own = Validators(url=HTTPS, etag='"1"')
    assert asked(replace(DEAD, validators=own)) == FetchRequest(url=HTTPS, purpose="feed", validators=own)
    assert asked(replace(DEAD, validators=replace(own, url=HTTP))).validators is None
