"""Thresholds by volume: `{ per_day = N }` becomes the score that about N items a day have reached lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from tracker.model import Watch
from tracker.ports import Clock, Store
from tracker.settings import PerDay, WatchSettings

__all__ = ["with_thresholds"]

_WINDOW = timedelta(days=30)
_LEAST = timedelta(days=1)


def with_thresholds(
    watches: Sequence[Watch], chosen: Sequence[WatchSettings], store: Store, clock: Clock
) -> tuple[Watch, ...]:
    """Watches whose volume wish is turned into a number; with under a day of history the default stays."""
    return tuple(
        replace(watch, threshold=_by_volume(watch, settings.threshold.per_day, store, clock))
        if isinstance(settings.threshold, PerDay)
        else watch
        for watch, settings in zip(watches, chosen, strict=True)
    )


def _by_volume(watch: Watch, per_day: int, store: Store, clock: Clock) -> float | None:
    now = clock.now()
    scores = store.original_scores(watch.name, now - _WINDOW)
    if not scores:
        return None
    span = max(now - min(at for at, _ in scores), _LEAST)
    wanted = round(per_day * (span / timedelta(days=1)))
    ranked = sorted((score for _, score in scores), reverse=True)
    return ranked[wanted - 1] if wanted <= len(ranked) else ranked[-1]
