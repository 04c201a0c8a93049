"""Days in words a reader knows, in English whatever the locale of the machine."""

from __future__ import annotations

from datetime import date
from typing import Final

__all__ = ["day_and_month", "long_day", "short_day"]

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def short_day(day: date) -> str:
    """Return "Sun 22 Nov"."""
    return f"{_DAYS[day.weekday()][:3]} {day_and_month(day)}"


def day_and_month(day: date) -> str:
    """Return "22 Nov"."""
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"


def long_day(day: date) -> str:
    """Return "Sunday 22 November 2026"."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"
