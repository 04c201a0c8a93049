"""Whom a text credits: the agency in its dateline, byline or last line, or the outlet that it says printed it first.

Datelines as agencies' style books have them: CITY, month day (AGENCY) dash. After a place in capitals the name in
brackets is believed whatever it is; elsewhere only known agencies are, because any name may stand there.
"""

from __future__ import annotations

import re
from typing import Final

from tracker.model import Item

__all__ = ["agency_of", "correction_in", "credit_in", "credited"]

_AGENCIES: Final = {
    "AP": ("ap", "associated press", "the associated press", "ap news", "apnews"),
    "Reuters": ("reuters", "thomson reuters", "reuters.com"),
    "AFP": ("afp", "agence france-presse", "agence france presse"),
    "Xinhua": ("xinhua", "xinhua news agency", "xinhuanet", "news.cn", "新华社"),
    "UPI": ("upi", "united press international"),
    "dpa": ("dpa", "dpa international", "deutsche presse-agentur"),
    "EFE": ("efe", "agencia efe"),
    "ANSA": ("ansa",),
    "Kyodo": ("kyodo", "kyodo news"),
    "Yonhap": ("yonhap", "yonhap news agency"),
    "TASS": ("tass", "itar-tass"),
    "Interfax": ("interfax",),
    "PTI": ("pti", "press trust of india"),
    "ANI": ("ani", "asian news international"),
    "IANS": ("ians",),
    "PA": ("pa", "pa media", "press association"),
    "AAP": ("aap", "australian associated press"),
    "Canadian Press": ("canadian press", "the canadian press", "cp"),
    "Bloomberg": ("bloomberg", "bloomberg news"),
    "CNS": ("cns", "china news service"),
    "KUNA": ("kuna",),
    "Anadolu": ("anadolu", "anadolu agency", "aa"),
}
_BY_NAME: Final = {name: agency for agency, names in _AGENCIES.items() for name in names}
_LONG_NAMES: Final = frozenset(name for name in _BY_NAME if len(name) > 3)
_HEAD_CHARS: Final = 200
_TAIL_CHARS: Final = 300
_DATELINE: Final = re.compile(r"(?:^|\n)([^\n()]{0,60}?)[(（]([^()（）\n]{2,40})[)）]\s*(?:[-–—]{1,2}|:)")
_PLACE: Final = re.compile(r"[^a-z\n]{3,}(?:, [A-Z][a-z]{2,8}\.? \d{1,2})?,?\s*")
_BARE: Final = re.compile(r"^(?:[^\n()]{2,50}?,\s*)?([A-Z][\w. ]{1,24}?)\s*(?:[-–—]{1,2})\s")
_CHINESE: Final = re.compile(r"^\s*(新华社)")
_FIRST: Final = re.compile(
    r"(?:originally|first) (?:published|appeared|reported)(?: \w+){0,3}? (?:on|in|by|at) (?:the )?"
    r"([A-Z][^.,;:\n()]{1,40})"
)
_BYLINE_SPLIT: Final = re.compile(r"\s*(?:[,|/;()]|\band\b|\bvia\b|\bfor\b)\s*")
_CORRECTION: Final = re.compile(
    r"\b(?:corrected|correction|corrects|clarification|clarifies|corrección|korrigiert|korrektur|berichtigung|"
    r"rectificatif|更正)\b|更正",
    re.IGNORECASE,
)
_UPDATE: Final = re.compile(
    r"^\W*(?:updated?|refile|recasts?|actualización|actualizado|aktualisiert|mise à jour)\b(?=\s*\d*\s*[:)\]–—-])|"
    r"\((?:updated?|refile|recasts?)[^)]*\)|^\W*updated?\s+\d+\b",
    re.IGNORECASE,
)
_NOTE: Final = re.compile(
    r"^\W*(?:\w+['’]s note\W+)?(correction|corrected|clarification|updated?)\s*[:(—–-]",
    re.IGNORECASE | re.MULTILINE,
)


def agency_of(name: str) -> str:
    """The agency that goes by this name, "" for any other outlet."""
    return _BY_NAME.get(name.strip().casefold().rstrip("."), "")


def credit_in(text: str, byline: str = "") -> tuple[str, str]:
    """Who is credited, and where: (name, "credit line" | "byline" | "note"), two empty strings if nobody is."""
    dateline = _DATELINE.search(text[:_HEAD_CHARS])
    if dateline and _is_credit(dateline[1], dateline[2]):
        return agency_of(dateline[2]) or dateline[2].strip(), "credit line"
    bare = _BARE.match(text[:_HEAD_CHARS]) or _CHINESE.match(text[:_HEAD_CHARS])
    if bare and agency_of(bare[1]):
        return agency_of(bare[1]), "credit line"
    for part in _BYLINE_SPLIT.split(byline):
        if agency_of(part):
            return agency_of(part), "byline"
    noted = _FIRST.search(text[-_TAIL_CHARS:]) or _FIRST.search(text[:_HEAD_CHARS])
    if noted:
        return agency_of(noted[1]) or noted[1].strip(), "note"
    return _signed(text)


def credited(item: Item) -> str:
    """Name whose text it is where the item credits another than its own outlet, and what says so."""
    source, evidence = credit_in(item.text)
    own = agency_of(item.outlet) or item.outlet
    return f"{source} ({evidence})" if source and source.casefold() != own.casefold() else ""


def correction_in(title: str, text: str) -> str:
    """What a version calls itself: "correction", "update" or ""."""
    note = _NOTE.search(text[:_HEAD_CHARS]) or _NOTE.search(text[-_TAIL_CHARS:])
    if _CORRECTION.search(title) or (note and not note[1].lower().startswith("update")):
        return "correction"
    return "update" if note or _UPDATE.search(title) else ""


def _signed(text: str) -> tuple[str, str]:
    """A last line that is nothing but the agency's name, as in "— Reuters"."""
    last = text.rstrip()[-_TAIL_CHARS:].rpartition("\n")[2].strip(" -–—()[]./")
    name = last.casefold()
    return (_BY_NAME[name], "credit line") if name in _LONG_NAMES or last in _AGENCIES else ("", "")


def _is_credit(place: str, name: str) -> bool:
    """Whether brackets name a source: "(AP)" does; "The World Health Organization (WHO)" is no dateline."""
    if agency_of(name):
        return True
    starts_as_name = name.strip()[:1].isupper() and len(name.split()) <= 4
    return starts_as_name and _PLACE.fullmatch(place) is not None
