"""A backup: the whole store as one SQLite file, made while everything runs.

The file has the same form for both databases, so it also moves an installation from one to the other. It is written
under another name, verified, forced to disk and only then given its own, so that kill -9 at any instant leaves the
former backup or none. SQLite: the online backup API (https://sqlite.org/backup.html). PostgreSQL: all rows of one
snapshot. The way back is `restore.py`.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Table, func, insert, select

from tracker.errors import StoreBusy, StoreError, UsageError
from tracker.store import schema
from tracker.store.check import integrity_problems
from tracker.store.engine import Database, connect, translated
from tracker.store.locks import open_lock, try_lock
from tracker.store.migrate import bring_up_to_date, stored_revision
from tracker.store.rows import instant

__all__ = ["Backup", "back_up", "bring_up", "copy_rows", "is_sqlite", "unfinished", "verified"]

_MAGIC: Final = b"SQLite format 3\0"
_AT_ONCE: Final = 500
_NO_BACKUP: Final = "Name a file that tracker backup wrote."


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A verified backup: what is in it, `size` in bytes, and the last thing that happened before it was made."""

    path: Path
    size: int
    entries: int
    articles: int
    digests: int
    last_poll_at: datetime | None


def back_up(database: Database, target: Path) -> Backup:
    """Write a verified backup to `target`, replacing an older one. Raises `StoreError`, `UsageError`."""
    _refuse_target(database, target)
    with unfinished(target) as part:
        with translated():
            if database.path is not None:
                _copy_pages(database, part)
            else:
                _copy_server(database, part)
        found = verified(part)
        _sync(part)
        part.replace(target)
        _sync(target.parent)
    return replace(found, path=target)


# ------------------------------------------------------------ writing a backup


def _refuse_target(database: Database, target: Path) -> None:
    if database.path is not None and target.exists() and target.samefile(database.path):
        raise UsageError(f"{target} is the database itself.", hint="Name another file.")
    if target.exists() and not target.is_file():  # a device would be replaced by a file
        raise UsageError(f"{target} is not a file.", hint="Name a file; what is there is left as it is.")
    try:
        is_foreign = target.exists() and target.stat().st_size and not is_sqlite(target)
    except OSError as error:
        raise UsageError(f"{target} cannot be read: {error.strerror}.", hint="Name another file.") from error
    if is_foreign:
        raise UsageError(f"{target} exists and is no backup.", hint="Name another file.")


def is_sqlite(path: Path) -> bool:
    """Whether a file begins as every SQLite file does."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


@contextmanager
def unfinished(target: Path) -> Iterator[Path]:
    """A file of our own beside the target, empty, readable by this user only, gone afterwards."""
    part = target.with_name(f".{target.name}.part")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written: {error.strerror}.", hint="Choose another file."
        ) from error
    with open_lock(part) as lock:
        if not try_lock(lock):
            raise StoreBusy(f"Another backup to {target} is under way.", hint="Wait for it to end.")
        lock.truncate(0)
        try:
            yield part
        finally:
            part.unlink(missing_ok=True)


def _copy_pages(database: Database, part: Path) -> None:
    """Copy what is committed, the write-ahead log included, as one file that needs no log."""
    with database.read() as connection, closing(sqlite3.connect(part)) as copy:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")


def _copy_server(database: Database, part: Path) -> None:
    """Copy all rows of one snapshot into a database file."""
    fresh = bring_up(part)
    try:
        with database.snapshot() as source, fresh.write() as copy:
            copy_rows(source, copy)
    finally:
        fresh.close()
    with closing(sqlite3.connect(part)) as copy_file:
        copy_file.execute("PRAGMA journal_mode=DELETE")
    _remove_locks(part)


def copy_rows(source: Connection, target: Connection) -> None:
    """Copy every table, those first that others refer to; the target's are empty."""
    for table in schema.metadata.sorted_tables:
        rows = source.execute(select(table).execution_options(yield_per=_AT_ONCE)).mappings()
        for portion in rows.partitions(_AT_ONCE):
            target.execute(insert(table), [dict(row) for row in portion])


def bring_up(part: Path) -> Database:
    """Open a database file of ours, its schema made or brought up to date."""
    database = connect(f"sqlite:///{part}")
    try:
        bring_up_to_date(database)
    except StoreError:
        database.close()
        raise
    return database


def _remove_locks(part: Path) -> None:
    for beside in part.parent.glob(f"{part.name}.*"):
        beside.unlink()


# ------------------------------------------------------------ verifying


def verified(part: Path) -> Backup:
    """Read a backup whole. Raises `StoreError` when it is damaged or none."""
    database = connect(f"sqlite:///{part}")
    try:
        with database.read() as connection:
            if stored_revision(connection) is None:
                raise StoreError(f"{part.name} holds no tracker database.", hint=_NO_BACKUP)
            problems = integrity_problems(connection)
            if problems:
                raise StoreError(f"The copy is damaged: {problems[0]}.", hint="tracker db check tells more.")
            return _counted(connection, part)
    finally:
        database.close()
        _remove_locks(part)


def _counted(connection: Connection, path: Path) -> Backup:
    def count(table: Table) -> int:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())

    last = connection.execute(select(func.max(schema.poll.c.polled_at))).scalar()
    return Backup(
        path=path,
        size=path.stat().st_size,
        entries=count(schema.entry),
        articles=count(schema.article),
        digests=count(schema.digest),
        last_poll_at=None if last is None else instant(last),
    )


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
