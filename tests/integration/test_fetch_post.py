"""POSTs through the guarded fetcher: what is sent, what is never sent, and what is known when no answer comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.scripted_server import HANG, KEEP, RESET, empty, ok, redirect
from tests.patience import PATIENCE_S
from tracker.fetch import Network
from tracker.model import Access, Fetched, FetchFailed, FetchReason, FetchRequest, FetchResult

BODY = '{"title": "Gate 7 lifted", "text": "Tor 7 geöffnet"}'.encode()
SOON = timedelta(seconds=3)


def post(site, path: str = "/hook", **headers: str) -> FetchResult:
    url = path if "://" in path else site.base + path
    request = FetchRequest(url=url, purpose="post", body=BODY, access=Access(headers=headers))
    return site.fetcher.submit(request).result(PATIENCE_S)


def test_body_and_headers_arrive_as_they_are(place):
    site = place([empty("204 No Content"), KEEP])
    result = post(site, **{"Content-Type": "application/json", "Idempotency-Key": '"k-1"'})
    assert isinstance(result, Fetched)
    assert result.status == 204
    (asked,) = site.server.asked
    assert asked.line == "POST /hook HTTP/1.1"
    assert asked.body == BODY
    assert asked.headers["content-length"] == str(len(BODY))
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["idempotency-key"] == '"k-1"'
    assert "transfer-encoding" not in asked.headers


def test_an_answers_body_is_no_business_of_ours(place):
    site = place([ok(b"x" * 9, "Content-Encoding: never-heard-of")])
    assert isinstance(post(site), Fetched)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Same", "308 For good"])
def test_a_redirect_is_not_followed(place, status):
    site = place([redirect("/elsewhere", status)])
    result = post(site)
    assert isinstance(result, FetchFailed)
    assert (result.reason, result.status) == (FetchReason.REDIRECT_LIMIT, int(status[:3]))
    assert site.server.paths == ["/hook"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1/", FetchReason.BLOCKED_ADDRESS),
        ("http://0x7f.1/", FetchReason.BLOCKED_ADDRESS),
        ("http://inside.test/", FetchReason.BLOCKED_ADDRESS),
        ("file:///etc/passwd", FetchReason.BLOCKED_SCHEME),
        ("http://93.184.215.14:25/", FetchReason.BLOCKED_PORT),
    ],
)
def test_an_address_that_a_feed_may_not_have_a_post_may_not_have_either(place, url, reason):
    site = place([ok(b"x")])
    result = post(site, url)
    assert isinstance(result, FetchFailed)
    assert result.reason is reason
    assert not result.handed_over
    assert site.server.asked == []


@pytest.mark.parametrize("steps", [[HANG], [RESET], [b"HTTP/1.1 2"], [b"banana\r\n\r\n"]])
def test_without_an_answer_it_is_known_that_the_body_was_handed_over_and_it_is_not_sent_again(place, steps):
    site = place(steps, total_deadline=SOON)
    result = post(site)
    assert isinstance(result, FetchFailed)
    assert result.handed_over
    assert result.status is None
    assert [asked.body for asked in site.server.asked] == [BODY]


def test_what_never_found_a_connection_was_not_handed_over(place):
    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError

    site = place([ok(b"x")], network=Network(resolver=nowhere))
    result = post(site)
    assert isinstance(result, FetchFailed)
    assert (result.reason, result.handed_over) == (FetchReason.DNS, False)


def test_a_look_up_that_never_ends_hands_nothing_over(place):
    async def for_ever(host: str, port: int) -> list[str]:
        import asyncio

        await asyncio.sleep(3600)
        return []

    site = place([ok(b"x")], network=Network(resolver=for_ever), total_deadline=SOON)
    result = post(site)
    assert isinstance(result, FetchFailed)
    assert (result.reason, result.handed_over) == (FetchReason.TIMEOUT_TOTAL, False)


@pytest.mark.parametrize("status", ["400 No", "429 Slow", "503 Later"])
def test_a_clear_no_has_its_status(place, status):
    result = post(place([empty(status)]))
    assert isinstance(result, FetchFailed)
    assert result.status == int(status[:3])


def test_a_get_sends_no_body(place):
    site = place([ok(b"<rss/>")])
    site.fetch("/feed")
    assert site.server.asked[0].line.startswith("GET ")
    assert "content-length" not in site.server.asked[0].headers
