"""Telling our own network's failure from the feeds'.

Where more than four fifths of at least three hosts cannot be reached, or three hosts in a row with no answer from
anybody in between (few feeds are seldom due together), the fault is here: no feed is charged with it. Failures of
one answer (an error page, a bad certificate) say that the network works, and do not count; nor do hosts that have been
out of reach for long.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.model import FetchReason

__all__ = ["NETWORK_FAILURES", "hosts_unheard", "is_long_lost", "is_network_down"]

NETWORK_FAILURES = frozenset(
    {FetchReason.DNS, FetchReason.CONNECT, FetchReason.CONNECTION_LOST, FetchReason.TIMEOUT_TOTAL}
)
_HOSTS = 3
_SHARE = 0.8
_LONG_LOST = 3


def is_long_lost(failures: int) -> bool:
    """Whether a feed that failed so many times in a row tells nothing about our network when it fails again."""
    return failures >= _LONG_LOST


def hosts_unheard(before: frozenset[str], results_by_host: Mapping[str, bool]) -> frozenset[str]:
    """The hosts tried since anybody answered; `before` is what this was before the round."""
    return frozenset() if any(results_by_host.values()) else before | results_by_host.keys()


def is_network_down(results_by_host: Mapping[str, bool], unheard: frozenset[str] = frozenset()) -> bool:
    """Whether our own network is down; each host with True when any exchange with it got an answer of any kind.

    An exchange that ended in one of `NETWORK_FAILURES` got none. `unheard` is `hosts_unheard` after this round.
    """
    failing = sum(1 for answered in results_by_host.values() if not answered)
    is_most = len(results_by_host) >= _HOSTS and failing > _SHARE * len(results_by_host)
    return is_most or len(unheard) >= _HOSTS
