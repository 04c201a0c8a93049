"""How long to stay away after a failure: never for good, never sooner than the server asked, soon when it may pass."""

from __future__ import annotations

from datetime import timedelta

from tracker.model import FeedHealth, FeedState, FetchReason
from tracker.polling.observed import PollOutcome
from tracker.polling.policy import PollPolicy

__all__ = ["SOFT_FAILURES", "asked_rest", "backoff", "is_limit"]

SOFT_FAILURES = frozenset(
    {
        FetchReason.CONNECT,
        FetchReason.CONNECTION_LOST,
        FetchReason.DNS,
        FetchReason.EMPTY_BODY,
        FetchReason.PROTOCOL_ERROR,
        FetchReason.SERVER_ERROR,
        FetchReason.TIMEOUT_TOTAL,
        FetchReason.TRUNCATED,
    }
)
_DOUBLINGS = 16


def backoff(state: FeedState, outcome: PollOutcome, usual: timedelta, policy: PollPolicy) -> timedelta:
    """The wait after a failure, `state` counting it already; `usual` is the feed's wait without failures.

    Doubled with every failure in a row, up to the longest interval: at first from minutes for what passes by itself or
    was a limit, from the usual wait for what needs somebody to mend it.
    """
    if state.health is FeedHealth.GONE:
        return policy.gone_interval
    if outcome.is_nobodys:
        return max(policy.offline_retry, policy.min_interval)
    if is_limit(state, outcome):
        first = policy.limit_retry
    else:
        first = policy.soft_retry if outcome.failed in SOFT_FAILURES else max(usual, policy.default_interval)
    doubled = max(first, policy.min_interval) * (1 << min(max(state.failures - 1, 0), _DOUBLINGS))
    longest: timedelta = policy.max_interval
    return max(min(doubled, longest), asked_rest(outcome, policy))


def asked_rest(outcome: PollOutcome, policy: PollPolicy) -> timedelta:
    """Retry-After, up to the policy's cap: kept to even beyond the longest interval (RFC 9110 section 10.2.3)."""
    return max(min(outcome.retry_after or timedelta(0), policy.retry_after_cap), timedelta(0))


def is_limit(state: FeedState, outcome: PollOutcome) -> bool:
    """Whether we asked too often: 429, and 403 from a feed that was readable before (many hosts limit so)."""
    if outcome.failed == FetchReason.RATE_LIMITED:
        return True
    is_403 = outcome.failed == FetchReason.FORBIDDEN and outcome.status in {None, 403}
    return is_403 and state.last_success_at is not None
