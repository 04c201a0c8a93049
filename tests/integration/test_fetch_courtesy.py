"""Bot checks named, pings, and turns that are kept also by requests that come over a redirect."""

from __future__ import annotations

import gzip
import time
from datetime import timedelta

import pytest

from tests.integration.scripted_server import HANG, KEEP, RESET, assert_spaced, empty, ok, redirect
from tests.patience import PATIENCE_S
from tracker.fetch import FetchPolicy, HttpFetcher
from tracker.model import Fetched, FetchFailed, FetchReason, FetchRequest, NotModified, Validators

FEED = b"<rss version='2.0'><channel><title>t</title></channel></rss>"
CHECK = b"<html><title>Just a moment...</title>"


def submit(site, path, purpose="feed", **more):
    url = path if "://" in path else site.base + path
    return site.fetcher.submit(FetchRequest(url=url, purpose=purpose, **more))


# ---------------------------------------------------------------- bot checks


@pytest.mark.parametrize(
    "steps",
    [
        [ok(CHECK, "Server: cloudflare", status="403 Forbidden")],
        [ok(gzip.compress(CHECK), "Server: cloudflare", "Content-Encoding: gzip", status="503 Busy")],
        [b"HTTP/1.1 403 F\r\nServer: cloudflare\r\n\r\n" + CHECK],
        [ok(CHECK + b" " * 500_000, "Server: cloudflare", status="403 Forbidden")],
        [b"HTTP/1.1 403 F\r\nCF-Mitigated: challenge\r\nContent-Length: 99\r\n\r\n", HANG],
    ],
)
def test_a_bot_check_is_named_however_it_arrives(place, steps):
    site = place(steps)
    result = submit(site, "/").result(PATIENCE_S)
    assert isinstance(result, FetchFailed)
    assert (result.reason, result.protection) == (FetchReason.PROTECTED, "Cloudflare")
    assert result.status in {403, 503}
    assert result.detail.startswith("Cloudflare")


@pytest.mark.parametrize(
    "steps",
    [
        [b"HTTP/1.1 403 F\r\nContent-Length: 99\r\n\r\nabc", HANG],
        [b"HTTP/1.1 403 F\r\nContent-Length: 99\r\n\r\nabc", RESET],
        [b"HTTP/1.1 403 F\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n\x1f\x8b1234567"],
        [ok(gzip.compress(b"0" * 30_000_000), "Content-Encoding: gzip", status="403 Forbidden")],
    ],
)
def test_a_dawdling_or_broken_refusal_is_still_a_refusal(place, steps):
    site = place(steps, total_deadline=timedelta(seconds=20))
    result = submit(site, "/").result(PATIENCE_S)
    assert (result.reason, result.status, result.protection) == (FetchReason.FORBIDDEN, 403, "")


def test_a_check_in_place_of_a_document_is_no_document(place):
    page = b'<html><script id="anubis_challenge" type="application/json">{}</script>'
    result = submit(place([ok(page)]), "/").result(PATIENCE_S)
    assert (result.reason, result.protection, result.status) == (FetchReason.PROTECTED, "Anubis", 200)


def test_a_check_with_status_202_is_told_from_a_document_with_status_202(place):
    site = place(
        lambda asked: [
            ok(FEED, status="202 Accepted")
            if asked.path == "/feed"
            else empty("202 Accepted", "x-amzn-waf-action: challenge")
        ]
    )
    assert submit(site, "/feed").result(PATIENCE_S).body == FEED
    assert submit(site, "/check").result(PATIENCE_S).protection == "AWS WAF"


def test_a_short_refusal_leaves_its_connection_usable(place):
    site = place(lambda asked: [ok(b"no", status="403 F") if asked.path == "/0" else ok(FEED), KEEP])
    submit(site, "/0").result(PATIENCE_S)
    submit(site, "/1").result(PATIENCE_S)
    assert site.server.connections == 1


# ---------------------------------------------------------------- pings


@pytest.mark.parametrize(
    "steps",
    [
        [ok(b"OK")],
        [empty("204 No Content")],
        [empty("202 Accepted")],
        [empty("200 OK")],
        [b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 100_000, HANG],
        [ok(b"not gzip", "Content-Encoding: br")],
    ],
)
def test_a_ping_is_answered_by_any_success(place, steps):
    site = place(steps, respect_robots=True)
    result = submit(site, "/ping/1", "ping").result(PATIENCE_S)
    assert isinstance(result, Fetched)
    assert result.body == b""
    assert site.server.paths == ["/ping/1"]
    assert site.server.asked[0].headers["accept"] == "*/*"


def test_a_ping_follows_its_own_host_only(place):
    def script(asked):
        target = {"/a": "/b", "/c": f"http://other.test:{site.server.port}/b"}.get(asked.path)
        return [redirect(target) if target else ok(b"")]

    site = place(script, hosts=("site.test", "other.test"))
    assert isinstance(submit(site, "/a", "ping").result(PATIENCE_S), Fetched)
    assert submit(site, "/c", "ping").result(PATIENCE_S).reason == FetchReason.REDIRECT_LIMIT
    assert site.server.paths == ["/a", "/b", "/c"]


def test_a_ping_that_is_refused_says_so(place):
    assert submit(place([empty("404 N")]), "/", "ping").result(PATIENCE_S).reason == FetchReason.NOT_FOUND


# ---------------------------------------------------------------- turns


def starts(site, host):
    return [asked.at for asked in site.server.asked if asked.headers["host"].startswith(host)]


