"""Articles in the store: compare-then-record, families, stories, search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from tracker.model import (
    Activity,
    ArticleId,
    Claim,
    Entry,
    FamilyId,
    FamilyMember,
    Fate,
    FateCount,
    FeedId,
    FeedState,
    IndexedText,
    Item,
    ItemQuery,
    KnownArticle,
    KnownEntry,
    PendingEntry,
    Piece,
    PollReport,
    Record,
    Recorded,
    Relevance,
    Scored,
    ScoreSums,
    StoredArticle,
    StoryId,
    StorySketch,
    WatchName,
)

__all__ = ["ArticleStore", "IngestSession"]


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

    def settled_in_family(self, family_id: FamilyId) -> frozenset[WatchName]:
        """The watches for which some member of the family was kept, or was refused by a person."""
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

    def latest_line(self, watch: WatchName) -> float | None:
        """The threshold that the newest scored article was judged by; None without scores."""
        ...

    def outlets(self) -> tuple[str, ...]:
        """Outlets of stored articles, those with most articles first."""
        ...

    def languages(self) -> tuple[str, ...]:
        """Languages of stored articles, those with most articles first."""
        ...

    def recent_stories(self, watch: WatchName, *, limit: int, offset: int) -> tuple[StoryId, ...]:
        """Stories with something that the watch kept, the one last added to first."""
        ...

    def latest_stories(
        self, watch: WatchName | None, *, since_at: datetime | None, limit: int | None
    ) -> tuple[StoryId, ...]:
        """Stories with an item that the watch, or any, kept since then, in the order of `stories_of` of all they keep.

        At most `limit`.
        """
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

    def pieces(self, watch: WatchName | None, since_at: datetime | None) -> tuple[Piece, ...]:
        """Every report kept since then, and every place that carried it, oldest first.

        What two watches kept counts once, as the watch sees it that scores it highest.
        """
        ...

    def scored(self, watch: WatchName, since_at: datetime) -> tuple[Scored, ...]:
        """Every article seen since then that its score alone decided on, the weakest first."""
        ...

    def score_sums(self, watch: WatchName, since_at: datetime, line: float) -> ScoreSums:
        """The scores of every article since then that duplicates no other, added up."""
        ...

    def first_scored_at(self, watch: WatchName) -> datetime | None:
        """When the first article was seen that the watch scored and that duplicates no other."""
        ...

    def kept_count(self, watch: WatchName) -> int:
        """How many entries the watch has kept."""
        ...

    def arrivals(self, feed_id: FeedId, since_at: datetime) -> tuple[datetime, ...]:
        """When each entry of a feed was first seen since then, oldest first."""
        ...

    def activity(self, watches: Sequence[WatchName], now: datetime, since_at: datetime) -> Activity:
        """What goes on now, and what polls that ended since then brought."""
        ...
