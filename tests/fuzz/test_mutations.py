"""Valid feeds and pages, cut, flipped and spliced at random places from a fixed seed: only declared outcomes come out.

1,000 feeds and 100 pages on every push, 20,000 and 2,000 in the campaign. A failing input is written to a file, which
should become a test.
"""

from __future__ import annotations

import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.campaigns import of_full
from tests.unit.articles.test_extract import LD, document, ld
from tracker.articles.extract import extract_page
from tracker.feeds.parse import parse_feed
from tracker.model import ExtractedPage, ParsedFeed, Refused

SAMPLES = sorted((Path(__file__).parents[1] / "data/feeds").iterdir())
SPLICES = (
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"<!DOCTYPE x [", b"&#xD800;", b"&x;", b"\x00", b"\xff\xfe", b"\xe4",
    b'"', b"'", b"<item>", b"</item>", b"</rss>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"{", b"[", b"null", b"\\ud800",
    b"9999-99-99", b"xml:base='http://[::1'", b"href='http://[::1'", b"encoding='utf-16'", b"type='xhtml'", b"<script>",
    b"<!ENTITY a 'b'>", b"&a;", b"\xed\xa0\x80", b"&#0;", b"<base href='//['>", b"<svg>", b"<template>", b"charset=utf-7",
)  # fmt: skip
TYPES = (
    "",
    "text/xml; charset=latin-1",
    "text/html",
    "application/json",
    "text/xml; charset=\x00",
    "x" * 300,
)
LIMIT_S = 10
Reader = Callable[[bytes, str], object]


class TooLong(Exception):
    """An input took longer than any may."""


@contextmanager
def limit(seconds: int) -> Iterator[None]:
    """Interrupt what takes longer, unless it never comes back to Python."""

    def stop(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def mutated(body: bytes, chance: random.Random) -> bytes:
    parts = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(parts) + 1)
        match chance.randrange(5):
            case 0:
                del parts[at : at + chance.choice([1, 3, 40, len(parts)])]
            case 1:
                parts[at:at] = chance.choice(SPLICES)
            case 2:
                start = chance.randrange(len(body))
                parts[at:at] = body[start : start + chance.randint(1, 300)]
            case 3:
                parts[at:at] = chance.choice(SPLICES) * chance.randint(2, 60)
            case _:
                parts[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(parts)


def hunt(bodies: list[bytes], count: int, read: Reader, seed: str) -> tuple[Counter[str], float]:
    """Read `count` mutations; what came out, and the longest time. Raises AssertionError, naming a file."""
    chance, seen, slowest = random.Random(seed), Counter[str](), 0.0
    for number in range(count):
        body, declared = mutated(bodies[number % len(bodies)], chance), chance.choice(TYPES)
        started = time.perf_counter()
        try:
            with limit(LIMIT_S):
                result = read(body, declared)
        except Exception as error:
            with tempfile.NamedTemporaryFile(prefix=f"{seed}-", delete=False) as kept:
                kept.write(body)
            raise AssertionError(
                f"{seed} {number}: {type(error).__name__}: {error}; see {kept.name}"
            ) from error
        slowest = max(slowest, time.perf_counter() - started)
        assert isinstance(result, ParsedFeed | ExtractedPage | Refused), body
        seen[result.code if isinstance(result, Refused) else type(result).__name__] += 1
    print(f"\n{count} mutated {seed}: {dict(seen)}, 0 exceptions, slowest {slowest:.2f} s")
    return seen, slowest


def read_feed(body: bytes, declared: str) -> object:
    return parse_feed(body, "https://feed.test/f", declared)


def read_page(body: bytes, _: str) -> object:
    return extract_page(body, "https://site.test/a", "text/html")


FEEDS = [path.read_bytes() for path in SAMPLES]
PAGES = [
    document(ld(LD) + "<link rel=canonical href='/a'><meta name=date content='2025-06-02'>"),
    document(
        "<meta property='og:title' content='T'><meta property='article:published_time' content='2026-11-01'>"
    ),
]


def test_mutated_feeds_are_parsed_or_refused():
    seen, _ = hunt(FEEDS, 1000, read_feed, "feeds")
    assert seen["ParsedFeed"] > 400
    assert seen["not_a_feed"] > 5


def test_mutated_pages_are_extracted_or_refused():
    seen, _ = hunt(PAGES, 100, read_page, "pages")
    assert seen["ExtractedPage"] > 20


@pytest.mark.campaign
def test_20000_mutated_feeds_are_parsed_or_refused():
    hunt(FEEDS, of_full(20_000), read_feed, "many feeds")


@pytest.mark.campaign
def test_2000_mutated_pages_are_extracted_or_refused():
    hunt(PAGES, of_full(2_000), read_page, "many pages")


def fragile(body: bytes, _: str) -> object:
    """What a reader is that trusts its input: it fails at half a reference and never ends with a zero byte."""
    while b"\x00" in body:
        time.sleep(0.01)
    body.decode("utf-8")
    return ParsedFeed(format="rss")


def test_the_hunt_finds_a_reader_that_fails(monkeypatch):
    monkeypatch.setattr("tests.fuzz.test_mutations.LIMIT_S", 1)
    with pytest.raises(AssertionError, match=r"UnicodeDecodeError|TooLong") as found:
        hunt(FEEDS, 1000, fragile, "fragile")
    Path(str(found.value).rpartition(" ")[2]).unlink()


def test_the_hunt_finds_a_reader_that_never_ends(monkeypatch):
    monkeypatch.setattr("tests.fuzz.test_mutations.LIMIT_S", 1)
    with pytest.raises(AssertionError, match="TooLong") as found:
        hunt([b"\x00" * 9], 20, fragile, "endless")
    Path(str(found.value).rpartition(" ")[2]).unlink()
