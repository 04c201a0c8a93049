"""When each watch's digest is due and when owed mail is tried again: from settings and store, cheap enough for a clock.

Composing and sending is `reports.py`; the arithmetic of local dates is `digest/due.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tracker.model import OwedDigest, Period, WatchName
from tracker.ports import Clock, Store
from tracker.settings import WatchSettings

__all__ = ["LAST_ATTEMPT", "DigestSchedule", "retry_at"]

LAST_ATTEMPT = 26
"""Attempts after which a recipient is given up: with the pauses of `retry_at` about five days (RFC 5321 4.5.4.1)."""

_FIRST_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=6)
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


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

    def _followed_since(self, watch: WatchName) -> datetime:
        known = self._since.get(watch)
        if known is None:
            scored = self._store.original_scores(watch, _EVER)
            known = min((at for at, _ in scored), default=None)
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


def retry_at(owed: OwedDigest) -> datetime | None:
    """When to try owed mail (None: at once): 5 minutes after the first attempt, doubling to 6 hours."""
    if owed.tried_at is None or owed.attempts < 1:
        return None
    return owed.tried_at + min(_FIRST_PAUSE * (1 << min(owed.attempts - 1, 10)), _LONGEST_PAUSE)
