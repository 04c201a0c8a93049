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
    "FeedState",
    "KnownEntry",
    "ParseProblem",
    "ParsedFeed",
    "PollReport",
    "PollStatus",
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
    """A feed document as values. `ttl` is the publisher's hint how long to wait; problems are in words."""

    format: FeedFormat
    title: str = ""
    site_url: str | None = None
    language: str | None = None
    ttl: timedelta | None = None
    entries: tuple[Entry, ...] = ()
    problems: tuple[ParseProblem, ...] = ()
    degraded: bool = False


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
    FAILING = "failing"
    SILENT = "silent"
    GONE = "gone"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """All that polling remembers of a feed. `failures` counts polls in a row that failed."""

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
    mean_gap: timedelta | None = None


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
