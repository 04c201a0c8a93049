"""A story as a picture: a row for each outlet, a mark for each report at its time; what it is says its form.

Drawn on the server as SVG without any style of its own; the page's style sheet colours it, so it follows light and
dark. Forms differ, not only colours: a disc for an original, a ring for a copy, a diamond for a version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from markupsafe import Markup

from tracker.app.stories import StoryReport
from tracker.text.columns import fit
from tracker.text.display import clean_line

__all__ = ["story_chart"]

_WIDTH: Final = 880
_LEFT, _RIGHT, _TOP, _ROW = 190, 24, 14, 26
_OUTLETS: Final = 14
_LEAST: Final = timedelta(hours=1)
_DATES: Final = 5
_REST: Final = "other outlets"


def story_chart(reports: Sequence[StoryReport]) -> Markup:
    """Draw the reports of a story; nothing for fewer than three, which are sooner read than seen."""
    if len(reports) < 3:
        return Markup("")
    rows = _rows(reports)
    begin, end = min(one.at for one in reports), max(one.at for one in reports)
    end = max(end, begin + _LEAST)
    height = _TOP + _ROW * len(rows) + 30
    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="chart-t">').format(
            _WIDTH, height
        ),
        Markup('<title id="chart-t">{}</title>').format(_told(reports, rows)),
        *_dates(begin, end, height),
        *_lines(rows),
        *(mark for one in reports for mark in _mark(one, rows, begin, end)),
        Markup("</svg>"),
    ]  # fmt: skip
    return Markup("\n").join(parts)


def _rows(reports: Sequence[StoryReport]) -> dict[str, int]:
    """The row of each outlet, the one that told first on top; beyond the room they share the last."""
    outlets = list(dict.fromkeys(_outlet(one) for one in sorted(reports, key=lambda one: one.at)))
    if len(outlets) <= _OUTLETS:
        return {name: at for at, name in enumerate(outlets)}
    rows = {name: at for at, name in enumerate(outlets[: _OUTLETS - 1])}
    return {**rows, _REST: _OUTLETS - 1}


def _told(reports: Sequence[StoryReport], rows: dict[str, int]) -> str:
    first = min(reports, key=lambda one: one.at)
    return f"{len(reports)} reports over time by outlet; first {_outlet(first)}; {len(rows)} rows"


def _dates(begin: datetime, end: datetime, height: int) -> Iterator[Markup]:
    bottom = height - 26
    pattern = "%d %b %H:%M" if end - begin < timedelta(days=4) else "%d %b"
    for step in range(_DATES):
        at = begin + (end - begin) * step / (_DATES - 1)
        x = _place(at, begin, end)
        anchor = "start" if step == 0 else "end" if step == _DATES - 1 else "middle"
        yield Markup('<line class="grid" x1="{0:.1f}" x2="{0:.1f}" y1="{1}" y2="{2}"/>').format(
            x, _TOP - 6, bottom
        )
        yield Markup('<text class="faint" x="{:.1f}" y="{}" text-anchor="{}">{}</text>').format(
            x, bottom + 18, anchor, at.astimezone().strftime(pattern)
        )


def _lines(rows: dict[str, int]) -> Iterator[Markup]:
    for name, at in rows.items():
        y = _TOP + _ROW * at + 8
        yield Markup('<line class="row" x1="{}" x2="{}" y1="{}" y2="{}"/>').format(
            _LEFT, _WIDTH - _RIGHT, y, y
        )
        yield Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(
            _LEFT - 14, y + 4, fit(name, 24)
        )


def _mark(one: StoryReport, rows: dict[str, int], begin: datetime, end: datetime) -> Iterator[Markup]:
    x = _place(one.at, begin, end)
    y = _TOP + _ROW * rows.get(_outlet(one), len(rows) - 1) + 8
    words = Markup("<title>{}</title>").format(
        f"{one.at.astimezone():%Y-%m-%d %H:%M} {_outlet(one)}, {one.role}: {clean_line(one.title, 120)}"
    )
    if one.role == "original":
        yield Markup('<circle class="original" cx="{:.1f}" cy="{}" r="6.5">{}</circle>').format(x, y, words)
    elif one.role == "copy":
        yield Markup('<circle class="copy" cx="{:.1f}" cy="{}" r="5">{}</circle>').format(x, y, words)
    else:
        shape = f"M{x:.1f} {y - 7}L{x + 7:.1f} {y}L{x:.1f} {y + 7}L{x - 7:.1f} {y}Z"
        yield Markup('<path class="version" d="{}">{}</path>').format(shape, words)


def _place(at: datetime, begin: datetime, end: datetime) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * ((at - begin) / (end - begin))


def _outlet(one: StoryReport) -> str:
    return clean_line(one.outlet, 60) or "(unnamed)"
