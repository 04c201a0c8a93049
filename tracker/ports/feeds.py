"""Feeds in the store: who is followed, when each is due, and who polls it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from tracker.feeds import OpmlFeed
from tracker.model import (
    Claim,
    Feed,
    FeedId,
    FeedMove,
    FeedState,
    PollReport,
    Presence,
)

__all__ = ["FeedStore"]


class FeedStore(Protocol):
    """Feeds and their polling state."""

    def add_feed(
        self, url: str, *, title: str, site_url: str | None, tags: Sequence[str], now: datetime
    ) -> Feed:
        """Follow a feed. Raises `FeedExists`."""
        ...

    def remove_feed(self, url: str, *, now: datetime) -> Feed:
        """Stop following; articles and identities stay. Raises `FeedNotFound`."""
        ...

    def feeds(self) -> tuple[Feed, ...]:
        """All followed feeds, oldest first."""
        ...

    def followed_since(self) -> datetime | None:
        """When the feed followed longest was added; None without feeds."""
        ...

    def unfollowed(self, *, limit: int) -> tuple[Feed, ...]:
        """Feeds that a person stopped following, the latest first."""
        ...

    def feed_by_url(self, url: str) -> Feed:
        """Find one. Raises `FeedNotFound`."""
        ...

    def sync_opml(self, listed: Sequence[OpmlFeed], now: datetime) -> tuple[int, int]:
        """Make the feeds of the OPML file the followed ones, beside those added by command: (added, removed)."""
        ...

    def polling(self) -> AbstractContextManager[None]:
        """Say that this process polls; leases left by a process that died are freed when no other polls."""
        ...

    def claim_due(
        self,
        now: datetime,
        *,
        limit: int,
        lease: timedelta,
        only: Sequence[FeedId] | None = None,
        force: bool = False,
    ) -> tuple[Claim, ...]:
        """Lend up to `limit` due feeds (all of `only` when `force`) that nobody else holds.

        Never a feed whose host asked for rest (`FeedState.held_until`), nor one of a host of which another worker
        holds a feed: so a host is asked by one worker at a time.
        """
        ...

    def due_feeds(self, now: datetime, *, force: bool = False) -> frozenset[FeedId]:
        """What `claim_due` would lend if nobody held a feed."""
        ...

    def renew(self, claims: Iterable[Claim], until_at: datetime) -> None:
        """Hold claims until then; those that were lost meanwhile stay lost."""
        ...

    def release(self, claims: Iterable[Claim]) -> None:
        """Give claims back unpolled."""
        ...

    def finish_poll(self, claim: Claim, state: FeedState, report: PollReport) -> bool:
        """Store a poll's end and the feed's new state; False, and no change, when the claim was lost meanwhile.

        A state with `held_until` in the future holds every other feed of the same host as long.
        """
        ...

    def move_feed(self, feed: Feed, to_url: str, *, reason: str, now: datetime) -> bool:
        """Give a feed another address and log it; False, and no change, when another followed feed has that address.

        The OPML file may go on listing the old address: it then means this feed.
        """
        ...

    def undo_move(self, url: str, *, now: datetime) -> FeedMove:
        """Give the feed at `url` its former address back; that move is not made again. Raises `FeedNotFound`."""
        ...

    def moves(self, feed_id: FeedId) -> tuple[FeedMove, ...]:
        """All changes of a feed's address, newest first."""
        ...

    def request_poll(self, ids: Sequence[FeedId], now: datetime) -> None:
        """Make feeds due now, but for those whose host asked for rest."""
        ...

    def polls_since(self, at: datetime, *, ids: Sequence[FeedId] | None = None) -> tuple[PollReport, ...]:
        """Polls that ended at or after `at`, oldest first."""
        ...

    def only_daemon(self, presence: Presence) -> AbstractContextManager[None]:
        """Be the one daemon on this state until leaving. Raises `LockHeld` naming the other one."""
        ...

    def is_only_daemon(self) -> bool:
        """Whether what `only_daemon` took is still ours: connections break and lock files are deleted."""
        ...

    def daemon(self) -> Presence | None:
        """Who is the daemon now; a dead one's claim does not count."""
        ...

    def reset_feed(self, feed: Feed, now: datetime) -> None:
        """Forget failures and validators, make the feed due now, and lift the rest its host asked for."""
        ...

    def polls(self, feed_id: FeedId, *, limit: int) -> tuple[PollReport, ...]:
        """The latest polls of a feed, newest first."""
        ...
