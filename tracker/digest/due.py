"""Whether a digest is due, and for which window.

Every local date that exists and is asked for has one due instant: the clock time of the digest where that exists, the
first of two where the clock is set back over it, and as much later as the clock jumps where it is skipped. A digest is
due when the latest such instant has passed since the last window ended. So a machine that slept sends one digest for
all it missed, a clock set back sends none twice, and no state but the end of the last window is needed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracker.model import Period

__all__ = ["dates_covered", "due_period", "next_due_at"]

_DAY = timedelta(days=1)
_MIDNIGHT = time(0)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_BACK = 17  # days: two weekly digests, one of them on a date that a zone left out


def due_period(
    now: datetime, timezone: str, at: str | time, days: Collection[str], last_end_at: datetime | None
) -> Period | None:
    """Return the window to report now, or None when nothing is due.

    `at` is the local clock time ("07:30"), `days` the weekdays wanted ("mon" ... "sun"), `last_end_at` the end of the
    last window, or when following began. The window runs from there (None: from the due time before) to `now`. Raises
    `ValueError` for a time and `ZoneInfoNotFoundError` for a zone that is none.

    Windows that ended at `next_due_at` or later are of a clock that was ahead: give the last end before it, else one
    digest of a wrong clock silences all until that clock's time is reached.
    """
    clock = time.fromisoformat(at) if isinstance(at, str) else at
    past = _due_instants(now, ZoneInfo(timezone), clock, days)
    latest = next(past, None)
    if latest is None or (last_end_at is not None and last_end_at >= latest):
        return None
    return Period(from_at=last_end_at or next(past, latest - _DAY), to_at=now)


def next_due_at(now: datetime, timezone: str, at: str | time, days: Collection[str]) -> datetime:
    """Return the first due instant after `now`. The arguments are those of `due_period`; raises as that does."""
    zone = ZoneInfo(timezone)
    clock = time.fromisoformat(at) if isinstance(at, str) else at
    yesterday = now.astimezone(zone).date() - _DAY
    ahead = (yesterday + _DAY * n for n in range(_LOOK_BACK))
    return next(
        due_at
        for day in ahead
        if _WEEKDAYS[day.weekday()] in days
        and _exists(day, zone)
        and (due_at := _instant(day, clock, zone)) > now
    )


def dates_covered(period: Period, timezone: str) -> tuple[date, ...]:
    """Return the local dates a window reports on: each after that of its beginning, up to that of its end.

    A daily digest covers one date however many hours it has; a window inside one date covers that date.
    """
    zone = ZoneInfo(timezone)
    first, last = (instant.astimezone(zone).date() for instant in (period.from_at, period.to_at))
    between = (first + _DAY * n for n in range(1, (last - first).days + 1))
    return tuple(day for day in between if _exists(day, zone)) or (last,)


def _due_instants(now: datetime, zone: ZoneInfo, at: time, days: Collection[str]) -> Iterator[datetime]:
    """Yield the due instants up to now, latest first."""
    # Tomorrow's can have passed already where a clock is set back across midnight.
    tomorrow = now.astimezone(zone).date() + _DAY
    for back in range(_LOOK_BACK):
        day = tomorrow - _DAY * back
        if _WEEKDAYS[day.weekday()] in days and _exists(day, zone):
            due_at = _instant(day, at, zone)
            if due_at <= now:
                yield due_at


def _instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    # fold=0 (PEP 495): the first of two equal clock times; a skipped one moves on by the width of the gap.
    return datetime.combine(day, at, tzinfo=zone).replace(fold=0).astimezone(UTC)


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone has this date; Apia left out 30 December 2011."""
    return _instant(day, _MIDNIGHT, zone).astimezone(zone).date() == day
