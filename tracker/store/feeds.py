"""Which feeds are followed and under which addresses: the following half of the `FeedStore` port.

A feed that moved keeps its id, its entries and its former addresses: each of these goes on meaning this feed, unless
another has that address now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, insert, select, update

from tracker.errors import FeedExists, FeedNotFound
from tracker.feeds import OpmlFeed
from tracker.model import Feed, FeedId, FeedMove
from tracker.store import schema
from tracker.store.engine import Database, is_one_of, upsert
from tracker.store.leases import share_rest
from tracker.store.rows import (
    FEED_COLUMNS,
    feed_from_row,
    feed_from_values,
    micros,
    move_from_row,
    move_to_row,
    optional_instant,
    state_to_row,
    url_to_row,
)

__all__ = ["Feeds"]


class Feeds:
    """See `tracker.ports.FeedStore`."""

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
            "next_poll_at": micros(now),
        }
        with self._database.write() as connection:
            old = _meant_by(connection, url)
            if old is None:
                new = {**url_to_row(url), "added_at": micros(now), "state": "{}", **row}
                feed_id = connection.execute(
                    insert(schema.feed).values(**new).returning(schema.feed.c.id)
                ).scalar_one()
                share_rest(connection, schema.feed.c.id == feed_id)
            elif old["removed_at"] is None:
                raise _followed_already(url, old["url"])
            else:
                feed_id = old["id"]
                connection.execute(update(schema.feed).where(schema.feed.c.id == feed_id).values(**row))
            return _feed(connection, feed_id)

    def remove_feed(self, url: str, *, now: datetime) -> Feed:
        """Stop following; what was seen stays known. Raises `FeedNotFound`."""
        feed = self.feed_by_url(url)
        gone = {"removed_at": micros(now), "origin": "removed", "lease_token": None, "lease_until": None}
        with self._database.write() as connection:
            connection.execute(update(schema.feed).where(schema.feed.c.id == feed.id).values(**gone))
        return feed

    def feeds(self) -> tuple[Feed, ...]:
        """All followed feeds, oldest first."""
        with self._database.read() as connection:
            columns = (schema.feed.c[name] for name in FEED_COLUMNS)
            rows = connection.execute(_followed().with_only_columns(*columns).order_by(schema.feed.c.id))
            return tuple(feed_from_values(tuple(row)) for row in rows)

    def followed_since(self) -> datetime | None:
        """When the feed followed longest was added; None without feeds."""
        t = schema.feed.c
        with self._database.read() as connection:
            return optional_instant(
                connection.execute(select(func.min(t.added_at)).where(t.removed_at.is_(None))).scalar()
            )

    def feed_by_url(self, url: str) -> Feed:
        """Find one. Raises `FeedNotFound`, which tells where a feed went that moved from there."""
        with self._database.read() as connection:
            row = _meant_by(connection, url)
        if row is None or row["removed_at"] is not None:
            raise FeedNotFound(
                f"No feed with the address {url}.",
                hint="See tracker feeds list, or add it with tracker feeds add.",
            )
        if row["url"] != url:
            raise FeedNotFound(f"The feed at {url} has moved.", hint=f"Its address is now {row['url']}.")
        return feed_from_row(row)

    def sync_opml(self, listed: Sequence[OpmlFeed], now: datetime) -> tuple[int, int]:
        """Make the feeds of the OPML file the followed ones, beside those added by command: (added, removed).

        A feed that a person removed by command stays removed although the file lists it. A former address means the
        feed that moved, unless the file lists the present one too.
        """
        with self._database.read() as connection:
            rows = {row["url"]: dict(row) for row in connection.execute(select(schema.feed)).mappings()}
            aliases = _aliases(connection)
        wanted: dict[int, OpmlFeed] = {}
        fresh: dict[str, OpmlFeed] = {}
        by_id = {row["id"]: row for row in rows.values()}
        for item in sorted(listed, key=lambda item: item.url in rows):  # present addresses last: they win
            feed_id = rows[item.url]["id"] if item.url in rows else aliases.get(item.url)
            if feed_id is None:
                fresh[item.url] = item
            else:
                wanted[feed_id] = item
        changed = {feed_id: item for feed_id, item in wanted.items() if _differs(by_id[feed_id], item)}
        gone = [feed_id for feed_id, row in by_id.items() if feed_id not in wanted and _followed_by_file(row)]
        if fresh or changed or gone:
            self._write_opml(tuple(fresh.values()), changed, gone, micros(now))
        return len(fresh), len(gone)

    def move_feed(self, feed: Feed, to_url: str, *, reason: str, now: datetime) -> bool:
        """Give a feed another address and log it; False, and no change, when another followed feed has that address.

        Validators and the sightings of a new address belong to the old one and are dropped.
        """
        move = FeedMove(feed_id=feed.id, from_url=feed.url, to_url=to_url, reason=reason, moved_at=now)
        with self._database.write() as connection:
            present = _feed(connection, feed.id)
            if present.url != feed.url or to_url == feed.url or not _make_room(connection, to_url, feed.id):
                return False
            _readdress(connection, present, to_url)
            connection.execute(insert(schema.feed_move).values(**move_to_row(move)))
        return True

    def undo_move(self, url: str, *, now: datetime) -> FeedMove:
        """Give the feed at `url` its former address back. Raises `FeedNotFound`, `FeedExists` when that is taken."""
        feed, t = self.feed_by_url(url), schema.feed_move.c
        with self._database.write() as connection:
            made = select(schema.feed_move).where(
                t.feed_id == feed.id, t.to_url == url, t.undone_at.is_(None)
            )
            row = connection.execute(made.order_by(t.id.desc()).limit(1)).mappings().first()
            if row is None:
                raise FeedNotFound(f"The feed at {url} has not moved.", hint="See tracker feeds list.")
            move = replace(move_from_row(row), undone_at=now)
            feed = _feed(connection, feed.id)  # as it is inside this transaction
            if not _make_room(connection, move.from_url, feed.id):
                raise _followed_already(move.from_url, move.from_url)
            _readdress(connection, feed, move.from_url)
            connection.execute(
                update(schema.feed_move).where(t.id == row["id"]).values(undone_at=micros(now))
            )
        return move

    def moves(self, feed_id: FeedId) -> tuple[FeedMove, ...]:
        """All changes of a feed's address, newest first."""
        t = schema.feed_move.c
        query = select(schema.feed_move).where(t.feed_id == feed_id).order_by(t.id.desc())
        with self._database.read() as connection:
            return tuple(move_from_row(row) for row in connection.execute(query).mappings())

    def _write_opml(
        self, fresh: Sequence[OpmlFeed], changed: Mapping[int, OpmlFeed], gone: Sequence[int], now: int
    ) -> None:
        t = schema.feed.c
        due = {"added_at": now, "next_poll_at": now, "state": "{}"}
        with self._database.write() as connection:
            if fresh:
                statement = upsert(connection, schema.feed).on_conflict_do_nothing(index_elements=["url"])
                connection.execute(statement, [{**url_to_row(i.url), **due, **_opml_row(i)} for i in fresh])
                resting = select(t.host).where(t.held_until.is_not(None))
                share_rest(connection, and_(t.held_until.is_(None), t.host.in_(resting)))
            for feed_id, item in changed.items():
                connection.execute(update(schema.feed).where(t.id == feed_id).values(**_opml_row(item)))
            if gone:
                where = is_one_of(connection, t.id, gone)
                connection.execute(update(schema.feed).where(where).values(removed_at=now))


