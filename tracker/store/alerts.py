"""Alerts: the `AlertStore` port. Families are reserved and words fixed in one transaction before anything is sent.

What then becomes of an alert is ruled by `outbox.py`, as for mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select

from tracker.model import Alert, Delivery, Fate, Item, OwedAlert, Undelivered, WatchName
from tracker.store import schema
from tracker.store.codec import from_json, to_json
from tracker.store.engine import Database, is_one_of
from tracker.store.items import items_where
from tracker.store.outbox import OWED, begin, given_up_as, is_given_up, is_owed, mark
from tracker.store.rows import instant, micros

__all__ = ["STORY_TOLD", "Alerts", "alerts_given_up"]

STORY_TOLD: Final = timedelta(days=30)
"""A story that goes on for longer is news again."""


class Alerts:
    """See `tracker.ports.AlertStore`."""

    _database: Database

    def untold(
        self, watch: WatchName, target: str, *, since_at: datetime, min_score: float
    ) -> tuple[Item, ...]:
        """Kept items of at least `min_score` of which the target knows nothing, best first."""
        told, article = schema.alert_item.c, schema.article.c
        families = select(told.family_id).where(told.target == target, told.watch == watch)
        lately = families.where(told.at >= micros(since_at - STORY_TOLD))
        stories = select(article.story_id).where(
            article.family_id.in_(lately.scalar_subquery()), article.story_id.is_not(None)
        )
        held = select(schema.digest_item.c.article_id).where(schema.digest_item.c.watch == watch)
        conditions = [
            schema.fate.c.watch == watch,
            schema.fate.c.fate == Fate.KEPT.value,
            schema.entry.c.first_seen_at >= micros(since_at),
            schema.relevance.c.score >= min_score,
            schema.entry.c.article_id.not_in(held),
            article.family_id.not_in(families),
            or_(article.story_id.is_(None), article.story_id.not_in(stories)),
        ]
        with self._database.read() as connection:
            return items_where(connection, conditions, by="score", limit=None)

    def alerts_made(self, target: str, since_at: datetime) -> int:
        """How many alerts were made for a target since then."""
        t = schema.alert.c
        query = select(func.count()).where(t.target == target, t.made_at > micros(since_at))
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())

    def save_alert(self, alert: Alert) -> bool:
        """Reserve the families and fix the words; False, and no change, if another process was quicker."""
        made_at = micros(alert.made_at)
        row = {
            "key": alert.key,
            "target": alert.target,
            "watch": alert.watch,
            "made_at": made_at,
            "body": to_json(alert),
            "state": OWED,
            "detail": "",
            "attempts": 0,
            "at": made_at,
            "unknown": 0,
        }
        whose = {"target": alert.target, "watch": alert.watch, "at": made_at}
        families = sorted(set(alert.families))
        with self._database.write(exclusive=True) as connection:
            if _is_told(connection, alert, families):
                return False
            saved = connection.execute(insert(schema.alert).values(**row).returning(schema.alert.c.id))
            alert_id = saved.scalar_one()
            told = [{**whose, "family_id": family, "alert_id": alert_id} for family in families]
            if told:
                connection.execute(insert(schema.alert_item), told)
        return True

    def owed_alerts(self) -> tuple[OwedAlert, ...]:
        """Saved alerts that their targets have not had, oldest first."""
        t = schema.alert.c
        query = select(t.body, t.attempts, t.at).where(is_owed(schema.alert)).order_by(t.id)
        with self._database.read() as connection:
            return tuple(
                OwedAlert(
                    alert=from_json(Alert, row.body),
                    attempts=row.attempts,
                    tried_at=instant(row.at) if row.attempts else None,
                )
                for row in connection.execute(query)
            )

    def begin_alert(self, key: str, *, attempt: int, now: datetime) -> None:
        """Record that an alert is about to be out of our hands. Raises `StoreBusy` if another was quicker."""
        with self._database.write() as connection:
            begin(connection, schema.alert, _of(key), attempt=attempt, now=now)

    def mark_alert(self, key: str, delivery: Delivery, now: datetime) -> None:
        """Record what became of an alert."""
        with self._database.write() as connection:
            mark(connection, schema.alert, _of(key), delivery, now)


def _is_told(connection: Connection, alert: Alert, families: Sequence[int]) -> bool:
    t = schema.alert_item.c
    known = select(t.family_id).where(t.target == alert.target, t.watch == alert.watch)
    return (
        connection.execute(known.where(is_one_of(connection, t.family_id, families)).limit(1)).first()
        is not None
    )


def alerts_given_up(connection: Connection, since_at: datetime) -> tuple[Undelivered, ...]:
    """Alerts that are sent no more though nobody said that they arrived."""
    t = schema.alert.c
    query = select(t.body, t.state, t.detail, t.at).where(is_given_up(schema.alert), t.at >= micros(since_at))
    return tuple(
        Undelivered(
            watch=alert.watch,
            message_id=alert.key,
            subject=alert.title,
            delivery=Delivery(recipient=alert.target, state=given_up_as(row.state), detail=row.detail),
            at=instant(row.at),
            kind="alert",
        )
        for row in connection.execute(query.order_by(t.at, t.id))
        for alert in (from_json(Alert, row.body),)
    )


def _of(key: str) -> Sequence[ColumnElement[bool]]:
    return (schema.alert.c.key == key,)
