"""What the front door answers with about feeds: small frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracker.model import Feed, FeedHealth, FeedMove, PollReport

__all__ = ["Discovery", "FeedView", "Followed", "FoundFeed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFeed:
    """A feed that was really fetched and read: how to follow it, what it lists, and the other ways to it.

    `origin`: announced, linked, robots.txt, usual place, or itself (the address asked about).
    """

    url: str
    title: str
    format: str
    entries: int
    newest_at: datetime | None
    origin: str
    is_followed: bool
    is_comments: bool
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """The feeds found for an address, the best first; `tried` counts the addresses that were asked."""

    url: str
    is_feed: bool
    found: tuple[FoundFeed, ...] = ()
    tried: int = 0

    @property
    def usable(self) -> tuple[FoundFeed, ...]:
        """What is worth following: feeds of comments only where there is nothing else."""
        return tuple(one for one in self.found if not one.is_comments) or self.found


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The end of an attempt to follow an address: the feed, or (`feed` is None) the choice that is left to a person.

    `sentence` says what else should be known: that the feed was found on a page, or has moved.
    """

    feed: Feed | None
    sentence: str = ""
    choice: Discovery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """All that is known of one feed: polls and moves newest first."""

    feed: Feed
    health: FeedHealth
    sentence: str
    polls: tuple[PollReport, ...] = ()
    moves: tuple[FeedMove, ...] = ()
