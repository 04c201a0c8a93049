"""Connections, transactions, locks and errors of SQLite and PostgreSQL.

SQLite runs in WAL with `synchronous=FULL`: one writing connection, every write transaction `BEGIN IMMEDIATE` and, over
all processes, one at a time under a lock file (SQLite before 3.51.3 can damage a WAL that two connections write or
checkpoint at once; https://sqlite.org/wal.html#walresetbug). Readers are `query_only`.
Driver errors leave as `StoreError`. This module knows no tables; the lock files are in `locks.py`.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import (
    ARRAY,
    URL,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Table,
    cast,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool, QueuePool

from tracker.errors import StoreBusy, StoreError
from tracker.store.locks import BUSY_SECONDS, Turn, inside

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

__all__ = ["Database", "connect", "is_one_of", "serialise_claims", "translated", "upsert"]

# Our locks among a PostgreSQL server's advisory ones; the daemon's is in `presence.py`.
_INGEST_KEY = 7_264_113_207_119
_CLAIM_KEY = 7_264_113_207_120


class Database:
    """An open database: `read()` and `write()` are the only ways in. Shared by threads, never by processes.

    `is_read_only`: a SQLite file that this user may only read; nothing is made beside it, and every write is refused.
    """

    def __init__(
        self, reader: Engine, writer: Engine, path: Path | None, *, is_read_only: bool = False
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.path = path
        self.is_read_only = is_read_only
        self._turn = Turn(Path(f"{path}.lock")) if path and not is_read_only else None
        self._this_thread = threading.local()

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._writer.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent snapshot."""
        with translated(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self, *, exclusive: bool = False) -> Iterator[Connection]:
        """One transaction, committed on leaving, rolled back on an exception.

        `exclusive`: no other such one runs, in any process (always so on SQLite). A write inside a write of the same
        thread would wait for itself: it raises `StoreError` at once, on both databases.
        """
        if self.is_read_only:
            raise StoreError("The database or its folder is read-only.", hint=_MAKE_WRITABLE)
        with translated(), self._not_nested(), self._locked(), self._writer.begin() as connection:
            if exclusive:
                _serialise(connection, _INGEST_KEY)
            yield connection

    def inside(self, purpose: str, if_alone: Callable[[], None]) -> AbstractContextManager[None]:
        """Be one of the processes inside a purpose; `if_alone` runs first when no other is, and none enters meanwhile.

        Never alone on PostgreSQL, where leases of dead workers run out by themselves.
        """
        if self.path is None or self.is_read_only:
            return nullcontext()
        return inside(Path(f"{self.path}.{purpose}"), if_alone)

    def separate_connection(self) -> Engine:
        """Connections beside the pool, each closed after use, committing every statement (PostgreSQL only)."""
        alive = {
            "keepalives_idle": 60,
            "keepalives_interval": 15,
            "keepalives_count": 4,
        }  # seconds; libpq's names
        return create_engine(
            self._writer.url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=alive
        )

    def copy_to(self, target: Path) -> None:
        """Copy a SQLite database, its write-ahead log included; `target` appears whole or not at all."""
        unfinished = target.with_name(f"{target.name}.part")
        unfinished.unlink(missing_ok=True)
        with self._reader.connect() as source, closing(sqlite3.connect(unfinished)) as copy:
            driver = source.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.backup(copy)
        unfinished.replace(target)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read everything as it was at one instant, however long it takes."""
        with translated(), self._reader.connect() as connection:
            if (
                self.dialect == "postgresql"
            ):  # where each statement of a transaction sees an instant of its own
                connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901
            yield connection

    def replace_with(self, source: Path) -> None:
        """Give a SQLite database the content of another file, in one transaction: readers see the old or the new."""
        assert self.path is not None
        with (
            translated(), self._locked(),
            closing(sqlite3.connect(source)) as new, closing(sqlite3.connect(self.path, timeout=BUSY_SECONDS)) as live,
        ):  # fmt: skip
            new.backup(live)
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close connections; the last one checkpoints, so this too waits its turn."""
        with self._locked():
            self._reader.dispose()
            self._writer.dispose()
        if self._turn:
            self._turn.close()
            self._turn = None

    def _locked(self) -> AbstractContextManager[None]:
        return self._turn.taken() if self._turn else nullcontext()

    @contextmanager
    def _not_nested(self) -> Iterator[None]:
        if getattr(self._this_thread, "writes", False):
            raise StoreError(
                "A write to the database was begun inside another one.",
                hint="Please report this with the log.",
            )
        self._this_thread.writes = True
        try:
            yield
        finally:
            self._this_thread.writes = False


