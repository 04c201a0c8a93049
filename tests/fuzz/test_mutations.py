"""Valid feeds and pages, cut, flipped and spliced at random places from a fixed seed: only declared outcomes come out.

`TRACKER_MUTATIONS` sets how many feeds are tried (a tenth as many pages); each failing input should become a test.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.unit.articles.test_extract import LD, document, ld
from tracker.articles.extract import extract_page
from tracker.feeds.parse import parse_feed
from tracker.model import ExtractedPage, ParsedFeed, Refused

SAMPLES = sorted((Path(__file__).parents[1] / "data/feeds").iterdir())
TRIES = int(os.environ.get("TRACKER_MUTATIONS", "400"))
SPLICES = (
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"<!DOCTYPE x [", b"&#xD800;", b"&x;", b"\x00", b"\xff\xfe", b"\xe4",
    b'"', b"'", b"<item>", b"</item>", b"</rss>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"{", b"[", b"null", b"\\ud800",
    b"9999-99-99", b"xml:base='http://[::1'", b"href='http://[::1'", b"encoding='utf-16'", b"type='xhtml'", b"<script>",
)  # fmt: skip


def mutated(body: bytes, chance: random.Random) -> bytes:
    parts = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(parts) + 1)
        match chance.randrange(4):
            case 0:
                del parts[at : at + chance.choice([1, 3, 40, len(parts)])]
            case 1:
                parts[at:at] = chance.choice(SPLICES)
            case 2:
                start = chance.randrange(len(body))
                parts[at:at] = body[start : start + chance.randint(1, 300)]
            case _:
                parts[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(parts)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_mutated_feed_is_parsed_or_refused(sample):
    chance, body = random.Random(sample.name), sample.read_bytes()
    for _ in range(TRIES // len(SAMPLES)):
        feed = mutated(body, chance)
        result = parse_feed(
            feed, "https://feed.test/f", chance.choice(["", "text/xml; charset=latin-1", "text/html"])
        )
        assert isinstance(result, ParsedFeed | Refused), feed


def test_a_mutated_page_is_extracted_or_refused():
    chance, body = (
        random.Random("pages"),
        document(ld(LD) + "<link rel=canonical href='/a'><meta name=date content='2025-06-02'>"),
    )
    for _ in range(TRIES // 10):
        page = mutated(body, chance)
        assert isinstance(extract_page(page, "https://site.test/a", "text/html"), ExtractedPage | Refused), (
            page
        )
