"""Laws of every door that foreign text comes in by: addresses, headers, configuration, feed lists, archives, bodies.

Whatever stands there ends in a value or in the one error that the door declares, and what comes through is harmless.
`TRACKER_EXAMPLES` multiplies the number of examples.
"""

from __future__ import annotations

import gzip
import json
import os
import zlib
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracker.cli.archive import archive_rows
from tracker.errors import ConfigError, UsageError
from tracker.feeds import find_feeds, news_sitemaps, parse_opml, render_opml, robots_sitemaps
from tracker.fetch import FetchPolicy
from tracker.fetch.body import announced_length, inflate
from tracker.fetch.failures import Refusal
from tracker.fetch.headers import conditions_for, header_map, redirect_url, retry_after
from tracker.fetch.robots import rules_for_us
from tracker.fetch.target import BLOCKED_NETWORKS, Target, check_url, literal_address
from tracker.model import Validators
from tracker.pipeline.archive import archive_draft
from tracker.polling.freshness import freshness
from tracker.settings import load_settings
from tracker.urls import canonical_url, is_web_url

POLICY = FetchPolicy()
NOW = datetime(2026, 11, 22, tzinfo=UTC)
MORE = int(os.environ.get("TRACKER_EXAMPLES", "1"))
some = settings(max_examples=100 * MORE, deadline=None)
few = settings(max_examples=40 * MORE, deadline=None)

NUMBERS = st.one_of(
    st.integers(0, 2**32 - 1).map(str),
    st.integers(0, 2**32 - 1).map(hex),
    st.integers(0, 2**32 - 1).map(lambda n: f"0{n:o}"),
    st.integers(0, 255).map(str),
    st.sampled_from(["127", "0x7f", "0177", "１２７", "①", "", "256", "-1", "1e3", "0b1"]),
)
DOTS = st.sampled_from([".", ".", ".", "。", "．", "｡", "%2e", ".."])
HOSTS = st.one_of(
    st.lists(NUMBERS, min_size=1, max_size=5).flatmap(lambda parts: DOTS.map(lambda dot: dot.join(parts))),
    st.integers(0, 2**128 - 1).map(lambda n: f"[{ip_address(n.to_bytes(16, 'big'))}]"),
    st.integers(0, 2**32 - 1).map(lambda n: f"[::ffff:{ip_address(n)}]"),
    st.sampled_from(
        ["localhost", "ｌocalhost", "LOCALHOST.", "loc\u00adalhost", "xn--", "a..b", "[::1", "::1]", "[v1.x]"]
    ),
    st.text(max_size=12),
)
URLS = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["http://", "https://", "HTTP:", "http:/", "//", "http:\\\\", "ftp://", "", " http://", "http://x@", "http://x:y@"]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":0", ":65536", ":8o", ":", ":22", ":８０", ":-80"]),
    st.sampled_from(["", "/", "/a b", "/%0d%0aX: y", "\\@public.test", "/../..", "/\u202e", "//x"]),
    st.sampled_from(["", "?q=é", "#@x", "?" + "a" * 300, "#\n"]),
)  # fmt: skip


@some
@given(URLS)
@example("http://0x7f.1/")
@example("http://[::ffff:127.0.0.1]:80/")
def test_an_address_that_may_be_asked_is_plain_ascii_and_outside(url):
    target = check_url(url, POLICY)
    assert isinstance(target, Target | Refusal)
    if isinstance(target, Refusal):
        assert target.detail.endswith(".")
        return
    assert target.url.isascii()
    assert target.url.isprintable()
    assert not set(target.url) & set(" \r\n\t@\\")
    assert target.port in POLICY.allowed_ports
    assert urlsplit(target.url).hostname == target.host, "two readers of one address would go to two places"
    assert not any(mark in target.host for mark in "%/@\\ ")
    address = literal_address(target.host)
    assert address is None or not any(address in network for network in BLOCKED_NETWORKS)
    again = check_url(target.url, POLICY)
    assert again == target


