"""Everything that is remembered, in SQLite or PostgreSQL, behind `open_store`.

Start with `schema.py` (the tables), then `ingest.py` (compare-then-record) and `leases.py` (who polls what). Driver
errors become `StoreError` in `engine.py`; only `rows.py` and the aggregates know columns.
"""

from __future__ import annotations

from pathlib import Path

from tracker.errors import StoreError
from tracker.store.alerts import Alerts
from tracker.store.articles import Articles
from tracker.store.backup import Backup, back_up
from tracker.store.bands import halve_sentences
from tracker.store.check import Flaw, StoreFacts, find_flaws, mend, store_facts
from tracker.store.digests import Digests
from tracker.store.engine import Database, connect
from tracker.store.feeds import Feeds
from tracker.store.figures import Figures
from tracker.store.items import Items
from tracker.store.leases import Leases
from tracker.store.migrate import HEAD, bring_up_to_date, stored_revision
from tracker.store.presence import Presences
from tracker.store.profiles import Profiles
from tracker.store.rescoring import StaleScores
from tracker.store.restore import Restored, restore
from tracker.store.retention import Keeping, Pruned, Pruning
from tracker.store.shelf import Shelf

__all__ = [
    "Backup",
    "Flaw",
    "Keeping",
    "Pruned",
    "Restored",
    "SqlStore",
    "StoreFacts",
    "open_store",
    "restore",
    "store_facts",
    "upgrade_store",
]


class SqlStore(
    Feeds, Leases, Presences, Articles, Items, Figures, Shelf, StaleScores, Profiles, Digests, Alerts, Pruning
):
    """The one implementation of `tracker.ports.Store`, for both databases."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_ours = None

    def tidy(self) -> None:
        """Keep counters from growing for ever; after a run, cheap when there is nothing to do."""
        with self._database.write() as connection:
            halve_sentences(connection)

    @property
    def is_read_only(self) -> bool:
        """Whether the database can only be read by this user."""
        return self._database.is_read_only

    def back_up(self, target: Path) -> Backup:
        """Write a verified backup. Raises `StoreError`, `UsageError`."""
        return back_up(self._database, target)

    def flaws(self, *, repair: bool = False) -> tuple[tuple[Flaw, ...], tuple[str, ...]]:
        """What is wrong, and what was mended with `repair`: then what is wrong still. Raises `StoreError`."""
        found = find_flaws(self._database)
        done = mend(self._database, found) if repair and found else ()
        return (find_flaws(self._database) if done else found), done

    def close(self) -> None:
        """Release the database."""
        self._database.close()


def open_store(url: str) -> SqlStore:
    """Open a store, creating or upgrading its schema. Raises `StoreError`, `SchemaError` for a newer database."""
    database = connect(url)
    try:
        bring_up_to_date(database)
    except StoreError:
        database.close()
        raise
    return SqlStore(database)


def upgrade_store(url: str) -> tuple[str | None, str]:
    """Create or upgrade a schema: the revision before (None: there was none) and now. Raises as `open_store`."""
    database = connect(url)
    try:
        with database.read() as connection:
            before = stored_revision(connection)
        bring_up_to_date(database)
    finally:
        database.close()
    return before, HEAD
