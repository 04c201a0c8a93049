"""Leases kept alive while work is long: pages of slow hosts may take longer than a lease lasts.

A lease is renewed after half its time, from whatever moment the work looks up at. A process that died looks up no more,
and its leases run out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from tracker.model import Claim, FeedId
from tracker.ports import Clock, FeedStore

__all__ = ["Held"]


class Held:
    """The claims of a round whose polls have not ended; `length` is how long a lease lasts."""

    def __init__(self, store: FeedStore, clock: Clock, length: timedelta, claims: Iterable[Claim]) -> None:
        self._store = store
        self._clock = clock
        self._length = length
        self._claims = {claim.feed.id: claim for claim in claims}
        self._renewed_at = clock.now()

    def keep(self) -> None:
        """Renew what is held, if half of its time is over."""
        now = self._clock.now()
        if self._claims and now - self._renewed_at >= self._length / 2:
            self._renewed_at = now
            self._store.renew(self._claims.values(), now + self._length)

    def keeping(self, stop: Callable[[], bool]) -> Callable[[], bool]:
        """`stop`, which whoever waits asks again and again, with the claims kept on the way."""

        def look_up() -> bool:
            self.keep()
            return stop()

        return look_up

    def end(self, feed_id: FeedId) -> None:
        """A feed's poll has ended, and its lease with it."""
        del self._claims[feed_id]

    def give_back(self) -> None:
        """Release what is still held."""
        if self._claims:
            self._store.release(self._claims.values())