def serialise_claims(connection: Connection) -> None:
    """No other claim is made before this transaction ends; on SQLite no other write is anyway."""
    _serialise(connection, _CLAIM_KEY)


def is_one_of(connection: Connection, column: Column[Any], ids: Sequence[int]) -> ColumnElement[bool]:
    """`column IN ids` with one parameter: SQLite before 3.32 allows 999, PostgreSQL 65,535."""
    if connection.dialect.name == "sqlite":
        listed = func.json_each(json.dumps(ids)).table_valued("value")
        return column.in_(select(listed.c.value))
    return column == func.any(cast(list(ids), ARRAY(BigInteger)))


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Begin an INSERT that may say what to do ON CONFLICT, which only the dialects' own statements can."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # its drivers' modules are many

    return postgresql.insert(table)


def connect(url: str) -> Database:
    """Open a database from `sqlite:///path` or `postgresql://...`. Raises `StoreError`.

    A path is taken as it stands: a question mark or a per cent sign in a folder's name is no part of an address.
    """
    name = url.removeprefix("sqlite:///")
    if name not in {url, "", ":memory:"}:
        return _connect_file(Path(name))
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
    raise StoreError(
        f"The store address {parsed.render_as_string()} is not supported.",
        hint="Use sqlite:///state/tracker.db or postgresql://user@host/name.",
    )


def _connect_file(path: Path) -> Database:
    _make_folder(path)
    with translated():
        return _open_sqlite(path) if _is_writable(path) else _open_to_read(path)


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder {path.parent} cannot be made: {error.strerror}.",
            hint="Choose another folder in [store] url, or make it writable.",
        ) from error
    if not path.exists() and not os.access(path.parent, os.W_OK):
        raise StoreError(f"The database {path} cannot be made: its folder is read-only.", hint=_MAKE_WRITABLE)


def _is_writable(path: Path) -> bool:
    """Whether file and folder may be written: the write-ahead log and the locks stand beside the file."""
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def _open_to_read(path: Path) -> Database:
    """Open what may not be written; without a write-ahead log SQLite reads it only when told that nobody writes."""
    log = Path(f"{path}-wal")
    is_whole = not log.exists() or not log.stat().st_size
    mode = "immutable=1" if is_whole else "mode=ro"
    address = f"file:{quote(str(path))}?{mode}"

    def open_file() -> sqlite3.Connection:
        return sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, check_same_thread=False)

    reader = create_engine("sqlite://", creator=open_file, poolclass=QueuePool)
    event.listen(reader, "connect", _prepare_reader)
    event.listen(reader, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return Database(reader, reader, path, is_read_only=True)


def _open_sqlite(path: Path) -> Database:
    url = URL.create("sqlite", database=str(path))
    writer = create_engine(url, connect_args={"timeout": BUSY_SECONDS}, pool_size=1, max_overflow=0)
    reader = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
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


def _serialise(connection: Connection, key: int) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({key})"))


_MAKE_WRITABLE = "Make the state folder and all files in it writable for this user."
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
        _MAKE_WRITABLE,
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


_DRIVERS = frozenset({"sqlalchemy", "sqlite3", "psycopg", "psycopg_binary", "psycopg_c"})
_NEXT_TO_THE_DRIVER = frozenset(f"tracker.store.{name}" for name in ("engine", "direct", "backup", "restore"))
"""Modules of ours that call the driver itself, and decode nothing."""


def _is_the_drivers(error: UnicodeDecodeError) -> bool:
    """Whether a driver met bytes that are no text, and not code of ours: where the way to the error ends.

    A driver written in C has no frame; the last one is then its caller's.
    """
    *_, (frame, _line) = walk_tb(error.__traceback__)
    module = str(frame.f_globals.get("__name__"))
    return module in _NEXT_TO_THE_DRIVER or module.partition(".")[0] in _DRIVERS


def _words_of(error: Exception) -> str:
    """Return the driver's words. SQLite quotes what it cannot make sense of, and damaged bytes are often no text."""
    words = str(getattr(error, "orig", None) or error)
    unreadable = isinstance(error, UnicodeDecodeError) or "Could not decode" in words
    return "malformed" if unreadable else words


@contextmanager
def translated() -> Iterator[None]:
    """Turn the drivers' errors into ours; an error of our own code passes as it is."""
    try:
        yield
    except (OperationalError, DBAPIError, sqlite3.Error, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError) and not _is_the_drivers(error):
            raise
        words = _words_of(error)
        for fragment, kind, sentence, hint in _SENTENCES:
            if fragment in words:
                raise kind(sentence, hint=hint) from error
        raise StoreError(
            f"The database refused: {words.splitlines()[0] if words else 'no reason given'}.",
            hint="Please report this with the log.",
        ) from error
