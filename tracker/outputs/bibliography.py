"""Items for reference managers: RIS (type NEWS) and BibTeX (@misc with url and urldate)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from tracker.model import Item
from tracker.outputs.shown import Shown, shown

__all__ = ["render_bibtex", "render_ris"]

_NOT_IN_KEY: Final = re.compile(r"[^a-z0-9]+")
_SPECIAL: Final = {
    "\\": r"{\textbackslash}",
    "{": r"{\textbraceleft}",  # \{ would still count when BibTeX looks for the closing brace
    "}": r"{\textbraceright}",
    "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}",
    **{char: f"\\{char}" for char in "$&#%_"},
}
_TEX: Final = str.maketrans(_SPECIAL)


def render_ris(items: Iterable[Item]) -> str:
    """Write one record for each item; lines end in CR LF as the format asks."""
    return "".join(f"{line}\r\n" for item in items for line in _ris_lines(shown(item)))


def render_bibtex(items: Iterable[Item]) -> str:
    """Write one @misc entry for each item, in UTF-8. Keys are the same each time and differ from each other."""
    return "\n".join(_bibtex_entry(shown(item)) for item in items)


def _ris_lines(row: Shown) -> Iterator[str]:
    at = (row.published_at or row.first_seen_at).astimezone(UTC)
    yield "TY  - NEWS"
    yield f"ID  - {_key(row, at)}"
    yield f"TI  - {row.title}"
    fields = (
        ("T2", row.outlet),
        ("PY", f"{at:%Y}"),
        ("DA", f"{at:%Y/%m/%d}/"),
        ("Y2", f"{row.first_seen_at.astimezone(UTC):%Y/%m/%d}/"),
        ("LA", row.language),
        ("UR", row.link),
        ("AB", row.summary),
        *(("KW", topic) for topic in row.topics),
        ("N1", row.why),
    )
    yield from (f"{tag}  - {value}" for tag, value in fields if value)
    yield "ER  - "
    yield ""


def _bibtex_entry(row: Shown) -> str:
    at = (row.published_at or row.first_seen_at).astimezone(UTC)
    fields = (
        ("title", f"{{{_tex(row.title)}}}"),  # doubled: the capitals are the headline's own
        ("howpublished", _tex(row.outlet)),
        ("date", f"{at:%Y-%m-%d}"),
        ("year", f"{at:%Y}"),
        ("month", f"{at.month}"),
        ("url", row.link),
        ("urldate", f"{row.first_seen_at.astimezone(UTC):%Y-%m-%d}"),
        ("keywords", ", ".join(_tex(topic.replace(",", " ")) for topic in row.topics)),
        ("note", _tex(row.why)),
    )
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields if value)
    return f"@misc{{{_key(row, at)},\n{lines}}}\n"


def _tex(text: str) -> str:
    return text.translate(_TEX)


def _key(row: Shown, at: datetime) -> str:
    """Outlet, year and first word for people, a piece of the item's id so that no two are alike."""
    outlet, word = (_plain(row.outlet), _plain(row.title.partition(" ")[0]))
    return "-".join(part for part in (outlet[:20], f"{at:%Y}", word[:16], row.id.hex[:8]) if part)


def _plain(text: str) -> str:
    return _NOT_IN_KEY.sub("", unicodedata.normalize("NFKD", text).casefold())
