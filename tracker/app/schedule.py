"""When each watch's digest is due and when owed mail is tried again: from settings and store, cheap enough for a clock.

Composing and sending is `reports.py`; the arithmetic of local dates is `digest/due.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracker.logs import redacted
from tracker.model import Delivery, DeliveryState, OwedAlert, OwedDigest, Period, WatchName
from tracker.ports import Clock, Store
from tracker.settings import WatchSettings

__all__ = ["ALERTS", "MAIL", "DigestSchedule", "Patience", "final", "retry_at"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Pauses between attempts, from `first` doubling to `longest`; after the last of `attempts` it is given up."""

    first: timedelta
    longest: timedelta
    attempts: int


MAIL = Patience(first=timedelta(minutes=5), longest=timedelta(hours=6), attempts=26)
"""About five days (RFC 5321 section 4.5.4.1)."""
ALERTS = Patience(first=timedelta(seconds=30), longest=timedelta(hours=1), attempts=30)
"""About a day: by then a digest has told it."""


class DigestSchedule:
    """Tells due times; remembers since when each watch has been followed, which never changes."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._since: dict[WatchName, datetime] = {}
        self._oldest_feed_at: datetime | None = None

    def due(self, chosen: WatchSettings) -> Period | None:
        """The window to report now; None when nothing is due or nobody is to get it.

        A watch that never had a digest counts from its first article on, so that a fresh installation waits for its
        first digest time instead of reporting a past it has not seen.
        """
        from tracker.digest import (  # with templates and their engine: not for every command
            due_period,
            next_due_at,
        )

        if not chosen.digest.to:
            return None
        name, when = WatchName(chosen.name), chosen.digest
        now, at_all = self._clock.now(), (when.timezone, when.at, when.days)
        # A digest made while the clock was days ahead must not silence the watch until then.
        last_end = self._store.last_digest_end(name, before=next_due_at(now, *at_all))
        return due_period(now, *at_all, last_end or self._followed_since(name))

    def next_at(self, chosen: WatchSettings) -> datetime | None:
        """When the next digest is due; now when one is, None when nobody is to get it."""
        from tracker.digest import next_due_at

        if not chosen.digest.to:
            return None
        now, when = self._clock.now(), chosen.digest
        return now if self.due(chosen) else next_due_at(now, when.timezone, when.at, when.days)

    def due_since(self, chosen: WatchSettings) -> datetime | None:
        """Since when a digest waits to be made; None when none does."""
        period = self.due(chosen)
        if period is None:
            return None
        from tracker.digest import next_due_at

        when = chosen.digest
        return next_due_at(period.from_at, when.timezone, when.at, when.days)

    def _followed_since(self, watch: WatchName) -> datetime:
        known = self._since.get(watch)
        if known is None:
            known = self._store.first_scored_at(watch)
            if known is None:
                return self._empty_since()
            self._since[watch] = known
        return known

    def _empty_since(self) -> datetime:
        """A watch without an article: new among others, or of an installation whose feeds bring nothing at all."""
        now = self._clock.now()
        if self._store.entry_count():
            return now
        if self._oldest_feed_at is None:
            self._oldest_feed_at = min((feed.added_at for feed in self._store.feeds()), default=None)
        return self._oldest_feed_at or now


def retry_at(owed: OwedDigest | OwedAlert, patience: Patience = MAIL) -> datetime | None:
    """When to try again what is owed; None: at once."""
    if owed.tried_at is None or owed.attempts < 1:
        return None
    return owed.tried_at + min(patience.first * (1 << min(owed.attempts - 1, 10)), patience.longest)


def final(delivery: Delivery, attempts: int, patience: Patience) -> Delivery:
    """Give up what the last attempt has not reached, so that the trouble is told and not for ever tried.

    The detail is stored and shown; a server that repeats a password in it is not quoted so far.
    """
    delivery = replace(delivery, detail=redacted(delivery.detail))
    if delivery.state is not DeliveryState.DEFERRED or attempts < patience.attempts:
        return delivery
    detail = f"given up after {attempts} attempts: {delivery.detail}"
    return replace(delivery, state=DeliveryState.REFUSED, detail=detail)
