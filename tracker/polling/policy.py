"""The knobs of polling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["PollPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPolicy:
    """Bounds and rates of polling; every duration is a `timedelta`.

    `default_interval` holds until a feed's rhythm is known. `living_interval`: the longest wait for a feed that brought
    something lately; longer ones come with long silence only. `waiting_budget`: how long new entries may together be
    expected to wait before one more request is worth making. `full_fetch_age`: after this long a feed is fetched
    without validators, because some servers answer 304 for ever. `lease`: how long a claimed feed belongs to its
    worker. `page_attempts`: how often a page that fails for a passing reason is tried before the feed's own text is
    used.

    Back-off starts at `soft_retry` for failures that pass (timeouts, 5xx), at `limit_retry` when the server asked for
    rest without saying how long, and is `offline_retry` without any growth while our own network is down.
    `gone_interval`: how rarely a feed that answered 410 is looked at. `validators_rest`: how long a server whose 304
    was wrong is asked unconditionally. A permanent redirect is adopted after `move_sightings` over `move_age`.
    """

    min_interval: timedelta = timedelta(minutes=5)
    max_interval: timedelta = timedelta(hours=24)
    default_interval: timedelta = timedelta(hours=1)
    living_interval: timedelta = timedelta(hours=6)
    waiting_budget: timedelta = timedelta(minutes=15)
    full_fetch_age: timedelta = timedelta(hours=24)
    retry_after_cap: timedelta = timedelta(hours=24)
    soft_retry: timedelta = timedelta(minutes=10)
    limit_retry: timedelta = timedelta(minutes=15)
    offline_retry: timedelta = timedelta(minutes=5)
    gone_interval: timedelta = timedelta(days=30)
    validators_rest: timedelta = timedelta(days=7)
    move_sightings: int = 5
    move_age: timedelta = timedelta(days=3)
    https_retry: timedelta = timedelta(days=1)
    lease: timedelta = timedelta(minutes=30)
    page_attempts: int = 3
    page_retry: timedelta = timedelta(minutes=30)
