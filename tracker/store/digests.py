"""Digests: the `DigestStore` port. Items are reserved and bytes fixed in one transaction before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update
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
    WatchName,
)
from tracker.store import schema
from tracker.store.codec import from_json, to_json
from tracker.store.engine import Database
from tracker.store.items import items_where
from tracker.store.rows import instant, micros

__all__ = ["Digests"]

_OWED = "owed"


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

    def last_digest_end(self, watch: WatchName) -> datetime | None:
        """Where the latest saved digest's window ended."""
        query = select(func.max(schema.digest.c.to_at)).where(schema.digest.c.watch == watch)
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
                    {"digest_id": digest_id, "recipient": r, "state": _OWED, "detail": "", "at": at}
                    for r in message.recipients
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
        """Saved digests with the recipients still owed, oldest first."""
        digest, delivery = schema.digest.c, schema.delivery.c
        open_states = (_OWED, DeliveryState.DEFERRED.value, DeliveryState.AMBIGUOUS.value)
        query = (
            select(digest.id, digest.watch, digest.message, digest.mime, delivery.recipient)
            .join(schema.delivery, delivery.digest_id == digest.id)
            .where(delivery.state.in_(open_states))
            .order_by(digest.id, delivery.recipient)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        by_id = {row.id: row for row in rows}
        return tuple(
            OwedDigest(
                id=DigestId(row.id),
                watch=WatchName(row.watch),
                message=from_json(Message, row.message),
                mime=row.mime,
                recipients=tuple(one.recipient for one in rows if one.id == row.id),
            )
            for row in by_id.values()
        )

    def mark_delivery(self, digest_id: DigestId, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Record what became of the message, per recipient."""
        t = schema.delivery.c
        with self._database.write() as connection:
            for delivery in deliveries:
                where = (t.digest_id == digest_id, t.recipient == delivery.recipient)
                values = {
                    "state": delivery.state.value,
                    "detail": delivery.detail,
                    "at": micros(now),
                    "attempts": t.attempts + 1,
                }
                connection.execute(update(schema.delivery).where(*where).values(values))
