"""The near-duplicate index: which stored articles share sketch values, and which sentences are everywhere.

Every function is one statement in the SQL that SQLite and PostgreSQL have in common, and goes to the driver as it is
(see `direct.py`), because every article passes here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter

from sqlalchemy import Connection

from tracker.model import ArticleId, FamilyId, Fingerprint, IndexedText
from tracker.neardup.boilerplate import COLUMNS, count_of, slots_of
from tracker.neardup.prepared import SCHEME
from tracker.store.direct import run, run_many, select_rows
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
_EXACT = f"SELECT id FROM article WHERE exact_key=? ORDER BY id LIMIT {_EXACT_LIMIT}"
_ADD_SKETCH = "INSERT INTO sketch (value, article_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
_COUNTS = "SELECT slot, n FROM sentence WHERE slot IN (%s)"
_SLOTS_STEP = 32  # lists are filled up to a multiple of this: few statements, which the drivers keep prepared
_RAISE = "INSERT INTO sentence (slot, n) VALUES (?, 1) ON CONFLICT (slot) DO UPDATE SET n = sentence.n + 1"
_INDEXED = f"""
SELECT id, family_id, title, CASE WHEN scheme={SCHEME} AND prepared IS NOT NULL THEN '' ELSE text END,
published_at, prepared FROM article WHERE id IN (%s)
"""


def add_sketch(conn: Connection, article_id: ArticleId, fingerprint: Fingerprint) -> None:
    """Index an article under its sketch values; doing so again changes nothing."""
    if fingerprint.sketch:
        run_many(conn, _ADD_SKETCH, [(value, article_id) for value in fingerprint.sketch])


def candidates(conn: Connection, values: Sequence[int], cap: int) -> tuple[tuple[ArticleId, int], ...]:
    """Return articles that share sketch values, with how many, most first and then oldest.

    A value held by more than `cap` articles is ignored, and no more than `cap` + 1 rows are read to know it.
    """
    if not values:
        return ()
    rows = select_rows(conn, _postings(len(values), cap + 1), values)
    held = Counter(map(itemgetter(0), rows))
    stock = {value for value, count in held.items() if count > cap}
    shared = Counter([article_id for value, article_id in rows if value not in stock])
    ranked = sorted(sorted(shared), key=shared.__getitem__, reverse=True)
    return tuple((ArticleId(article_id), shared[article_id]) for article_id in ranked)


@lru_cache(maxsize=128)
def _postings(values: int, limit: int) -> str:
    """One limited read of the index for each value: `IN` would read every row of a stock phrase."""
    read = f"SELECT * FROM (SELECT value, article_id FROM sketch WHERE value=? LIMIT {limit}) s"
    return " UNION ALL ".join([read] * values)


def exact_matches(conn: Connection, key: int) -> tuple[ArticleId, ...]:
    """Return the articles whose body words hash to this key, oldest first, at most 32."""
    return tuple(ArticleId(row[0]) for row in select_rows(conn, _EXACT, (key,)))


def indexed_texts(conn: Connection, ids: Sequence[ArticleId]) -> tuple[IndexedText, ...]:
    """Return the stored articles to compare with, in the order asked; unknown ids are left out.

    The text is read only where there are no prepared bytes of the present scheme: it is the larger part of a row.
    """
    if not ids:
        return ()
    found = {row[0]: row for row in select_rows(conn, _INDEXED % _marks(len(ids)), ids)}
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
    padded = (*slots, *slots[-1:] * (-len(slots) % _SLOTS_STEP))
    count_by_slot = dict(select_rows(conn, _COUNTS % _marks(len(padded)), padded))
    counts = ((sentence, count_of(sentence, count_by_slot)) for sentence in hashes)
    return {sentence: count for sentence, count in counts if count}


def raise_sentences(conn: Connection, hashes: Sequence[int]) -> None:
    """Count these sentences once more."""
    if hashes:
        run_many(conn, _RAISE, [(slot,) for slot in _slots(hashes)])


def halve_sentences(conn: Connection, above: int = COLUMNS) -> bool:
    """Halve all counts once more than `above` sentences were counted, so that chance cannot make boilerplate.

    For housekeeping; two statements. Returns whether it did.
    """
    counted = select_rows(conn, f"SELECT sum(n) FROM sentence WHERE slot < {COLUMNS}")[0][0] or 0
    if counted <= above:
        return False
    run(conn, "UPDATE sentence SET n = n / 2", ())
    return True


def _marks(count: int) -> str:
    return ",".join("?" * count)


def _slots(hashes: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted({slot for sentence in hashes for slot in slots_of(sentence)}))