def test_redirects_from_many_hosts_to_one_are_spaced_by_that_one(place):
    hosts = tuple(f"h{number}.test" for number in range(4))

    def script(asked):
        to = f"http://hub.test:{site.server.port}{asked.path}"
        return [ok(FEED) if asked.headers["host"].startswith("hub") else redirect(to)]

    site = place(script, hosts=(*hosts, "hub.test"), per_host_spacing=timedelta(seconds=0.3))
    begun = time.monotonic()
    pending = [submit(site, f"http://{host}:{site.server.port}/{host}") for host in hosts]
    pending.append(submit(site, f"http://hub.test:{site.server.port}/direct"))
    assert all(isinstance(future.result(PATIENCE_S), Fetched) for future in pending)
    assert len(starts(site, "hub")) == 5
    assert_spaced(begun, starts(site, "hub"), 0.3)


def test_the_wait_for_a_turn_is_not_counted_as_the_servers_time(place):
    def script(asked):
        to = f"http://hub.test:{site.server.port}/"
        return [ok(FEED) if asked.headers["host"].startswith("hub") else redirect(to)]

    hosts = ("a.test", "b.test", "hub.test")
    knobs = {"per_host_spacing": timedelta(seconds=6), "total_deadline": timedelta(seconds=5)}
    site = place(script, hosts=hosts, **knobs)
    pending = [submit(site, f"http://{host}:{site.server.port}/") for host in hosts[:2]]
    assert all(isinstance(future.result(PATIENCE_S), Fetched) for future in pending)


def test_a_redirect_does_not_lead_round_a_hosts_rest(place):
    def script(asked):
        if asked.headers["host"].startswith("hub"):
            return [empty("429 Slow", "Retry-After: 3600")]
        return [redirect(f"http://hub.test:{site.server.port}/x")]

    site = place(script, hosts=("site.test", "hub.test"))
    for _ in range(2):
        result = submit(site, "/").result(PATIENCE_S)
        assert result.reason == FetchReason.RATE_LIMITED
        assert timedelta(minutes=59) < result.retry_after <= timedelta(hours=1)
    assert len(starts(site, "hub")) == 1


def test_a_page_waits_its_turn_after_its_sites_robots_txt(place):
    site = place(
        lambda asked: [ok(b"") if asked.path == "/robots.txt" else ok(FEED), KEEP],
        respect_robots=True,
        per_host_spacing=timedelta(seconds=0.3),
    )
    begun = time.monotonic()
    pending = [submit(site, f"/{number}", "page") for number in range(3)]
    assert all(isinstance(future.result(PATIENCE_S), Fetched) for future in pending)
    assert site.server.paths[0] == "/robots.txt"
    assert_spaced(begun, starts(site, "site"), 0.3)


def test_a_request_may_leave_robots_txt_aside(place):
    site = place(
        lambda asked: [ok(b"User-agent: *\nDisallow: /") if asked.path == "/robots.txt" else ok(FEED)],
        respect_robots=True,
    )
    assert submit(site, "/x", "page").result(PATIENCE_S).reason == FetchReason.ROBOTS
    assert isinstance(submit(site, "/x", "page", obey_robots=False).result(PATIENCE_S), Fetched)


def test_a_rest_can_be_lifted(place):
    answers = [empty("429 Slow", "Retry-After: 99999999")]
    site = place(lambda asked: [answers.pop() if answers else ok(FEED)])
    assert submit(site, "/").result(PATIENCE_S).retry_after == timedelta(hours=24)
    assert timedelta(hours=23) < submit(site, "/").result(PATIENCE_S).retry_after <= timedelta(hours=24)
    site.fetcher.lift("Site.test")
    assert isinstance(submit(site, "/").result(PATIENCE_S), Fetched)


def test_lifting_before_the_start_or_after_the_end_does_nothing():
    fetcher = HttpFetcher(FetchPolicy())
    fetcher.lift("site.test")
    fetcher.close()
    fetcher.lift("site.test")


def test_a_queue_that_is_too_long_ends_with_a_sentence(place):
    knobs = {"per_host_spacing": timedelta(seconds=1), "queue_limit": timedelta(seconds=2.5), "workers": 2}
    site = place([ok(FEED)], **knobs)
    results = [future.result(PATIENCE_S) for future in [submit(site, f"/{number}") for number in range(20)]]
    late = [result for result in results if isinstance(result, FetchFailed)]
    assert 12 <= len(late) <= 19
    assert {result.reason for result in late} == {FetchReason.NO_TURN}
    assert "were waiting" in late[0].detail


# ---------------------------------------------------------------- not modified


@pytest.mark.parametrize("etag", ['W/"a-1"', '"a-1"', "a-1", '"\xe9,"', '""', 'w/"x"'])
def test_a_304_brings_its_headers_and_validators_return_byte_for_byte(place, etag):
    fresh = {
        "etag": etag,
        "last-modified": "Tue, 01 Jan 2030 10:00:00 GMT",
        "cache-control": "max-age=900",
        "date": "Tue, 01 Jan 2030 12:00:00 GMT",
        "age": "17",
        "expires": "Tue, 01 Jan 2030 12:15:00 GMT",
        "vary": "Accept-Encoding, User-Agent",
    }
    heads = [f"{name.title()}: {value}" for name, value in fresh.items()]
    site = place(
        lambda asked: [empty("304 N", *heads) if "if-none-match" in asked.headers else ok(FEED, *heads)]
    )
    first = submit(site, "/f").result(PATIENCE_S)
    assert first.headers["etag"] == etag
    validators = Validators(url=first.url, etag=first.headers["etag"], last_modified=fresh["last-modified"])
    second = submit(site, "/f", validators=validators).result(PATIENCE_S)
    assert isinstance(second, NotModified)
    assert {name: second.headers[name] for name in fresh} == fresh
    assert site.server.asked[1].headers["if-none-match"] == etag.lower()
