"""One article out of what the feed said and what the page held, whichever of the two can be trusted more.

The page's text is taken unless it is a wall, another page or shorter than the feed's own; what was not the first
choice is always said in `Article.note`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracker.articles.dates import choose_published
from tracker.articles.fallback import feed_text
from tracker.articles.grade import Expectation, Graded, grade_text
from tracker.model import Article, Entry, ExtractedPage, FetchFailed, Refused, TextGrade, TextSource
from tracker.text.plain import clean_line
from tracker.text.tokens import words
from tracker.urls import canonical_url, clickable_url, date_in_url, host_of

__all__ = ["article_from_page", "choose_article"]

_MAX_TITLE_CHARS = 300
_FULL_FEED_CHARS = 1_000  # a feed's text of this length that does not break off counts as the whole article
_DOUBTFUL_CHARS = 1_000
_REAL_TITLE = 3  # words; a shorter one may be the site's name
_AGGREGATORS = (
    "google alert",
    "google news",
    "bing",
    "yahoo news",
    "feedly",
    "reddit",
    "inoreader",
    "talkwalker",
)
_PLACES = {
    TextSource.FEED: "text from the feed",
    TextSource.SUMMARY: "text from the feed's summary",
    TextSource.TITLE: "only the title is known",
}
_UNUSABLE = {TextGrade.WALL, TextGrade.WRONG_PAGE, TextGrade.NONE}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """The chosen text. `page` is the page where it can be believed about itself."""

    text: str
    source: TextSource
    grade: TextGrade
    note: str
    page: ExtractedPage | None


def choose_article(  # noqa: PLR0913 - four of them by name only
    entry: Entry,
    page: ExtractedPage | Refused | FetchFailed | None,
    *,
    final_url: str | None,
    first_seen_at: datetime,
    feed_title: str,
    feed_language: str | None,
) -> Article | None:
    """Make the best article of an entry; `page` None when there is nothing to fetch.

    `final_url` is the page's address after redirects. None when there is nothing readable at all, not even a title.
    """
    chosen = _choose_text(entry, page)
    if chosen is None:
        return None
    url, canonical = _addresses(entry, chosen.page, final_url)
    published_at, confidence, date_note = choose_published(
        entry.published_at or entry.updated_at,
        chosen.page.published_at if chosen.page else None,
        date_in_url(url),
        first_seen_at,
    )
    title, title_note = _title(entry, chosen)
    return Article(
        url=url,
        canonical_url=canonical,
        title=title,
        text=chosen.text,
        byline=", ".join(entry.authors) or (chosen.page.byline if chosen.page else ""),
        outlet=_outlet(entry, chosen.page, feed_title, url),
        language=_language(
            (chosen.page.language if chosen.page else None) or entry.language or feed_language
        ),
        published_at=published_at,
        date_confidence=confidence,
        source=chosen.source,
        grade=chosen.grade,
        note="; ".join(note for note in (chosen.note, title_note, date_note) if note),
    )


def article_from_page(page: ExtractedPage, url: str, *, first_seen_at: datetime) -> Article:
    """Make an article of a page alone, as when a person names an address."""
    entry = Entry(key=url, url=url, canonical_url=canonical_url(url))
    article = choose_article(
        entry, page, final_url=url, first_seen_at=first_seen_at, feed_title="", feed_language=None
    )
    assert article is not None  # a page always has text
    return article


def _choose_text(entry: Entry, page: ExtractedPage | Refused | FetchFailed | None) -> _Text | None:
    own_text, own_source = feed_text(entry)
    if not isinstance(page, ExtractedPage):
        reason = f"page could not be read ({_failure(page)})" if page else "the entry has no address to open"
        return _own_text(own_text, own_source, reason, None)
    own = own_text if own_source is not TextSource.TITLE else ""
    graded = grade_text(page.text, Expectation(title=entry.title, feed_text=own, page_title=page.title))
    is_doubtful = graded.grade is TextGrade.WRONG_PAGE and own_source is TextSource.TITLE
    if is_doubtful and len(page.text) >= _DOUBTFUL_CHARS:
        return _page_text(page, graded)  # a long text in doubt, and marked so, tells more than a title
    if graded.grade in _UNUSABLE:
        fallback = _own_text(own_text, own_source, graded.reason, None)
        return fallback or _page_text(page, graded)
    if graded.grade is TextGrade.TEASER and len(own) > len(page.text):
        return _own_text(own_text, own_source, graded.reason, page)
    return _page_text(page, graded)


def _own_text(text: str, source: TextSource, reason: str, page: ExtractedPage | None) -> _Text | None:
    if not text:
        return None
    is_full = (
        source is TextSource.FEED and len(text) >= _FULL_FEED_CHARS and not text.endswith(("…", "...", "[…]"))
    )
    grade = TextGrade.NONE if source is TextSource.TITLE else TextGrade.FULL if is_full else TextGrade.TEASER
    return _Text(text=text, source=source, grade=grade, note=f"{reason}: {_PLACES[source]}", page=page)


def _page_text(page: ExtractedPage, graded: Graded) -> _Text:
    notes = [graded.reason, *(problem.detail for problem in page.problems)]
    note = "; ".join(note for note in notes if note)
    return _Text(text=page.text, source=TextSource.PAGE, grade=graded.grade, note=note, page=page)


def _failure(page: Refused | FetchFailed) -> str:
    status = f"{page.status} " if isinstance(page, FetchFailed) and page.status else ""
    return f"{status}{page.detail.rstrip('.')}"


def _addresses(entry: Entry, page: ExtractedPage | None, final_url: str | None) -> tuple[str, str]:
    """Choose the address to open and the identity; a text without any address is known by its own hash."""
    opened = clickable_url(final_url) if page and final_url else None
    url = opened or entry.url or ""
    canonical = canonical_url(url) or entry.canonical_url or f"entry:{entry.content_hash or entry.key}"
    named = canonical_url(page.canonical_link) if page and page.canonical_link else None
    return url, named if named and _is_same_page(named, canonical) else canonical


def _is_same_page(named: str, canonical: str) -> bool:
    """Believe a canonical link that only drops parameters, or keeps the path's last part: others are often wrong."""
    paths = [address.partition("?")[0] for address in (named, canonical)]
    last_parts = [path.rpartition("/")[2] for path in paths]
    return paths[0] == paths[1] or (last_parts[0] == last_parts[1] and len(last_parts[0]) > 8)