@some
@given(st.one_of(URLS, st.text(max_size=60)), URLS)
def test_a_redirect_leads_to_an_address_or_nowhere_and_is_judged_like_any_other(location, base):
    led = redirect_url(location, base if "://" in base else f"http://{base}")
    assert led is None or isinstance(check_url(led, POLICY), Target | Refusal)


@some
@given(st.one_of(URLS, st.text(max_size=200)))
def test_any_text_is_a_canonical_web_address_or_none(url):
    canonical = canonical_url(url)
    assert canonical is None or is_web_url(canonical)


PAIRS = st.lists(
    st.tuples(
        st.sampled_from([b"Retry-After", b"Content-Length", b"Cache-Control", b"Expires", b"Date", b"Age", b"ETag", b"set-cookie", b"\xff"]),
        st.one_of(st.binary(max_size=30), st.sampled_from([b"9" * 400, b"max-age=-1", b"max-age=1e9", b"-0", b"\xb2", b"Thu, 01 Jan 0000 00:00:00 GMT"])),
    ),
    max_size=6,
)  # fmt: skip


@some
@given(PAIRS)
def test_whatever_headers_say_rests_and_freshness_are_durations_within_their_bounds(pairs):
    headers = header_map(pairs)
    assert "set-cookie" not in headers
    rest = retry_after(headers, NOW)
    assert rest is None or timedelta(0) <= rest <= timedelta(days=1)
    assert freshness(headers, NOW) >= timedelta(0)
    length = announced_length(headers)
    assert length is None or length >= 0
    sent = conditions_for(
        Validators(url="u", etag=headers.get("etag"), last_modified=headers.get("expires")), {"u"}
    )
    assert not any(set(value) & set("\r\n\0") for value in sent.values())


@few
@given(st.binary(max_size=200), st.integers(0, 400), st.sampled_from(["gzip", "deflate"]), st.integers(0, 3))
def test_a_body_is_inflated_within_its_cap_or_refused(raw, cut, coding, layers):
    packed = raw * 50
    for _ in range(layers):
        packed = gzip.compress(packed) if coding == "gzip" else zlib.compress(packed)
    result = inflate(packed[: cut or None], coding, 4096)
    assert isinstance(result, bytes | Refusal)
    assert isinstance(result, Refusal) or len(result) <= 4096


@few
@given(
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "ignore")))
)
@example(b"<a href=" * 500)
@example(b"Sitemap:" * 500)
def test_pages_robots_and_lists_of_sitemaps_name_web_addresses_or_nothing(body):
    found = [
        *find_feeds(body, "http://a.test/"),
        *news_sitemaps(body, "x"),
        *robots_sitemaps(body, "http://a.test/"),
    ]
    assert all(is_web_url(one.url) for one in found)
    assert isinstance(rules_for_us(body.decode("latin-1"), "subject-tracker"), str)


OUTLINES = st.recursive(
    st.builds(
        '<outline text="{}" xmlUrl="{}"/>'.format,
        st.text(max_size=8),
        st.one_of(URLS, st.text(max_size=12)),
    ),
    lambda inner: st.builds('<outline text="{}">{}</outline>'.format, st.text(max_size=6), inner),
    max_leaves=4,
)


@few
@given(
    st.one_of(
        st.binary(max_size=120),
        OUTLINES.map(
            lambda inner: f"<opml version='2.0'><body>{inner}</body></opml>".encode("utf-8", "ignore")
        ),
    )
)
@example(b"<opml><body>" + b"<outline text='x'>" * 3000)
def test_a_feed_list_gives_web_addresses_and_problems_and_what_it_gives_can_be_written_and_read(body):
    listed = parse_opml(body)
    assert all(is_web_url(feed.url) for feed in listed.feeds)
    assert listed.feeds or listed.problems or b"<body" in body.lower()
    again = parse_opml(render_opml(listed.feeds).encode())
    assert {feed.url for feed in again.feeds} == {feed.url for feed in listed.feeds}


