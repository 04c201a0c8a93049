"""Connections, transactions, locks and errors of SQLite and PostgreSQL.

SQLite runs in WAL with `synchronous=FULL`: one writing connection, every write transaction `BEGIN IMMEDIATE` and, over
all processes, one at a time under a lock file (SQLite before 3.51.3 can damage a WAL that two connections write or
checkpoint at once; https://sqlite.org/wal.html#walresetbug). Readers are `query_only`.
Driver errors leave as `StoreError`.
This module knows no tables.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from tracker.errors import StoreBusy, StoreError

__all__ = ["Database", "connect", "upsert"]

_BUSY_SECONDS = 30.0
_ADVISORY_KEY = (
    7_264_113_207_119  # names our compare-then-record lock among a PostgreSQL server's advisory locks
)


class Database:
    """An open database: `read()` and `write()` are the only ways in. Not shared between processes."""

    def __init__(self, reader: Engine, writer: Engine, path: Path | None) -> None:
        self._reader = reader
        self._writer = writer
        self.path = path
        self._lock_file = Path(f"{path}.lock").open("a+b") if path else None  # noqa: SIM115 - open as long as we are

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._writer.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot."""
        with _translated(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, exclusive: bool = False) -> Iterator[Connection]:
        """One transaction, committed on leaving, rolled back on an exception.

        `exclusive`: no other such one runs, in any process (always so on SQLite).
        """
        with _translated(), self._locked(), self._writer.begin() as connection:
            if exclusive and self.dialect == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_KEY})"))
            yield connection

    @contextmanager
    def alone(self, purpose: str) -> Iterator[bool]:
        """Whether no other process is inside the same purpose; held until leaving.

        Never on PostgreSQL, where leases of dead workers run out by themselves.
        """
        if self.path is None:
            yield False
            return
        with Path(f"{self.path}.{purpose}").open("a+b") as lock:
            try:
                fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def close(self) -> None:
        """Close connections; the last one checkpoints, so this too waits its turn."""
        with self._locked():
            self._reader.dispose()
            self._writer.dispose()
        if self._lock_file:
            self._lock_file.close()
            self._lock_file = None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if self._lock_file is None:
            yield
            return
        descriptor = self._lock_file.fileno()
        _wait_for_lock(descriptor)
        try:
            yield
        finally:
            fcntl.flock(descriptor, fcntl.LOCK_UN)


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Begin an INSERT that may say what to do ON CONFLICT, which only the dialects' own statements can."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def connect(url: str) -> Database:
    """Open a database from `sqlite:///path` or `postgresql://...`. Raises `StoreError`."""
    try:
        parsed = make_url(url)
    except SQLAlchemyError as error:
        raise StoreError(
            f"The store address is not understood: {error}",
            hint="Use sqlite:///state/tracker.db or postgresql://user@host/name.",
        ) from error
    if parsed.get_backend_name() == "postgresql":
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        return Database(engine, engine, None)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or parsed.database == ":memory:":
        raise StoreError(
            f"The store address {parsed.render_as_string()} is not supported.",
            hint="Use sqlite:///state/tracker.db or postgresql://user@host/name.",
        )
    path = Path(parsed.database)
    _make_folder(path)
    with _translated():
        return _open_sqlite(path)


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {path.parent} cannot be made: {error.strerror}.",
            hint="Choose another folder in [store] url, or make it writable.",
        ) from error
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise StoreError(
            f"The database {path} cannot be written.",
            hint="Make the folder and the file writable for this user.",
        )


def _open_sqlite(path: Path) -> Database:
    writer = create_engine(
        f"sqlite:///{path}", connect_args={"timeout": _BUSY_SECONDS}, pool_size=1, max_overflow=0
    )
    reader = create_engine(f"sqlite:///{path}", connect_args={"timeout": _BUSY_SECONDS})
    event.listen(writer, "connect", _prepare_writer)
    event.listen(reader, "connect", _prepare_reader)
    event.listen(writer, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    event.listen(reader, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return Database(reader, writer, path)


def _prepare_writer(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves: the driver's implicit one is deferred
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-32000"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_reader(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("query_only=ON", "wal_autocheckpoint=0", "cache_size=-16000"):
        connection.execute(f"PRAGMA {pragma}")


def _wait_for_lock(descriptor: int) -> None:
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StoreBusy(
                    f"Another process held the database for {_BUSY_SECONDS:.0f} s.",
                    hint="Try again; nothing was lost.",
                ) from None
            time.sleep(0.005)
        else:
            return


_SENTENCES = (  # driver's words, our class, our sentence, the remedy
    ("locked", StoreBusy, "The database is locked by another process.", "Try again; nothing was lost."),
    (
        "disk is full",
        StoreError,
        "The disk is full: nothing more could be stored.",
        "Free some space and run the command again; nothing already stored was lost.",
    ),
    (
        "disk I/O error",
        StoreError,
        "The disk refused a write: full, or failing.",
        "Check free space and the disk, then run the command again; nothing already stored was lost.",
    ),
    (
        "readonly",
        StoreError,
        "The database or its folder is read-only.",
        "Make the state folder writable for this user.",
    ),
    (
        "unable to open",
        StoreError,
        "The database file cannot be opened.",
        "Check that the state folder exists and is writable.",
    ),
    (
        "not a database",
        StoreError,
        "The file is not a tracker database, or it is damaged.",
        "Restore it from a backup, or move it aside to start anew.",
    ),
    (
        "malformed",
        StoreError,
        "The database file is damaged.",
        "Restore it from a backup; tracker db check tells more.",
    ),
    (
        "connection",
        StoreError,
        "The database server cannot be reached.",
        "Check [store] url and that the server runs.",
    ),
)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, DBAPIError, sqlite3.Error) as error:
        words = str(getattr(error, "orig", None) or error)
        for fragment, kind, sentence, hint in _SENTENCES:
            if fragment in words:
                raise kind(sentence, hint=hint) from error
        raise StoreError(
            f"The database refused: {words.splitlines()[0] if words else 'no reason given'}.",
            hint="Please report this with the log.",
        ) from error