def _title(entry: Entry, chosen: _Text) -> tuple[str, str]:
    """Choose the feed's headline, unless the page has another of its own; then a note says so."""
    page = chosen.page
    if page and chosen.source is TextSource.PAGE and _is_strange(entry.title, page):
        return page.title, f"its page's headline; the feed calls it “{entry.title}”"
    title = entry.title or (page.title if page else "")
    if entry.outlet:  # news aggregators put the outlet behind the headline and name it separately
        title = title.removesuffix(f" - {entry.outlet}")
    return title or clean_line(chosen.text, 100)[:_MAX_TITLE_CHARS], ""


def _is_strange(headline: str, page: ExtractedPage) -> bool:
    """Whether a feed's headline is nowhere on the page, whose own is borne out by its text."""
    told, own = _long_words(headline), _long_words(page.title)
    if not told or len(own) < _REAL_TITLE:
        return False
    text = page.text.casefold()
    is_borne_out = sum(word in text for word in own) >= 0.5 * len(own)
    return is_borne_out and not any(word in text or word in own for word in told)


def _long_words(title: str) -> set[str]:
    return {word.casefold() for word in words(title) if len(word) > 2}


def _outlet(entry: Entry, page: ExtractedPage | None, feed_title: str, url: str) -> str:
    is_aggregator = feed_title.lower().startswith(_AGGREGATORS)
    named = (page.site if page else "") or entry.outlet or ("" if is_aggregator else feed_title)
    return named or host_of(url).removeprefix("www.")


def _language(tag: str | None) -> str | None:
    return tag.replace("_", "-").partition("-")[0].lower() or None if tag else None
