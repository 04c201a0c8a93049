"""Feeds and their polling state: the `FeedStore` port. Claiming is one statement on both databases.

A claim is a lease with a token: whoever comes back after the lease was given to another changes nothing (fencing).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, and_, delete, insert, or_, select, update

from tracker.errors import FeedExists, FeedNotFound
from tracker.feeds import OpmlFeed
from tracker.model import Claim, Fate, Feed, FeedHealth, FeedId, FeedState, PollReport
from tracker.store import schema
from tracker.store.engine import Database, upsert
from tracker.store.rows import feed_from_row, micros, poll_from_row, poll_to_row, state_to_row

__all__ = ["Feeds", "finish_poll"]


class Feeds:
    """The port methods of feeds; see `tracker.ports.FeedStore`."""

    _database: Database

    def add_feed(
        self, url: str, *, title: str, site_url: str | None, tags: Sequence[str], now: datetime
    ) -> Feed:
        """Follow a feed, or follow again one that was removed. Raises `FeedExists`."""
        row = {
            "title": title,
            "site_url": site_url,
            "tags": json.dumps(tags, ensure_ascii=False),
            "origin": "added",
            "removed_at": None,
        }
        with self._database.write() as connection:
            old = connection.execute(select(schema.feed).where(schema.feed.c.url == url)).mappings().first()
            if old is None:
                new = {"url": url, "added_at": micros(now), "next_poll_at": micros(now), "state": "{}", **row}
                connection.execute(insert(schema.feed).values(**new))
            elif old["removed_at"] is None:
                raise FeedExists(f"{url} is followed already.", hint="See tracker feeds list.")
            else:
                where = schema.feed.c.id == old["id"]
                connection.execute(update(schema.feed).where(where).values(next_poll_at=micros(now), **row))
            added = connection.execute(select(schema.feed).where(schema.feed.c.url == url)).mappings().one()
            return feed_from_row(dict(added))

    def remove_feed(self, url: str, *, now: datetime) -> Feed:
        """Stop following; what was seen stays known. Raises `FeedNotFound`."""
        feed = self.feed_by_url(url)
        with self._database.write() as connection:
            where = schema.feed.c.id == feed.id
            connection.execute(
                update(schema.feed)
                .where(where)
                .values(removed_at=micros(now), origin="removed", lease_token=None)
            )
        return feed

    def feeds(self) -> tuple[Feed, ...]:
        """All followed feeds, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(_followed().order_by(schema.feed.c.id)).mappings()
            return tuple(feed_from_row(dict(row)) for row in rows)

    def feed_by_url(self, url: str) -> Feed:
        """Find one. Raises `FeedNotFound`."""
        with self._database.read() as connection:
            row = connection.execute(_followed().where(schema.feed.c.url == url)).mappings().first()
        if row is None:
            raise FeedNotFound(
                f"No feed with the address {url}.",
                hint="See tracker feeds list, or add it with tracker feeds add.",
            )
        return feed_from_row(dict(row))

    def sync_opml(self, listed: Sequence[OpmlFeed], now: datetime) -> tuple[int, int]:
        """Make the feeds of the OPML file the followed ones, beside those added by command: (added, removed).

        A feed that a person removed by command stays removed although the file lists it.
        """
        wanted = {item.url: item for item in listed}
        with self._database.read() as connection:
            rows = {row["url"]: dict(row) for row in connection.execute(select(schema.feed)).mappings()}
        fresh = [item for url, item in wanted.items() if url not in rows]
        changed = [item for url, item in wanted.items() if url in rows and _differs(rows[url], item)]
        gone = [row["id"] for url, row in rows.items() if url not in wanted and _followed_by_file(row)]
        if fresh or changed or gone:
            self._write_opml(fresh, changed, gone, micros(now))
        return len(fresh), len(gone)

    def _write_opml(
        self, fresh: Sequence[OpmlFeed], changed: Sequence[OpmlFeed], gone: Sequence[int], now: int
    ) -> None:
        table = schema.feed
        due = {"added_at": now, "next_poll_at": now, "state": "{}"}
        with self._database.write() as connection:
            if fresh:
                statement = upsert(connection, table).on_conflict_do_nothing(index_elements=["url"])
                connection.execute(statement, [{"url": i.url, **due, **_opml_row(i)} for i in fresh])
            for item in changed:
                connection.execute(update(table).where(table.c.url == item.url).values(**_opml_row(item)))
            if gone:
                connection.execute(update(table).where(table.c.id.in_(gone)).values(removed_at=now))

    @contextmanager
    def polling(self) -> Iterator[None]:
        """Say that this process polls. When no other does, leases left by one that died are free at once."""
        with self._database.alone("polling") as alone:
            if alone:
                with self._database.write() as connection:
                    held = schema.feed.c.lease_token.is_not(None)
                    connection.execute(
                        update(schema.feed).where(held).values(lease_token=None, lease_until=None)
                    )
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
        """Lend up to `limit` due feeds that nobody holds, the longest due first; `force` takes those not yet due."""
        table, token, until = schema.feed, secrets.token_hex(8), micros(now + lease)
        free = or_(table.c.lease_until.is_(None), table.c.lease_until <= micros(now))
        wanted = [table.c.removed_at.is_(None), free]
        if not force:
            wanted.append(table.c.next_poll_at <= micros(now))
        if only is not None:
            wanted.append(table.c.id.in_(only))
        chosen = (
            select(table.c.id).where(and_(*wanted)).order_by(table.c.next_poll_at, table.c.id).limit(limit)
        )
        statement = (
            update(table)
            .where(table.c.id.in_(chosen.with_for_update(skip_locked=True).scalar_subquery()))
            .values(lease_token=token, lease_until=until)
            .returning(*table.c)
        )
        with self._database.write() as connection:
            rows = [dict(row) for row in connection.execute(statement).mappings()]
        feeds = sorted((feed_from_row(row) for row in rows), key=lambda feed: feed.id)
        return tuple(Claim(feed=feed, token=token, until_at=now + lease) for feed in feeds)

    def release(self, claims: Iterable[Claim]) -> None:
        """Give claims back unpolled."""
        with self._database.write() as connection:
            for claim in claims:
                where = and_(schema.feed.c.id == claim.feed.id, schema.feed.c.lease_token == claim.token)
                connection.execute(
                    update(schema.feed).where(where).values(lease_token=None, lease_until=None)
                )

    def finish_poll(self, claim: Claim, state: FeedState, report: PollReport) -> bool:
        """Store a poll's end; False, and no change, when the claim was lost meanwhile."""
        with self._database.write() as connection:
            return finish_poll(connection, claim, state, report)

    def reset_feed(self, feed: Feed, now: datetime) -> None:
        """Forget failures, validators and what was passed over as too old; the feed is due now."""
        state = FeedState(next_poll_at=now, health=FeedHealth.NEW, last_new_at=feed.state.last_new_at)
        with self._database.write() as connection:
            where = schema.feed.c.id == feed.id
            connection.execute(update(schema.feed).where(where).values(**state_to_row(state)))
            passed_over = select(schema.fate.c.entry_id).where(schema.fate.c.fate == Fate.TOO_OLD.value)
            entries = (schema.entry.c.feed_key == feed.id, schema.entry.c.id.in_(passed_over))
            chosen = select(schema.entry.c.id).where(*entries)
            ids = list(connection.scalars(chosen))
            for part in (schema.fate.c.entry_id, schema.entry.c.id):
                connection.execute(delete(part.table).where(part.in_(ids)))

    def polls(self, feed_id: FeedId, *, limit: int) -> tuple[PollReport, ...]:
        """The latest polls of a feed, newest first."""
        table = schema.poll
        query = select(table).where(table.c.feed_id == feed_id).order_by(table.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return tuple(poll_from_row(dict(row)) for row in connection.execute(query).mappings())


def finish_poll(connection: Connection, claim: Claim, state: FeedState, report: PollReport) -> bool:
    """Write a poll's end within a transaction, if the claim still holds."""
    where = and_(schema.feed.c.id == claim.feed.id, schema.feed.c.lease_token == claim.token)
    values = {**state_to_row(state), "lease_token": None, "lease_until": None}
    if connection.execute(update(schema.feed).where(where).values(**values)).rowcount == 0:
        return False
    connection.execute(insert(schema.poll).values(**poll_to_row(report)))
    return True


def _differs(row: Mapping[str, object], item: OpmlFeed) -> bool:
    return row["origin"] == "opml" and any(row[name] != value for name, value in _opml_row(item).items())


def _followed_by_file(row: Mapping[str, object]) -> bool:
    return row["origin"] == "opml" and row["removed_at"] is None


def _opml_row(item: OpmlFeed) -> dict[str, object]:
    tags = json.dumps(item.tags, ensure_ascii=False)
    return {
        "title": item.title,
        "site_url": item.site_url,
        "tags": tags,
        "origin": "opml",
        "removed_at": None,
    }


def _followed() -> Select[tuple[object, ...]]:
    return select(schema.feed).where(schema.feed.c.removed_at.is_(None))
