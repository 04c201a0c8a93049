"""A feed's rhythm in words. Pure."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from tracker.model import Rhythm

__all__ = ["rhythm_words"]

_MOSTLY = 0.85  # of the entries on working days
_BUSY = 0.9  # of the entries within the hours named
_LONGEST_BUSY = 14  # hours: more would say nothing
_ENOUGH = 5.0  # entries, before a rhythm is spoken of


@lru_cache(maxsize=4096)
def rhythm_words(rhythm: Rhythm | None) -> str:
    """Say how often and when a feed brings something; "" while too little is known."""
    if rhythm is None or rhythm.weight < _ENOUGH or rhythm.span <= timedelta(0):
        return ""
    often = _often(rhythm.weight / (rhythm.span / timedelta(days=1)))
    days, hours = sum(rhythm.weekdays), sum(rhythm.hours)
    is_working = days > 0 and sum(rhythm.weekdays[:5]) >= _MOSTLY * days
    window = _busy_hours(rhythm.hours) if hours > 0 else ""
    when = " ".join(part for part in ("weekdays" if is_working else "", window) if part)
    return f"{often}, mostly {when}" if when else often


def _often(per_day: float) -> str:
    for days, unit in ((1, "day"), (7, "week"), (30, "month")):
        if per_day * days >= 1:
            return f"about {per_day * days:.0f} a {unit}"
    return "less than one a month"


def _busy_hours(hours: tuple[float, ...]) -> str:
    """The shortest run of hours, past midnight too, that holds most of the entries."""
    least, runs = _BUSY * sum(hours), [0.0] * 24
    for length in range(1, _LONGEST_BUSY + 1):
        runs = [run + hours[(first + length - 1) % 24] for first, run in enumerate(runs)]
        held, start = max((run, -first) for first, run in enumerate(runs))
        if held >= least:
            return f"{-start:02d}-{(length - start) % 24:02d} UTC"
    return ""
