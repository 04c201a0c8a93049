"""The publication instant chosen among what feed, page and address say, with how far it can be trusted.

Each source errs in its own way: feeds write local time as UTC or the date of the last edit, pages carry the date of
their template, addresses know only the day. Two that agree are right.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from tracker.model import DateConfidence

__all__ = ["choose_published"]

_FIRST_YEAR = 1990
_AGREEMENT = timedelta(hours=24)  # between two instants: forgives a wrong zone and day-only dates
_DAY_AGREEMENT = timedelta(days=1)  # between an instant and a day in the address: forgives its zone
_AHEAD = timedelta(hours=48)  # a wrong zone or an announced hour; beyond that the date is nonsense


def choose_published(
    feed_at: datetime | None, page_at: datetime | None, url_date: date | None, first_seen_at: datetime
) -> tuple[datetime | None, DateConfidence, str]:
    """Choose the publication instant: (instant, confidence, what was odd about the dates or "").

    Never later than `first_seen_at`: what was seen has been published. Dates before 1990 and more than two days ahead
    are dropped.
    """
    notes: list[str] = []
    feed = _plausible(feed_at, first_seen_at, "feed", notes)
    page = _plausible(page_at, first_seen_at, "page", notes)
    is_usable = url_date is not None and _is_plausible_day(url_date, first_seen_at)
    chosen, confidence = _chosen(feed, page, url_date if is_usable else None, notes)
    if chosen and chosen > first_seen_at:
        notes.append("dated ahead of when it was first seen")
        chosen, confidence = first_seen_at, DateConfidence.LOW
    return chosen, confidence, "; ".join(notes)


def _plausible(
    at: datetime | None, first_seen_at: datetime, source: str, notes: list[str]
) -> datetime | None:
    if at is None:
        return None
    if at.year < _FIRST_YEAR or at > first_seen_at + _AHEAD:
        notes.append(f"the {source} says {at:%Y-%m-%d}, which cannot be")
        return None
    return at


def _is_plausible_day(day: date, first_seen_at: datetime) -> bool:
    return day.year >= _FIRST_YEAR and _start(day) <= first_seen_at + _AHEAD


def _chosen(
    feed: datetime | None, page: datetime | None, day: date | None, notes: list[str]
) -> tuple[datetime | None, DateConfidence]:
    if feed and page:
        return _of_two(feed, page, day, notes)
    only = feed or page
    if only is None:
        return (_start(day), DateConfidence.LOW) if day else (None, DateConfidence.NONE)
    if day is None:
        return only, DateConfidence.MEDIUM
    if _is_on(only, day):
        return only, DateConfidence.HIGH
    notes.append(f"the address says {day:%Y-%m-%d}")
    return only, DateConfidence.LOW


def _of_two(
    feed: datetime, page: datetime, day: date | None, notes: list[str]
) -> tuple[datetime | None, DateConfidence]:
    if abs(feed - page) <= _AGREEMENT:
        return (page if _is_day_only(feed) else feed), DateConfidence.HIGH
    if day and _is_on(page, day) and not _is_on(feed, day):
        notes.append(f"the feed says {feed:%Y-%m-%d}, page and address {page:%Y-%m-%d}")
        return page, DateConfidence.MEDIUM
    notes.append(f"the feed says {feed:%Y-%m-%d}, the page {page:%Y-%m-%d}")
    return feed, DateConfidence.MEDIUM if day and _is_on(feed, day) else DateConfidence.LOW


def _is_on(at: datetime, day: date) -> bool:
    return abs(at.date() - day) <= _DAY_AGREEMENT


def _is_day_only(at: datetime) -> bool:
    return at.time() == time(0)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)
