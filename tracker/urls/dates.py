"""The day an address names, as many news sites write it into their paths."""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import urlsplit

__all__ = ["date_in_url"]

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR, _MONTH, _DAY = (
    r"(?P<y>199[0-9]|20[0-9]{2})",
    r"(?P<m>0?[1-9]|1[0-2])",
    r"(?P<d>0?[1-9]|[12][0-9]|3[01])",
)
_TWO_MONTH, _TWO_DAY = r"(?P<m>0[1-9]|1[0-2])", r"(?P<d>0[1-9]|[12][0-9]|3[01])"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![0-9]){_YEAR}[/_-]{_MONTH}[/_-]{_DAY}(?![0-9])",  # /2025/06/02/, 2025-6-2
        rf"(?<![0-9]){_YEAR}[/-](?P<m>{'|'.join(_MONTHS)})[a-z]*[/-]{_DAY}(?![0-9])",  # /2025/jun/02/
        rf"(?<![0-9]){_YEAR}[/-]?{_TWO_MONTH}[/-]?{_TWO_DAY}(?![0-9])",  # /20250602/, /2025/0602/, /202506/02/
    )
)


def date_in_url(url: str) -> date | None:
    """The first complete year-month-day in the path, 1990 or later; None when there is none or it cannot exist."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return None
    for pattern in _PATTERNS:
        for found in pattern.finditer(path):
            day = _date(found["y"], found["m"], found["d"])
            if day:
                return day
    return None


def _date(year: str, month: str, day: str) -> date | None:
    number = int(month) if month.isdigit() else _MONTHS.index(month.lower()) + 1
    try:
        return date(int(year), number, int(day))
    except ValueError:
        return None
