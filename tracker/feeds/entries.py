"""Raw entries into clean ones: plain text, resolved and unwrapped addresses, strict dates, an identity each.

Identity inside a feed is the guid, unless it cannot be trusted: a placeholder, the feed's own address, or one guid on
several stories of a document. Then it is the canonical URL, unless that is the site's front page or stands on several
stories, too; then a hash of the text. The content hash covers title and text only, so that moving dates and signed
image addresses are no change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from tracker.feeds.raw import RawEntry
from tracker.model import Entry
from tracker.text.dates import parse_date
from tracker.text.plain import clean_line, plain_line, plain_text
from tracker.urls import canonical_url, clickable_url, unwrap_url

__all__ = ["MAX_SUMMARY_CHARS", "MAX_TITLE_CHARS", "entries_from"]

MAX_TITLE_CHARS = 300
MAX_SUMMARY_CHARS = 2_000
_MAX_CONTENT_CHARS = 200_000
_MAX_NAME_CHARS = 120
_MAX_AUTHORS = 10
_MAX_GUID_CHARS = 500
_PLACEHOLDERS = frozenset({"0", "-1", "1", "null", "none", "undefined", "guid", "id", "n/a", "#"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """An entry before its identity is settled."""

    raw: RawEntry
    guid: str
    url: str | None
    canonical_url: str | None
    title: str
    text: str
    content_hash: str


def entries_from(raws: Sequence[RawEntry], feed_url: str, site_url: str | None) -> tuple[Entry, ...]:
    """Clean the entries of one document, in its order; `feed_url` is the address the document came from."""
    drafts = [_draft(raw, feed_url) for raw in raws]
    fronts = {feed_url, site_url or feed_url}
    shared = _shared_urls(drafts) | {canonical_url(front) for front in fronts}
    untrusted = _untrusted_guids(drafts, shared) | fronts
    return tuple(_entry(draft, untrusted, shared) for draft in drafts)


def _draft(raw: RawEntry, feed_url: str) -> _Draft:
    url = _address(raw.link, feed_url)
    title = plain_line(raw.title, MAX_TITLE_CHARS)
    text = plain_text((raw.content or raw.summary)[:_MAX_CONTENT_CHARS])
    return _Draft(
        raw=raw,
        guid=_short(clean_line(raw.guid)),
        url=url,
        canonical_url=canonical_url(url) if url else None,
        title=title,
        text=text,
        content_hash=_hash(title, text),
    )


def _address(link: str, feed_url: str) -> str | None:
    resolved = clickable_url(link, feed_url)
    target = unwrap_url(resolved) if resolved else None
    return clickable_url(target, feed_url) if target and target != resolved else resolved


def _entry(draft: _Draft, untrusted: set[str], shared: set[str | None]) -> Entry:
    raw = draft.raw
    place = None if draft.canonical_url in shared else draft.canonical_url
    is_trusted = draft.guid and draft.guid not in untrusted
    summary = plain_line(raw.summary, MAX_SUMMARY_CHARS) or clean_line(draft.text, MAX_SUMMARY_CHARS)
    is_all_in_summary = not raw.content and len(draft.text) <= MAX_SUMMARY_CHARS
    return Entry(
        key=draft.guid if is_trusted else _short(place or f"text:{draft.content_hash}"),
        guid=draft.guid or None,
        url=draft.url,
        canonical_url=draft.canonical_url,
        title=draft.title,
        summary=summary,
        content_html="" if is_all_in_summary else (raw.content or raw.summary)[:_MAX_CONTENT_CHARS],
        authors=_names(raw.authors),
        published_at=parse_date(raw.published),
        updated_at=parse_date(raw.updated),
        language=clean_line(raw.language, 35).lower() or None,
        outlet=plain_line(raw.outlet, _MAX_NAME_CHARS) or None,
        content_hash=draft.content_hash,
    )


def _shared_urls(drafts: Sequence[_Draft]) -> set[str | None]:
    """Find addresses under which the document has stories with different titles: they name none of them."""
    titles: dict[str | None, set[str]] = defaultdict(set)
    for draft in drafts:
        titles[draft.canonical_url].add(draft.title)
    return {url for url, told in titles.items() if len(told) > 1}


def _untrusted_guids(drafts: Sequence[_Draft], shared: set[str | None]) -> set[str]:
    """Find placeholders and guids that stand on more than one story of the document."""
    stories: dict[str, set[str]] = defaultdict(set)
    for draft in drafts:
        is_named = draft.canonical_url and draft.canonical_url not in shared
        stories[draft.guid].add(
            draft.canonical_url if is_named and draft.canonical_url else draft.content_hash
        )
    return {guid for guid, told in stories.items() if len(told) > 1 or guid.lower() in _PLACEHOLDERS}


def _names(authors: Sequence[str]) -> tuple[str, ...]:
    names = (plain_line(author[: 10 * _MAX_NAME_CHARS], _MAX_NAME_CHARS) for author in authors[:_MAX_AUTHORS])
    return tuple(dict.fromkeys(name for name in names if name))


def _short(identity: str) -> str:
    """Keep an identity storable: a very long one is replaced by its hash."""
    if len(identity) <= _MAX_GUID_CHARS:
        return identity
    return "hash:" + blake2b(identity.encode("utf-8", "replace"), digest_size=16).hexdigest()


def _hash(title: str, text: str) -> str:
    return blake2b(f"{title}\n{text}".encode("utf-8", "replace"), digest_size=16).hexdigest()
