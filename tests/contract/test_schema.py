"""The schema's history: what the scripts make is what the tables say, old databases come along, a kill harms nothing."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, create_engine, inspect, make_url, text

from tests.builders import NOW
from tests.conftest import ROOT
from tracker.model import FeedHealth
from tracker.store import migrate, open_store, schema
from tracker.store.engine import connect
from tracker.store.rows import micros

KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from tracker.store import open_store

@event.listens_for(Engine, "after_cursor_execute")
def kill(connection, cursor, statement, *_):
    if "feed_move" in statement and "CREATE TABLE" in statement:
        os.kill(os.getpid(), signal.SIGKILL)

open_store(sys.argv[1])
"""
FEEDS = {  # address -> host
    "https://example.org/feed": "example.org",
    "http://example.org:8080/feed": "example.org:8080",
    "https://xn--bcher-kva.example/": "xn--bcher-kva.example",
    "http://[2001:db8::1]:81/x": "[2001:db8::1]:81",
}


@contextmanager
def raw(url: str) -> Iterator[Connection]:
    parsed = make_url(url)
    engine: Engine = create_engine(
        parsed if parsed.drivername == "sqlite" else parsed.set(drivername="postgresql+psycopg")
    )
    with engine.begin() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def old_url(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database that the first version wrote, with feeds, one of them lent, an entry and a poll."""
    with monkeypatch.context() as then:
        then.setattr(migrate, "HEAD", "0001")
        database = connect(empty_url)
        migrate.bring_up_to_date(database)
        database.close()
    row = {"at": micros(NOW), "state": '{"failures":3,"health":"failing"}'}
    with raw(empty_url) as connection:
        for number, url in enumerate(FEEDS, start=1):
            connection.execute(
                text(
                    "INSERT INTO feed (id, url, title, tags, added_at, origin, next_poll_at, state, lease_token, lease_until)"
                    " VALUES (:id, :url, '', '[]', :at, 'added', :at, :state, 'dead', :at)"
                ),
                {"id": number, "url": url, **row},
            )
        connection.execute(
            text(
                "INSERT INTO entry (id, feed_id, feed_key, key, revision, title, content_hash, first_seen_at, attempts)"
                " VALUES (1, 1, 1, 'k1', 0, 'T', 'h1', :at, 1)"
            ),
            row,
        )
        connection.execute(
            text(
                "INSERT INTO poll (id, feed_id, polled_at, status, code, detail, listed, new, changed, duration_ms)"
                " VALUES (1, 1, :at, 'new', '', '', 1, 1, 0, 5)"
            ),
            row,
        )
    return empty_url


def hosts(url: str) -> dict[str, str]:
    with raw(url) as connection:
        return {row.url: row.host for row in connection.execute(text("SELECT url, host FROM feed"))}


def differences(connection: Connection) -> list[Any]:
    """Between the tables of `schema.py` and the database's, but for full-text search, which Alembic made by hand."""
    context = MigrationContext.configure(
        connection,
        opts={
            "compare_type": True,
            "compare_server_default": True,
            "include_name": lambda name, kind, _: (
                not (
                    (kind == "table" and name.startswith("article_text"))
                    or (kind in {"column", "index"} and name in {"search", "ix_article_search"})
                )
            ),
        },
    )
    return list(compare_metadata(context, schema.metadata))


def test_the_scripts_make_the_tables_that_the_code_knows(empty_url: str) -> None:
    open_store(empty_url).close()
    with raw(empty_url) as connection:
        assert differences(connection) == []
        options = {i["name"]: i["dialect_options"] for i in inspect(connection).get_indexes("feed")}
        (where,) = [str(value) for key, value in options["ix_feed_lease_until"].items() if "where" in key]
        assert "IS NOT NULL" in where, "or each feed of 100,000 stands in it"


def test_a_database_of_the_first_version_comes_along_with_its_rows(old_url: str) -> None:
    store = open_store(old_url)
    assert {feed.url for feed in store.feeds()} == set(FEEDS)
    assert {(feed.state.failures, feed.state.health, feed.state.held_until) for feed in store.feeds()} == {
        (3, FeedHealth.FAILING, None)
    }
    first = next(feed for feed in store.feeds() if feed.url == "https://example.org/feed")
    assert (store.entry_count(), len(store.polls(first.id, limit=9)), store.moves(first.id)) == (1, 1, ())
    assert len(store.polls_since(NOW)) == 1
    store.close()
    assert hosts(old_url) == FEEDS
    with raw(old_url) as connection:
        assert differences(connection) == []


def test_a_migrated_feeds_host_is_what_a_new_ones_would_be(old_url: str) -> None:
    open_store(old_url).close()
    migrated = hosts(old_url)
    with raw(old_url) as connection:
        for table in ("poll", "entry", "feed"):
            connection.execute(text(f"DELETE FROM {table}"))
    store = open_store(old_url)
    for url in FEEDS:
        store.add_feed(url, title="", site_url=None, tags=(), now=NOW)
    store.close()
    assert hosts(old_url) == migrated


def test_an_upgrade_killed_half_way_is_done_anew(old_url: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, old_url], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    with raw(old_url) as connection:
        assert migrate.stored_revision(connection) == "0001"
        assert "host" not in {column["name"] for column in inspect(connection).get_columns("feed")}
    store = open_store(old_url)
    assert len(store.feeds()) == len(FEEDS)
    store.close()
    assert hosts(old_url) == FEEDS


def test_the_copy_kept_aside_is_whole_though_the_log_was_not_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tracker.db"
    with monkeypatch.context() as then:
        then.setattr(migrate, "HEAD", "0001")
        database = connect(f"sqlite:///{path}")
        migrate.bring_up_to_date(database)
    reader = sqlite3.connect(path)  # keeps the write-ahead log from being merged
    reader.execute("SELECT * FROM feed").fetchall()
    with database.write() as connection:
        connection.execute(
            text(
                "INSERT INTO feed (url, title, tags, added_at, origin, state) VALUES ('https://a/', '', '[]', 0, 'added', '{}')"
            )
        )
    database.close()
    assert path.with_name("tracker.db-wal").stat().st_size > 0
    open_store(f"sqlite:///{path}").close()
    reader.close()
    copied = sqlite3.connect(f"{path}.before-0001")
    assert copied.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
    assert copied.execute("SELECT url FROM feed").fetchall() == [("https://a/",)]
    assert copied.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    copied.close()
    assert not list(tmp_path.glob("*.part"))
