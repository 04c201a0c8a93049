"""The fetch room: polite, guarded, bounded HTTP exchanges as values.

`HttpFetcher` implements the `Fetcher` port. Only this room knows HTTP, sockets and asynchronous code.
"""

from tracker.fetch.client import HttpFetcher
from tracker.fetch.guard import Network
from tracker.fetch.policy import FetchPolicy

__all__ = ["FetchPolicy", "HttpFetcher", "Network"]
