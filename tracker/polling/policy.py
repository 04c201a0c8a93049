"""The knobs of polling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["PollPolicy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPolicy:
    """Bounds and rates of polling; every duration is a `timedelta`.

    `default_interval` holds until a feed's rhythm is known. `full_fetch_age`: after this long a feed is fetched without
    validators, because some servers answer 304 for ever. `lease`: how long a claimed feed belongs to its worker.
    `page_attempts`: how often a page that fails for a passing reason is tried before the feed's own text is used.
    """

    min_interval: timedelta = timedelta(minutes=5)
    max_interval: timedelta = timedelta(hours=24)
    default_interval: timedelta = timedelta(hours=1)
    full_fetch_age: timedelta = timedelta(hours=24)
    retry_after_cap: timedelta = timedelta(hours=24)
    lease: timedelta = timedelta(minutes=30)
    page_attempts: int = 3
    page_retry: timedelta = timedelta(minutes=30)
