"""Bodies are inflated under a cap, and an end that was not reached is never taken for one."""

from __future__ import annotations

import gzip
import random
import zlib
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.fetch.body import Body, announced_length, inflate, read_body
from tracker.fetch.failures import Refusal
from tracker.model import FetchReason

CAP = 300_000
zipped = partial(gzip.compress, mtime=0)  # the same bytes, and names of tests, in every process
TEXT = b"<rss>" + b"news " * 5000 + b"</rss>"
NOISE = random.Random(1).randbytes(200_000)


def bare_deflate(content):
    engine = zlib.compressobj(wbits=-15)
    return engine.compress(content) + engine.flush()


def outcome(result):
    return result.reason if isinstance(result, Refusal) else result


async def in_pieces(raw, size):
    for start in range(0, len(raw), size):
        yield raw[start : start + size]


def read(raw, headers, cap=CAP, size=1000):
    """Drive the coroutine by hand: it never waits."""
    coroutine = read_body(in_pieces(raw, size), headers, cap)
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError


@pytest.mark.parametrize("content", [TEXT, NOISE, b"x"])
@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("identity", lambda content: content),
        ("identity", zipped),
        ("identity", lambda content: zipped(zipped(content))),
        ("gzip", zipped),
        ("gzip", zlib.compress),
        ("gzip", lambda content: zipped(zipped(content))),
        ("gzip", lambda content: zipped(content) + b"\0" * 40),
        ("gzip", lambda content: zipped(content) + b"<!-- padding -->"),
        ("gzip", lambda content: zipped(content[:7]) + zipped(content[7:])),
        ("deflate", zlib.compress),
        ("deflate", bare_deflate),
        ("deflate", zipped),
    ],
)
def test_every_packing_that_servers_use_is_undone(coding, pack, content):
    assert inflate(pack(content), coding, CAP) == content


def test_a_plain_document_declared_as_gzip_is_taken_as_it_is():
    assert inflate(b"  <rss/>", "gzip", CAP) == b"  <rss/>"


@pytest.mark.parametrize(
    ("raw", "coding", "reason"),
    [
        (zipped(TEXT)[:-9], "gzip", FetchReason.TRUNCATED),
        (zipped(TEXT)[:-1], "gzip", FetchReason.TRUNCATED),
        (zipped(TEXT)[:20], "identity", FetchReason.TRUNCATED),
        (zipped(zipped(NOISE)[:-9]), "gzip", FetchReason.TRUNCATED),
        (zipped(TEXT) + zipped(NOISE)[:500], "gzip", FetchReason.TRUNCATED),
        (b"", "gzip", FetchReason.TRUNCATED),
        (zlib.compress(TEXT)[:-1], "deflate", FetchReason.TRUNCATED),
        (b"hello", "gzip", FetchReason.BAD_ENCODING),
        (zipped(TEXT)[:-8] + b"\0" * 8, "gzip", FetchReason.BAD_ENCODING),
        (b"\x1f\x8bgarbage....", "identity", FetchReason.BAD_ENCODING),
        (zipped(zipped(zipped(TEXT))), "gzip", FetchReason.BAD_ENCODING),
        (zipped(b"") * 2000, "gzip", FetchReason.BAD_ENCODING),
        (zipped(b"a" * (CAP + 1)), "gzip", FetchReason.TOO_LARGE),
        (zipped(zipped(b"a" * 50_000_000)), "gzip", FetchReason.TOO_LARGE),
    ],
)
def test_a_body_that_cannot_be_unpacked_says_why(raw, coding, reason):
    assert outcome(inflate(raw, coding, CAP)) == reason


def test_exactly_the_cap_is_not_too_large():
    content = b"a" * CAP
    assert inflate(zipped(content), "gzip", CAP) == content
    assert read(content, {}).content == content
    assert outcome(read(content + b"a", {})) == FetchReason.TOO_LARGE


@pytest.mark.parametrize(
    "coding",
    ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "deflate, gzip", "x", ",".join(["gzip"] * 2000)],
)
def test_codings_that_were_not_offered_are_refused(coding):
    assert outcome(read(b"abcd", {"content-encoding": coding})) == FetchReason.UNSUPPORTED_ENCODING


@pytest.mark.parametrize(
    "coding", ["", "identity", "none", "UTF-8", "utf8", "iso-8859-1", "identity, identity"]
)
def test_words_that_name_no_coding_are_ignored(coding):
    assert read(b"abcd", {"content-encoding": coding}).content == b"abcd"


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP", "gzip, identity"])
def test_gzip_is_known_by_its_names(coding):
    assert read(zipped(TEXT), {"content-encoding": coding}).content == TEXT


@pytest.mark.parametrize(
    ("raw", "headers", "is_vouched"),
    [
        (b"abc", {"content-length": "3"}, True),
        (b"abc", {"transfer-encoding": "Chunked"}, True),
        (b"abc", {}, False),
        (zipped(b"abc"), {"content-encoding": "gzip"}, True),
        (b"<abc>", {"content-encoding": "gzip"}, False),
    ],
)
def test_only_an_announced_end_is_vouched_for(raw, headers, is_vouched):
    result = read(raw, headers)
    assert isinstance(result, Body)
    assert result.is_vouched is is_vouched


def test_an_announced_length_above_the_cap_is_refused_before_reading():
    async def never():
        raise AssertionError("was read")
        yield b""

    coroutine = read_body(never(), {"content-length": str(CAP + 1)}, CAP)
    with pytest.raises(StopIteration) as stop:
        coroutine.send(None)
    assert outcome(stop.value.value) == FetchReason.TOO_LARGE


def test_an_unreadable_length_is_no_length():
    assert announced_length({"content-length": "5"}) == 5
    assert announced_length({"content-length": "-5"}) is None
    assert announced_length({"content-length": "9" * 400}) is None
    assert announced_length({}) is None


@given(st.binary(max_size=2000), st.sampled_from(["identity", "gzip", "deflate"]))
def test_no_bytes_break_the_inflation(raw, coding):
    result = inflate(raw, coding, 1000)
    assert isinstance(result, bytes | Refusal)


@given(st.binary(max_size=3000), st.integers(0, 3000))
def test_a_cut_gzip_body_is_never_taken_for_the_whole(content, cut):
    packed = zipped(content)
    kept = packed[: min(cut, len(packed) - 1)]
    assert isinstance(inflate(kept, "gzip", 10_000), Refusal)
