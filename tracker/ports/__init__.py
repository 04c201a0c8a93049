"""What the engine needs from the world, as small protocols named by the work.

An adapter class may implement several. A store method is one transaction, except inside `Store.ingesting()`, which
serialises compare-then-record so that two workers cannot both call a wire copy the original. Store methods raise
`StoreError` and nothing else of the driver's. Contract suites in `tests/contract` run on every implementation.
"""

from __future__ import annotations

from typing import Protocol

from tracker.ports.articles import ArticleStore, IngestSession
from tracker.ports.feeds import FeedStore
from tracker.ports.reports import AlertStore, DigestStore, ProfileStore
from tracker.ports.world import Clock, Fetcher, Mailer, Sandbox

__all__ = [
    "AlertStore",
    "ArticleStore",
    "Clock",
    "DigestStore",
    "FeedStore",
    "Fetcher",
    "IngestSession",
    "Mailer",
    "ProfileStore",
    "Sandbox",
    "Store",
]


class Store(FeedStore, ArticleStore, ProfileStore, DigestStore, AlertStore, Protocol):
    """Everything that is remembered."""

    def tidy(self) -> None:
        """Housekeeping after a run; cheap when there is nothing to do."""
        ...

    def close(self) -> None:
        """Release the database."""
        ...
