"""What the store counts for readers: pieces of coverage, scores, and what goes on just now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from tracker.model.ids import ArticleId, EntryId, StoryId, WatchName

__all__ = ["Activity", "Piece", "ScoreSums", "Scored"]


class Piece(NamedTuple):
    """A report that was kept, or one of the places that carried it: when and where it was printed.

    `kind` is "report" for what was kept, else that of the carrier ("copy", "version", "same page" ...); `topics` are
    those of the report, name and strength, and `story` is the report's.
    """

    at: datetime
    outlet: str
    kind: str
    topics: tuple[tuple[str, float], ...] = ()
    story: StoryId | None = None


class Scored(NamedTuple):
    """An article that its score alone decided on, no copy or version, by the entry that tells its fate."""

    entry_id: EntryId
    article_id: ArticleId
    is_kept: bool
    score: float


class ScoreSums(NamedTuple):
    """Scores of a window added up: how many and their sum, the same of those at or above a line, and the oldest one."""

    oldest_at: datetime | None
    articles: int
    total: float
    above: int
    above_total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What goes on: feeds followed, being polled, and due; polls ended since `since_at` and what they brought."""

    at: datetime
    since_at: datetime
    feeds: int
    polling: int
    due: int
    polled: int
    failed: int
    new: int
    entries: int
    kept: Mapping[WatchName, int] = field(default_factory=dict)
    last_poll_at: datetime | None = None
