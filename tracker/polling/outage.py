"""Telling our own network's failure from the feeds'.

Where more than four fifths of at least three hosts cannot be reached, the fault is here: no feed is charged with it.
Failures of one answer (an error page, a bad certificate) say that the network works, and do not count.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.model import FetchReason

__all__ = ["NETWORK_FAILURES", "is_network_down"]

NETWORK_FAILURES = frozenset(
    {FetchReason.DNS, FetchReason.CONNECT, FetchReason.CONNECTION_LOST, FetchReason.TIMEOUT_TOTAL}
)
_HOSTS = 3
_SHARE = 0.8


def is_network_down(results_by_host: Mapping[str, bool]) -> bool:
    """Whether our own network is down; each host with True when any exchange with it got an answer of any kind.

    An exchange that ended in one of `NETWORK_FAILURES` got none.
    """
    failing = sum(1 for answered in results_by_host.values() if not answered)
    return len(results_by_host) >= _HOSTS and failing > _SHARE * len(results_by_host)
