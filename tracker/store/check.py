"""Is what is stored whole, and does it keep its promises? Pages, indexes, links, fates; and what can safely be mended.

Mended is only what can be made anew from what is there: indexes, the lists of topics, and the near-duplicate index's
postings of articles that are gone. All else is told; the remedy is a backup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, column, func, select, text
from sqlalchemy.exc import DBAPIError

from tracker.errors import StoreError
from tracker.store.engine import Database, connect
from tracker.store.migrate import HEAD, is_known, stored_revision
from tracker.store.topics import mend_topics, topics_amiss

__all__ = ["Flaw", "StoreFacts", "find_flaws", "integrity_problems", "mend", "store_facts"]

_SHOWN: Final = 5
_INDEX: Final = re.compile(r"\bindex\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """Something that should not be: how often, with the first few as examples."""

    code: str
    sentence: str
    count: int = 1
    examples: tuple[str, ...] = ()

    @property
    def is_mendable(self) -> bool:
        """Whether what is wrong can be made anew from what is there."""
        return self.code in _MENDABLE


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFacts:
    """A database seen from outside. `revision` None: there is none yet. Sizes are bytes, 0 for a server."""

    dialect: str
    newest: str
    revision: str | None = None
    is_known: bool = True
    problems: tuple[str, ...] = ()
    size: int = 0
    log_size: int = 0
    is_read_only: bool = False


class _Promise(NamedTuple):
    """What never happens: a sentence that follows the number of cases, and the ids of the cases."""

    code: str
    sentence: str
    query: str


_PROMISES: Final = (
    _Promise(
        "fate_missing",
        "entries with an article have no fate for any watch.",
        """SELECT id FROM entry WHERE article_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM fate WHERE fate.entry_id = entry.id)""",
    ),
    _Promise(
        "pending_lost",
        "entries wait for their page, and nothing is kept to try it again with.",
        """SELECT DISTINCT entry_id AS id FROM fate JOIN entry ON entry.id = fate.entry_id
        WHERE fate = 'pending' AND (payload IS NULL OR retry_at IS NULL)""",
    ),
    _Promise(
        "retry_without_pending",
        "entries are tried again although they have their fate.",
        """SELECT id FROM entry WHERE retry_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM fate WHERE fate.entry_id = entry.id AND fate <> 'pending')""",
    ),
    _Promise(
        "text_missing",
        "entries were judged by a text, and have no article.",
        """SELECT DISTINCT entry_id AS id FROM fate JOIN entry ON entry.id = fate.entry_id
        WHERE fate IN ('kept', 'below_threshold', 'version') AND article_id IS NULL""",
    ),
    _Promise(
        "score_missing",
        "kept articles have no score.",
        """SELECT DISTINCT article_id AS id FROM fate JOIN entry ON entry.id = fate.entry_id
        WHERE fate = 'kept' AND NOT EXISTS
        (SELECT 1 FROM relevance r WHERE r.article_id = entry.article_id AND r.watch = fate.watch)""",
    ),
    _Promise(
        "family_without_first",
        "articles belong to a family whose first article is not there.",
        """SELECT id FROM article a WHERE NOT EXISTS
        (SELECT 1 FROM article f WHERE f.id = a.family_id AND f.family_id = f.id)""",
    ),
    _Promise(
        "duplicate_of_nothing",
        "articles duplicate one that is not there.",
        """SELECT id FROM article a WHERE kind IN ('exact', 'copy', 'version')
        AND NOT EXISTS (SELECT 1 FROM article o WHERE o.id = a.duplicate_of)""",
    ),
    _Promise(
        "duplicate_in_another_family",
        "articles duplicate one of another family.",
        """SELECT a.id AS id FROM article a JOIN article o ON o.id = a.duplicate_of
        WHERE a.kind IN ('exact', 'copy', 'version') AND o.family_id <> a.family_id""",
    ),
    _Promise(
        "kept_twice",
        "families are kept more than once for one watch.",
        """SELECT family_id AS id FROM fate JOIN entry ON entry.id = fate.entry_id
        JOIN article ON article.id = entry.article_id
        WHERE fate = 'kept' GROUP BY family_id, watch HAVING count(*) > 1""",
    ),
    _Promise(
        "family_in_two_stories",
        "families belong to more than one story.",
        """SELECT family_id AS id FROM article GROUP BY family_id
        HAVING count(DISTINCT story_id) > 1""",
    ),
    _Promise(
        "delivery_unknown",
        "deliveries are in a state that nobody knows.",
        """SELECT digest_id AS id FROM delivery
        WHERE state NOT IN ('owed', 'handed', 'sent', 'deferred', 'refused', 'ambiguous')""",
    ),
    _Promise(
        "orphan_postings",
        "articles are in the near-duplicate index, and nowhere else.",
        """SELECT DISTINCT article_id AS id FROM sketch
        WHERE article_id NOT IN (SELECT id FROM article)""",
    ),
)
_TOPICS: Final = frozenset({"topic_missing", "orphan_topics"})
_MENDABLE: Final = frozenset({"index", "search_index", "orphan_postings"}) | _TOPICS
_SEARCH = "INSERT INTO article_text(article_text, rank) VALUES ('integrity-check', 1)"


def store_facts(url: str) -> StoreFacts:
    """Look at a database without changing it; a quick look for damage included. Raises `StoreError`."""
    database = connect(url)
    try:
        if database.path is not None and not database.path.exists():
            return StoreFacts(dialect=database.dialect, newest=HEAD)
        with database.read() as connection:
            revision = stored_revision(connection)
            problems = _pragma(connection, f"quick_check({_SHOWN})") if database.path else ()
        log = Path(f"{database.path}-wal")
        return StoreFacts(
            dialect=database.dialect,
            newest=HEAD,
            revision=revision,
            is_known=revision is None or is_known(revision),
            problems=problems,
            size=database.path.stat().st_size if database.path else 0,
            log_size=log.stat().st_size if database.path and log.exists() else 0,
            is_read_only=database.is_read_only,
        )
    finally:
        database.close()


def find_flaws(database: Database) -> tuple[Flaw, ...]:
    """Everything that is wrong, damage first. Reads all there is: minutes for millions of articles."""
    with database.snapshot() as connection:  # lists are compared: on one instant, though others write
        flaws = [*_damage(connection), *_broken_promises(connection), *_wrong_topics(connection)]
    if not _search_agrees(database):
        flaws.append(
            Flaw(code="search_index", sentence="The full-text index does not say what the articles say.")
        )
    return tuple(flaws)


def mend(database: Database, flaws: tuple[Flaw, ...]) -> tuple[str, ...]:
    """Make anew what can be, and say what was done. Raises `StoreError`."""
    codes, done = {flaw.code for flaw in flaws if flaw.is_mendable}, []
    with database.write(exclusive=True) as connection:
        if "index" in codes:
            connection.execute(text("REINDEX"))
            done.append("The indexes were built anew.")
        if "orphan_postings" in codes:
            gone = connection.execute(
                text("DELETE FROM sketch WHERE article_id NOT IN (SELECT id FROM article)")
            )
            done.append(
                f"{gone.rowcount} postings of the near-duplicate index that led nowhere were deleted."
            )
        if codes & _TOPICS:
            amiss = mend_topics(connection)
            done.append(
                f"The lists of topics were made anew: {len(amiss.lacking)} added, {len(amiss.needless)} deleted."
            )
        if "search_index" in codes:
            connection.execute(text("INSERT INTO article_text(article_text) VALUES ('rebuild')"))
            done.append("The full-text index was built anew.")
    return tuple(done)


def integrity_problems(connection: Connection) -> tuple[str, ...]:
    """What SQLite finds wrong with pages, indexes and foreign keys; PostgreSQL keeps its foreign keys itself."""
    if connection.dialect.name != "sqlite":
        return ()
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(_SHOWN)
    links = tuple(f"row {row[1]} of {row[0]} refers to a {row[2]} that is not there" for row in broken)
    return (*_pragma(connection, f"integrity_check({_SHOWN * 10})"), *links)


def _damage(connection: Connection) -> Iterator[Flaw]:
    problems = integrity_problems(connection)
    indexes = tuple(problem for problem in problems if _INDEX.search(problem))
    others = tuple(problem for problem in problems if problem not in indexes)
    for code, sentence, found in (
        ("damage", "The database file is damaged.", others),
        ("index", "An index does not say what its table says.", indexes),
    ):
        if found:
            yield Flaw(code=code, sentence=sentence, count=len(found), examples=found[:_SHOWN])


def _broken_promises(connection: Connection) -> Iterator[Flaw]:
    for promise in _PROMISES:
        cases = text(promise.query).columns(column("id")).subquery()
        count = int(connection.execute(select(func.count()).select_from(cases)).scalar_one())
        if count:
            examples = tuple(connection.scalars(select(cases.c.id).limit(_SHOWN)))
            yield _flaw(promise.code, promise.sentence, count, examples)


def _wrong_topics(connection: Connection) -> Iterator[Flaw]:
    """No promise in SQL: databases fold letters each in their own way, and a score's topics are one text."""
    amiss = topics_amiss(connection)
    lacking, needless = ({row[2] for row in rows} for rows in (amiss.lacking, amiss.needless))
    for code, sentence, ids in (
        ("topic_missing", "articles are not in the list of a topic that a watch found in them.", lacking),
        ("orphan_topics", "articles are in the list of a topic that no watch found in them.", needless),
        ("topics_unreadable", "articles have a score whose topics cannot be read.", set(amiss.unreadable)),
    ):
        if ids:
            yield _flaw(code, sentence, len(ids), sorted(ids)[:_SHOWN])


def _flaw(code: str, sentence: str, count: int, examples: Sequence[int]) -> Flaw:
    return Flaw(code=code, sentence=f"{count} {sentence}", count=count, examples=tuple(map(str, examples)))


def _search_agrees(database: Database) -> bool:
    """Whether SQLite's full-text index says what the articles say; PostgreSQL computes its own from the row."""
    if database.path is None or database.is_read_only:
        return True
    try:
        with database.write() as connection:  # a write by its form; it changes nothing
            connection.exec_driver_sql(_SEARCH)
    except StoreError as error:
        if isinstance(error.__cause__, DBAPIError) and "malformed" in str(error.__cause__.orig):
            return False
        raise
    return True


def _pragma(connection: Connection, pragma: str) -> tuple[str, ...]:
    found = (str(row[0]) for row in connection.exec_driver_sql(f"PRAGMA {pragma}"))
    return tuple(line for line in found if line != "ok")