SECTIONS = st.sampled_from(
    [
        "http",
        "polling",
        "watch",
        "mail",
        "store",
        "daemon",
        "sandbox",
        "retention",
        "feed",
        "alert",
        "x",
        "web",
    ]
)
KEYS = st.sampled_from(["name", "title", "seeds", "url", "timeout", "total_timeout", "allow_hosts", "contact", "workers", "max_interval",
    "min_interval", "threshold", "to", "password", "kind", "tick", "memory", "a.b", '""', "topic", "digest"])  # fmt: skip
TOML = st.recursive(
    st.one_of(
        st.integers().map(str), st.floats().map(repr), st.booleans().map(lambda b: str(b).lower()),
        st.text(max_size=12).map(json.dumps), st.sampled_from(["1979-05-27", '"1h"', '"-1s"', '"9999999d"', '"∞"', "inf"]),
    ),
    lambda inner: st.lists(inner, max_size=3).map(lambda many: f"[{', '.join(many)}]"),
    max_leaves=4,
)  # fmt: skip
CONFIGS = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.builds(
            "{}\n{} = {}\n".format,
            st.builds("[{}]".format, SECTIONS) | st.builds("[[{}]]".format, SECTIONS),
            KEYS,
            TOML,
        ),
        max_size=3,
    ).map("".join),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("door")


def settings_or_mistakes(path: Path, environ: dict[str, str]) -> object:
    """The settings, or the mistakes that were told, or the remedy."""
    try:
        return load_settings(path, environ, path.parent)
    except ConfigError as error:
        return error.problems or error.hint


@few
@given(CONFIGS)
def test_a_configuration_is_settings_or_mistakes_with_sentences(folder, text):
    path = folder / "tracker.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    assert settings_or_mistakes(path, {})


@few
@given(st.dictionaries(st.sampled_from(["TRACKER_HTTP__CONTACT", "TRACKER_POLLING__MIN_INTERVAL", "TRACKER_X", "TRACKER_HTTP__ALLOW_HOSTS", "TRACKER_STORE__URL"]), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20), max_size=3))  # fmt: skip
def test_an_environment_is_settings_or_mistakes_with_sentences(folder, environ):
    path = folder / "tracker.toml"
    path.write_text("")
    assert settings_or_mistakes(path, environ)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.sampled_from(["http://a.test/", "2026-11-01", "\ud800"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "title", "text", "published", "language"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
ROWS = st.dictionaries(
    st.sampled_from(["url", "title", "text", "published", "language", "outlet", "id", "author"]),
    JSON,
    max_size=5,
)


@few
@given(ROWS)
def test_a_row_of_an_archive_is_an_article_or_a_sentence(row):
    draft = archive_draft(row, NOW)
    assert draft if isinstance(draft, str) else is_web_url(draft.entry.url or "http://none.test/")


@few
@given(
    st.lists(st.one_of(st.binary(max_size=60), ROWS.map(lambda row: json.dumps(row).encode())), max_size=4)
)
@example([b"[" * 200_000])
@example([b'{"a":' * 100_000])
@example([b'{"url": ' + b"9" * 5000 + b"}"])
@example([b"\xff\xfe", b"\x00"])
def test_an_archive_is_rows_and_sentences(folder, lines):
    path = folder / "archive.jsonl"
    path.write_bytes(b"\n".join(lines))
    assert all(isinstance(row, dict | str) for row in archive_rows(path))


@few
@given(st.binary(max_size=60), st.integers(0, 60), st.booleans())
@example(b'{"url": "http://a.test/"}\n' * 50, 30, True)
def test_a_packed_archive_that_is_broken_or_cut_off_is_said_to_be(folder, content, cut, is_packed):
    path = folder / "archive.jsonl.gz"
    packed = gzip.compress(content) if is_packed else content
    path.write_bytes(packed[: len(packed) - cut] if cut else packed)
    try:
        rows = list(archive_rows(path))
    except UsageError as error:
        rows = [error.hint]
    assert all(isinstance(row, dict | str) and (row or row == {}) for row in rows)
