"""An archive's rows as drafts: articles that are stored exactly as if they had been polled. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tracker.feeds.entries import MAX_TITLE_CHARS
from tracker.model import Article, Entry, TextGrade, TextSource
from tracker.pipeline.ingest import Draft
from tracker.text.dates import parse_date
from tracker.urls import canonical_url

__all__ = ["archive_draft"]

_SHOWN_CHARS = 40


def archive_draft(row: Mapping[str, object], now: datetime) -> Draft | str:
    """An archive's row as a draft, or what is wrong with it."""
    title, text, url = (_field(row, name) for name in ("title", "text", "url"))
    text, title = text or title, title[:MAX_TITLE_CHARS]  # as of a feed: each passage is read with its title
    if not text:
        return "neither title nor text"
    reference = _field(row, "id") or None
    canonical = canonical_url(url) if url else None
    url = url if canonical else ""
    if not (canonical or reference):
        return "neither a usable url nor an id"
    written = _field(row, "published")
    published = parse_date(written)
    if written and published is None:
        return f"published is {written[:_SHOWN_CHARS]!r}, which is no date from 1990 on"
    key = f"archive:{reference or canonical}"
    article = Article(
        url=url,
        canonical_url=canonical or key,
        title=title,
        text=text,
        outlet=_field(row, "outlet"),
        language=_field(row, "lang") or None,
        published_at=min(published, now) if published else None,
        source=TextSource.ARCHIVE,
        grade=TextGrade.FULL,
        external_id=reference,
    )
    entry = Entry(
        key=key, url=url or None, canonical_url=article.canonical_url, title=title, published_at=published
    )
    return Draft(feed_id=None, entry=entry, first_seen_at=now, article=article)


def _field(row: Mapping[str, object], name: str) -> str:
    """A text field; half a surrogate pair, which JSON can hold and no text can, becomes a question mark."""
    return str(row.get(name) or "").strip().encode("utf-8", "replace").decode()
