"""Draws what `benchmarks.scale --json` measured: python -m benchmarks.scale_plot FIGURES.json PICTURE.svg"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["picture"]

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP = 230, 150, 46, 40, 66
_STYLE = """<style>text{font:11px sans-serif;fill:#444}.t{font-weight:bold;font-size:12px;fill:#222}
line,path{stroke:#999;fill:none}.a{stroke:#1f6f8b;stroke-width:2}.d{fill:#1f6f8b}@media(prefers-color-scheme:dark){
text{fill:#ccc}.t{fill:#eee}.a{stroke:#6cc3e0}.d{fill:#6cc3e0}}</style>"""


def picture(rows: Sequence[dict[str, Any]]) -> str:
    """An SVG of recall, CPU of a lookup and index size over the number of stored articles."""
    sizes = [row["articles"] for row in rows]
    index = [
        row["bytes per article"]["sketch"] + row["bytes per article"]["ix_article_exact_key"] for row in rows
    ]
    panels = [
        ("Copies found", [row["recall"] for row in rows], 0.9, 1.0, "{:.3f}"),
        ("Look-up, ms of CPU (median)", [row["side by side us"] / 1000 for row in rows], 0.0, 6.0, "{:.1f}"),
        ("Index, bytes per article", index, 0.0, 600.0, "{:.0f}"),
    ]
    drawn = "".join(
        _panel(number, title, list(zip(sizes, values, strict=True)), (low, high), form)
        for number, (title, values, low, high, form) in enumerate(panels)
    )
    width = _LEFT + len(panels) * (_WIDTH + _GAP) - _GAP + 30
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_TOP + _HEIGHT + 40}" role="img" '
        f'aria-label="Recall, look-up cost and index size at growing numbers of articles">{_STYLE}{drawn}</svg>\n'
    )


def _panel(
    number: int, title: str, points: Sequence[tuple[int, float]], bounds: tuple[float, float], form: str
) -> str:
    left, bottom, (low, high) = _LEFT + number * (_WIDTH + _GAP), _TOP + _HEIGHT, bounds
    first, last = math.log10(points[0][0]), math.log10(points[-1][0])
    places = [
        (
            left + 15 + (_WIDTH - 30) * (math.log10(size) - first) / max(last - first, 1e-9),
            bottom - _HEIGHT * (value - low) / (high - low),
        )
        for size, value in points
    ]
    parts = [f'<text class="t" x="{left}" y="{_TOP - 20}">{title}</text>']
    for value in (low, (low + high) / 2, high):
        y = bottom - _HEIGHT * (value - low) / (high - low)
        parts.append(
            f'<line x1="{left}" y1="{y:.0f}" x2="{left + _WIDTH}" y2="{y:.0f}" stroke-opacity=".4"/>'
        )
        parts.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{value:g}</text>')
    parts.append(f'<path class="a" d="M{" L".join(f"{x:.1f} {y:.1f}" for x, y in places)}"/>')
    for (x, y), (size, value) in zip(places, points, strict=True):
        parts.append(f'<circle class="d" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
        parts.append(f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{form.format(value)}</text>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{_short(size)}</text>')
    return "".join(parts)


def _short(size: int) -> str:
    return f"{size // 1_000_000} M" if size >= 1_000_000 else f"{size // 1000} k"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(picture(json.loads(Path(sys.argv[1]).read_text())))
