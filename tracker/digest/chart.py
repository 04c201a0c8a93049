"""How many items each of the last days brought: bars for table cells, a line of blocks for text, and words.

Pictures are shown by few mail readers and vector graphics by hardly any, so the bars are cells with a height.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from tracker.digest.days import day_and_month, short_day

__all__ = ["Bar", "Chart", "chart_of"]

_PIXELS: Final = 40
_LEAST_PIXELS: Final = 3
_NONE_PIXELS: Final = 1
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_NONE: Final = "·"


@dataclass(frozen=True, slots=True)
class Bar:
    """One day: how many items, and how high its bar is, in pixels and in eighths of a line (a block)."""

    count: int
    pixels: int
    block: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars oldest first; `span` names the first and last day; `words` say what the bars show."""

    bars: tuple[Bar, ...]
    span: tuple[str, str]
    words: str

    @property
    def line(self) -> str:
        """The bars as one line of text."""
        return "".join(bar.block for bar in self.bars)


def chart_of(last_days: Sequence[tuple[date, int]]) -> Chart | None:
    """Draw the counts of days given oldest first, the last one today; None when they compare nothing."""
    most = max((count for _, count in last_days), default=0)
    if len(last_days) < 2 or most == 0:
        return None
    return Chart(
        bars=tuple(_bar(count, most) for _, count in last_days),
        span=(day_and_month(last_days[0][0]), day_and_month(last_days[-1][0])),
        words=_words(last_days, most),
    )


def _bar(count: int, most: int) -> Bar:
    if count <= 0:
        return Bar(0, _NONE_PIXELS, _NONE)
    block = _BLOCKS[round((len(_BLOCKS) - 1) * count / most)]
    return Bar(count, max(_LEAST_PIXELS, round(_PIXELS * count / most)), block)


def _words(last_days: Sequence[tuple[date, int]], most: int) -> str:
    today = last_days[-1][1]
    usual = sum(count for _, count in last_days) / len(last_days)
    average = f"{usual:.1f}" if usual < 10 else f"{usual:.0f}"
    peak = next(day for day, count in reversed(last_days) if count == most)
    today_told = f"today {today:,}, the most" if today == most else f"today {today:,}"
    peak_told = "" if today == most else f"most {most:,} on {short_day(peak)}, "
    return f"{average} a day, {peak_told}{today_told}"
