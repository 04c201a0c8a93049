"""How long a response says it stays fresh, by the server's own clock (RFC 9111 sections 4.2 and 5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

__all__ = ["freshness", "http_date"]

_SECONDS = re.compile(r'"?([0-9]+)"?')


def freshness(headers: Mapping[str, str], received_at: datetime | None = None) -> timedelta:
    """What is left of the response's freshness; zero when it says none, nonsense, or that it must be asked again.

    The lifetime is max-age, else Expires less the server's own Date (else `received_at`: section 6.6.1 of RFC 9110),
    so that a wrong clock on either side cancels out. `Age`, the time spent in shared caches, is taken off.
    """
    lifetime = _lifetime(headers, received_at)
    return max(lifetime - _seconds(headers.get("age", "")), timedelta(0))


def http_date(value: str | None) -> datetime | None:
    """An HTTP date (RFC 9110 section 5.6.7) in UTC; None when it is none, or beyond the calendar."""
    if not value:
        return None
    try:
        at = parsedate_to_datetime(value)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _lifetime(headers: Mapping[str, str], received_at: datetime | None) -> timedelta:
    directives = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    if {"no-cache", "no-store"} & set(directives):
        return timedelta(0)
    for directive in directives:
        name, _, value = directive.partition("=")
        if name.strip() == "max-age":
            return _seconds(value)
    expires, date = http_date(headers.get("expires")), http_date(headers.get("date")) or received_at
    return max(expires - date, timedelta(0)) if expires and date else timedelta(0)


def _seconds(text: str) -> timedelta:
    """Delta-seconds (section 1.2.2), bounded far above any use; nonsense is zero."""
    found = _SECONDS.fullmatch(text.strip())
    return timedelta(seconds=min(int(found[1].lstrip("0")[:9] or "0"), 10**8)) if found else timedelta(0)
