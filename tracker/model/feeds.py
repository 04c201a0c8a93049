"""Feeds, their entries and their polling state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracker.model.fetching import Validators
from tracker.model.ids import FeedId

__all__ = [
    "Claim",
    "Entry",
    "Feed",
    "FeedFormat",
    "FeedHealth",
    "FeedMove",
    "FeedState",
    "KnownEntry",
    "ParseProblem",
    "ParsedFeed",
    "PollReport",
    "PollStatus",
    "Presence",
    "Rhythm",
    "Sifted",
]


class FeedFormat(StrEnum):
    """The dialect a feed is written in."""

    RSS = "rss"
    RDF = "rdf"
    ATOM = "atom"
    JSON = "json"
    SITEMAP = "sitemap"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseProblem:
    """Something a feed gets wrong that its reader should know: a code and one sentence."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One element a feed lists. Titles and texts are plain text; `content_html` is foreign markup, never shown.

    `key` is the identity inside its feed (guid, else canonical URL, else text hash). `content_hash` changes when
    title or text change. `url` is the address to open, resolved and unwrapped; `canonical_url` its normal form.
    """

    key: str
    guid: str | None = None
    url: str | None = None
    canonical_url: str | None = None
    title: str = ""
    summary: str = ""
    content_html: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    updated_at: datetime | None = None
    language: str | None = None
    outlet: str | None = None
    content_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed document as values. `ttl` is the publisher's hint how long to wait; problems are in words.

    `next_url` is the page of older entries (RFC 5005 section 3); `new_url` where the document itself says that the
    feed has gone (itunes:new-feed-url), which is shown to a person and never followed.
    """

    format: FeedFormat
    title: str = ""
    site_url: str | None = None
    language: str | None = None
    ttl: timedelta | None = None
    entries: tuple[Entry, ...] = ()
    problems: tuple[ParseProblem, ...] = ()
    degraded: bool = False
    next_url: str | None = None
    new_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """What the store remembers of an entry, also after its article was pruned."""

    key: str
    canonical_url: str | None
    content_hash: str
    revision: int
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """A feed's entries apart: never seen, seen with other content, seen. Nothing is in two of them or in none."""

    new: tuple[Entry, ...] = ()
    changed: tuple[Entry, ...] = ()
    seen: tuple[Entry, ...] = ()


class FeedHealth(StrEnum):
    """One word for a feed's condition."""

    NEW = "new"
    OK = "ok"
    DEGRADED = "degraded"
    DAMAGED = "damaged"  # bytes that do not fit the declared characters
    GAP = "gap"  # two documents in a row shared no entry: something may have been missed between them
    REPUBLISHED = "republished"  # a burst of old entries as new ones
    SILENT = "silent"
    LIMITED = "limited"  # the host asked for rest
    BLOCKED = "blocked"
    WRONG_PAGE = "wrong-page"  # a web page, sign-in, consent or error page in place of the feed
    MOVED = "moved"
    FAILING = "failing"
    GONE = "gone"

    @property
    def is_well(self) -> bool:
        """Whether nobody needs to look after the feed."""
        return self in {FeedHealth.OK, FeedHealth.NEW}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a feed brings new entries: decayed counts by hour of the day (24) and by weekday (7, Monday first), UTC.

    `weight` is the decayed number of entries, `span` the decayed time over which they were counted.
    """

    hours: tuple[float, ...]
    weekdays: tuple[float, ...]
    weight: float
    span: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """All that polling remembers of a feed. `failures` counts polls in a row that failed.

    `held_until`: the host asked for rest (429) and no feed of it is polled before, not even by hand. `offset` is what
    the feed's dates are ahead of the clock, learned; `offset_seen` and `offset_sightings` are the evidence for
    another. `connect_failures` counts polls in a row that found no listener. `listed` is the length of the last
    document that was not empty, `ttl` the wait it asked for; `longest_silence` the longest pause, in events expected
    and not come, slowly forgotten; `unevenness` the variance of the pauses in that unit (1: as dice would have it, 0:
    like clockwork). `reach`: the shortest time back that a list went, last so at `reach_at`.
    """

    next_poll_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    last_full_at: datetime | None = None
    failures: int = 0
    error: str = ""
    error_detail: str = ""
    health: FeedHealth = FeedHealth.NEW
    problem: str = ""
    validators: Validators | None = None
    body_hash: str = ""
    moved_to: str | None = None
    moved_sightings: int = 0
    moved_since_at: datetime | None = None
    mean_gap: timedelta | None = None
    held_until: datetime | None = None
    rhythm: Rhythm | None = None
    listed: int = 0
    gaps: int = 0
    last_gap_at: datetime | None = None
    republished: int = 0
    validators_broken_at: datetime | None = None
    connect_failures: int = 0
    https_tried_at: datetime | None = None
    protection: str = ""
    offset: timedelta = timedelta(0)
    offset_seen: timedelta = timedelta(0)
    offset_sightings: int = 0
    notice: str = ""
    ttl: timedelta = timedelta(0)
    republished_at: datetime | None = None
    empty_since_at: datetime | None = None
    longest_silence: float = 0.0
    unevenness: float = 1.0
    reach: timedelta | None = None
    reach_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A subscribed source."""

    id: FeedId
    url: str
    title: str = ""
    site_url: str | None = None
    tags: tuple[str, ...] = ()
    added_at: datetime
    origin: str = "added"
    state: FeedState = FeedState()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedMove:
    """An address given up for another, with the reason; `undone_at` when a person took it back."""

    feed_id: FeedId
    from_url: str
    to_url: str
    reason: str
    moved_at: datetime
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """The daemon that runs on this state: which process, on which computer, since when."""

    pid: int
    host: str
    since_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A feed lent to one worker until `until_at`; `token` fences off a worker that comes back too late."""

    feed: Feed
    token: str
    until_at: datetime


class PollStatus(StrEnum):
    """How a poll ended; there is no other way."""

    NEW = "new"
    UNCHANGED = "unchanged"
    DEGRADED = "degraded"
    RESTED = "rested"  # the host asked for rest (429)
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """One poll of one feed: how it ended, what it counted, and a sentence for a person."""

    feed_id: FeedId
    polled_at: datetime
    status: PollStatus
    code: str = ""
    detail: str = ""
    listed: int = 0
    new: int = 0
    changed: int = 0
    duration: timedelta = timedelta(0)
