"""Dates as feeds and pages write them, read strictly: a day that does not exist is no date.

feedparser repairs impossible dates into plausible wrong ones (30 February becomes 1 March, the year 10000 becomes
2010), so its readings are not used. Read here: RFC 822 with its usual abuses, RFC 3339 and the W3C profile of
ISO 8601, bare yyyymmdd, and Chinese and Japanese year-month-day. Nothing here knows what time it is: a date in the
future is the business of `articles/dates.py`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

__all__ = ["parse_date"]

_MAX_CHARS = 80
_FIRST_YEAR, _LAST_YEAR = 1990, 2199
_MAX_OFFSET = timedelta(hours=14)  # the largest in use (Line Islands); anything beyond is a mistake
_ISO = re.compile(
    r"(?P<year>[0-9]{4})[-/](?P<month>[0-9]{1,2})[-/](?P<day>[0-9]{1,2})"
    r"(?:[T\s]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]*)?)?"
    r"\s*(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?)?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(
    r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
    r"(?:T?(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?(?P<zone>Z)?)?"
)
_EAST_ASIAN = re.compile(r"^([0-9]{4})\s*年\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*日")
_OFFSET = re.compile(r"(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2})?")
_NAMED_ZERO = re.compile(r"\b(?:GMT|UTC)\s*([+-][0-9]{2}):?([0-9]{2})$", re.IGNORECASE)
_HALF_DAY = re.compile(r"\b([0-9]{1,2}):([0-9]{2})((?::[0-9]{2})?)\s*([AP])\.?M\b\.?", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}\.?")
# What RFC 822 does not know: the zones really in use, and Spanish, Portuguese, French, German and Italian month names.
_ZONES = {
    **dict.fromkeys(("cet", "mez", "bst", "wat"), "+0100"),
    **dict.fromkeys(("cest", "mesz", "eet", "sast"), "+0200"),
    **dict.fromkeys(("msk", "eest"), "+0300"),
    **dict.fromkeys(("hkt", "sgt", "awst"), "+0800"),
    **dict.fromkeys(("jst", "kst"), "+0900"),
    "aest": "+1000",
    "aedt": "+1100",
}
_YEAR_ONE = re.compile(
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[ -]+00\d\d\b", re.IGNORECASE
)
"""A year of the first century in four digits, a program's empty date; the standard library reads 0001 as 2001."""
_MONTHS = {
    **dict.fromkeys(("ene", "enero", "janv", "janvier", "januar", "jän", "gen", "gennaio", "janeiro"), "Jan"),
    **dict.fromkeys(("febrero", "fev", "fév", "févr", "février", "februar", "febbraio", "fevereiro"), "Feb"),
    **dict.fromkeys(("marzo", "mars", "mär", "mrz", "märz", "março"), "Mar"),
    **dict.fromkeys(("abr", "abril", "avr", "avril", "aprile"), "Apr"),
    **dict.fromkeys(("mayo", "mai", "mag", "maggio", "maio"), "May"),
    **dict.fromkeys(("junio", "juin", "juni", "giu", "giugno", "junho"), "Jun"),
    **dict.fromkeys(("julio", "juil", "juillet", "juli", "lug", "luglio", "julho"), "Jul"),
    **dict.fromkeys(("ago", "agosto", "août", "aout"), "Aug"),
    **dict.fromkeys(("septiembre", "septembre", "set", "settembre", "setembro"), "Sep"),
    **dict.fromkeys(("octubre", "octobre", "okt", "oktober", "ott", "ottobre", "out", "outubro"), "Oct"),
    **dict.fromkeys(("noviembre", "novembre", "novembro"), "Nov"),
    **dict.fromkeys(
        ("dic", "diciembre", "déc", "décembre", "dez", "dezember", "dicembre", "dezembro"), "Dec"
    ),
}


def parse_date(raw: str) -> datetime | None:
    """Read a written date into UTC; None when it is unreadable, impossible or before 1990.

    A date without a zone, or with one nobody knows, is taken as UTC; a leap second as the second before it.
    """
    text = _EAST_ASIAN.sub(r"\1-\2-\3 ", " ".join(raw.split())).strip()
    if not text or len(text) > _MAX_CHARS:
        return None
    found = _ISO.fullmatch(text) or _COMPACT.fullmatch(text)
    read = _from_match(found) if found else _from_rfc822(text)
    return read if read and _FIRST_YEAR <= read.year <= _LAST_YEAR else None


def _from_match(found: re.Match[str]) -> datetime | None:
    fields = [int(found[name] or 0) for name in ("year", "month", "day", "hour", "minute", "second")]
    return _instant(fields, _offset(found["zone"] or ""))


def _from_rfc822(text: str) -> datetime | None:
    text = _HALF_DAY.sub(_as_24_hours, _NAMED_ZERO.sub(r"\1\2", text))
    text = _WORD.sub(_as_rfc822_word, text)
    read = parsedate_tz(text if ":" in text else f"{text} 00:00:00")
    if read is None or not _WORD.search(text) or _YEAR_ONE.search(text):
        return None
    return _instant(list(read[:6]), timedelta(seconds=read[9] or 0))


def _as_rfc822_word(found: re.Match[str]) -> str:
    word = found[0].rstrip(".").lower()
    return _MONTHS.get(word) or _ZONES.get(word) or found[0]


def _as_24_hours(found: re.Match[str]) -> str:
    hour = int(found[1]) % 12 + (12 if found[4] in "pP" else 0)
    return f"{hour}:{found[2]}{found[3]}"


def _offset(zone: str) -> timedelta:
    found = _OFFSET.fullmatch(zone)
    if not found:
        return timedelta(0)
    size = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return -size if found["sign"] == "-" else size


def _instant(fields: list[int], offset: timedelta) -> datetime | None:
    year, month, day, hour, minute, second = fields
    zone = timezone(offset) if abs(offset) <= _MAX_OFFSET else UTC
    whole_second = 59 if second == 60 else second
    try:
        return datetime(year, month, day, hour, minute, whole_second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
