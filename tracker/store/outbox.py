"""The outbox's rules, the same for mail and alerts: noted before the point of no return, marked with the verdict.

What is to be delivered is `owed`, then `handed` from just before the point of no return until its verdict is recorded.
A process that dies in between leaves it so: nobody can tell whether it arrived, as with the verdict `ambiguous`; it is
sent again as it is, `UNKNOWN_LIMIT` times in all (RFC 1047).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from sqlalchemy import ColumnElement, Connection, Table, and_, case, or_, text, update

from tracker.errors import StoreBusy
from tracker.model import Delivery, DeliveryState
from tracker.store.engine import Database, translated
from tracker.store.locks import BUSY_SECONDS, open_lock, try_lock
from tracker.store.rows import micros

__all__ = ["OWED", "UNKNOWN", "Channel", "begin", "given_up_as", "is_given_up", "is_owed", "mark", "our_turn"]

Channel = Literal["mail", "alerts"]

OWED: Final = "owed"
_HANDED: Final = "handed"
UNKNOWN: Final = (DeliveryState.AMBIGUOUS.value, _HANDED)
UNKNOWN_LIMIT: Final = 3
_ANSWERED_NO: Final = frozenset({DeliveryState.DEFERRED, DeliveryState.REFUSED})
_OVER: Final = (DeliveryState.SENT.value, DeliveryState.REFUSED.value)
_KEYS: Final[dict[Channel, int]] = {"mail": 7_264_113_207_122, "alerts": 7_264_113_207_125}
"""Our locks among a PostgreSQL server's advisory ones."""
_PAUSE_S: Final = 0.1


def is_owed(table: Table) -> ColumnElement[bool]:
    """Rows that are to be sent, for the first time or again."""
    t = table.c
    unknown = and_(t.state.in_(UNKNOWN), t.unknown < UNKNOWN_LIMIT)
    return or_(t.state.in_((OWED, DeliveryState.DEFERRED.value)), unknown)


def is_given_up(table: Table) -> ColumnElement[bool]:
    """Rows that are sent no more though nobody said that they arrived."""
    t = table.c
    over = and_(t.state.in_(UNKNOWN), t.unknown >= UNKNOWN_LIMIT)
    return or_(t.state == DeliveryState.REFUSED.value, over)


def given_up_as(state: str) -> DeliveryState:
    """What to call the state of a row that was given up."""
    return DeliveryState.REFUSED if state == DeliveryState.REFUSED.value else DeliveryState.AMBIGUOUS


def begin(
    connection: Connection,
    table: Table,
    which: Sequence[ColumnElement[bool]],
    *,
    attempt: int,
    now: datetime,
) -> None:
    """Note that one row is about to be out of our hands. Raises `StoreBusy` if another was quicker."""
    t = table.c
    values = {
        "state": _HANDED,
        "detail": "handed over, but the answer never came",
        "attempts": attempt,
        "unknown": t.unknown + 1,
        "at": micros(now),
    }
    free = (t.attempts < attempt, t.state.not_in(_OVER))
    taken = connection.execute(update(table).where(*which, *free).values(values))
    if taken.rowcount == 0:  # the one who sends lost the right to it, with its connection
        raise StoreBusy(
            "Another process sends this message already.", hint="Nothing is lost: see tracker status."
        )


def mark(
    connection: Connection,
    table: Table,
    which: Sequence[ColumnElement[bool]],
    delivery: Delivery,
    now: datetime,
) -> None:
    """Record the verdict on one row."""
    t = table.c
    # Handed over, it counts as an attempt of unknown fate already; a clear answer takes that back.
    begun = (0, -1) if delivery.state in _ANSWERED_NO else (0, 0)
    fresh = (1, 1) if delivery.state is DeliveryState.AMBIGUOUS else (1, 0)
    attempts, unknown = (
        case((t.state == _HANDED, since), else_=new) for since, new in zip(begun, fresh, strict=True)
    )
    values = {
        "state": delivery.state.value,
        "detail": delivery.detail,
        "at": micros(now),
        "attempts": t.attempts + attempts,
        "unknown": t.unknown + unknown,
    }
    connection.execute(update(table).where(*which).values(values))


@contextmanager
def our_turn(database: Database, channel: Channel) -> Iterator[None]:
    """Be the only one who sends. Raises `StoreBusy` when another does for longer than we wait."""
    if database.path is not None:
        with open_lock(Path(f"{database.path}.{channel}")) as lock:
            _await_turn(lambda: try_lock(lock))
            yield
        return
    engine = database.separate_connection()
    try:
        with translated(), engine.connect() as connection:
            ask = text(f"SELECT pg_try_advisory_lock({_KEYS[channel]})")
            _await_turn(lambda: bool(connection.execute(ask).scalar_one()))
            yield
    finally:
        engine.dispose()


def _await_turn(try_it: Callable[[], bool]) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while not try_it():
        if time.monotonic() > deadline:
            raise StoreBusy(
                "Another process is sending at this moment.",
                hint="Nothing is lost: it is sent the next time.",
            )
        time.sleep(_PAUSE_S)
