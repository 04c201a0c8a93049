"""What becomes of an entry, what is stored of it, and what a reader sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from tracker.model.articles import Article, Fingerprint, Likeness, TextGrade, TextSource
from tracker.model.feeds import Entry
from tracker.model.ids import ArticleId, EntryId, FamilyId, FeedId, StoryId, WatchName
from tracker.model.watches import Reason, Relevance, TopicScore, Verdict

__all__ = [
    "Carrier",
    "FamilyMember",
    "Fate",
    "FateCount",
    "Item",
    "ItemQuery",
    "KnownArticle",
    "PendingEntry",
    "Record",
    "Recorded",
    "StoredArticle",
    "StorySketch",
]


class Fate(StrEnum):
    """What became of an entry, for one watch: exactly one of these."""

    KEPT = "kept"
    COPY = "copy"
    VERSION = "version"
    BELOW_THRESHOLD = "below_threshold"
    FILTERED = "filtered"
    UNREADABLE = "unreadable"
    TOO_OLD = "too_old"
    REFUSED = "refused"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle:
    """What the store knows of an address: the newest revision of the article there."""

    article_id: ArticleId
    family_id: FamilyId
    revision: int
    exact_key: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One entry's outcome, ready to store in one transaction.

    `article` is stored as a new article; when the entry shows an article already stored, `article` is None and
    `article_id` names it. `fates` has one fate for every watch that follows the feed; `notes` one sentence each.
    `background` are increments to the word statistics of the stream (scope, key) -> n. `sentences` are the hashes
    that count towards boilerplate. `retry_at` is set only for pending entries.
    """

    feed_id: FeedId | None
    entry: Entry
    revision: int = 0
    first_seen_at: datetime
    fates: Mapping[WatchName, Fate]
    notes: Mapping[WatchName, str] = field(default_factory=dict)
    article: Article | None = None
    article_id: ArticleId | None = None
    fingerprint: Fingerprint | None = None
    prepared: bytes | None = None
    likeness: Likeness | None = None
    relevance: tuple[Relevance, ...] = ()
    story_id: StoryId | None = None
    story_terms: str = ""
    story_at: datetime | None = None
    background: Mapping[tuple[str, str], float] = field(default_factory=dict)
    sentences: tuple[int, ...] = ()
    retry_at: datetime | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """Where an outcome was stored."""

    entry_id: EntryId
    article_id: ArticleId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEntry:
    """An entry whose page could not be had yet: tried `attempts` times, to be tried again."""

    feed_id: FeedId
    entry: Entry
    revision: int = 0
    first_seen_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article as the store gives it back."""

    id: ArticleId
    family_id: FamilyId
    revision: int
    article: Article
    first_seen_at: datetime
    likeness: Likeness
    story_id: StoryId | None = None
    feed_id: FeedId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySketch:
    """A story as grouping sees it: its weighted terms (JSON of word -> weight) and when it was last added to."""

    id: StoryId
    terms: str
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """One other place where a family was seen; `change` says in a line what a version's text changed.

    `article_id` is the article there, `of_id` the one it was recognised as a duplicate of.
    """

    outlet: str
    url: str
    kind: str
    title: str
    seen_at: datetime
    published_at: datetime | None = None
    change: str = ""
    article_id: ArticleId | None = None
    of_id: ArticleId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line a reader sees: a family's lead, or any entry when all fates are asked for, as one watch sees it."""

    id: str
    article_id: ArticleId | None
    url: str
    canonical_url: str
    title: str
    text: str
    outlet: str
    feed: str | None
    published_at: datetime | None
    first_seen_at: datetime
    language: str | None
    watch: WatchName
    score: float | None
    threshold: float | None
    topics: tuple[TopicScore, ...] = ()
    reasons: tuple[Reason, ...] = ()
    fate: Fate
    note: str = ""
    duplicate_of: str | None = None
    similarity: float | None = None
    kind: str = "original"
    family: FamilyId | None = None
    story: StoryId | None = None
    carriers: tuple[Carrier, ...] = ()
    source: TextSource | None = None
    grade: TextGrade | None = None
    judged: Verdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """Which items to list; `entries` and `stories` name them.

    `fate` None means all fates (`any`); `text` is a full-text query; `max_score` is exclusive; `offset` goes with
    `limit`. `brief` leaves text and reasons out of the items, for lists that show neither.
    """

    watch: WatchName | None = None
    entries: tuple[EntryId, ...] | None = None
    stories: tuple[StoryId, ...] | None = None
    since_at: datetime | None = None
    until_at: datetime | None = None
    min_score: float | None = None
    max_score: float | None = None
    topic: str | None = None
    outlet: str | None = None
    language: str | None = None
    fate: Fate | None = Fate.KEPT
    text: str = ""
    limit: int | None = None
    offset: int = 0
    brief: bool = False
    by: Literal["score", "time"] = "score"


@dataclass(frozen=True, slots=True, kw_only=True)
class FateCount:
    """How many entries of a watch met one fate."""

    watch: WatchName
    fate: Fate
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyMember:
    """A member of a family as one watch sees it: the entry that tells its fate, and its stored score, if any."""

    article_id: ArticleId
    entry_id: EntryId
    likeness: Likeness
    story_id: StoryId | None
    fate: Fate
    relevance: Relevance | None
