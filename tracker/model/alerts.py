"""Immediate alerts: what one target is told of one story, or of several that waited, fixed before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tracker.model.ids import FamilyId, WatchName

__all__ = ["Alert", "OwedAlert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message to one target, ready to leave: single lines and plain text, cleaned.

    `key` is the same whenever it is sent again. `link` is "" where there is none to follow. `body` is the document that
    a webhook gets, `families` are all that it tells of, named or only counted.
    """

    key: str
    target: str
    watch: WatchName
    made_at: datetime
    title: str
    text: str
    link: str
    body: str
    families: tuple[FamilyId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedAlert:
    """A saved alert that its target has not had; `attempts` were made, the last one at `tried_at` (None: none yet)."""

    alert: Alert
    attempts: int = 0
    tried_at: datetime | None = None
