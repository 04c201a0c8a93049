"""A timeline as an SVG picture: bars stacked by series, a legend, and words for those who cannot see it.

Colours are Okabe and Ito's (2008), told apart by most colour-blind readers; the stylesheet follows the reader's light
or dark setting. No script, no link, no outside font; all text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import accumulate, cycle
from typing import Final

from tracker.stories.timeline import Series, Timeline
from tracker.text.columns import fit
from tracker.text.display import clean_line

__all__ = ["timeline_svg"]

_WIDTH: Final = 880
_LEFT, _RIGHT, _TOP, _PLOT = 48, 24, 64, 260
_LEGEND_LINE: Final = 22
_LEGEND_COLUMNS: Final = 2
_COLOURS: Final = (
    "#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#b8a400", "#888888",
)  # fmt: skip
_STYLE: Final = (
    "svg{background:#fff;font:13px system-ui,sans-serif}text{fill:#222}.faint{fill:#666}.line{stroke:#ddd}"
    "@media(prefers-color-scheme:dark){svg{background:#16181c}text{fill:#eee}.faint{fill:#a8a8a8}.line{stroke:#3a3d42}}"
)
_STEP_NAMES: Final = {1: "day", 7: "week", 28: "four weeks", 91: "quarter", 364: "year"}


def timeline_svg(timeline: Timeline, title: str) -> str:
    """Draw it under a title."""
    height = _TOP + _PLOT + 44 + _LEGEND_LINE * -(-len(timeline.series) // _LEGEND_COLUMNS)
    head = clean_line(title) or "Coverage"
    told = f"{sum(timeline.totals)} pieces, per {_STEP_NAMES[timeline.step_days]}"
    span = f"{timeline.days[0]} to {timeline.days[-1]}" if timeline.days else "nothing yet"
    size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="t d">',
        f'<title id="t">{_text(head)}</title>',
        f'<desc id="d">{_text(f"{told}, {span}: {_summed(timeline)}")}</desc>',
        f"<style>{_STYLE}</style>",
        f'<text x="{_LEFT}" y="26" font-size="17" font-weight="600">{_text(fit(head, 90))}</text>',
        f'<text x="{_LEFT}" y="46" class="faint">{_text(f"{told}, {span}")}</text>',
        *_scale(timeline),
        *_bars(timeline),
        *_dates(timeline),
        *_legend(timeline),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _summed(timeline: Timeline) -> str:
    return ", ".join(f"{clean_line(one.label)} {one.total}" for one in timeline.series)


def _scale(timeline: Timeline) -> Iterator[str]:
    """Horizontal lines at round numbers."""
    top = _ceiling(timeline)
    for value in range(0, top + 1, _value_step(timeline)):
        y = _TOP + _PLOT - value * _PLOT / top
        yield f'<line class="line" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="faint" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value}</text>'


def _bars(timeline: Timeline) -> Iterator[str]:
    """A bar a step, its series stacked from the bottom, each part with its words."""
    top, slot = _ceiling(timeline), _slot(timeline)
    width = max(1.0, min(slot * 0.8, 60))
    for at, day in enumerate(timeline.days):
        heights = [one.counts[at] for one in timeline.series]
        x = _LEFT + slot * at + (slot - width) / 2
        for one, colour, count, above in zip(
            timeline.series, _colours(timeline), heights, accumulate(heights), strict=True
        ):
            if count:
                y, tall = _TOP + _PLOT - above * _PLOT / top, count * _PLOT / top
                words = _text(f"{day}: {clean_line(one.label)} {count}")
                yield (
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{tall:.1f}" fill="{colour}">'
                    f"<title>{words}</title></rect>"
                )


def _dates(timeline: Timeline) -> Iterator[str]:
    """As many dates as have room."""
    slot = _slot(timeline)
    every = max(1, round(90 / slot))
    for at in range(0, len(timeline.days), every):
        x = _LEFT + slot * (at + 0.5)
        yield (
            f'<text class="faint" x="{x:.1f}" y="{_TOP + _PLOT + 20}" text-anchor="middle">'
            f"{timeline.days[at]}</text>"
        )


def _legend(timeline: Timeline) -> Iterator[str]:
    column = (_WIDTH - _LEFT - _RIGHT) / _LEGEND_COLUMNS
    for at, (one, colour) in enumerate(zip(timeline.series, _colours(timeline), strict=True)):
        x = _LEFT + column * (at % _LEGEND_COLUMNS)
        y = _TOP + _PLOT + 40 + _LEGEND_LINE * (at // _LEGEND_COLUMNS)
        yield f'<rect x="{x:.1f}" y="{y}" width="12" height="12" rx="2" fill="{colour}"/>'
        yield f'<text x="{x + 18:.1f}" y="{y + 11}">{_text(_named(one))}</text>'


def _named(one: Series) -> str:
    return f"{fit(clean_line(one.label), 48)} ({one.total})"


def _colours(timeline: Timeline) -> list[str]:
    return [_COLOURS[at % len(_COLOURS)] for at in range(len(timeline.series))]


def _slot(timeline: Timeline) -> float:
    return (_WIDTH - _LEFT - _RIGHT) / max(1, len(timeline.days))


def _ceiling(timeline: Timeline) -> int:
    """The value at the top: the lowest full step that no bar exceeds."""
    most, step = max(timeline.totals, default=0), _value_step(timeline)
    return max(step, -(-most // step) * step)


def _value_step(timeline: Timeline) -> int:
    """Between two lines: 1, 2 or 5 times a power of ten, so that there are at most five."""
    most, step = max(timeline.totals, default=0), 1
    for digit in cycle((2, 2.5, 2)):
        if most <= 5 * step:
            break
        step = int(step * digit)
    return step


def _text(words: str) -> str:
    return escape(words, quote=True)
