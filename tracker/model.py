"""The vocabulary: every type that crosses a room's door. Read this file first: it is the product.

All types are frozen, slotted, keyword-only dataclasses or string enums, with tuples for lists and aware UTC
datetimes. Data becomes these types at the first door (parser, extractor, row mapper, settings) and is not
re-checked inside. Nothing here touches the world or holds a rule about news; for those look at the stage rooms
(`feeds`, `articles`, `relevance`, `neardup`, `stories`, `polling`, `digest`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal, NewType

__all__ = [
    "Article",
    "ArticleId",
    "Carrier",
    "Claim",
    "DateConfidence",
    "Delivery",
    "DeliveryState",
    "Digest",
    "DigestId",
    "DigestSection",
    "Entry",
    "EntryId",
    "ExtractedPage",
    "FamilyId",
    "Fate",
    "FateCount",
    "Feed",
    "FeedFormat",
    "FeedHealth",
    "FeedId",
    "FeedState",
    "FetchFailed",
    "FetchReason",
    "FetchRequest",
    "FetchResult",
    "Fetched",
    "Fingerprint",
    "Freshness",
    "IndexedText",
    "Item",
    "ItemQuery",
    "Judgement",
    "KnownArticle",
    "KnownEntry",
    "Likeness",
    "LikenessKind",
    "Message",
    "NotModified",
    "OwedDigest",
    "ParseProblem",
    "ParsedFeed",
    "PendingEntry",
    "Period",
    "PollReport",
    "PollStatus",
    "Profile",
    "Reason",
    "Record",
    "Recorded",
    "Refused",
    "Relevance",
    "Seed",
    "Sifted",
    "StoredArticle",
    "StoryId",
    "StorySketch",
    "TextGrade",
    "TextSource",
    "Topic",
    "TopicScore",
    "Validators",
    "Verdict",
    "Watch",
    "WatchName",
]

FeedId = NewType("FeedId", int)
EntryId = NewType("EntryId", int)
ArticleId = NewType("ArticleId", int)
FamilyId = NewType("FamilyId", int)
"""A family is named by the id of its original article."""
StoryId = NewType("StoryId", int)
DigestId = NewType("DigestId", int)
WatchName = NewType("WatchName", str)

_EMPTY: Mapping[str, str] = MappingProxyType({})


# ---------------------------------------------------------------- fetching


class FetchReason(StrEnum):
    """Why an HTTP exchange gave nothing usable; the code shown in reports and stored with the feed."""

    BAD_URL = "bad_url"
    BLOCKED_ADDRESS = "blocked_address"
    BLOCKED_SCHEME = "blocked_scheme"
    BLOCKED_PORT = "blocked_port"
    DNS = "dns"
    CONNECT = "connect"
    CONNECTION_LOST = "connection_lost"
    TLS = "tls"
    TIMEOUT_TOTAL = "timeout_total"
    PROTOCOL_ERROR = "protocol_error"
    REDIRECT_LIMIT = "redirect_limit"
    TOO_LARGE = "too_large"
    TRUNCATED = "truncated"
    UNSUPPORTED_ENCODING = "unsupported_encoding"
    BAD_ENCODING = "bad_encoding"
    EMPTY_BODY = "empty_body"
    UNEXPECTED_304 = "error_unexpected_304"
    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    NOT_FOUND = "not_found"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    HTTP_ERROR = "http_error"
    ROBOTS = "robots"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server gave us to ask "anything new?" with; valid for exactly this `url`."""

    url: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One HTTP GET to make: `purpose` chooses the size cap and the Accept header."""

    url: str
    purpose: Literal["feed", "page", "robots"]
    validators: Validators | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """What the response headers say about when to look again, relative to the server's own clock."""

    max_age: timedelta | None = None
    expires_in: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A complete response: `url` after redirects, header names lower-case, `body` inflated.

    `permanent_url` is where permanent redirects alone led (RFC 9110 section 15.4), or None. `degraded` says in words
    that the end of the body cannot be vouched for (a response ended only by the closing connection).
    """

    request: FetchRequest
    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    body: bytes
    permanent_url: str | None = None
    degraded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304 to our own validators: proof that nothing has changed."""

    request: FetchRequest
    url: str
    headers: Mapping[str, str] = field(default_factory=lambda: _EMPTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """No usable response: the code, one sentence for a person, and how long the server asked us to wait."""

    request: FetchRequest
    reason: FetchReason
    detail: str
    status: int | None = None
    retry_after: timedelta | None = None


FetchResult = Fetched | NotModified | FetchFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why a parser or extractor did not answer.

    `code`: too_large, timeout, memory, not_a_feed, not_html, no_text, crashed ...; `detail`: one sentence.
    """

    code: str
    detail: str


# ---------------------------------------------------------------- feeds and entries


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


# ---------------------------------------------------------------- articles


class TextSource(StrEnum):
    """Where an article's text came from."""

    PAGE = "page"
    FEED = "feed"
    SUMMARY = "summary"
    TITLE = "title"
    ARCHIVE = "archive"


class TextGrade(StrEnum):
    """What the text is: the whole article, its beginning, a wall (paywall, consent, login), or another page."""

    FULL = "full"
    TEASER = "teaser"
    WALL = "wall"
    WRONG_PAGE = "wrong_page"
    NONE = "none"


class DateConfidence(StrEnum):
    """How far a publication instant can be trusted."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedPage:
    """What one page holds: main text and metadata as the extractor found them, nothing chosen yet."""

    text: str
    title: str = ""
    byline: str = ""
    site: str = ""
    published_at: datetime | None = None
    language: str | None = None
    canonical_link: str | None = None
    problems: tuple[ParseProblem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One web document and its extracted text, known by its canonical URL."""

    url: str
    canonical_url: str
    title: str
    text: str
    byline: str = ""
    outlet: str = ""
    language: str | None = None
    published_at: datetime | None = None
    date_confidence: DateConfidence = DateConfidence.NONE
    source: TextSource
    grade: TextGrade
    note: str = ""
    external_id: str | None = None


# ---------------------------------------------------------------- near-duplicates


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """A text as a small comparable signature (see `neardup/fingerprint.py`).

    `exact_key`: signed 64-bit hash of the normalised body words. `sketch`: the smallest shingle hashes, 48-bit.
    `scheme`: version of the rules that made it.
    """

    scheme: int
    exact_key: int
    sketch: tuple[int, ...]
    shingles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedText:
    """A stored article as the comparison needs it."""

    article_id: ArticleId
    family_id: FamilyId
    title: str
    text: str
    published_at: datetime | None
    prepared: bytes | None = None


class LikenessKind(StrEnum):
    """How an article relates to an earlier one."""

    ORIGINAL = "original"
    EXACT = "exact"
    COPY = "copy"
    TRUNCATED = "truncated"
    VERSION = "version"
    RELATED = "related"


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """The verdict on near-duplication: of which article, how similar (0..1), and the rules and figures behind it."""

    kind: LikenessKind
    of: ArticleId | None = None
    family_id: FamilyId | None = None
    similarity: float = 0.0
    reasons: tuple[str, ...] = ()

    @property
    def is_duplicate(self) -> bool:
        """Whether the article folds into an earlier one's family."""
        return self.kind not in {LikenessKind.ORIGINAL, LikenessKind.RELATED}


# ---------------------------------------------------------------- watches and relevance


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """An example article: what the person wants more of."""

    name: str
    title: str
    text: str
    outlet: str = ""
    url: str | None = None
    published_at: datetime | None = None
    language: str | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A named side of the subject with its phrases and synonyms in any language."""

    name: str
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """One followed subject. `feeds` are tags ("*" = all); `threshold` None means the calibrated default (auto)."""

    name: WatchName
    title: str
    seeds: tuple[Seed, ...]
    topics: tuple[Topic, ...]
    feeds: tuple[str, ...] = ("*",)
    threshold: float | None = None
    facets: Literal["auto", "on", "off"] = "auto"
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A watch compiled for scoring, as stored: `version` names inputs and rules, `body` is the room's own JSON."""

    watch: WatchName
    version: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicScore:
    """How strongly one topic is present, 0..1."""

    topic: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One checkable line of an explanation. `weight` is its share of the log-odds (negative: speaks against)."""

    kind: str
    text: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """How relevant an article is to one watch (0..1), to which topics, and why. It passes at `threshold`."""

    watch: WatchName
    score: float
    threshold: float
    topics: tuple[TopicScore, ...] = ()
    reasons: tuple[Reason, ...] = ()
    profile_version: str = ""

    @property
    def passes(self) -> bool:
        """Whether the article stands above the line."""
        return self.score >= self.threshold


class Verdict(StrEnum):
    """What a person said of an item."""

    RELEVANT = "relevant"
    IRRELEVANT = "irrelevant"
    NOT_DUPLICATE = "not-duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A person's word on one article for one watch."""

    article_id: ArticleId
    watch: WatchName
    verdict: Verdict
    judged_at: datetime


# ---------------------------------------------------------------- outcome


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
    """One other place where a family was seen."""

    outlet: str
    url: str
    kind: str
    title: str
    seen_at: datetime


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
    """Which items to list. `fate` None means all fates (`any`); `text` is a full-text query; `entries` names them."""

    watch: WatchName | None = None
    entries: tuple[EntryId, ...] | None = None
    since_at: datetime | None = None
    until_at: datetime | None = None
    min_score: float | None = None
    topic: str | None = None
    fate: Fate | None = Fate.KEPT
    text: str = ""
    limit: int | None = None
    by: Literal["score", "time"] = "score"


@dataclass(frozen=True, slots=True, kw_only=True)
class FateCount:
    """How many entries of a watch met one fate."""

    watch: WatchName
    fate: Fate
    count: int


# ---------------------------------------------------------------- digest and delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A closed-open window [from_at, to_at) of first-seen times."""

    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSection:
    """A headed group of stories in a digest; each story is the items that tell it, best first."""

    heading: str
    stories: tuple[tuple[Item, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One periodic report of a watch: everything its renderers need, so that mail, page and feed agree."""

    watch: WatchName
    title: str
    period: Period
    timezone: str
    composed_at: datetime
    subject: str
    sections: tuple[DigestSection, ...] = ()
    borderline: tuple[Item, ...] = ()
    feeds: tuple[Feed, ...] = ()
    accounting: Mapping[Fate, int] = field(default_factory=dict)

    @property
    def items(self) -> tuple[Item, ...]:
        """All reported items in reading order."""
        return tuple(item for section in self.sections for story in section.stories for item in story)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail ready to become MIME: header values are plain text, both bodies stand alone."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    plain: str
    html: str
    sent_at: datetime
    list_id: str = ""
    unsubscribe: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedDigest:
    """A saved digest with its fixed bytes and the recipients who have not had it."""

    id: DigestId
    watch: WatchName
    message: Message
    mime: bytes
    recipients: tuple[str, ...]


class DeliveryState(StrEnum):
    """What became of a message for one recipient."""

    SENT = "sent"
    DEFERRED = "deferred"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One recipient's verdict, with the server's words."""

    recipient: str
    state: DeliveryState
    detail: str = ""
