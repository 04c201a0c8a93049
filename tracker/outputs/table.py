"""Items as CSV (RFC 4180) that a spreadsheet shows as text: no cell is a formula (OWASP, "CSV Injection")."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Final

from tracker.model import Item
from tracker.outputs.shown import shown, utc
from tracker.text.display import clean_line

__all__ = ["CSV_COLUMNS", "render_csv"]

CSV_COLUMNS: Final = (
    *("id", "url", "title", "outlet", "published", "first_seen", "lang", "watch", "score", "threshold"),
    *("topics", "why", "fate", "kind", "duplicate_of", "similarity", "family", "story", "also_in", "note"),
)
"""The first line; new columns are added at the end only."""

_FORMULA: Final = frozenset("=+-@＝＋－＠\t\r")
_BOM: Final = "\ufeff"


def render_csv(items: Iterable[Item], *, bom: bool = False) -> str:
    """Write a line for each item. `bom` puts a byte-order mark in front, by which Excel knows UTF-8.

    A cell that a spreadsheet would calculate begins with an apostrophe.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for item in items:
        writer.writerow([_cell(value) for value in _row(item)])
    return (_BOM if bom else "") + written.getvalue()


def _row(item: Item) -> tuple[object, ...]:
    row = shown(item)
    return (
        item.id,
        row.link or item.url,
        row.title,
        row.outlet,
        utc(row.published_at) if row.published_at else "",
        utc(row.first_seen_at),
        row.language,
        item.watch,
        item.score,
        item.threshold,
        "; ".join(row.topics),
        row.why,
        item.fate.value,
        item.kind,
        item.duplicate_of,
        item.similarity,
        item.family,
        item.story,
        "; ".join(dict.fromkeys(clean_line(c.outlet) for c in item.carriers if c.outlet)),
        item.note,
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4f}"
    text = clean_line(str(value))
    return f"'{text}" if text[:1] in _FORMULA and text else text
