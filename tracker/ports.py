"""What the engine needs from the world, as small protocols named by the work.

An adapter class may implement several. A store method is one transaction, except inside `Store.ingesting()`, which
serialises compare-then-record so that two workers cannot both call a wire copy the original. Store methods raise
`StoreError` and nothing else of the driver's. Contract suites in `tests/contract` run on every implementation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Protocol

from tracker.feeds import OpmlFeed
from tracker.model import (
    ArticleId,
    Claim,
    Delivery,
    Digest,
    DigestId,
    Entry,
    ExtractedPage,
    FamilyId,
    FamilyMember,
    Fate,
    FateCount,
    Feed,
    FeedId,
    FeedMove,
    FeedState,
    FetchRequest,
    FetchResult,
    IndexedText,
    Item,
    ItemQuery,
    Judgement,
    KnownArticle,
    KnownEntry,
    Message,
    OwedDigest,
    ParsedFeed,
    PendingEntry,
    Period,
    PollReport,
    Presence,
    Profile,
    Record,
    Recorded,
    Refused,
    Relevance,
    Sample,
    StoredArticle,
    StoryId,
    StorySketch,
    Undelivered,
    WatchName,
)

__all__ = [
    "ArticleStore",
    "Clock",
    "DigestStore",
    "FeedStore",
    "Fetcher",
    "IngestSession",
    "Mailer",
    "ProfileStore",
    "Sandbox",
    "Store",
]


class Clock(Protocol):
    """The time of day, aware, in UTC."""

    def now(self) -> datetime:
        """Return the present instant."""
        ...


class Fetcher(Protocol):
    """Polite HTTP exchanges, many at once."""

    def submit(self, request: FetchRequest) -> Future[FetchResult]:
        """Queue one exchange. The future always ends in a value, never in an exception; queueing thousands is cheap."""
        ...

    def close(self) -> None:
        """Cut running exchanges (they end as `stopped`) and release sockets."""
        ...


class Sandbox(Protocol):
    """Pure parsing functions run in killable children with a deadline and a memory limit."""

    def parse_feed(self, body: bytes, url: str, content_type: str) -> Future[ParsedFeed | Refused]:
        """Parse feed bytes."""
        ...

    def extract_page(self, body: bytes, url: str, content_type: str) -> Future[ExtractedPage | Refused]:
        """Extract the article from page bytes."""
        ...

    def close(self) -> None:
        """End the children."""
        ...


class Mailer(Protocol):
    """Hands a message to a mail system."""

    def send(
        self,
        message: Message,
        mime: bytes,
        recipients: Sequence[str],
        handing_over: Callable[[Sequence[str]], None] = ...,
    ) -> tuple[Delivery, ...]:
        """Send fixed bytes to each recipient; a verdict each, in order. Raises `MailError` when misconfigured.

        `handing_over` is called with those who will get the message just before it can no longer be called back; what
        it raises stops the message. It is not called where the same bytes sent again make no second copy.
        """
        ...


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


class IngestSession(Protocol):
    """Compare-then-record, inside one transaction that no other writer can enter."""

    def known_article(self, canonical_url: str) -> KnownArticle | None:
        """The newest revision stored under this address."""
        ...

    def exact_matches(self, exact_key: int) -> tuple[ArticleId, ...]:
        """Articles whose normalised body words hash to this key, oldest first."""
        ...

    def candidates(self, sketch: Sequence[int], *, cap: int) -> tuple[tuple[ArticleId, int], ...]:
        """Articles that share sketch values, with how many; a value held by more than `cap` articles is ignored."""
        ...

    def indexed_texts(self, ids: Sequence[ArticleId]) -> tuple[IndexedText, ...]:
        """The texts to verify, in the order asked."""
        ...

    def sentence_counts(self, hashes: Sequence[int]) -> Mapping[int, int]:
        """How often each sentence hash was seen in unlinked articles; absent means never."""
        ...

    def kept_in_family(self, family_id: FamilyId) -> frozenset[WatchName]:
        """The watches for which some member of the family was kept."""
        ...

    def open_stories(self, since_at: datetime, *, limit: int | None = None) -> tuple[StorySketch, ...]:
        """Stories added to since then, newest first, at most `limit`."""
        ...

    def new_story(self, title: str, at: datetime) -> StoryId:
        """Open a story."""
        ...

    def story_of_family(self, family_id: FamilyId) -> StoryId | None:
        """The story that a family belongs to."""
        ...

    def told(self, story_id: StoryId, *, limit: int) -> tuple[StoredArticle, ...]:
        """The newest `limit` members of a story without copies and versions of one another, oldest first."""
        ...

    def save_story(self, story_id: StoryId, terms: str, last_at: datetime) -> None:
        """Replace what grouping keeps of a story."""
        ...

    def move_told(
        self, from_id: StoryId, to_id: StoryId, *, families: Sequence[FamilyId] | None = None
    ) -> None:
        """Put these families of a story, or all, into another."""
        ...

    def split(self, article_id: ArticleId, kept: Mapping[WatchName, bool], at: datetime) -> None:
        """Take an article out of its family into one of its own; `kept` says for which watches it passes."""
        ...

    def record(self, record: Record) -> Recorded:
        """Store one outcome; the same feed, entry key and revision again changes nothing but a pending entry."""
        ...

    def finish_poll(self, claim: Claim, state: FeedState, report: PollReport) -> bool:
        """As `FeedStore.finish_poll`, within this transaction."""
        ...

    def members(self, family_id: FamilyId, watch: WatchName) -> tuple[FamilyMember, ...]:
        """The members of a family that a score decided on for this watch, oldest first."""
        ...

    def rescored(
        self, member: FamilyMember, relevance: Relevance, fate: Fate, note: str, at: datetime
    ) -> None:
        """Replace a member's score and what became of it."""
        ...

    def join_story(self, family_id: FamilyId, story_id: StoryId) -> None:
        """Put those of a family that belong to no story yet into one."""
        ...


