"""Items in the formats of other programs: Atom, JSON Feed, CSV, RIS and BibTeX. Pure: writing files is the caller's.

Nothing foreign is active in any of them: titles are one line of text without controls, links are http or https only,
no cell is a formula.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_HOMES = {
    "render_bibtex": "bibliography",
    "render_ris": "bibliography",
    "Channel": "feeds",
    "render_atom": "feeds",
    "render_json_feed": "feeds",
    "CSV_COLUMNS": "table",
    "render_csv": "table",
}
"""Where each name is: a command that writes JSON should not pay for the other formats."""


def __getattr__(name: str) -> object:
    """Load what is asked for (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
