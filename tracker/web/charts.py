"""Charts as SVG without scripts, styles or fonts of their own: colours come from the page's stylesheet by class.

They stretch to the width they are given; scales and legends are words beside them, so that a phone can read them too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from markupsafe import Markup

from tracker.app.coverage import Histogram
from tracker.stories.timeline import Timeline
from tracker.text.display import clean_line

__all__ = ["coverage_chart", "histogram_chart", "sparkline"]

_TALL: Final = 100.0
_SLOT: Final = 10.0
_LEAST_BAR: Final = 1.5
_SPARK_TALL, _SPARK_SLOT = 18, 4


def coverage_chart(timeline: Timeline, title: str) -> Markup:
    """Bars stacked by series, one a step; each part says what it is."""
    top = max(timeline.totals, default=0) or 1
    wide = max(1, len(timeline.days)) * _SLOT
    parts = []
    for at, day in enumerate(timeline.days):
        counts = [one.counts[at] for one in timeline.series]
        for place, (one, above) in enumerate(zip(timeline.series, accumulate(counts), strict=True)):
            if counts[place]:
                words = f"{day}: {clean_line(one.label)} {counts[place]}"
                parts.append(
                    _bar(at * _SLOT + 1, above / top * _TALL, counts[place] / top * _TALL, place, words)
                )
    return _picture("pieces", f"0 0 {wide:g} {_TALL:g}", title, Markup("").join(parts))


def histogram_chart(histogram: Histogram, line: float, chosen: float, title: str) -> Markup:
    """Bars by score, their heights by square roots so that the few stay visible; where the lines stand."""
    most = math.sqrt(max((bar.count for bar in histogram.bars), default=0) or 1)
    slot = 500 / max(1, len(histogram.bars))
    parts = []
    for at, bar in enumerate(histogram.bars):
        if bar.count:
            tall = max(_LEAST_BAR, math.sqrt(bar.count) / most * _TALL)
            kept = tall * bar.kept / bar.count
            words = f"{bar.low:.2f}: {bar.kept} kept, {bar.below} below the line"
            parts.append(_slab(at * slot + 0.5, tall - kept, tall - kept, slot - 1, ("below", words)))
            parts.append(_slab(at * slot + 0.5, tall, kept, slot - 1, ("kept", words)))
    lines = Markup('<line class="{}" x1="{x}" x2="{x}" y1="0" y2="{tall:g}"/>')
    parts.append(lines.format("present", x=f"{line * 500:.1f}", tall=_TALL))
    if abs(chosen - line) >= 0.005:
        parts.append(lines.format("chosen", x=f"{chosen * 500:.1f}", tall=_TALL))
    return _picture("histogram", f"0 0 500 {_TALL:g}", title, Markup("").join(parts))


def sparkline(values: Sequence[float], words: str) -> Markup:
    """A small row of bars as one path."""
    top = max(values, default=0.0)
    if top <= 0:
        return Markup("")
    steps = "".join(
        f"M{at * _SPARK_SLOT} {_SPARK_TALL}v-{max(1, round(value / top * _SPARK_TALL))}"
        for at, value in enumerate(values)
        if value > 0
    )
    return Markup(
        '<svg class="spark" viewBox="-2 0 {} {}" width="{}" height="{}" role="img"><title>{}</title>'
        '<path class="ground" d="M-2 {}h{}"/><path d="{}"/></svg>'
    ).format(
        len(values) * _SPARK_SLOT,
        _SPARK_TALL,
        len(values) * _SPARK_SLOT,
        _SPARK_TALL,
        clean_line(words),
        _SPARK_TALL,
        len(values) * _SPARK_SLOT,
        steps,
    )


def _picture(kind: str, box: str, title: str, inside: Markup) -> Markup:
    return Markup(
        '<svg class="{}" viewBox="{}" preserveAspectRatio="none" role="img"><title>{}</title>{}</svg>'
    ).format(kind, box, clean_line(title), inside)


def _bar(x: float, above: float, tall: float, series: int, words: str) -> Markup:
    return _slab(x, above, tall, _SLOT - 2, (f"s{series % 9}", words))


def _slab(x: float, above: float, tall: float, wide: float, named: tuple[str, str]) -> Markup:
    """A rectangle whose top is `above` the ground."""
    if tall <= 0:
        return Markup("")
    name, words = named
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
        name, f"{x:.1f}", f"{_TALL - above:.2f}", f"{wide:.1f}", f"{tall:.2f}", words
    )
