"""What a feed's document brings, seen against what is known of the feed: entries to judge, and a sighting. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tracker.feeds import sift_entries
from tracker.model import Entry, FeedState, KnownEntry, Sifted
from tracker.polling import Sighting, without_offset

__all__ = ["Survey", "dated", "survey_of"]

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """New and changed entries with the revision each will have, oldest first, and what polling learns from them."""

    wanted: tuple[tuple[Entry, int], ...]
    sighting: Sighting


def survey_of(entries: Sequence[Entry], known: Mapping[str, KnownEntry], now: datetime) -> Survey:
    """Sift a document; `known` is what the store knows of its entries, by entry key.

    Entries without a date keep the feed's order, which is newest first.
    """
    sifted = sift_entries(entries, known)
    revisions = {entry.key: entry.revision + 1 for entry in known.values()}
    wanted = [(entry, 0) for entry in reversed(sifted.new)]
    wanted += [(entry, revisions[entry.key]) for entry in reversed(sifted.changed)]
    wanted.sort(key=lambda pair: pair[0].published_at or _NEVER)
    new, changed, familiar = len(sifted.new), len(sifted.changed), _known_count(sifted, known)
    dates = [entry.published_at for entry in sifted.new if entry.published_at is not None]
    sighting = Sighting(
        listed=new + changed + familiar,
        new=new,
        changed=changed,
        known=familiar,
        arrived_at=tuple(at for at in dates if at <= now),
        ahead=tuple(at - now for at in dates if at > now),
        covers=_covered(entries),
    )
    return Survey(wanted=tuple(wanted), sighting=sighting)


def dated(entry: Entry, state: FeedState, now: datetime) -> Entry:
    """An entry with its dates set right by what the feed's clock is ahead."""
    if not state.offset:
        return entry
    published, updated = entry.published_at, entry.updated_at
    return replace(
        entry,
        published_at=without_offset(published, state.offset, now) if published else None,
        updated_at=without_offset(updated, state.offset, now) if updated else None,
    )


def _covered(entries: Sequence[Entry]) -> timedelta | None:
    dates = [entry.published_at for entry in entries if entry.published_at is not None]
    return max(dates) - min(dates) if dates and len(dates) == len(entries) else None


def _known_count(sifted: Sifted, known: Mapping[str, KnownEntry]) -> int:
    """How many seen entries the store knows: the second appearance of a new one inside the document is not such."""
    keys = {entry.key for entry in known.values()}
    hashes = {entry.content_hash for entry in known.values()}
    urls = {entry.canonical_url for entry in known.values()} - {None}
    return sum(
        entry.key in keys or entry.content_hash in hashes or entry.canonical_url in urls
        for entry in sifted.seen
    )
