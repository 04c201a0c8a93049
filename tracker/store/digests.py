"""Digests: the `DigestStore` port. Items are reserved and bytes fixed in one transaction before anything is sent.

What then becomes of each recipient's delivery is ruled by `outbox.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, select
from sqlalchemy.exc import IntegrityError

from tracker.errors import StoreError
from tracker.model import (
    Delivery,
    DeliveryState,
    Digest,
    DigestId,
    Fate,
    Item,
    Message,
    OwedDigest,
    Period,
    Undelivered,
    WatchName,
)
from tracker.store import schema
from tracker.store.alerts import alerts_given_up
from tracker.store.codec import from_json, to_json
from tracker.store.engine import Database
from tracker.store.items import items_where
from tracker.store.outbox import (
    OWED,
    UNKNOWN,
    Channel,
    begin,
    given_up_as,
    is_given_up,
    is_owed,
    mark,
    our_turn,
)
from tracker.store.rows import instant, micros

__all__ = ["Digests"]


class Digests:
    """See `tracker.ports.DigestStore`."""

    _database: Database

    def unreported(self, watch: WatchName, period: Period) -> tuple[Item, ...]:
        """Kept items first seen before the period's end that no saved digest holds; earlier ones left over included."""
        held = select(schema.digest_item.c.article_id).where(schema.digest_item.c.watch == watch)
        conditions = [
            schema.fate.c.watch == watch,
            schema.fate.c.fate == Fate.KEPT.value,
            schema.entry.c.first_seen_at < micros(period.to_at),
            schema.entry.c.article_id.not_in(held),
        ]
        with self._database.read() as connection:
            return items_where(connection, conditions, by="score", limit=None)

    def last_digest_end(self, watch: WatchName, *, before: datetime | None = None) -> datetime | None:
        """Where the latest saved digest's window ended, among those that ended before an instant."""
        query = select(func.max(schema.digest.c.to_at)).where(schema.digest.c.watch == watch)
        if before is not None:
            query = query.where(schema.digest.c.to_at < micros(before))
        with self._database.read() as connection:
            end = connection.execute(query).scalar_one()
        return None if end is None else instant(end)

    def save_digest(self, digest: Digest, message: Message, mime: bytes, local_date: str) -> DigestId:
        """Reserve the items and fix the bytes. Raises `StoreError` if another digest took one meanwhile."""
        row = {
            "watch": digest.watch,
            "local_date": local_date,
            "from_at": micros(digest.period.from_at),
            "to_at": micros(digest.period.to_at),
            "message_id": message.message_id,
            "message": to_json(message),
            "body": to_json(digest),
            "mime": mime,
            "composed_at": micros(digest.composed_at),
        }
        at = micros(digest.composed_at)
        articles = {item.article_id for item in digest.items if item.article_id is not None}
        with self._database.write(exclusive=True) as connection:
            try:
                found = connection.execute(insert(schema.digest).values(**row).returning(schema.digest.c.id))
                digest_id = DigestId(found.scalar_one())
                held = [
                    {"watch": digest.watch, "article_id": a, "digest_id": digest_id} for a in sorted(articles)
                ]
                owed = [
                    {"digest_id": digest_id, "recipient": r, "state": OWED, "detail": "", "at": at}
                    for r in dict.fromkeys(message.recipients)
                ]
                for table, rows in ((schema.digest_item, held), (schema.delivery, owed)):
                    if rows:
                        connection.execute(insert(table), rows)
            except IntegrityError as error:
                raise StoreError(
                    "Another digest reported some of these items a moment ago.", hint="Run the command again."
                ) from error
        return digest_id

    def unsent(self) -> tuple[OwedDigest, ...]:
        """Saved digests with the recipients still owed, oldest first; mail of unknown fate is owed three times."""
        digest, delivery = schema.digest.c, schema.delivery.c
        tried = (delivery.recipient, delivery.attempts, delivery.at, delivery.detail)
        query = (
            select(digest.id, digest.watch, digest.message, digest.mime, *tried)
            .join(schema.delivery, delivery.digest_id == digest.id)
            .where(is_owed(schema.delivery))
            .order_by(digest.id, delivery.recipient)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(_owed(list(group)) for _, group in groupby(rows, key=lambda row: row.id))

    def delivering(self, channel: Channel = "mail") -> AbstractContextManager[None]:
        """Be the only one who sends mail, or alerts. Raises `StoreBusy` when another does for longer than we wait."""
        return our_turn(self._database, channel)

    def begin_delivery(
        self, digest_id: DigestId, recipients: Sequence[str], *, attempt: int, now: datetime
    ) -> None:
        """Record that the message is about to be out of our hands. Raises `StoreBusy` if another was quicker."""
        with self._database.write() as connection:
            for recipient in recipients:
                begin(connection, schema.delivery, _of(digest_id, recipient), attempt=attempt, now=now)

    def mark_delivery(self, digest_id: DigestId, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Record what became of the message, per recipient."""
        with self._database.write() as connection:
            for delivery in deliveries:
                mark(connection, schema.delivery, _of(digest_id, delivery.recipient), delivery, now)

    def undelivered(self, since_at: datetime) -> tuple[Undelivered, ...]:
        """Digests' recipients and alerts given up since then, oldest first."""
        digest, t = schema.digest.c, schema.delivery.c
        query = (
            select(digest.watch, digest.message, t.recipient, t.state, t.detail, t.at)
            .join(schema.delivery, t.digest_id == digest.id)
            .where(is_given_up(schema.delivery), t.at >= micros(since_at))
            .order_by(t.at, digest.id, t.recipient)
        )
        with self._database.read() as connection:
            mails = tuple(_undelivered(row) for row in connection.execute(query))
            alerts = alerts_given_up(connection, since_at)
        return tuple(sorted((*mails, *alerts), key=lambda one: one.at))

    def threads(self, watch: WatchName, *, limit: int) -> tuple[str, ...]:
        """The Message-IDs of the latest digests that somebody got, oldest first."""
        digest, t = schema.digest.c, schema.delivery.c
        arrived = (DeliveryState.SENT.value, *UNKNOWN)
        got = exists().where(t.digest_id == digest.id, t.state.in_(arrived))
        query = (
            select(digest.message_id)
            .where(digest.watch == watch, got)
            .order_by(digest.id.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(reversed(connection.scalars(query).all()))


def _of(digest_id: DigestId, recipient: str) -> Sequence[ColumnElement[bool]]:
    t = schema.delivery.c
    return (t.digest_id == digest_id, t.recipient == recipient)


def _owed(rows: Sequence[Any]) -> OwedDigest:
    """One digest from its rows, one for each recipient who is owed it."""
    first = rows[0]
    return OwedDigest(
        id=DigestId(first.id),
        watch=WatchName(first.watch),
        message=from_json(Message, first.message),
        mime=first.mime,
        recipients=tuple(row.recipient for row in rows),
        attempts=max(row.attempts for row in rows),
        tried_at=max((instant(row.at) for row in rows if row.attempts), default=None),
        detail=max(rows, key=lambda row: row.at).detail,
    )


def _undelivered(row: Any) -> Undelivered:
    message = from_json(Message, row.message)
    return Undelivered(
        watch=WatchName(row.watch),
        message_id=message.message_id,
        subject=message.subject,
        delivery=Delivery(recipient=row.recipient, state=given_up_as(row.state), detail=row.detail),
        at=instant(row.at),
    )
