"""What goes into a request's headers and what an answer's headers say. Pure.

Header values are bytes on the wire and latin-1 text here (RFC 9110 section 5.5), so that an odd ETag comes back to
its server byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from urllib.parse import urljoin

from tracker.fetch.body import ACCEPT_ENCODING
from tracker.fetch.policy import FetchPolicy
from tracker.model import FetchRequest, Validators

__all__ = ["conditions_for", "header_map", "http_date", "redirect_url", "request_headers", "retry_after"]

MAX_RETRY_AFTER = timedelta(hours=24)

_NONE: Mapping[str, str] = MappingProxyType({})
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]+")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ENCODED_BREAK = re.compile(r"%0[da]", re.IGNORECASE)


def request_headers(
    request: FetchRequest,
    policy: FetchPolicy,
    conditions: Mapping[str, str],
    extra: Mapping[str, str] = _NONE,
) -> list[tuple[bytes, bytes]]:
    """The headers of one hop; `extra` ones take the place of ours of the same name, conditions and coding excepted."""
    accept = {
        "feed": policy.feed_accept,
        "page": policy.page_accept,
        "robots": policy.robots_accept,
        "ping": policy.ping_accept,
        "post": policy.ping_accept,
    }
    named = {
        "User-Agent": policy.identity,
        "Accept": accept[request.purpose],
        **extra,
        "Accept-Encoding": ACCEPT_ENCODING,
        **conditions,
        **({"Content-Length": str(len(request.body))} if request.purpose == "post" else {}),
    }
    headers = {
        name.lower(): (name.encode("latin-1"), value.encode("latin-1")) for name, value in named.items()
    }
    return list(headers.values())


def conditions_for(validators: Validators | None, spellings: Collection[str]) -> dict[str, str]:
    """If-None-Match and If-Modified-Since (RFC 9110 section 13.1), only for exactly the address they came from.

    `spellings` are the texts that mean the address asked now. A value that could not be a header is left out.
    """
    if validators is None or validators.url not in spellings:
        return {}
    named = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in named.items() if value and _FIELD_VALUE.fullmatch(value)}


def header_map(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lower-case names; repeated ones are joined (RFC 9110 section 5.3). Cookies are not kept at all."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    headers.pop("set-cookie", None)
    return headers


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Retry-After (RFC 9110 section 10.2.3) in seconds or as a date by the server's own clock; 0 to 24 hours."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return min(MAX_RETRY_AFTER, timedelta(seconds=int(text.lstrip("0")[:9] or "0")))
    at = http_date(text)
    if at is None:
        return None
    return min(MAX_RETRY_AFTER, max(timedelta(0), at - (http_date(headers.get("date", "")) or now)))


def http_date(text: str) -> datetime | None:
    """Read an HTTP date; None when it is none."""
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def redirect_url(location: str, base: str) -> str | None:
    """Where a redirect leads; None when it leads nowhere. An encoded line break is an injected header.

    Only what has no scheme is relative: `urljoin` would also take "http:host" for a path. Many servers send UTF-8.
    """
    location = _as_utf8(location.strip())
    if not location or _ENCODED_BREAK.search(location):
        return None
    if _SCHEME.match(location):
        return location
    try:
        return urljoin(base, location)
    except ValueError:
        return None


def _as_utf8(text: str) -> str:
    raw = text.encode("latin-1", errors="replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return text
