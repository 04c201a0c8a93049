"""What the front door answers with: small frozen values that the terminal, the page and library users print."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tracker.app.threshold import Line
from tracker.model import (
    Delivery,
    Digest,
    Entry,
    Fate,
    Feed,
    FeedHealth,
    FeedId,
    Item,
    Message,
    PollReport,
    PollStatus,
    Presence,
    Relevance,
    Seed,
    StoredArticle,
    Undelivered,
    Verdict,
    WatchName,
)

if TYPE_CHECKING:
    from tracker.evaluation import Interval

__all__ = [
    "AlertStatus",
    "ArticleView",
    "DigestPreview",
    "Explanation",
    "FeedTest",
    "OpmlImport",
    "OwedMail",
    "ProfileView",
    "Progress",
    "ProgressListener",
    "RunReport",
    "SentAlert",
    "SentDigest",
    "Status",
    "WatchStatus",
    "silent",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a long run is: `done` of `total` steps, and what was just finished."""

    done: int
    total: int
    label: str


ProgressListener = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Listen to nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One run of fetch or ingest. For every watch `seen` equals the sum of its `fates`: nothing is unaccounted for."""

    started_at: datetime
    finished_at: datetime
    kept: tuple[Item, ...] = ()
    folded: tuple[Item, ...] = ()
    fates: Mapping[WatchName, Mapping[Fate, int]] = field(default_factory=dict)
    seen: Mapping[WatchName, int] = field(default_factory=dict)
    polls: tuple[PollReport, ...] = ()
    feeds: Mapping[FeedId, Feed] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    alerts: tuple[SentAlert, ...] = ()
    remedies: Mapping[FeedId, str] = field(default_factory=dict)  # the command that helps a feed that failed
    elsewhere: int = 0  # polls among these that another process made, asked by this run or met by it

    @property
    def failed(self) -> int:
        """How many feeds could not be polled."""
        return sum(poll.status is PollStatus.FAILED for poll in self.polls)

    @property
    def rested(self) -> int:
        """How many feeds were left alone because their host asks for rest (429)."""
        return sum(poll.status is PollStatus.RESTED for poll in self.polls)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlImport:
    """What an OPML file brought."""

    added: int
    known: int
    problems: tuple[str, ...] = ()
    added_urls: tuple[str, ...] = ()
    known_urls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTest:
    """One feed tried once, nothing stored.

    `final_url` is where the redirects led, `moved_to` where the server or the document says the feed now is for good,
    `older_url` its page of older entries. `caching` holds the headers that say how long the answer stays fresh;
    `next_poll_in` is how long the next poll would wait after this one.
    """

    url: str
    ok: bool
    sentence: str
    format: str = ""
    title: str = ""
    entries: tuple[Entry, ...] = ()
    status: int | None = None
    final_url: str = ""
    moved_to: str | None = None
    older_url: str | None = None
    charset: str = ""
    caching: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    next_poll_in: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """All that is known of one article."""

    article: StoredArticle
    relevance: tuple[Relevance, ...]
    fates: tuple[Item, ...]
    family: tuple[StoredArticle, ...]
    story: tuple[StoredArticle, ...]

    def judged(self, watch: WatchName) -> Verdict | None:
        """What a person said of it for this watch."""
        return next((item.judged for item in self.fates if item.watch == watch and item.judged), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What happened to an address: an outcome code, one sentence, and the command that would change it."""

    url: str
    canonical_url: str
    outcome: str
    sentence: str
    command: str = ""
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """What was learned from a watch's seeds and topics. `quality` is how alike the seeds are (0..1).

    `place_sentence` and `advice` are for the person who chose the seeds. `shift` is what judgements add to the log-odds
    of every score, learned from `relevant` and `irrelevant` ones; `judged_recall` is that of what is kept now, from the
    standing sample. `stale`: families with scores of another line, seeds or judgements, which `rescore` would renew.
    """

    watch: WatchName
    mode: str
    version: str
    terms: tuple[tuple[str, float], ...]
    places: tuple[tuple[str, float], ...]
    topics: tuple[tuple[str, tuple[str, ...]], ...]
    seeds: tuple[Seed, ...]
    quality: float
    sentence: str
    place_sentence: str = ""
    advice: tuple[str, ...] = ()
    line: Line | None = None
    judged_recall: Interval | None = None
    shift: float = 0.0
    relevant: int = 0
    irrelevant: int = 0
    stale: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPreview:
    """A digest composed now, not stored and not sent."""

    digest: Digest
    message: Message
    mime: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDigest:
    """A digest handed to the mail system, with one verdict per recipient."""

    watch: WatchName
    subject: str
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentAlert:
    """An alert handed to its target, with the verdict."""

    watch: WatchName
    title: str
    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStatus:
    """A target of alerts: of what it is told, how many alerts of the last day were made and how many are owed."""

    name: str
    kind: str
    watches: tuple[WatchName, ...]
    threshold: str
    per_hour: int
    quiet: str
    is_quiet: bool
    last_day: int
    owed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchStatus:
    """One watch in numbers."""

    watch: WatchName
    title: str
    seeds: int
    topics: int
    threshold: str
    fates: Mapping[Fate, int]
    next_digest_at: datetime | None = None  # None: nobody is to get one


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedMail:
    """A digest that is made, and not yet accepted for these recipients; tried again at `next_at`, None: at once.

    `detail` is how the last attempt ended, in the mail server's words.
    """

    watch: WatchName
    subject: str
    recipients: tuple[str, ...]
    attempts: int
    tried_at: datetime | None
    next_at: datetime | None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The installation in numbers."""

    config_path: str
    mode: str
    store_url: str
    entries: int
    feeds: int
    troubled: tuple[tuple[Feed, FeedHealth, str], ...]
    last_poll_at: datetime | None
    next_poll_at: datetime | None
    watches: tuple[WatchStatus, ...]
    daemon: Presence | None = None
    owed: tuple[OwedMail, ...] = ()
    undelivered: tuple[Undelivered, ...] = ()  # mail and alerts given up in the last two weeks, by recipient
    alerts: tuple[AlertStatus, ...] = ()
