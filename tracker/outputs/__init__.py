"""Items in the formats of other programs: Atom, JSON Feed, CSV, RIS and BibTeX. Pure: writing files is the caller's.

Nothing foreign is active in any of them: titles are one line of text without controls, links are http or https only,
no cell is a formula.
"""

from __future__ import annotations

from tracker.outputs.bibliography import render_bibtex, render_ris
from tracker.outputs.feeds import Channel, render_atom, render_json_feed
from tracker.outputs.table import CSV_COLUMNS, render_csv

__all__ = [
    "CSV_COLUMNS",
    "Channel",
    "render_atom",
    "render_bibtex",
    "render_csv",
    "render_json_feed",
    "render_ris",
]
