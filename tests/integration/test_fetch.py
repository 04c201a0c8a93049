"""`HttpFetcher` against a real server: what comes back, what is asked, what it costs."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from socket import EAI_AGAIN, gaierror

import pytest

from tests.integration.scripted_server import (
    HANG,
    KEEP,
    RESET,
    assert_spaced,
    empty,
    everything_is_here,
    ok,
    redirect,
)
from tests.patience import PATIENCE_S, assert_growth, until
from tracker.fetch import FetchPolicy, HttpFetcher, Network
from tracker.fetch.robots import RobotsCache
from tracker.fetch.target import Target
from tracker.model import Fetched, FetchFailed, FetchReason, FetchRequest, NotModified, Validators

FEED = b"<rss version='2.0'><channel><title>t</title></channel></rss>"
SOON = timedelta(seconds=1)


def reason(result):
    assert isinstance(result, FetchFailed), result
    return result.reason


# ---------------------------------------------------------------- what comes back


def test_a_document_comes_back_with_its_address_and_headers(place):
    site = place([ok(FEED, 'ETag: "a"', "Content-Type: text/xml", "Set-Cookie: c=1")])
    result = site.fetch("/feed#part")
    assert isinstance(result, Fetched)
    assert (result.status, result.body, result.degraded, result.permanent_url) == (200, FEED, "", None)
    assert result.url == site.base + "/feed"
    assert result.headers == {"content-length": str(len(FEED)), "etag": '"a"', "content-type": "text/xml"}


def test_the_request_says_who_we_are_and_what_we_read(place):
    site = place([ok(FEED)], contact="me@example.org")
    site.fetch("/a?b=%20c d")
    sent = site.server.asked[0]
    assert sent.line == "GET /a?b=%20c%20d HTTP/1.1"
    assert sent.headers["user-agent"] == "subject-tracker/0.1 (+me@example.org)"
    assert sent.headers["accept-encoding"] == "gzip, deflate"
    assert sent.headers["host"] == f"site.test:{site.server.port}"
    assert set(sent.headers) == {"host", "user-agent", "accept", "accept-encoding"}


def test_cookies_are_never_sent_back(place):
    site = place([ok(FEED, "Set-Cookie: c=1; Path=/"), KEEP])
    site.fetch("/a")
    site.fetch("/b")
    assert "cookie" not in site.server.asked[1].headers


def test_a_compressed_feed_is_inflated_and_vouched_for(place):
    body = gzip.compress(FEED)
    site = place([b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + body])
    result = site.fetch()
    assert (result.body, result.degraded) == (FEED, "")


def test_a_body_ended_only_by_the_closing_connection_is_degraded(place):
    site = place([b"HTTP/1.1 200 OK\r\n\r\n" + FEED])
    result = site.fetch()
    assert result.body == FEED
    assert "cut-off end" in result.degraded


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("204 No Content", FetchReason.EMPTY_BODY),
        ("206 Partial", FetchReason.TRUNCATED),
        ("300 Choices", FetchReason.HTTP_ERROR),
        ("304 Not Modified", FetchReason.UNEXPECTED_304),
        ("400 Bad", FetchReason.HTTP_ERROR),
        ("401 Login", FetchReason.FORBIDDEN),
        ("403 Forbidden", FetchReason.FORBIDDEN),
        ("404 Not Found", FetchReason.NOT_FOUND),
        ("410 Gone", FetchReason.GONE),
        ("429 Slow down", FetchReason.RATE_LIMITED),
        ("451 Law", FetchReason.FORBIDDEN),
        ("500 Oops", FetchReason.SERVER_ERROR),
        ("503 Busy", FetchReason.SERVER_ERROR),
        ("999 Odd", FetchReason.HTTP_ERROR),
    ],
)
def test_every_status_without_a_document_has_its_code_and_sentence(place, status, code):
    result = place([empty(status)]).fetch()
    assert reason(result) == code
    assert result.status == int(status[:3])
    assert result.detail.endswith(".")
    assert len(result.detail.split()) > 5


@pytest.mark.parametrize("status", ["429 Slow down", "503 Busy"])
def test_the_wait_that_the_server_asks_for_is_reported(place, status):
    assert place([empty(status, "Retry-After: 120")]).fetch().retry_after == timedelta(minutes=2)


def test_a_wait_given_as_a_date_is_counted_from_the_servers_clock_or_ours(place):
    def noon():
        return datetime(2030, 1, 1, 12, tzinfo=UTC)

    site = place([empty("503 Busy", "Retry-After: Tue, 01 Jan 2030 12:10:00 GMT")], clock_now=noon)
    assert site.fetch().retry_after == timedelta(minutes=10)


# ---------------------------------------------------------------- conditions


def test_not_modified_is_proof_only_for_our_own_validators(place):
    def script(asked):
        return [empty("304 Not Modified") if "if-none-match" in asked.headers else ok(FEED)]

    site = place(script)
    url = site.base + "/f"
    result = site.fetch("/f", validators=Validators(url=url, etag='W/"a"', last_modified="then"))
    assert isinstance(result, NotModified)
    assert site.server.asked[0].headers["if-none-match"] == 'w/"a"'
    assert site.server.asked[0].headers["if-modified-since"] == "then"
    other = site.fetch("/f?page=2", validators=Validators(url=url, etag='W/"a"'))
    assert isinstance(other, Fetched)


def test_validators_of_a_redirects_target_are_sent_to_that_target_only(place):
    def script(asked):
        if asked.path == "/old":
            return [redirect("/new")]
        return [empty("304 Not Modified") if "if-none-match" in asked.headers else ok(FEED)]

    site = place(script)
    result = site.fetch("/old", validators=Validators(url=site.base + "/new", etag='"a"'))
    assert isinstance(result, NotModified)
    assert "if-none-match" not in site.server.asked[0].headers
    assert (
        reason_or_type(site.fetch("/old", validators=Validators(url=site.base + "/old", etag='"a"')))
        is Fetched
    )


def reason_or_type(result):
    return result.reason if isinstance(result, FetchFailed) else type(result)


# ---------------------------------------------------------------- redirects


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [
        (["301 M"], "/1"),
        (["308 M"], "/1"),
        (["302 F"], None),
        (["307 T"], None),
        (["303 S"], None),
        (["301 M", "308 M"], "/2"),
        (["301 M", "302 F"], "/1"),
        (["301 M", "302 F", "301 M"], "/1"),
        (["302 F", "301 M"], None),
    ],
)
def test_only_an_unbroken_run_of_permanent_redirects_moves_the_address(place, statuses, permanent):
    def script(asked):
        step = int(asked.path.strip("/") or 0)
        return [redirect(f"/{step + 1}", statuses[step]) if step < len(statuses) else ok(FEED)]

    site = place(script)
    result = site.fetch("/")
    assert result.url == f"{site.base}/{len(statuses)}"
    assert result.permanent_url == (site.base + permanent if permanent else None)


def test_five_redirects_are_followed_and_a_sixth_is_not(place):
    def script(asked):
        step = int(asked.path.strip("/"))
        return [redirect(f"/{step - 1}"), KEEP] if step else [ok(FEED), KEEP]

    site = place(script)
    assert isinstance(site.fetch("/5"), Fetched)
    assert reason(site.fetch("/6")) == FetchReason.REDIRECT_LIMIT
    assert site.server.connections == 1


def test_a_redirect_carries_no_credentials_on(place):
    site = place(
        lambda asked: [
            redirect(f"http://u:p@site.test:{site.server.port}/n") if asked.path == "/" else ok(FEED)
        ]
    )
    result = site.fetch("/")
    assert result.url == site.base + "/n"
    assert "authorization" not in site.server.asked[1].headers


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("file:///etc/passwd", FetchReason.BLOCKED_SCHEME),
        ("http://127.0.0.1/", FetchReason.BLOCKED_ADDRESS),
        ("http://example.test:22/", FetchReason.BLOCKED_PORT),
        ("http://[::1", FetchReason.BAD_URL),
        ("", FetchReason.BAD_URL),
        ("http://other.test/", FetchReason.BLOCKED_ADDRESS),
    ],
)
def test_a_redirect_is_judged_like_any_other_address(place, location, code):
    site = place([redirect(location)])
    result = site.fetch()
    assert reason(result) == code
    assert len(site.server.asked) == 1
    assert "allow_hosts" not in result.detail, "a server must not talk its reader into opening an address"


# ---------------------------------------------------------------- broken servers


def test_a_connection_lost_before_the_answer_is_tried_once_more(place):
    counted = []

    def script(asked):
        counted.append(1)
        return [RESET] if len(counted) == 1 else [ok(FEED)]

    assert isinstance(place(script).fetch(), Fetched)


def test_a_server_that_always_hangs_up_is_asked_twice(place):
    site = place([])
    assert reason(site.fetch()) == FetchReason.CONNECTION_LOST
    assert len(site.server.asked) == 2


@pytest.mark.parametrize(
    ("steps", "codes"),
    [
        ([RESET], {FetchReason.CONNECTION_LOST}),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"], {FetchReason.TRUNCATED}),
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", RESET], {FetchReason.TRUNCATED}),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"], {FetchReason.TRUNCATED}),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab"], {FetchReason.PROTOCOL_ERROR}),
        (
            [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(FEED)[:-9]],
            {FetchReason.TRUNCATED},
        ),
        (
            [b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
            {FetchReason.PROTOCOL_ERROR},
        ),
        ([b"\0\1 nonsense\r\n\r\n"], {FetchReason.PROTOCOL_ERROR}),
        ([b"HTTP/1.1 200 OK\r\nX: " + b"y" * 300_000], {FetchReason.PROTOCOL_ERROR}),
    ],
)
def test_broken_answers_are_told_apart(place, steps, codes):
    assert reason(place(steps).fetch()) in codes


@pytest.mark.parametrize(
    "steps",
    [
        [HANG],
        [b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n", 0.1] * 5000],
        [b"HTTP/1.1 103 Early\r\n\r\n", 0.1] * 5000,
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", *[b"x", 0.1] * 5000],
        [0.4, redirect("/again")],
    ],
)
def test_one_deadline_covers_headers_body_and_hops(place, steps):
    site = place(steps, total_deadline=SOON)
    begun = time.monotonic()
    assert reason(site.fetch()) == FetchReason.TIMEOUT_TOTAL
    assert 0.9 < time.monotonic() - begun < 60, "the answer itself would take minutes"


def test_a_name_that_is_never_answered_ends_at_the_deadline(place):
    async def silence(host, port):
        await asyncio.sleep(3600)

    site = place([], network=Network(resolver=silence), total_deadline=SOON)
    assert reason(site.fetch()) == FetchReason.TIMEOUT_TOTAL


def test_after_many_timeouts_every_connection_can_be_used_again(place):
    site = place(
        lambda asked: [HANG] if asked.path == "/hang" else [ok(FEED)],
        total_deadline=timedelta(seconds=0.3),
        workers=3,
        per_host_concurrency=3,
    )
    hanging = [site.fetcher.submit(FetchRequest(url=site.base + "/hang", purpose="feed")) for _ in range(12)]
    assert {reason(future.result(PATIENCE_S)) for future in hanging} == {FetchReason.TIMEOUT_TOTAL}
    until(lambda: isinstance(site.fetch("/"), Fetched), "a connection that works")


@pytest.mark.parametrize(
    ("steps", "cap"),
    [
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nabc", HANG], 1000),
        ([b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 65536] * 64, HANG], 1_000_000),
        ([ok(gzip.compress(b"0" * 20_000_000), "Content-Encoding: gzip")], 1_000_000),
        ([ok(gzip.compress(gzip.compress(b"0" * 20_000_000)))], 1_000_000),
    ],
)
def test_size_is_bounded_before_and_after_inflation(place, steps, cap):
    assert reason(place(steps, feed_cap_bytes=cap).fetch()) == FetchReason.TOO_LARGE


def test_pages_have_their_own_cap(place):
    site = place([ok(b"x" * 2000)], page_cap_bytes=1000)
    assert isinstance(site.fetch(purpose="feed"), Fetched)
    assert reason(site.fetch(purpose="page")) == FetchReason.TOO_LARGE


# ---------------------------------------------------------------- names, connections, TLS


def test_an_unknown_name_says_so():
    async def unknown(host, port):
        raise gaierror(-2, "Name or service not known")

    async def unsure(host, port):
        raise gaierror(EAI_AGAIN, "Temporary failure")

    async def empty_answer(host, port):
        return []

    for resolver, words in ((unknown, "no address"), (unsure, "just now"), (empty_answer, "no address")):
        fetcher = HttpFetcher(FetchPolicy(), network=Network(resolver=resolver))
        result = fetcher.submit(FetchRequest(url="http://nowhere.test/", purpose="feed")).result(PATIENCE_S)
        fetcher.close()
        assert reason(result) == FetchReason.DNS
        assert words in result.detail


def test_the_operating_systems_look_up_knows_localhost():
    from tracker.fetch.guard import system_resolver

    assert {"127.0.0.1", "::1"} & set(asyncio.run(system_resolver("localhost", 80)))
    with pytest.raises(OSError):
        asyncio.run(system_resolver("no-such-name.invalid", 80))


def test_a_closed_port_is_a_connect_failure():
    fetcher = HttpFetcher(FetchPolicy(allow_hosts=("127.0.0.1:9",)))
    result = fetcher.submit(FetchRequest(url="http://127.0.0.1:9/", purpose="feed")).result(PATIENCE_S)
    fetcher.close()
    assert reason(result) == FetchReason.CONNECT


def test_a_dead_first_address_does_not_hide_a_living_second(place):
    async def two(host, port):
        return ["127.0.0.2", "127.0.0.1"]

    assert isinstance(place([ok(FEED)], network=Network(resolver=two)).fetch(), Fetched)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=site.test -addext subjectAltName=DNS:site.test"
    )
    try:
        subprocess.run(
            ["openssl", *command.split(), "-keyout", str(key), "-out", str(cert)],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("the openssl command is not installed")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return context, cert


def test_tls_is_spoken_with_the_names_own_certificate_only(place, certificate):
    context, cert = certificate

    def trust(client):
        client.load_verify_locations(cert)

    trusting = Network(resolver=everything_is_here, trust=trust)
    site = place([ok(FEED), KEEP], hosts=("site.test", "other.test"), network=trusting, ssl_context=context)
    assert site.fetch("/a").body == FEED
    assert site.fetch("/b").body == FEED
    assert site.server.connections == 1
    other = site.fetch(f"https://other.test:{site.server.port}/")
    assert reason(other) == FetchReason.TLS
    assert "certificate" in other.detail


def test_an_unknown_certificate_and_a_plain_server_are_tls_failures(place, certificate):
    stranger = place([ok(FEED)], ssl_context=certificate[0])
    assert reason(stranger.fetch()) == FetchReason.TLS
    plain = place([ok(FEED)])
    assert reason(plain.fetch(plain.base.replace("http:", "https:") + "/")) == FetchReason.TLS


def test_a_large_document_over_tls_arrives_whole(place, certificate):
    context, cert = certificate
    body = bytes(range(256)) * 20_000
    network = Network(resolver=everything_is_here, trust=lambda client: client.load_verify_locations(cert))
    assert place([ok(body)], network=network, ssl_context=context).fetch().body == body


def test_a_server_that_hangs_up_in_the_handshake_is_a_tls_failure():
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up():
        listener.accept()[0].close()

    threading.Thread(target=hang_up, daemon=True).start()
    port = listener.getsockname()[1]
    fetcher = HttpFetcher(
        FetchPolicy(allow_hosts=(f"cut.test:{port}",)), network=Network(resolver=everything_is_here)
    )
    result = fetcher.submit(FetchRequest(url=f"https://cut.test:{port}/", purpose="feed")).result(PATIENCE_S)
    fetcher.close()
    listener.close()
    assert reason(result) == FetchReason.TLS


# ---------------------------------------------------------------- politeness


def test_requests_to_one_host_keep_their_distance(place):
    site = place([ok(FEED), KEEP], per_host_spacing=timedelta(seconds=0.3))
    begun = time.monotonic()
    futures = [site.fetcher.submit(FetchRequest(url=site.base, purpose="feed")) for _ in range(4)]
    assert all(isinstance(future.result(PATIENCE_S), Fetched) for future in futures)
    assert_spaced(begun, [asked.at for asked in site.server.asked], 0.3)


def test_other_hosts_do_not_wait(place):
    site = place([ok(FEED), KEEP], hosts=("a.test", "b.test"), per_host_spacing=timedelta(hours=1))
    urls = [f"http://{host}.test:{site.server.port}/" for host in "aab"]
    futures = [site.fetcher.submit(FetchRequest(url=url, purpose="feed")) for url in urls]
    assert isinstance(futures[0].result(PATIENCE_S), Fetched)
    assert isinstance(futures[2].result(PATIENCE_S), Fetched)
    assert not futures[1].done()


def test_no_more_than_two_at_once_on_one_host(place):
    running, peak, lock = [0], [0], threading.Lock()

    def script(asked):
        with lock:
            running[0] += 1
            peak[0] = max(peak[0], running[0])
        while peak[0] < 2:
            yield 0.05
        yield 0.1
        with lock:
            running[0] -= 1
        yield ok(FEED)

    site = place(script)
    futures = [site.fetcher.submit(FetchRequest(url=f"{site.base}/{n}", purpose="feed")) for n in range(6)]
    assert all(isinstance(future.result(PATIENCE_S), Fetched) for future in futures)
    assert peak[0] == 2


def test_a_429_spares_the_whole_host_the_rest(place):
    site = place([empty("429 Slow", "Retry-After: 3600")], per_host_concurrency=1)
    futures = [site.fetcher.submit(FetchRequest(url=f"{site.base}/{n}", purpose="page")) for n in range(5)]
    results = [future.result(PATIENCE_S) for future in futures]
    assert {reason(result) for result in results} == {FetchReason.RATE_LIMITED}
    assert all(timedelta(minutes=59) < result.retry_after <= timedelta(hours=1) for result in results)
    assert len(site.server.asked) == 1


def test_a_short_rest_is_waited_for(place):
    site = place(
        lambda asked: [empty("429 Slow", "Retry-After: 1") if asked.path == "/0" else ok(FEED)],
        per_host_concurrency=1,
    )
    futures = [site.fetcher.submit(FetchRequest(url=f"{site.base}/{n}", purpose="feed")) for n in range(2)]
    assert reason(futures[0].result(PATIENCE_S)) == FetchReason.RATE_LIMITED
    assert isinstance(futures[1].result(PATIENCE_S), Fetched)
    assert site.server.asked[1].at - site.server.asked[0].at > 0.9


def test_a_server_fault_holds_back_nobody_else(place):
    site = place(lambda asked: [empty("503 Busy", "Retry-After: 3600") if asked.path == "/0" else ok(FEED)])
    assert reason(site.fetch("/0")) == FetchReason.SERVER_ERROR
    assert isinstance(site.fetch("/1"), Fetched)


# ---------------------------------------------------------------- robots.txt


def robots(text, page=FEED):
    return lambda asked: [ok(text) if asked.path == "/robots.txt" else ok(page), KEEP]


def test_pages_are_asked_for_as_robots_txt_allows_and_feeds_always(place):
    site = place(robots(b"User-agent: *\nDisallow: /private"), respect_robots=True)
    assert isinstance(site.fetch("/open", "page"), Fetched)
    refused = site.fetch("/private/x", "page")
    assert reason(refused) == FetchReason.ROBOTS
    assert "robots.txt" in refused.detail
    assert isinstance(site.fetch("/private/feed", "feed"), Fetched)
    assert site.server.paths == ["/robots.txt", "/open", "/private/feed"]


def test_robots_txt_can_be_ignored_by_setting(place):
    site = place(robots(b"User-agent: *\nDisallow: /"), respect_robots=False)
    assert isinstance(site.fetch("/x", "page"), Fetched)
    assert site.server.paths == ["/x"]


def test_a_redirect_is_checked_against_the_rules_of_its_target(place):
    def script(asked):
        if asked.path == "/robots.txt":
            return [ok(b"User-agent: *\nDisallow: /private")]
        return [redirect("/private")]

    site = place(script, respect_robots=True)
    assert reason(site.fetch("/open", "page")) == FetchReason.ROBOTS


@pytest.mark.parametrize(
    "steps", [[empty("404 N")], [empty("403 F")], [empty("500 O")], [RESET], [b"junk\r\n\r\n"]]
)
def test_a_robots_txt_that_cannot_be_had_allows(place, steps):
    site = place(lambda asked: steps if asked.path == "/robots.txt" else [ok(FEED)], respect_robots=True)
    assert isinstance(site.fetch("/x", "page"), Fetched)


def test_a_hanging_robots_txt_leaves_time_for_the_page(place):
    site = place(
        lambda asked: [HANG] if asked.path == "/robots.txt" else [ok(FEED)],
        respect_robots=True,
        total_deadline=timedelta(seconds=9),  # a third of it is for the rules
    )
    assert isinstance(site.fetch("/x", "page"), Fetched)


def test_many_pages_of_a_site_ask_for_its_rules_once(place):
    site = place(
        lambda asked: [0.2, ok(b"")] if asked.path == "/robots.txt" else [ok(FEED)],
        respect_robots=True,
        per_host_concurrency=8,
    )
    futures = [site.fetcher.submit(FetchRequest(url=f"{site.base}/{n}", purpose="page")) for n in range(8)]
    assert all(isinstance(future.result(PATIENCE_S), Fetched) for future in futures)
    assert site.server.paths.count("/robots.txt") == 1


def test_a_crawl_delay_widens_the_distance(place):
    site = place(robots(b"User-agent: *\nCrawl-delay: 0.6"), respect_robots=True, per_host_concurrency=1)
    begun = time.monotonic()
    for page in ("/1", "/2"):
        assert isinstance(site.fetch(page, "page"), Fetched)
    assert_spaced(begun, [asked.at for asked in site.server.asked if asked.path != "/robots.txt"], 0.6)


def test_the_robots_txt_of_a_private_address_is_not_fetched(place):
    site = place(robots(b""), respect_robots=True)
    assert reason(site.fetch("http://inside.test/x", "page")) == FetchReason.BLOCKED_ADDRESS
    assert site.server.asked == []


def test_remembered_rules_are_bounded_and_the_oldest_are_asked_for_again():
    async def visit():
        cache, asked = RobotsCache("t/1"), []

        async def load(number):
            asked.append(number)
            return Fetched(request=request, url="u", status=200, body=large)

        for number in [*range(40), 39, 0]:
            target = Target(url=f"http://h{number}.test/", scheme="http", host=f"h{number}.test", port=80)
            await cache.rules_for(target, partial(load, number))
        return asked

    request = FetchRequest(url="u", purpose="robots")
    large = b"User-agent: *\n" + b"Disallow: /x\n" * 20_000
    assert asyncio.run(visit()) == [*range(40), 0]


# ---------------------------------------------------------------- many, and the end


def test_an_address_that_is_refused_never_starts_the_thread():
    fetcher = HttpFetcher(FetchPolicy())
    before = threading.active_count()
    assert (
        reason(fetcher.submit(FetchRequest(url="file:///x", purpose="feed")).result(0))
        == FetchReason.BLOCKED_SCHEME
    )
    assert threading.active_count() == before
    fetcher.close()


def test_ten_thousand_requests_are_queued_at_once_and_cut_by_close(place):
    """Nobody is answered, so that a request that was waited for, or that close waits for, ends by its deadline."""
    site = place([HANG], total_deadline=timedelta(hours=1), queue_limit=timedelta(hours=1))
    futures = []

    def submit(count):
        for _ in range(count):
            request = FetchRequest(url=f"{site.base}/{len(futures)}", purpose="feed")
            futures.append(site.fetcher.submit(request))

    submit(625)
    until(lambda: site.server.asked, "the first request")
    assert_growth(submit, 250, 4_000)
    assert not any(future.done() for future in futures)
    site.fetcher.close()
    assert len(futures) > 10_000
    assert len(site.server.asked) <= 2, "as many as one host is asked for at once"
    assert {reason(future.result(0)) for future in futures} == {FetchReason.STOPPED}
    assert (
        reason(site.fetcher.submit(FetchRequest(url=site.base, purpose="feed")).result(0))
        == FetchReason.STOPPED
    )
    site.fetcher.close()


def test_a_cancelled_future_harms_nobody(place):
    site = place([ok(FEED)], per_host_spacing=timedelta(seconds=0.2))
    futures = [
        site.fetcher.submit(FetchRequest(url=f"{site.base}/{number}", purpose="feed")) for number in range(3)
    ]
    futures[1].cancel()
    assert isinstance(futures[0].result(PATIENCE_S), Fetched)
    assert isinstance(futures[2].result(PATIENCE_S), Fetched)


def test_a_fault_of_our_own_is_logged_and_costs_one_request(place, caplog):
    async def faulty(host, port):
        if host == "bug.test":
            raise LookupError("a bug")
        return ["127.0.0.1"]

    site = place([ok(FEED)], hosts=("site.test", "bug.test"), network=Network(resolver=faulty), workers=1)
    assert reason(site.fetch(f"http://bug.test:{site.server.port}/")) == FetchReason.PROTOCOL_ERROR
    assert isinstance(site.fetch("/"), Fetched)
    assert "fetch worker failed" in caplog.text


def test_threads_and_sockets_are_gone_after_close(place):
    def in_use():
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    before = in_use()
    for _ in range(3):
        fetcher = HttpFetcher(
            FetchPolicy(allow_hosts=("127.0.0.1:9",)), network=Network(resolver=everything_is_here)
        )
        fetcher.submit(FetchRequest(url="http://127.0.0.1:9/", purpose="feed")).result(PATIENCE_S)
        fetcher.close()
    assert in_use() == before
