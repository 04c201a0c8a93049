"""Thresholds as people ask for them: a preset word, or `{ per_day = N }`, becomes the least score to keep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from tracker.model import Watch
from tracker.ports import Clock, Store
from tracker.settings import PerDay, WatchSettings

__all__ = ["PRESETS", "Line", "line_of", "with_thresholds"]

_OFFSET: Final = 0.75
"""Log-odds between two neighbouring presets; `benchmarks/feedback.py --only presets` measures them."""
PRESETS: Final[Mapping[str, float]] = MappingProxyType(
    {"strict": 1 / (1 + math.exp(-_OFFSET)), "normal": 0.5, "wide": 1 / (1 + math.exp(_OFFSET))}
)
"""The least score of each preset, 0..1."""
_WINDOW: Final = timedelta(days=30)
_LEAST: Final = timedelta(days=1)
_STEPS: Final = 100
"""A line by volume is a whole number of hundredths, so that it does not move with every article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Where a watch's line stands, how it was asked for, and what the last 30 days say of it.

    `per_day`: originals a day at or above it. `expected_recall`: the share of what is wanted that stands above it, if
    every score is the chance that it says it is; None without scores.
    """

    asked: str
    value: float
    per_day: float = 0.0
    expected_recall: float | None = None


def with_thresholds(
    watches: Sequence[Watch], chosen: Sequence[WatchSettings], store: Store, clock: Clock
) -> tuple[Watch, ...]:
    """Watches whose wish is turned into a number; by volume with no history yet, the default stays."""
    return tuple(
        replace(watch, threshold=_threshold(watch, settings, store, clock))
        for watch, settings in zip(watches, chosen, strict=True)
    )


def line_of(watch: Watch, default: float, settings: WatchSettings, store: Store, clock: Clock) -> Line:
    """Where the line of a watch stands; `default` is the one of `auto`."""
    asked = settings.threshold
    said = f"{asked.per_day} a day" if isinstance(asked, PerDay) else str(asked)
    value = default if watch.threshold is None else watch.threshold
    now = clock.now()
    sums = store.score_sums(watch.name, now - _WINDOW, value)
    if sums.oldest_at is None:
        return Line(asked=said, value=value)
    return Line(
        asked=said,
        value=value,
        per_day=sums.above / (max(now - sums.oldest_at, _LEAST) / timedelta(days=1)),
        expected_recall=sums.above_total / max(1e-9, sums.total),
    )


def _threshold(watch: Watch, settings: WatchSettings, store: Store, clock: Clock) -> float | None:
    asked = settings.threshold
    if isinstance(asked, PerDay):
        return _by_volume(watch, asked.per_day, store, clock)
    return PRESETS[asked] if isinstance(asked, str) and asked in PRESETS else watch.threshold


def _by_volume(watch: Watch, per_day: int, store: Store, clock: Clock) -> float | None:
    """The score that about so many items a day have reached lately, rounded to hundredths; None with no history."""
    now = clock.now()
    scores = store.original_scores(watch.name, now - _WINDOW)
    if not scores:
        return None
    span = max(now - min(at for at, _ in scores), _LEAST)
    wanted = round(per_day * (span / timedelta(days=1)))
    ranked = sorted((score for _, score in scores), reverse=True)
    reached = ranked[wanted - 1] if wanted <= len(ranked) else ranked[-1]
    return math.floor(reached * _STEPS) / _STEPS
