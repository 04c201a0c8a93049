"""Fills a SQLite store with articles much faster than the pipeline could: the store's own tables, in key order.

What is written is what the pipeline would write (`fingerprint_of`, `Prepared.pack`, the sentence counters, halved as
housekeeping halves them), for the first `REAL` articles from texts of `news_stream`. An archive beyond that is filled up
with articles that exist only as index rows: such an article has the keys that one of the first, taken at random, shares
with any other, and new ones in place of the rest. Its prepared bytes are those of another article. So stock phrases and
footers grow as they would, together, and what is looked up later is always a text.
"""

from __future__ import annotations

import json
import random
import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from benchmarks.news_stream import News
from tracker.neardup.boilerplate import COLUMNS, sentence_hashes, slots_of
from tracker.neardup.features import wording_of
from tracker.neardup.fingerprint import fingerprint_of
from tracker.neardup.prepared import SCHEME, prepare
from tracker.store import open_store

__all__ = ["REAL", "Archive", "Source", "fill"]

REAL = 100_000
_BUCKETS = 64
_KEYS = 1 << 44  # sketch values are the smallest sixteenth of 48 bits
_BATCH = 20_000
_TEXT_EVERY_BEYOND = 900
_SEEN_AT = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1_000_000)
_ARTICLE = """INSERT INTO article (id, url, canonical_url, revision, title, text, byline, outlet, published_at,
date_confidence, source, grade, note, first_seen_at, family_id, kind, similarity, likeness_reasons, scheme, exact_key,
prepared) VALUES (?, '', ?, 0, ?, '', '', '', ?, 'none', 'archive', 'full', '', ?, ?, 'original', 0, '[]', ?, ?, ?)"""


@dataclass(frozen=True, slots=True)
class Source:
    """A stored article whose text was kept, to make copies of."""

    article_id: int
    title: str
    text: str


@dataclass(slots=True)
class Archive:
    """What is to be stored, and what is known of it. `keep`: how many of the texts are kept as sources."""

    news: News
    seed: int
    sources: list[Source] = field(default_factory=list)
    rows: list[tuple[str, int, bytes]] = field(default_factory=list)
    """Title, exact key and prepared bytes of the articles with texts."""
    keys: array[int] = field(default_factory=lambda: array("Q"))
    """All sketch values, article after article."""
    ends: array[int] = field(default_factory=lambda: array("Q"))
    counters: array[int] = field(default_factory=lambda: array("B", bytes(2 * COLUMNS)))
    counted: int = 0


def fill(archive: Archive, size: int, path: Path, keep: int) -> None:
    """Grow the archive to `size` articles and write it as a new database; keeps `keep` more sources with texts."""
    chance = random.Random(archive.seed + size)
    grown = len(archive.ends)
    kept = frozenset(chance.sample(range(grown, min(size, REAL)), min(keep, max(0, min(size, REAL) - grown))))
    _grow_with_texts(archive, min(size, REAL), kept)
    _grow_with_rows(archive, size, chance)
    open_store(f"sqlite:///{path}").close()
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-600000"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN")
    for batch in _batches(_articles(archive, chance)):
        connection.executemany(_ARTICLE, batch)
    for bucket in _sorted_keys(archive):
        connection.executemany("INSERT INTO sketch (value, article_id) VALUES (?, ?)", bucket)
    counts = ((slot, n) for slot, n in enumerate(archive.counters) if n)
    for many in _batches(counts):
        connection.executemany("INSERT INTO sentence (slot, n) VALUES (?, ?)", many)
    connection.execute("COMMIT")
    connection.close()
    path.with_suffix(".json").write_text(
        json.dumps([(s.article_id, s.title, s.text) for s in archive.sources])
    )


def _grow_with_texts(archive: Archive, size: int, kept: frozenset[int]) -> None:
    for number in range(len(archive.ends), size):
        told = archive.news.article()
        _add_text(archive, told.title, told.text if number in kept else None, archive.news.outline(told))


def _add_text(archive: Archive, title: str, text: str | None, outline: object) -> None:
    prepared = prepare(title, text) if text is not None else outline
    wording = wording_of(prepared)  # type: ignore[arg-type]
    made = fingerprint_of(wording)
    archive.keys.extend(made.sketch)
    archive.ends.append(len(archive.keys))
    archive.rows.append((title, made.exact_key, wording.prepared.pack()))
    _count(archive, sentence_hashes(wording.prepared))
    if text is not None:
        archive.sources.append(Source(len(archive.ends), title, text))


def _count(archive: Archive, sentences: Sequence[int]) -> None:
    for sentence in sentences:
        for slot in slots_of(sentence):
            archive.counters[slot] = min(255, archive.counters[slot] + 1)
    archive.counted += len(sentences)
    if archive.counted > COLUMNS:
        archive.counters = array("B", bytes(n // 2 for n in archive.counters))
        archive.counted = sum(archive.counters[:COLUMNS])


def _grow_with_rows(archive: Archive, size: int, chance: random.Random) -> None:
    if size <= len(archive.ends):
        return
    held = Counter(archive.keys)
    bounds = list(pairwise([0, *archive.ends]))
    shared = [array("Q", [key for key in archive.keys[a:b] if held[key] > 1]) for a, b in bounds]
    each = round(len(archive.keys) / len(archive.ends))
    held.clear()
    for number in range(len(archive.ends), size):
        if number % _TEXT_EVERY_BEYOND == 0:
            told = archive.news.article()
            _add_text(archive, told.title, told.text, None)
            continue
        common = chance.choice(shared)
        archive.keys.extend(common)
        archive.keys.extend(int(chance.random() * _KEYS) for _ in range(each - len(common)))
        archive.ends.append(len(archive.keys))


def _articles(archive: Archive, chance: random.Random) -> Iterator[tuple[object, ...]]:
    """Rows in order of id; an article without a text takes the bytes of another, and an exact key of its own."""
    texts = iter(archive.rows)
    for number in range(1, len(archive.ends) + 1):
        beyond = number > REAL and (number - 1) % _TEXT_EVERY_BEYOND
        title, exact, packed = chance.choice(archive.rows) if beyond else next(texts)
        exact = chance.getrandbits(63) if beyond else exact
        at = _SEEN_AT + number
        yield number, f"https://site.example/{number:08}", title, at, at, number, SCHEME, exact, packed


def _sorted_keys(archive: Archive) -> Iterator[list[tuple[int, int]]]:
    width = _KEYS // _BUCKETS
    values = [array("Q") for _ in range(_BUCKETS)]
    holders = [array("I") for _ in range(_BUCKETS)]
    at = 0
    for number, end in enumerate(archive.ends, 1):
        for key in archive.keys[at:end]:
            bucket = min(_BUCKETS - 1, key // width)
            values[bucket].append(key)
            holders[bucket].append(number)
        at = end
    for keys, ids in zip(values, holders, strict=True):
        yield sorted(set(zip(keys, ids, strict=True)))


def _batches(rows: Iterator[tuple[object, ...]]) -> Iterator[list[tuple[object, ...]]]:
    batch: list[tuple[object, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch
