"""Lending feeds to workers and taking them back with a poll's end: the polling half of the `FeedStore` port.

A claim is a lease with a token: whoever comes back after the lease was given to another changes nothing (fencing).
A host is asked by one worker at a time, and not at all while it wants rest. Claiming is one statement on both
databases.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from tracker.model import Claim, Fate, Feed, FeedHealth, FeedId, FeedState, PollReport
from tracker.store import schema
from tracker.store.engine import Database, is_one_of, serialise_claims
from tracker.store.locks import BUSY_SECONDS
from tracker.store.rows import feed_from_row, micros, poll_from_row, poll_to_row, state_to_row

__all__ = ["Leases", "finish_poll", "share_rest"]

_NO_LEASE = {"lease_token": None, "lease_until": None}
_BEYOND_ALL_LEASES = 2 * 86_400 * 1_000_000
"""Microseconds: a lease that ends later was given by a clock that was ahead."""
_LONGEST_TURN = int(2 * BUSY_SECONDS * 1_000_000)
# Written at every poll's end, and put together once: that costs more than running them.
_REMEMBER_POLL = insert(schema.poll)
_FINISH = (
    update(schema.feed)
    .where(schema.feed.c.id == bindparam("claimed"), schema.feed.c.lease_token == bindparam("token"))
    .values(
        next_poll_at=bindparam("new_next_poll_at"),
        state=bindparam("new_state"),
        held_until=case(
            (schema.feed.c.held_until > bindparam("beyond"), schema.feed.c.held_until),
            else_=bindparam("new_held_until", type_=BigInteger),
        ),
        **_NO_LEASE,
    )
)


class Leases:
    """See `tracker.ports.FeedStore`."""

    _database: Database

    @contextmanager
    def polling(self) -> Iterator[None]:
        """Say that this process polls. When no other does, leases left by one that died are free at once."""
        with self._database.inside("polling", self._free_leases):
            yield

    def claim_due(
        self,
        now: datetime,
        *,
        limit: int,
        lease: timedelta,
        only: Sequence[FeedId] | None = None,
        force: bool = False,
    ) -> tuple[Claim, ...]:
        """Lend up to `limit` due feeds, the longest due first; `force` takes those not yet due.

        Never one whose host asked for rest, nor one of a host of which another claim is still out. A feed that was
        last polled at an instant yet to come is due: the clock was ahead then, and so is what was planned by it.
        """
        t, token, until = schema.feed.c, secrets.token_hex(8), micros(now + lease)
        wanted = [*_is_due(micros(now), force=force), _is_free(micros(now))]
        with self._database.write() as connection:
            serialise_claims(connection)
            if only is not None:
                wanted.append(is_one_of(connection, schema.feed.c.id, only))
            chosen = (
                select(t.id)
                .where(*wanted)
                .order_by(t.next_poll_at, t.id)
                .limit(limit)
                .with_for_update(skip_locked=True)
                .cte("chosen")  # PostgreSQL might run a subquery more than once, and lend more than asked
            )
            statement = (
                update(schema.feed)
                .where(t.id.in_(select(chosen.c.id)))
                .values(lease_token=token, lease_until=until)
                .returning(*t)
            )
            rows = [dict(row) for row in connection.execute(statement).mappings()]
        feeds = sorted((feed_from_row(row) for row in rows), key=lambda feed: feed.id)
        return tuple(Claim(feed=feed, token=token, until_at=now + lease) for feed in feeds)

    def due_feeds(self, now: datetime, *, force: bool = False) -> frozenset[FeedId]:
        """What `claim_due` would lend if nobody held a feed."""
        query = select(schema.feed.c.id).where(*_is_due(micros(now), force=force))
        with self._database.read() as connection:
            return frozenset(map(FeedId, connection.scalars(query)))

    def renew(self, claims: Iterable[Claim], until_at: datetime) -> None:
        """Hold claims until then; those that were lost meanwhile stay lost."""
        with self._database.write() as connection:
            for claim in claims:
                until = update(schema.feed).where(_holds(claim)).values(lease_until=micros(until_at))
                connection.execute(until)

    def release(self, claims: Iterable[Claim]) -> None:
        """Give claims back unpolled."""
        with self._database.write() as connection:
            for claim in claims:
                connection.execute(update(schema.feed).where(_holds(claim)).values(**_NO_LEASE))

    def finish_poll(self, claim: Claim, state: FeedState, report: PollReport) -> bool:
        """Store a poll's end; False, and no change, when the claim was lost meanwhile."""
        with self._database.write() as connection:
            return finish_poll(connection, claim, state, report)

    def request_poll(self, ids: Sequence[FeedId], now: datetime) -> None:
        """Make feeds due now, but for those whose host asked for rest."""
        t, at = schema.feed.c, micros(now)
        later = or_(t.next_poll_at.is_(None), t.next_poll_at > at)
        with self._database.write() as connection:
            where = and_(t.removed_at.is_(None), _is_rested(at), later, is_one_of(connection, t.id, ids))
            connection.execute(update(schema.feed).where(where).values(next_poll_at=at))

    def reset_feed(self, feed: Feed, now: datetime) -> None:
        """Forget failures, validators, what was passed over as too old and its host's rest; the feed is due now."""
        t = schema.feed.c
        state = FeedState(next_poll_at=now, health=FeedHealth.NEW, last_new_at=feed.state.last_new_at)
        with self._database.write() as connection:
            serialise_claims(connection)
            # Its lease goes, too: a poll that is under way would write back what is forgotten here.
            fresh = {**state_to_row(state), **_NO_LEASE}
            connection.execute(update(schema.feed).where(t.id == feed.id).values(**fresh))
            host = select(t.host).where(t.id == feed.id).scalar_subquery()
            connection.execute(update(schema.feed).where(t.host == host).values(held_until=None))
            _forget_too_old(connection, feed.id)

    def polls(self, feed_id: FeedId, *, limit: int) -> tuple[PollReport, ...]:
        """The latest polls of a feed, newest first."""
        t = schema.poll.c
        query = select(schema.poll).where(t.feed_id == feed_id).order_by(t.id.desc()).limit(limit)
        with self._database.read() as connection:
            return tuple(poll_from_row(dict(row)) for row in connection.execute(query).mappings())

    def polls_since(self, at: datetime, *, ids: Sequence[FeedId] | None = None) -> tuple[PollReport, ...]:
        """Polls that ended at or after `at`, oldest first."""
        t = schema.poll.c
        query = select(schema.poll).where(t.polled_at >= micros(at)).order_by(t.polled_at, t.id)
        with self._database.read() as connection:
            if ids is not None:
                query = query.where(is_one_of(connection, t.feed_id, ids))
            return tuple(poll_from_row(dict(row)) for row in connection.execute(query).mappings())

    def _free_leases(self) -> None:
        with self._database.write() as connection:
            held = schema.feed.c.lease_until.is_not(None)
            connection.execute(update(schema.feed).where(held).values(**_NO_LEASE))