def _feed(connection: Connection, feed_id: int) -> Feed:
    return feed_from_row(
        connection.execute(select(schema.feed).where(schema.feed.c.id == feed_id)).mappings().one()
    )


def _meant_by(connection: Connection, url: str) -> RowMapping | None:
    """The feed that has this address or, when none has, the one that had it last; followed or not."""
    feed, move = schema.feed, schema.feed_move
    row = connection.execute(select(feed).where(feed.c.url == url)).mappings().first()
    if row is not None:
        return row
    moved = select(feed).join(move, move.c.feed_id == feed.c.id)
    moved = moved.where(move.c.from_url == url, move.c.undone_at.is_(None)).order_by(move.c.id.desc())
    return connection.execute(moved.limit(1)).mappings().first()


def _aliases(connection: Connection) -> dict[str, int]:
    """All former addresses, each with the feed that had it last."""
    t = schema.feed_move.c
    query = select(t.from_url, t.feed_id).where(t.undone_at.is_(None)).order_by(t.id)
    return {row.from_url: row.feed_id for row in connection.execute(query)}


def _make_room(connection: Connection, url: str, feed_id: FeedId) -> bool:
    """Whether a feed may have this address; one that is followed no more steps aside, and keeps its entries."""
    holder = _meant_by(connection, url)
    if holder is None or holder["id"] == feed_id:
        return True
    if holder["removed_at"] is None:
        return False
    if holder["url"] == url:
        aside = url_to_row(f"{url}#removed-{holder['id']}")
        connection.execute(update(schema.feed).where(schema.feed.c.id == holder["id"]).values(**aside))
    return True


def _readdress(connection: Connection, feed: Feed, url: str) -> None:
    held = feed.state.validators
    kept = replace(held, asked_url="") if held is not None and held.url == url else None
    state = replace(feed.state, validators=kept, moved_to=None, moved_sightings=0, moved_since_at=None)
    where = schema.feed.c.id == feed.id
    connection.execute(update(schema.feed).where(where).values(**url_to_row(url), **state_to_row(state)))
    share_rest(connection, where)


def _followed_already(url: str, present_url: str) -> FeedExists:
    moved = f": it has moved to {present_url}" if present_url != url else ""
    return FeedExists(f"{url} is followed already{moved}.", hint="See tracker feeds list.")


def _differs(row: Mapping[str, object], item: OpmlFeed) -> bool:
    return row["origin"] == "opml" and any(row[name] != value for name, value in _opml_row(item).items())


def _followed_by_file(row: Mapping[str, object]) -> bool:
    return row["origin"] == "opml" and row["removed_at"] is None


def _opml_row(item: OpmlFeed) -> dict[str, object]:
    return {
        "title": item.title,
        "site_url": item.site_url,
        "tags": json.dumps(item.tags, ensure_ascii=False),
        "origin": "opml",
        "removed_at": None,
    }


def _followed() -> Select[Any]:
    return select(schema.feed).where(schema.feed.c.removed_at.is_(None))
