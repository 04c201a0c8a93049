"""Articles, their fingerprints, and how one relates to an earlier one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tracker.model.feeds import ParseProblem
from tracker.model.ids import ArticleId, FamilyId

__all__ = [
    "Article",
    "DateConfidence",
    "ExtractedPage",
    "Fingerprint",
    "IndexedText",
    "Likeness",
    "LikenessKind",
    "TextGrade",
    "TextSource",
]


class TextSource(StrEnum):
    """Where an article's text came from."""

    PAGE = "page"
    FEED = "feed"
    SUMMARY = "summary"
    TITLE = "title"
    ARCHIVE = "archive"


class TextGrade(StrEnum):
    """What the text is: the whole article, its beginning, a wall (paywall, consent, login), or another page.

    `DELETED`: there was one, and retention deleted it; all else that is known of the article stays.
    """

    FULL = "full"
    TEASER = "teaser"
    WALL = "wall"
    WRONG_PAGE = "wrong_page"
    NONE = "none"
    DELETED = "deleted"


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
