"""Everything that is remembered, in SQLite or PostgreSQL, behind `open_store`.

Start with `schema.py` (the tables), then `ingest.py` (compare-then-record) and `leases.py` (who polls what). Driver
errors become `StoreError` in `engine.py`; only `rows.py` and the aggregates know columns.
"""

from __future__ import annotations

from tracker.store.articles import Articles
from tracker.store.bands import halve_sentences
from tracker.store.digests import Digests
from tracker.store.engine import Database, connect
from tracker.store.feeds import Feeds
from tracker.store.items import Items
from tracker.store.leases import Leases
from tracker.store.migrate import bring_up_to_date
from tracker.store.presence import Presences
from tracker.store.profiles import Profiles
from tracker.store.rescoring import StaleScores

__all__ = ["SqlStore", "open_store"]


class SqlStore(Feeds, Leases, Presences, Articles, Items, StaleScores, Profiles, Digests):
    """The one implementation of `tracker.ports.Store`, for both databases."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_ours = None

    def tidy(self) -> None:
        """Keep counters from growing for ever; after a run, cheap when there is nothing to do."""
        with self._database.write() as connection:
            halve_sentences(connection)

    def close(self) -> None:
        """Release the database."""
        self._database.close()


def open_store(url: str) -> SqlStore:
    """Open a store, creating or upgrading its schema. Raises `StoreError`, `SchemaError` for a newer database."""
    database = connect(url)
    bring_up_to_date(database)
    return SqlStore(database)
