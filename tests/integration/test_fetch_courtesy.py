"""Bot checks named, pings, and turns that are kept also by requests that come over a redirect."""

from __future__ import annotations

import gzip
import time
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.integration.scripted_server import HANG, KEEP, RESET, empty, ok, redirect
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
    site = place(steps, total_deadline=timedelta(seconds=5))
    result = submit(site, "/").result(30)
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
    site = place(steps, total_deadline=timedelta(seconds=5))
    begun = time.monotonic()
    result = submit(site, "/").result(30)
    assert (result.reason, result.status, result.protection) == (FetchReason.FORBIDDEN, 403, "")
    assert time.monotonic() - begun < 2


def test_a_check_in_place_of_a_document_is_no_document(place):
    page = b'<html><script id="anubis_challenge" type="application/json">{}</script>'
    result = submit(place([ok(page)]), "/").result(30)
    assert (result.reason, result.protection, result.status) == (FetchReason.PROTECTED, "Anubis", 200)


def test_a_check_with_status_202_is_told_from_a_document_with_status_202(place):
    site = place(
        lambda asked: [
            ok(FEED, status="202 Accepted")
            if asked.path == "/feed"
            else empty("202 Accepted", "x-amzn-waf-action: challenge")
        ]
    )
    assert submit(site, "/feed").result(30).body == FEED
    assert submit(site, "/check").result(30).protection == "AWS WAF"


def test_a_short_refusal_leaves_its_connection_usable(place):
    site = place(lambda asked: [ok(b"no", status="403 F") if asked.path == "/0" else ok(FEED), KEEP])
    submit(site, "/0").result(30)
    submit(site, "/1").result(30)
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
    begun = time.monotonic()
    result = submit(site, "/ping/1", "ping").result(30)
    assert isinstance(result, Fetched)
    assert result.body == b""
    assert site.server.paths == ["/ping/1"]
    assert site.server.asked[0].headers["accept"] == "*/*"
    assert time.monotonic() - begun < 2


def test_a_ping_follows_its_own_host_only(place):
    def script(asked):
        target = {"/a": "/b", "/c": f"http://other.test:{site.server.port}/b"}.get(asked.path)
        return [redirect(target) if target else ok(b"")]

    site = place(script, hosts=("site.test", "other.test"))
    assert isinstance(submit(site, "/a", "ping").result(30), Fetched)
    assert submit(site, "/c", "ping").result(30).reason == FetchReason.REDIRECT_LIMIT
    assert site.server.paths == ["/a", "/b", "/c"]


def test_a_ping_that_is_refused_says_so(place):
    assert submit(place([empty("404 N")]), "/", "ping").result(30).reason == FetchReason.NOT_FOUND


# ---------------------------------------------------------------- turns


def starts(site, host):
    return [asked.at for asked in site.server.asked if asked.headers["host"].startswith(host)]


def gaps(times):
    return [later - sooner for sooner, later in pairwise(times)]


def test_redirects_from_many_hosts_to_one_are_spaced_by_that_one(place):
    hosts = tuple(f"h{number}.test" for number in range(4))

    def script(asked):
        to = f"http://hub.test:{site.server.port}{asked.path}"
        return [ok(FEED) if asked.headers["host"].startswith("hub") else redirect(to)]

    site = place(script, hosts=(*hosts, "hub.test"), per_host_spacing=timedelta(seconds=0.3))
    pending = [submit(site, f"http://{host}:{site.server.port}/{host}") for host in hosts]
    pending.append(submit(site, f"http://hub.test:{site.server.port}/direct"))
    assert all(isinstance(future.result(30), Fetched) for future in pending)
    assert len(starts(site, "hub")) == 5
    assert min(gaps(starts(site, "hub"))) > 0.15


def test_the_wait_for_a_turn_is_not_counted_as_the_servers_time(place):
    def script(asked):
        to = f"http://hub.test:{site.server.port}/"
        return [ok(FEED) if asked.headers["host"].startswith("hub") else redirect(to)]

    hosts = ("a.test", "b.test", "hub.test")
    knobs = {"per_host_spacing": timedelta(seconds=1.2), "total_deadline": timedelta(seconds=0.8)}
    site = place(script, hosts=hosts, **knobs)
    pending = [submit(site, f"http://{host}:{site.server.port}/") for host in hosts[:2]]
    assert all(isinstance(future.result(30), Fetched) for future in pending)


def test_a_redirect_does_not_lead_round_a_hosts_rest(place):
    def script(asked):
        if asked.headers["host"].startswith("hub"):
            return [empty("429 Slow", "Retry-After: 3600")]
        return [redirect(f"http://hub.test:{site.server.port}/x")]

    site = place(script, hosts=("site.test", "hub.test"))
    for _ in range(2):
        result = submit(site, "/").result(30)
        assert result.reason == FetchReason.RATE_LIMITED
        assert timedelta(minutes=59) < result.retry_after <= timedelta(hours=1)
    assert len(starts(site, "hub")) == 1


def test_a_page_waits_its_turn_after_its_sites_robots_txt(place):
    site = place(
        lambda asked: [ok(b"") if asked.path == "/robots.txt" else ok(FEED), KEEP],
        respect_robots=True,
        per_host_spacing=timedelta(seconds=0.3),
    )
    pending = [submit(site, f"/{number}", "page") for number in range(3)]
    assert all(isinstance(future.result(30), Fetched) for future in pending)
    assert site.server.paths[0] == "/robots.txt"
    assert min(gaps(starts(site, "site"))) > 0.15


def test_a_request_may_leave_robots_txt_aside(place):
    site = place(
        lambda asked: [ok(b"User-agent: *\nDisallow: /") if asked.path == "/robots.txt" else ok(FEED)],
        respect_robots=True,
    )
    assert submit(site, "/x", "page").result(30).reason == FetchReason.ROBOTS
    assert isinstance(submit(site, "/x", "page", obey_robots=False).result(30), Fetched)


def test_a_rest_can_be_lifted(place):
    answers = [empty("429 Slow", "Retry-After: 99999999")]
    site = place(lambda asked: [answers.pop() if answers else ok(FEED)])
    assert submit(site, "/").result(30).retry_after == timedelta(hours=24)
    assert timedelta(hours=23) < submit(site, "/").result(30).retry_after <= timedelta(hours=24)
    site.fetcher.lift("Site.test")
    assert isinstance(submit(site, "/").result(30), Fetched)


def test_lifting_before_the_start_or_after_the_end_does_nothing():
    fetcher = HttpFetcher(FetchPolicy())
    fetcher.lift("site.test")
    fetcher.close()
    fetcher.lift("site.test")


def test_a_queue_that_is_too_long_ends_with_a_sentence(place):
    site = place(
        [ok(FEED)], per_host_spacing=timedelta(seconds=0.5), queue_limit=timedelta(seconds=1.2), workers=2
    )
    begun = time.monotonic()
    results = [future.result(30) for future in [submit(site, f"/{number}") for number in range(20)]]
    assert time.monotonic() - begun < 4
    late = [result for result in results if isinstance(result, FetchFailed)]
    assert 14 <= len(late) <= 18
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
    first = submit(site, "/f").result(30)
    assert first.headers["etag"] == etag
    validators = Validators(url=first.url, etag=first.headers["etag"], last_modified=fresh["last-modified"])
    second = submit(site, "/f", validators=validators).result(30)
    assert isinstance(second, NotModified)
    assert {name: second.headers[name] for name in fresh} == fresh
    assert site.server.asked[1].headers["if-none-match"] == etag.lower()
