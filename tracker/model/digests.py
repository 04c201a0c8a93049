"""One periodic report, the mail it becomes, and what each recipient got."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from tracker.model.feeds import Feed
from tracker.model.ids import DigestId, WatchName
from tracker.model.outcome import Fate, Item

__all__ = [
    "Delivery",
    "DeliveryState",
    "Digest",
    "DigestSection",
    "Message",
    "OwedDigest",
    "Period",
    "SavedDigest",
    "Undelivered",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A closed-open window [from_at, to_at) of first-seen times."""

    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSection:
    """A headed group of stories in a digest; each story is the items that tell it, best first."""

    heading: str
    stories: tuple[tuple[Item, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One periodic report of a watch: everything its renderers need, so that mail, page and feed agree.

    `undelivered` is what was given up in its window: digests and alerts of this watch, by recipient.
    """

    watch: WatchName
    title: str
    period: Period
    timezone: str
    composed_at: datetime
    subject: str
    sections: tuple[DigestSection, ...] = ()
    borderline: tuple[Item, ...] = ()
    feeds: tuple[Feed, ...] = ()
    accounting: Mapping[Fate, int] = field(default_factory=dict)
    undelivered: tuple[Undelivered, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """All reported items in reading order."""
        return tuple(item for section in self.sections for story in section.stories for item in story)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail ready to become MIME: header values are plain text, both bodies stand alone."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    plain: str
    html: str
    sent_at: datetime
    list_id: str = ""
    unsubscribe: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedDigest:
    """A saved digest with its fixed bytes and the recipients who have not had it.

    `attempts` to send it were made, the last one at `tried_at` (None: none yet), which ended with `detail`.
    """

    id: DigestId
    watch: WatchName
    message: Message
    mime: bytes
    recipients: tuple[str, ...]
    attempts: int = 0
    tried_at: datetime | None = None
    detail: str = ""


class DeliveryState(StrEnum):
    """What became of a message for one recipient."""

    SENT = "sent"
    DEFERRED = "deferred"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One recipient's verdict, with the server's words."""

    recipient: str
    state: DeliveryState
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedDigest:
    """A digest of the archive: what was mailed, word for word, for which window, and what each recipient got.

    A recipient whose digest still waits to be sent has no delivery yet.
    """

    id: DigestId
    watch: WatchName
    period: Period
    composed_at: datetime
    message: Message
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """What is no longer sent to one recipient: refused, or (`ambiguous`) probably there, but nobody knows.

    Of an alert the recipient is the target's name, and `message_id` the alert's key.
    """

    watch: WatchName
    message_id: str
    subject: str
    delivery: Delivery
    at: datetime
    kind: Literal["digest", "alert"] = "digest"
