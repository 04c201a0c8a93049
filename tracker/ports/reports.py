"""What was learned, mailed and alerted, in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Literal, Protocol

from tracker.model import (
    Alert,
    ArticleId,
    Delivery,
    Digest,
    DigestId,
    Item,
    Judgement,
    Message,
    OwedAlert,
    OwedDigest,
    Period,
    Profile,
    Sample,
    SavedDigest,
    Undelivered,
    WatchName,
)

__all__ = ["AlertStore", "DigestStore", "ProfileStore"]


class ProfileStore(Protocol):
    """Profiles, word statistics and judgements."""

    def profile(self, watch: WatchName) -> Profile | None:
        """The current profile of a watch."""
        ...

    def save_profile(self, profile: Profile, now: datetime) -> None:
        """Make it the current one; older versions stay."""
        ...

    def background(self) -> Mapping[tuple[str, str], float]:
        """The stream's word statistics: (scope, key) -> n, as accumulated by `Record.background`."""
        ...

    def judgements(self, watch: WatchName) -> tuple[Judgement, ...]:
        """What was judged, oldest first: the newest word on an article's relevance, and on its being no duplicate."""
        ...

    def judgements_of(self, article_id: ArticleId) -> tuple[Judgement, ...]:
        """Every word on one article for any watch, oldest first."""
        ...

    def add_judgement(self, judgement: Judgement) -> None:
        """Remember a verdict; a newer one replaces an older one in effect."""
        ...

    def withdraw_judgement(self, article_id: ArticleId, watch: WatchName) -> Judgement | None:
        """Take back the newest word on an article's relevance; the one before it holds again. None: there was none."""
        ...

    def samples(self, watch: WatchName) -> tuple[Sample, ...]:
        """What was drawn to be judged, oldest first."""
        ...

    def save_sample(self, sample: Sample) -> None:
        """Remember a sample, in place of an earlier state of it."""
        ...


class DigestStore(Protocol):
    """Digests: reserved and fixed before sending, marked after."""

    def unreported(self, watch: WatchName, period: Period) -> tuple[Item, ...]:
        """Kept items first seen before `period.to_at` that no saved digest holds."""
        ...

    def last_digest_end(self, watch: WatchName, *, before: datetime | None = None) -> datetime | None:
        """Where the latest saved digest's window ended; `before` leaves out those of a clock that was ahead."""
        ...

    def save_digest(self, digest: Digest, message: Message, mime: bytes, local_date: str) -> DigestId:
        """Reserve the items and fix the bytes in one transaction. Raises `StoreError` if an item is taken."""
        ...

    def unsent(self) -> tuple[OwedDigest, ...]:
        """Saved digests with the recipients still owed, oldest first."""
        ...

    def delivering(self, channel: Literal["mail", "alerts"] = "mail") -> AbstractContextManager[None]:
        """Be the only one who hands mail over, or alerts, so that none is sent twice. Raises `StoreBusy`."""
        ...

    def begin_delivery(
        self, digest_id: DigestId, recipients: Sequence[str], *, attempt: int, now: datetime
    ) -> None:
        """Record that the message is about to be out of our hands: it counts as of unknown fate until marked.

        `attempt` counts from 1. Raises `StoreBusy` when somebody else has made this attempt meanwhile.
        """
        ...

    def mark_delivery(self, digest_id: DigestId, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Record what became of the message, per recipient."""
        ...

    def undelivered(self, since_at: datetime) -> tuple[Undelivered, ...]:
        """Recipients and alerts given up since then: refused, or of unknown fate to the end. Oldest first."""
        ...

    def saved_digests(self, watch: WatchName | None, *, limit: int, offset: int) -> tuple[SavedDigest, ...]:
        """Digests that were mailed or wait to be, newest first."""
        ...

    def saved_digest(self, digest_id: DigestId) -> SavedDigest | None:
        """One of them."""
        ...

    def threads(self, watch: WatchName, *, limit: int) -> tuple[str, ...]:
        """The Message-IDs of the latest digests that somebody got, oldest first."""
        ...


class AlertStore(Protocol):
    """Immediate alerts: families reserved and words fixed before sending, marked after, as digests are."""

    def untold(
        self, watch: WatchName, target: str, *, since_at: datetime, min_score: float
    ) -> tuple[Item, ...]:
        """Kept items first seen since then that no digest holds and whose family and story the target was not told of.

        A story counts as told for thirty days. Best first.
        """
        ...

    def alerts_made(self, target: str, since_at: datetime) -> int:
        """How many alerts were made for a target since then."""
        ...

    def save_alert(self, alert: Alert) -> bool:
        """Reserve the families and fix the words in one transaction; False if another process was quicker."""
        ...

    def owed_alerts(self) -> tuple[OwedAlert, ...]:
        """Saved alerts that their targets have not had, oldest first."""
        ...

    def begin_alert(self, key: str, *, attempt: int, now: datetime) -> None:
        """As `DigestStore.begin_delivery`."""
        ...

    def mark_alert(self, key: str, delivery: Delivery, now: datetime) -> None:
        """As `DigestStore.mark_delivery`."""
        ...