class ArticleStore(Protocol):
    """Entries, articles, fates."""

    def ingesting(self) -> AbstractContextManager[IngestSession]:
        """Open the one compare-then-record transaction; commits on leaving, rolls back on an exception."""
        ...

    def known_entries(self, feed_id: FeedId, entries: Sequence[Entry]) -> Mapping[str, KnownEntry]:
        """Which of these entries the store knows, by entry key.

        Looked up by key, then by canonical URL whatever its scheme, then by content hash, within the feed.
        """
        ...

    def known_urls(self, canonical_urls: Sequence[str]) -> Mapping[str, KnownArticle]:
        """Which addresses have an article already, whatever feed brought it."""
        ...

    def pending(self, now: datetime, *, limit: int) -> tuple[PendingEntry, ...]:
        """Entries whose page is to be tried again now."""
        ...

    def items(self, query: ItemQuery) -> tuple[Item, ...]:
        """What a reader sees: kept items as families with carriers, or every entry with its fate."""
        ...

    def article(self, reference: str) -> StoredArticle:
        """One article by its id, the id it was ingested under, or its address. Raises `ArticleNotFound`."""
        ...

    def family(self, family_id: FamilyId) -> tuple[StoredArticle, ...]:
        """All members of a family, oldest first."""
        ...

    def story(self, story_id: StoryId) -> tuple[StoredArticle, ...]:
        """All articles of a story, or of the one it was joined into, oldest first."""
        ...

    def story_sketch(self, story_id: StoryId) -> StorySketch | None:
        """The story an id leads to now, through all the merges since; None if there never was one."""
        ...

    def relevance_of(self, article_id: ArticleId) -> tuple[Relevance, ...]:
        """The stored scores of an article with their reasons, one per watch."""
        ...

    def fates_of(self, canonical_url: str) -> tuple[Item, ...]:
        """Every entry that showed this address, with its fate and note."""
        ...

    def items_of(self, article_id: ArticleId) -> tuple[Item, ...]:
        """Every entry that shows this article."""
        ...

    def texts(self, ids: Sequence[ArticleId]) -> Mapping[ArticleId, str]:
        """The texts of articles."""
        ...

    def kept_times(self, watch: WatchName, since_at: datetime) -> tuple[datetime, ...]:
        """When each item kept since then was first seen, oldest first."""
        ...

    def original_scores(self, watch: WatchName, since_at: datetime) -> tuple[tuple[datetime, float], ...]:
        """First-seen instant and score of every article since then that duplicates no other."""
        ...

    def scores(self, watch: WatchName, *, after: ArticleId) -> tuple[tuple[ArticleId, float, float], ...]:
        """Id, score and threshold of every article beyond `after` that duplicates no other, by id."""
        ...

    def stale_families(
        self, watch: WatchName, version: str, *, since_at: datetime | None, after: FamilyId, limit: int
    ) -> tuple[FamilyId, ...]:
        """Families beyond `after`, by id, with a score whose profile version does not begin with `version` and a dot.

        With `since_at` only articles first seen from then on count.
        """
        ...

    def stale_count(self, watch: WatchName, version: str, *, since_at: datetime | None) -> int:
        """How many such families there are."""
        ...

    def fate_counts(self, *, since_at: datetime | None = None) -> tuple[FateCount, ...]:
        """How many entries met each fate."""
        ...

    def entry_count(self, *, since_at: datetime | None = None) -> int:
        """How many entries were ever seen."""
        ...


