"""Digests: the `DigestStore` port. Items are reserved and bytes fixed in one transaction before anything is sent.

A delivery is `owed`, then `handed` from just before the point of no return until its verdict is recorded. A process
that dies in between leaves it so: nobody can tell whether the mail arrived, as with the verdict `ambiguous`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import and_, case, exists, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from tracker.errors import StoreBusy, StoreError
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
from tracker.store.codec import from_json, to_json
from tracker.store.engine import Database, translated
from tracker.store.items import items_where
from tracker.store.locks import BUSY_SECONDS, open_lock, try_lock
from tracker.store.rows import instant, micros

__all__ = ["Digests"]

_OWED = "owed"
_HANDED = "handed"
_UNKNOWN = (DeliveryState.AMBIGUOUS.value, _HANDED)
_ANSWERED_NO = frozenset({DeliveryState.DEFERRED, DeliveryState.REFUSED})
_UNKNOWN_LIMIT = 3  # times that mail is sent whose arrival nobody could tell (RFC 1047)
_MAIL_KEY = 7_264_113_207_122  # our lock among a PostgreSQL server's advisory ones
_PAUSE_S = 0.1


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
                    {"digest_id": digest_id, "recipient": r, "state": _OWED, "detail": "", "at": at}
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
        unknown = and_(delivery.state.in_(_UNKNOWN), delivery.unknown < _UNKNOWN_LIMIT)
        tried = (delivery.recipient, delivery.attempts, delivery.at)
        query = (
            select(digest.id, digest.watch, digest.message, digest.mime, *tried)
            .join(schema.delivery, delivery.digest_id == digest.id)
            .where(or_(delivery.state.in_((_OWED, DeliveryState.DEFERRED.value)), unknown))
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
                attempts=max(one.attempts for one in rows if one.id == row.id),
                tried_at=max((instant(o.at) for o in rows if o.id == row.id and o.attempts), default=None),
            )
            for row in by_id.values()
        )

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """Be the only one who hands mail over. Raises `StoreBusy` when another does for longer than we wait."""
        path = self._database.path
        if path is not None:
            with open_lock(Path(f"{path}.mail")) as lock:
                _await_turn(lambda: try_lock(lock))
                yield
            return
        engine = self._database.separate_connection()
        try:
            with translated(), engine.connect() as connection:
                ask = text(f"SELECT pg_try_advisory_lock({_MAIL_KEY})")
                _await_turn(lambda: bool(connection.execute(ask).scalar_one()))
                yield
        finally:
            engine.dispose()

    def begin_delivery(
        self, digest_id: DigestId, recipients: Sequence[str], *, attempt: int, now: datetime
    ) -> None:
        """Record that the message is about to be out of our hands. Raises `StoreBusy` if another was quicker."""
        t = schema.delivery.c
        over = (DeliveryState.SENT.value, DeliveryState.REFUSED.value)
        values = {
            "state": _HANDED,
            "detail": "handed over, but the answer never came",
            "attempts": attempt,
            "unknown": t.unknown + 1,
            "at": micros(now),
        }
        with self._database.write() as connection:
            for recipient in recipients:
                where = (t.digest_id == digest_id, t.recipient == recipient)
                free = (t.attempts < attempt, t.state.not_in(over))
                taken = connection.execute(update(schema.delivery).where(*where, *free).values(values))
                if taken.rowcount == 0:  # the one who sends lost the right to it, with its connection
                    raise StoreBusy(
                        "Another process sends this mail already.",
                        hint="Nothing is lost: see tracker status.",
                    )

    def mark_delivery(self, digest_id: DigestId, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Record what became of the message, per recipient."""
        t = schema.delivery.c
        with self._database.write() as connection:
            for delivery in deliveries:
                where = (t.digest_id == digest_id, t.recipient == delivery.recipient)
                # Handed over, it counts as an attempt of unknown fate already; a clear answer takes that back.
                begun = (0, -1) if delivery.state in _ANSWERED_NO else (0, 0)
                fresh = (1, 1) if delivery.state is DeliveryState.AMBIGUOUS else (1, 0)
                attempts, unknown = (
                    case((t.state == _HANDED, since), else_=new)
                    for since, new in zip(begun, fresh, strict=True)
                )
                values = {
                    "state": delivery.state.value,
                    "detail": delivery.detail,
                    "at": micros(now),
                    "attempts": t.attempts + attempts,
                    "unknown": t.unknown + unknown,
                }
                connection.execute(update(schema.delivery).where(*where).values(values))

    def undelivered(self, since_at: datetime) -> tuple[Undelivered, ...]:
        """Recipients given up since then, oldest first."""
        digest, t = schema.digest.c, schema.delivery.c
        over = and_(t.state.in_(_UNKNOWN), t.unknown >= _UNKNOWN_LIMIT)
        query = (
            select(digest.watch, digest.message, t.recipient, t.state, t.detail, t.at)
            .join(schema.delivery, t.digest_id == digest.id)
            .where(or_(t.state == DeliveryState.REFUSED.value, over), t.at >= micros(since_at))
            .order_by(t.at, digest.id, t.recipient)
        )
        with self._database.read() as connection:
            return tuple(_undelivered(row) for row in connection.execute(query))

    def threads(self, watch: WatchName, *, limit: int) -> tuple[str, ...]:
        """The Message-IDs of the latest digests that somebody got, oldest first."""
        digest, t = schema.digest.c, schema.delivery.c
        arrived = (DeliveryState.SENT.value, *_UNKNOWN)
        got = exists().where(t.digest_id == digest.id, t.state.in_(arrived))
        query = (
            select(digest.message_id)
            .where(digest.watch == watch, got)
            .order_by(digest.id.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return tuple(reversed(connection.scalars(query).all()))


def _undelivered(row: Any) -> Undelivered:
    message = from_json(Message, row.message)
    state = DeliveryState.REFUSED if row.state == DeliveryState.REFUSED.value else DeliveryState.AMBIGUOUS
    return Undelivered(
        watch=WatchName(row.watch),
        message_id=message.message_id,
        subject=message.subject,
        delivery=Delivery(recipient=row.recipient, state=state, detail=row.detail),
        at=instant(row.at),
    )


def _await_turn(try_it: Callable[[], bool]) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while not try_it():
        if time.monotonic() > deadline:
            raise StoreBusy(
                "Another process is sending mail.", hint="Nothing is lost: it is sent the next time."
            )
        time.sleep(_PAUSE_S)
