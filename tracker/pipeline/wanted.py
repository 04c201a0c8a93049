"""An entry that needs judging, on its way from a feed's document to a draft."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime

from tracker.articles import choose_article
from tracker.model import Entry, Fate, Feed, KnownArticle
from tracker.pipeline.acquire import Acquirer, PageAnswer
from tracker.pipeline.decide import fate_without_text, is_passing, is_without_text
from tracker.pipeline.ingest import Draft
from tracker.polling import PollPolicy

__all__ = ["Wanted", "draft_of", "with_page", "without_page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An entry new or changed, and the page on its way (None: nothing to fetch)."""

    entry: Entry
    revision: int = 0
    first_seen_at: datetime
    attempts: int = 0
    known: KnownArticle | None = None
    too_old: bool = False
    page: Future[PageAnswer] | None = None


def with_page(wanted: Wanted, acquirer: Acquirer, *, obey_robots: bool) -> Wanted:
    """Start fetching its page, unless there is none to fetch or the article is stored already."""
    url = wanted.entry.url
    if not url or wanted.known is not None or wanted.too_old:
        return wanted
    key = f"{wanted.entry.canonical_url or url}#{wanted.revision}"
    return replace(wanted, page=acquirer.page(url, key, obey_robots=obey_robots, is_link=True))


def draft_of(wanted: Wanted, page: PageAnswer | None, feed: Feed, policy: PollPolicy, now: datetime) -> Draft:
    """What is known of an entry once its page has come, or has not."""
    draft = Draft(
        feed_id=feed.id,
        entry=_not_ahead(wanted.entry, wanted.first_seen_at),
        revision=wanted.revision,
        first_seen_at=wanted.first_seen_at,
        article=None,
        attempts=wanted.attempts + 1,
    )
    if wanted.known is not None:
        return replace(draft, known=wanted.known, fate=Fate.COPY)
    if wanted.too_old:
        note = "dated before the window asked for at the feed's first poll"
        return replace(draft, fate=Fate.TOO_OLD, note=note)
    outcome = page.page if page else None
    if is_passing(outcome) and draft.attempts < policy.page_attempts:
        retry_at = now + policy.page_retry * 2 ** (draft.attempts - 1)
        return replace(draft, fate=Fate.PENDING, note=fate_without_text(outcome)[1], retry_at=retry_at)
    return _with_article(draft, wanted.entry, page, feed)


def without_page(wanted: Wanted, feed: Feed, note: str) -> Draft:
    """An entry that ends unreadable, with the reason in a sentence."""
    return Draft(
        feed_id=feed.id,
        entry=wanted.entry,
        revision=wanted.revision,
        first_seen_at=wanted.first_seen_at,
        article=None,
        attempts=wanted.attempts + 1,
        fate=Fate.UNREADABLE,
        note=note,
    )


def _with_article(draft: Draft, entry: Entry, answer: PageAnswer | None, feed: Feed) -> Draft:
    page = answer.page if answer else None
    article = choose_article(
        entry,
        page,
        final_url=answer.url if answer else entry.url,
        first_seen_at=draft.first_seen_at,
        feed_title=feed.title,
        feed_language=None,
    )
    if is_without_text(article, page):
        fate, note = fate_without_text(page)
        return replace(draft, fate=fate, note=note)
    return replace(draft, article=article)


def _not_ahead(entry: Entry, seen_at: datetime) -> Entry:
    """What was seen has been published: a date in the future is drawn to the instant the entry was seen."""
    published = entry.published_at
    return replace(entry, published_at=seen_at) if published and published > seen_at else entry