class ProfileStore(Protocol):
    """Profiles, word statistics and judgements."""

    def profile(self, watch: WatchName) -> Profile | None:
        """The current profile of a watch."""
        ...

    def save_profile(self, profile: Profile, now: datetime) -> None:
        """Make it the current one; older versions stay."""
        ...

    def background(self) -> Mapping[tuple[str, str], float]:
        """The stream's word statistics: (scope, key) -> n, as accumulated by `Record.background`."""
        ...

    def judgements(self, watch: WatchName) -> tuple[Judgement, ...]:
        """What was judged, oldest first: the newest word on an article's relevance, and on its being no duplicate."""
        ...

    def add_judgement(self, judgement: Judgement) -> None:
        """Remember a verdict; a newer one replaces an older one in effect."""
        ...

    def withdraw_judgement(self, article_id: ArticleId, watch: WatchName) -> Judgement | None:
        """Take back the newest word on an article's relevance; the one before it holds again. None: there was none."""
        ...

    def samples(self, watch: WatchName) -> tuple[Sample, ...]:
        """What was drawn to be judged, oldest first."""
        ...

    def save_sample(self, sample: Sample) -> None:
        """Remember a sample, in place of an earlier state of it."""
        ...


class DigestStore(Protocol):
    """Digests: reserved and fixed before sending, marked after."""

    def unreported(self, watch: WatchName, period: Period) -> tuple[Item, ...]:
        """Kept items first seen before `period.to_at` that no saved digest holds."""
        ...

    def last_digest_end(self, watch: WatchName, *, before: datetime | None = None) -> datetime | None:
        """Where the latest saved digest's window ended; `before` leaves out those of a clock that was ahead."""
        ...

    def save_digest(self, digest: Digest, message: Message, mime: bytes, local_date: str) -> DigestId:
        """Reserve the items and fix the bytes in one transaction. Raises `StoreError` if an item is taken."""
        ...

    def unsent(self) -> tuple[OwedDigest, ...]:
        """Saved digests with the recipients still owed, oldest first."""
        ...

    def delivering(self) -> AbstractContextManager[None]:
        """Be the only one who hands mail over, so that none is sent twice. Raises `StoreBusy`."""
        ...

    def begin_delivery(
        self, digest_id: DigestId, recipients: Sequence[str], *, attempt: int, now: datetime
    ) -> None:
        """Record that the message is about to be out of our hands: it counts as of unknown fate until marked.

        `attempt` counts from 1. Raises `StoreBusy` when somebody else has made this attempt meanwhile.
        """
        ...

    def mark_delivery(self, digest_id: DigestId, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Record what became of the message, per recipient."""
        ...

    def undelivered(self, since_at: datetime) -> tuple[Undelivered, ...]:
        """Recipients given up since then: refused, or of unknown fate to the end. Oldest first."""
        ...

    def threads(self, watch: WatchName, *, limit: int) -> tuple[str, ...]:
        """The Message-IDs of the latest digests that somebody got, oldest first."""
        ...


class Store(FeedStore, ArticleStore, ProfileStore, DigestStore, Protocol):
    """Everything that is remembered."""

    def tidy(self) -> None:
        """Housekeeping after a run; cheap when there is nothing to do."""
        ...

    def close(self) -> None:
        """Release the database."""
        ...