def finish_poll(connection: Connection, claim: Claim, state: FeedState, report: PollReport) -> bool:
    """Write a poll's end within a transaction, if the claim still holds.

    A rest asked for while this poll ran stays: another feed of the host may have been told so meanwhile.
    """
    t, ended, row = schema.feed.c, micros(report.polled_at), state_to_row(state)
    until = row["held_until"]
    rests = until is not None and until > ended
    if rests:  # before any row is locked: two such ends would otherwise wait for each other's feeds
        serialise_claims(connection)
    claimed = {"claimed": claim.feed.id, "token": claim.token, "beyond": max(ended, until or 0)}
    if connection.execute(_FINISH, {**claimed, **{f"new_{name}": row[name] for name in row}}).rowcount == 0:
        return False
    if rests:
        host = select(t.host).where(t.id == claim.feed.id).scalar_subquery()
        shorter = or_(t.held_until.is_(None), t.held_until < until)
        connection.execute(update(schema.feed).where(t.host == host, shorter).values(held_until=until))
    connection.execute(_REMEMBER_POLL, poll_to_row(report))
    return True


def share_rest(connection: Connection, chosen: Any) -> None:
    """Give the feeds that `chosen` selects, new at their hosts, the rest these hosts asked for."""
    feed, other = schema.feed, schema.feed.alias()
    same = and_(other.c.host == feed.c.host, other.c.id != feed.c.id)
    until = select(func.max(other.c.held_until)).where(same).scalar_subquery()
    connection.execute(update(feed).where(chosen).values(held_until=until))


def _is_rested(now: int) -> Any:
    t = schema.feed.c
    return or_(t.held_until.is_(None), t.held_until <= now, _is_of_the_future(now))


def _is_of_the_future(now: int) -> Any:
    """Whether the feed's last poll lies ahead of `now`; the index says at once that no poll at all does.

    Well ahead: `now` was read before the turn to write, and another worker may have polled while we waited for it.
    """
    now += _LONGEST_TURN
    poll, last = schema.poll.c, schema.poll.alias("last")
    latest = (
        select(last.c.polled_at).where(last.c.feed_id == schema.feed.c.id).order_by(last.c.id.desc()).limit(1)
    )
    return and_(exists().where(poll.polled_at > now), latest.scalar_subquery() > now)


def _is_due(now: int, *, force: bool) -> list[Any]:
    """Followed, rested, and its time has come: or, with `force`, at any time."""
    t = schema.feed.c
    its_time = [] if force else [or_(t.next_poll_at <= now, _is_of_the_future(now))]
    return [t.removed_at.is_(None), _is_rested(now), *its_time]


def _is_free(now: int) -> Any:
    """No feed of the same host is out; its own lease is one of them."""
    other = schema.feed.alias("other")
    is_out = other.c.lease_until.between(now + 1, now + _BEYOND_ALL_LEASES)
    return schema.feed.c.host.not_in(select(other.c.host).where(is_out))


def _holds(claim: Claim) -> Any:
    return and_(schema.feed.c.id == claim.feed.id, schema.feed.c.lease_token == claim.token)


def _forget_too_old(connection: Connection, feed_id: FeedId) -> None:
    passed_over = select(schema.fate.c.entry_id).where(schema.fate.c.fate == Fate.TOO_OLD.value)
    entries = (schema.entry.c.feed_key == feed_id, schema.entry.c.id.in_(passed_over))
    ids = list(connection.scalars(select(schema.entry.c.id).where(*entries)))
    for part in (schema.fate.c.entry_id, schema.entry.c.id):
        connection.execute(delete(part.table).where(is_one_of(connection, part, ids)))
