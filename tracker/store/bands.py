"""The near-duplicate index: which stored articles share sketch values, and which sentences are everywhere.

Every function is one statement in the SQL that SQLite and PostgreSQL have in common. It goes to the driver as it is,
because every article passes here: measured on SQLite, SQLAlchemy's expression layer made these statements two to three
times as dear (100 against 300 us to count 15 sentences, 150 against 440 us to read their counts).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection

from tracker.model import ArticleId, FamilyId, Fingerprint, IndexedText
from tracker.neardup.boilerplate import COLUMNS, count_of, slots_of
from tracker.neardup.prepared import SCHEME
from tracker.store.rows import optional_instant

__all__ = [
    "add_sketch",
    "candidates",
    "exact_matches",
    "halve_sentences",
    "indexed_texts",
    "raise_sentences",
    "sentence_counts",
]

_EXACT_LIMIT = 32
_INDEXED = f"""
SELECT id, family_id, title, CASE WHEN scheme={SCHEME} AND prepared IS NOT NULL THEN '' ELSE text END,
published_at, prepared FROM article WHERE id IN (%s)
"""


def add_sketch(conn: Connection, article_id: ArticleId, fingerprint: Fingerprint) -> None:
    """Index an article under its sketch values; doing so again changes nothing."""
    if fingerprint.sketch:
        mark = _mark(conn)
        statement = f"INSERT INTO sketch (value, article_id) VALUES ({mark}, {mark}) ON CONFLICT DO NOTHING"
        conn.exec_driver_sql(statement, [(value, article_id) for value in fingerprint.sketch])


def candidates(conn: Connection, values: Sequence[int], cap: int) -> tuple[tuple[ArticleId, int], ...]:
    """Return articles that share sketch values, with how many, most first and then oldest.

    A value held by more than `cap` articles is ignored, and no more than `cap` + 1 rows are read to know it.
    """
    if not values:
        return ()
    rows = _rows(conn, _postings(len(values), cap + 1, _mark(conn)), tuple(values))
    held = Counter([value for value, _ in rows])
    shared = Counter([article_id for value, article_id in rows if held[value] <= cap])
    return tuple((ArticleId(i), -n) for n, i in sorted([(-n, i) for i, n in shared.items()]))


@lru_cache(maxsize=128)
def _postings(values: int, limit: int, mark: str) -> str:
    """One limited read of the index for each value: `IN` would read every row of a stock phrase."""
    read = f"SELECT * FROM (SELECT value, article_id FROM sketch WHERE value={mark} LIMIT {limit}) s"
    return " UNION ALL ".join([read] * values)


def exact_matches(conn: Connection, key: int) -> tuple[ArticleId, ...]:
    """Return the articles whose body words hash to this key, oldest first, at most 32."""
    statement = f"SELECT id FROM article WHERE exact_key={_mark(conn)} ORDER BY id LIMIT {_EXACT_LIMIT}"
    return tuple(ArticleId(row[0]) for row in _rows(conn, statement, (key,)))


def indexed_texts(conn: Connection, ids: Sequence[ArticleId]) -> tuple[IndexedText, ...]:
    """Return the stored articles to compare with, in the order asked; unknown ids are left out.

    The text is read only where there are no prepared bytes of the present scheme: it is the larger part of a row.
    """
    if not ids:
        return ()
    statement = _INDEXED % _repeated(_mark(conn), len(ids))
    found = {row[0]: row for row in _rows(conn, statement, tuple(ids))}
    return tuple(
        IndexedText(
            article_id=ArticleId(row[0]),
            family_id=FamilyId(row[1]),
            title=row[2],
            text=row[3],
            published_at=optional_instant(row[4]),
            prepared=row[5],
        )
        for row in (found[i] for i in ids if i in found)
    )


def sentence_counts(conn: Connection, hashes: Sequence[int]) -> Mapping[int, int]:
    """Return how often each sentence hash was raised, at most (see `neardup.boilerplate`); absent means never."""
    if not hashes:
        return {}
    slots = _slots(hashes)
    statement = f"SELECT slot, n FROM sentence WHERE slot IN ({_repeated(_mark(conn), len(slots))})"
    count_by_slot = dict(_rows(conn, statement, slots))
    counts = ((sentence, count_of(sentence, count_by_slot)) for sentence in hashes)
    return {sentence: count for sentence, count in counts if count}


def raise_sentences(conn: Connection, hashes: Sequence[int]) -> None:
    """Count these sentences once more."""
    if hashes:
        more = "ON CONFLICT (slot) DO UPDATE SET n = sentence.n + 1"
        statement = f"INSERT INTO sentence (slot, n) VALUES ({_mark(conn)}, 1) {more}"
        conn.exec_driver_sql(statement, [(slot,) for slot in _slots(hashes)])


def halve_sentences(conn: Connection, above: int = COLUMNS) -> bool:
    """Halve all counts once more than `above` sentences were counted, so that chance cannot make boilerplate.

    For housekeeping; two statements. Returns whether it did.
    """
    counted = conn.exec_driver_sql(f"SELECT sum(n) FROM sentence WHERE slot < {COLUMNS}").scalar() or 0
    if counted <= above:
        return False
    conn.exec_driver_sql("UPDATE sentence SET n = n / 2")
    return True


def _rows(conn: Connection, statement: str, values: Sequence[object]) -> Sequence[Any]:
    """Run a statement and return the driver's own tuples: SQLAlchemy's rows cost as much as the reading of them."""
    return conn.exec_driver_sql(statement, tuple(values)).cursor.fetchall()


def _mark(conn: Connection) -> str:
    return "?" if conn.dialect.paramstyle == "qmark" else "%s"


def _repeated(part: str, times: int) -> str:
    return ",".join([part] * times)


def _slots(hashes: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted({slot for sentence in hashes for slot in slots_of(sentence)}))
