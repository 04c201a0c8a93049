"""What every feed reader (XML, JSON, sitemap) hands over before cleaning: strings exactly as the document has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from tracker.model import FeedFormat, ParseProblem

__all__ = ["RawEntry", "RawFeed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawEntry:
    """One entry as written; `title` and `summary` may hold markup, dates are unread, `link` may be relative."""

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    language: str = ""
    outlet: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to read and nowhere to go."""
        return not (self.link or self.title or self.summary or self.content)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawFeed:
    """A feed document as written; `unreadable` counts listed things that are no entries at all.

    `next_link` leads to the page of older entries, `new_link` to where the document says that the feed has gone.
    """

    format: FeedFormat
    title: str = ""
    site_link: str = ""
    language: str = ""
    ttl: timedelta | None = None
    entries: tuple[RawEntry, ...] = ()
    unreadable: int = 0
    problems: tuple[ParseProblem, ...] = ()
    degraded: bool = False
    next_link: str = ""
    new_link: str = ""
