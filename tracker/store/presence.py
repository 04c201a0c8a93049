"""The one daemon on a state: a lock that ends with its holder, and who the holder is.

SQLite: a lock file beside the database, with the holder in it as JSON. PostgreSQL: an advisory lock of a session of its
own, whose `application_name` tells who it is; a pooler between us and the server must not share sessions.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from fcntl import LOCK_SH
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tracker.errors import LockHeld, StoreError
from tracker.model import Presence
from tracker.store.codec import from_json, to_json
from tracker.store.engine import Database, translated
from tracker.store.locks import open_lock, try_lock
from tracker.store.rows import instant, micros

__all__ = ["Presences", "daemon_lock"]

_ATTEMPTS, _PAUSE_S = 20, 0.05  # somebody who only looks holds the file's lock for a moment
_KEY = 7_264_113_207_121
_MAX_NAME = 63  # bytes PostgreSQL keeps of an application name
_HOLDER = text(
    "SELECT a.application_name FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND l.classid = :high AND l.objid = :low"
).bindparams(high=_KEY >> 32, low=_KEY & 0xFFFFFFFF)


class Presences:
    """See `tracker.ports.FeedStore`."""

    _database: Database
    _is_ours: Callable[[], bool] | None

    @contextmanager
    def only_daemon(self, presence: Presence) -> Iterator[None]:
        """Be the one daemon on this state until leaving. Raises `LockHeld` naming the other one."""
        with daemon_lock(self._database, presence) as is_ours:
            self._is_ours = is_ours
            try:
                yield
            finally:
                self._is_ours = None

    def is_only_daemon(self) -> bool:
        """Whether the lock taken by `only_daemon` is still ours, and the database where it was.

        Connections break and files are deleted; what is written into a deleted database is lost with it.
        """
        return self._is_ours is not None and self._is_ours()

    def daemon(self) -> Presence | None:
        """Who is the daemon now; a dead one's claim does not count."""
        if self._database.path is not None:
            return _file_holder(_lock_path(self._database.path))
        with self._database.read() as connection:
            return _session_holder(connection)


def daemon_lock(database: Database, presence: Presence) -> AbstractContextManager[Callable[[], bool]]:
    """Be the one daemon on a database; what is given says whether the lock is still ours. Raises `LockHeld`."""
    if database.path is not None:
        return _file_lock(database.path, presence)
    return _session_lock(database, presence)


def _lock_path(database: Path) -> Path:
    return Path(f"{database}.daemon")


@contextmanager
def _file_lock(database: Path, presence: Presence) -> Iterator[Callable[[], bool]]:
    path = _lock_path(database)
    with open_lock(path) as lock:
        for _ in range(_ATTEMPTS):
            if try_lock(lock):
                break
            time.sleep(_PAUSE_S)
        else:
            raise _held(_file_holder(path))
        _describe(lock, to_json(presence))
        held = os.fstat(lock.fileno())
        known = _stat_of(database)
        try:
            yield lambda: _is_still(held, path) and (known is None or _is_still(known, database))
        finally:
            lock.truncate(0)


def _describe(lock: IO[bytes], holder: str) -> None:
    try:
        lock.truncate(0)
        lock.write(holder.encode())
        lock.flush()
    except OSError as error:
        raise StoreError(
            f"The lock file {lock.name} cannot be written: {error.strerror}.", hint="Free some space."
        ) from error


def _is_still(known: os.stat_result, path: Path) -> bool:
    """Whether the path still leads to the known file: a second daemon would take what lies there."""
    found = _stat_of(path)
    return found is not None and os.path.samestat(known, found)


def _stat_of(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _file_holder(path: Path) -> Presence | None:
    """Who holds the file; a holder that has locked it and not yet written is waited for."""
    if not path.exists():
        return None
    with open_lock(path, "rb") as lock:  # who only looks may have no right to write
        for _ in range(_ATTEMPTS):
            if try_lock(lock, LOCK_SH):
                return None
            lock.seek(0)
            if written := lock.read():
                return from_json(Presence, written.decode())
            time.sleep(_PAUSE_S)
    return None


@contextmanager
def _session_lock(database: Database, presence: Presence) -> Iterator[Callable[[], bool]]:
    engine = database.separate_connection()
    name = f"tracker {presence.pid} {micros(presence.since_at)} {presence.host}".encode()[:_MAX_NAME]
    try:
        with translated():
            connection = engine.connect()
        with connection:
            with translated():
                named = {"name": name.decode(errors="ignore")}
                connection.execute(text("SELECT set_config('application_name', :name, false)"), named)
                is_ours = connection.execute(text(f"SELECT pg_try_advisory_lock({_KEY})")).scalar_one()
                if not is_ours:
                    raise _held(_session_holder(connection))
            yield lambda: _answers(connection)
    finally:
        engine.dispose()


def _answers(connection: Connection) -> bool:
    """Whether the session lives, and with it its lock."""
    if connection.invalidated:
        return False
    try:
        connection.execute(text("SELECT 1"))
    except DBAPIError:
        return False
    return True


def _session_holder(connection: Connection) -> Presence | None:
    name = connection.execute(_HOLDER).scalar_one_or_none()
    words = (name or "").split(" ", 3)
    if len(words) != 4 or words[0] != "tracker":
        return None
    return Presence(pid=int(words[1]), since_at=instant(int(words[2])), host=words[3])


def _held(holder: Presence | None) -> LockHeld:
    hint = "Use the one that runs, or stop it first."
    if holder is None:
        return LockHeld("Another tracker is running on this state.", hint=hint)
    return LockHeld(
        f"Another tracker has been running on this state since {holder.since_at:%Y-%m-%d %H:%M} UTC"
        f" (process {holder.pid} on host {holder.host}).",
        hint=hint,
    )
