"""Headers out and in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tracker.fetch.headers import conditions_for, header_map, redirect_url, request_headers, retry_after
from tracker.fetch.policy import FetchPolicy
from tracker.model import FetchRequest, Validators

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(hours=24)


@pytest.mark.parametrize(
    ("headers", "rest"),
    [
        ({}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "0"}, timedelta(0)),
        ({"retry-after": " 120 "}, timedelta(seconds=120)),
        ({"retry-after": "000000000120"}, timedelta(seconds=120)),
        ({"retry-after": "86401"}, DAY),
        ({"retry-after": "9000000000"}, DAY),
        ({"retry-after": "9" * 5000}, DAY),
        ({"retry-after": "Tue, 01 Jan 2030 12:05:00 GMT"}, timedelta(minutes=5)),
        ({"retry-after": "Tue, 01 Jan 2030 12:05:00 -0000"}, timedelta(minutes=5)),
        ({"retry-after": "Tue, 01 Jan 2030 11:00:00 GMT"}, timedelta(0)),
        ({"retry-after": "Fri, 01 Jan 2040 00:00:00 GMT"}, DAY),
        ({"retry-after": "Tue, 99 Jan 2030 12:05:00 GMT"}, None),
        (
            {"retry-after": "Mon, 31 Dec 2029 10:05:00 GMT", "date": "Mon, 31 Dec 2029 10:00:00 GMT"},
            timedelta(minutes=5),
        ),
        ({"retry-after": "Tue, 01 Jan 2030 12:05:00 GMT", "date": "nonsense"}, timedelta(minutes=5)),
    ],
)
def test_retry_after_is_read_in_both_forms_by_the_servers_clock_and_capped_at_a_day(headers, rest):
    assert retry_after(headers, NOW) == rest


def test_validators_go_only_to_exactly_their_address():
    validators = Validators(url="http://a.example/f", etag='"x"', last_modified="then")
    assert conditions_for(validators, {"http://a.example/f"}) == {
        "If-None-Match": '"x"',
        "If-Modified-Since": "then",
    }
    assert conditions_for(validators, {"http://a.example/f?page=2"}) == {}
    assert conditions_for(None, {"http://a.example/f"}) == {}


@pytest.mark.parametrize("etag", ['"a\r\nX: y"', "\u20ac", "", None, "\x00"])
def test_a_validator_that_could_not_be_a_header_is_left_out(etag):
    assert conditions_for(Validators(url="u", etag=etag), {"u"}) == {}


def test_an_odd_etag_comes_back_byte_for_byte():
    kept = header_map([(b"ETag", b'"\xff\xfe"')])["etag"]
    request = FetchRequest(url="http://a.example/", purpose="feed")
    sent = request_headers(request, FetchPolicy(), conditions_for(Validators(url="u", etag=kept), {"u"}))
    assert (b"If-None-Match", b'"\xff\xfe"') in sent


def test_the_purpose_chooses_the_accept_header():
    policy = FetchPolicy()
    accepts = {
        purpose: dict(request_headers(FetchRequest(url="u", purpose=purpose), policy, {}))[b"Accept"]
        for purpose in ("feed", "page", "robots")
    }
    assert b"rss" in accepts["feed"]
    assert accepts["page"].startswith(b"text/html")
    assert accepts["robots"].startswith(b"text/plain")


def test_repeated_headers_are_joined_and_cookies_dropped():
    pairs = [(b"Vary", b"a"), (b"VARY", b"b"), (b"Set-Cookie", b"c=1"), (b"X", b"y")]
    assert header_map(pairs) == {"vary": "a, b", "x": "y"}


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/x", "http://a.example/x"),
        ("y?z", "http://a.example/b/y?z"),
        ("//b.example/", "http://b.example/"),
        ("https://b.example/ ", "https://b.example/"),
        ("", None),
        ("  ", None),
        ("/a%0d%0aX: y", None),
        ("//[::1", None),
        ("http:x/y", "http:x/y"),
        ("/\xc3\xa9", "http://a.example/é"),
        ("/\xe9", "http://a.example/é"),
    ],
)
def test_a_redirect_is_resolved_or_leads_nowhere(location, url):
    assert redirect_url(location, "http://a.example/b/c") == url
