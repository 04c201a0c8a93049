"""Values as people write them in the configuration: "5m", "1GiB", "07:30", "127.0.0.1:8765".

Pure functions over strings. Each raises `ValueError` with one sentence that says what would be right; the
door that reads the configuration turns it into a problem with file and line.
"""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import available_timezones

__all__ = [
    "parse_clock_time",
    "parse_country",
    "parse_duration",
    "parse_header_name",
    "parse_header_text",
    "parse_header_value",
    "parse_host_name",
    "parse_host_port",
    "parse_proxy",
    "parse_since",
    "parse_size",
    "parse_time_zone",
    "parse_variable",
    "parse_web_address",
    "render_clock_time",
    "render_duration",
    "render_size",
]

_UNITS: Final = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[dhms])")
_DURATION: Final = re.compile(r"(?:\d+(?:\.\d+)?\s*(?:ms|[dhms])\s*)+")
_SIZES: Final = {"": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([KMG]i?B)?", re.IGNORECASE)
_CLOCK: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")

_WEB_ADDRESS: Final = re.compile(r"https?://[^\s/?#@]+([/?#]\S*)?", re.IGNORECASE)
_HOST_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.IGNORECASE | re.ASCII)
_PROXY: Final = re.compile(
    r"http://([^\s/?#@:]*(:[^\s/?#@]*)?@)?(\[[0-9a-f:.]+\]|[\w.-]+)(:\d{1,5})?/?", re.IGNORECASE | re.ASCII
)
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e]([\t\x20-\x7e]*[\x21-\x7e])?")
_OUR_HEADERS: Final = re.compile(
    r"host|content-.*|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|accept-encoding|"
    r"if-.*|range|proxy-.*",
    re.IGNORECASE,
)
"""What framing, routing, decoding and conditional requests rest on; the program alone sets these."""


def parse_duration(value: object) -> timedelta:
    """Read "30s", "5m", "1h30m", "7d". Raises `ValueError`."""
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not _DURATION.fullmatch(value.strip()):
        raise ValueError('must be a duration with its unit (d, h, m, s), such as "5m" or "1h30m"')
    try:
        return sum((float(n) * _UNITS[u] for n, u in _DURATION_PART.findall(value)), timedelta(0))
    except OverflowError:
        raise ValueError("is longer than any duration this program can count") from None


def render_duration(value: timedelta) -> str:
    """Write a duration so that `parse_duration` reads the same again."""
    rest, parts = value, []
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_since(value: str, now: datetime) -> datetime:
    """Read "2026-11-20", "2026-11-20T08:00Z", "7d", "today" or "yesterday"; days begin in the local zone.

    Raises `ValueError` for what is no time, and for the future, since which nothing can have happened.
    """
    today = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    named = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        at = (named.get(value) or _written_time(value) or now - parse_duration(value)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is no time; write 7d, 2026-11-20 or yesterday") from None
    if at > now:
        raise ValueError("lies in the future; write a day or an instant that has been")
    return at


def _written_time(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def parse_size(value: object) -> int:
    """Read "512MiB" or "1GB" as a number of bytes. Raises `ValueError`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a size with its unit (KiB, MiB, GiB), such as "512MiB"')
    return int(float(match[1]) * _SIZES[(match[2] or "").upper()])


def render_size(value: int) -> str:
    """Write a number of bytes in the largest unit that divides it."""
    for unit in ("GiB", "MiB", "KiB"):
        if value and value % _SIZES[unit.upper()] == 0:
            return f"{value // _SIZES[unit.upper()]}{unit}"
    return str(value)


def parse_clock_time(value: object) -> time:
    """Read "07:30"; TOML's own local time is taken, too. Raises `ValueError`."""
    if isinstance(value, time):
        return value
    match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be a time of day between 00:00 and 23:59, such as "07:30"')
    return time(int(match[1]), int(match[2]))


def render_clock_time(value: time) -> str:
    """Write hours and minutes."""
    return f"{value:%H:%M}"


def parse_time_zone(value: str) -> str:
    """Check a name of the IANA time zone database. Raises `ValueError` with the nearest names."""
    zones = available_timezones()
    if value in zones:
        return value
    near = difflib.get_close_matches(value, sorted(zones), n=1, cutoff=0.5)
    advice = f' (did you mean "{near[0]}"?)' if near else ""
    raise ValueError(f'must be a time zone name such as "America/New_York"; "{value}" is not one{advice}')


def parse_host_port(value: str) -> str:
    """Check "host:port" ("[::1]:8765" for IPv6). Raises `ValueError`."""
    host, _, port = value.rpartition(":")
    bare_ipv6 = ":" in host and not (host.startswith("[") and host.endswith("]"))
    if not host or bare_ipv6 or "/" in host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError('must be host:port, such as "127.0.0.1:8081"')
    return value.lower()


def parse_host_name(value: str) -> str:
    """Check a host's name, with or without a port, as browsers send it. Raises `ValueError`."""
    if not _HOST_NAME.fullmatch(value):
        raise ValueError('must be a host name, such as "news.example" or "news.example:8443"')
    return value.lower()


def parse_web_address(value: str) -> str:
    """Check an http or https address without a login in it. Raises `ValueError`."""
    if "@" in value.partition("://")[2].partition("/")[0]:
        raise ValueError("must not hold a login; use username and password_file beside it")
    if not _WEB_ADDRESS.fullmatch(value):
        raise ValueError('must be a web address, such as "https://example.org/feed.xml"')
    return value


def parse_proxy(value: str) -> str:
    """Check a proxy's address; it may hold a login where it does not stand in the file. Raises `ValueError`."""
    if not _PROXY.fullmatch(value):
        raise ValueError('must be the address of an HTTP proxy, such as "http://proxy.example:3128"')
    return value


def parse_variable(value: str) -> str:
    """Check the name of an environment variable. Raises `ValueError`."""
    if not _VARIABLE.fullmatch(value):
        raise ValueError('must be the name of an environment variable, such as "EXAMPLE_PASSWORD"')
    return value


def parse_header_name(value: str) -> str:
    """Check a header's name (RFC 9110 section 5.1) that may be set for a feed. Raises `ValueError`."""
    if not _HEADER_NAME.fullmatch(value):
        raise ValueError("must be named with letters, digits and hyphens, as headers are")
    if _OUR_HEADERS.fullmatch(value):
        raise ValueError("must be left out: the program sets this header itself")
    return value


def parse_header_text(value: str) -> str:
    """Check what goes into the User-Agent header, "" for nothing. Raises `ValueError`."""
    if not (value.isascii() and value.isprintable()):
        raise ValueError("must be one line of plain characters (ASCII), as it goes into a header")
    return value


def parse_header_value(value: str) -> str:
    """Check a header's value: visible ASCII, inner spaces (RFC 9110 section 5.5). Raises `ValueError`."""
    if not _HEADER_VALUE.fullmatch(value):
        raise ValueError("must be one line of plain characters (ASCII), not empty")
    return value


def parse_country(text: str) -> str:
    """Read a two-letter code of a country whose names are looked for in texts, in capitals. Raises `ValueError`."""
    from tracker.relevance.places import code_of  # here: few configurations name places

    is_code = len(text) == 2 and text.isascii() and text.isalpha()
    if is_code and code_of(text.upper()):
        return text.upper()
    known = " that is known" if is_code else ""
    raise ValueError(f'must be a two-letter country code{known}, such as "US"')
