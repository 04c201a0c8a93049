"""What one poll observed, as the values the decisions of this room start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.model import FetchReason, Validators

__all__ = ["PollOutcome", "Sighting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What sifting one document found: entries listed, never seen, seen with other content, and seen before.

    `arrived_at`: publication instants of the new ones, as far as the feed gives them and they are not in the future.
    `covers`: from the oldest entry listed to the newest, where all are dated.
    `ahead`: how far the dates of those new entries that lie in the future are ahead of the clock. Both are taken from
    the dates as the feed writes them, before any learned offset is applied.
    """

    listed: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    arrived_at: tuple[datetime, ...] = ()
    ahead: tuple[timedelta, ...] = ()
    covers: timedelta | None = None


_OURS = frozenset({FetchReason.STOPPED, FetchReason.NO_TURN})


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What one poll learned, as far as the next one is concerned.

    `failed` is None on success. `complete`: the body can be vouched for, so its validators may be kept. `sighting` is
    None when no document was read (304, or the same bytes as before). `is_offline`: our own network was down, so the
    failure is nobody's. `is_damaged`: bytes did not fit the declared characters. `used_validators`: the request was
    conditional. `shares_entries`: the document at `permanent_url` lists entries this feed had before. `https_url`:
    the address asked in place of a dead http one. `status`: of a failed answer. `notice`: where the document says that
    the feed has gone.
    """

    polled_at: datetime
    failed: FetchReason | str | None = None
    detail: str = ""
    protection: str = ""
    sighting: Sighting | None = None
    complete: bool = True
    is_offline: bool = False
    is_damaged: bool = False
    used_validators: bool = False
    shares_entries: bool = False
    https_url: str | None = None
    notice: str = ""
    headers: Mapping[str, str]
    ttl: timedelta | None = None
    validators: Validators | None = None
    body_hash: str = ""
    not_modified: bool = False
    status: int | None = None
    retry_after: timedelta | None = None
    permanent_url: str | None = None
    jitter: float = 0.0

    @property
    def is_nobodys(self) -> bool:
        """Whether the failure was on our side, so that the feed is not charged with it."""
        return self.is_offline or self.failed in _OURS
