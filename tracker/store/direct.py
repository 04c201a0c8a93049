"""Statements that every article runs, as text handed to the driver itself, for SQLite and PostgreSQL alike.

SQLAlchemy puts a statement together, and its result, at every execution; for the dozen small statements of one article
that cost more than running them (measured on SQLite: 700 us to look an entry up, of which the database took 15). So
what stands on the path of every article is text, with `?` for values; all else is written in expressions. The errors
raised are those that SQLAlchemy would have raised.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

__all__ = ["insert_row", "inserted_id", "run", "run_many", "select_rows"]


def select_rows(conn: Connection, statement: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
    """Run a statement and return all its rows, as the driver's own tuples."""
    with _cursor(conn, statement) as cursor:
        cursor.execute(_spoken(statement, conn.dialect.paramstyle), values)
        return cursor.fetchall()  # type: ignore[no-any-return]


def run(conn: Connection, statement: str, values: Sequence[object] = ()) -> None:
    """Run a statement that returns nothing."""
    with _cursor(conn, statement) as cursor:
        cursor.execute(_spoken(statement, conn.dialect.paramstyle), values)


def run_many(conn: Connection, statement: str, rows: Iterable[Sequence[object]]) -> None:
    """Run a statement that returns nothing once for each row of values."""
    with _cursor(conn, statement) as cursor:
        cursor.executemany(_spoken(statement, conn.dialect.paramstyle), rows)


def insert_row(conn: Connection, table: str, row: Mapping[str, object]) -> None:
    """Insert one row, given whole: defaults that SQLAlchemy fills in are not filled in here."""
    run(conn, _inserting(table, tuple(row)), tuple(row.values()))


def inserted_id(conn: Connection, table: str, row: Mapping[str, object]) -> int:
    """Insert one row, given whole but for its id, and return the id."""
    statement = f"{_inserting(table, tuple(row))} RETURNING id"
    return int(select_rows(conn, statement, tuple(row.values()))[0][0])


class _cursor:  # noqa: N801  # a generator would cost as much as a small statement
    """A cursor within the connection's transaction, which begins here if nothing was done before."""

    __slots__ = ("_conn", "_cursor", "_statement")

    def __init__(self, conn: Connection, statement: str) -> None:
        self._conn = conn
        self._statement = statement

    def __enter__(self) -> Any:
        if not self._conn.in_transaction():
            self._conn.begin()
        self._cursor = self._conn.connection.cursor()
        return self._cursor

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._cursor.close()
        if isinstance(error, self._conn.dialect.loaded_dbapi.Error):
            raise DBAPIError(self._statement, None, error) from error


@lru_cache(maxsize=512)
def _spoken(statement: str, paramstyle: str) -> str:
    """The statement with the driver's own marks for values."""
    return statement if paramstyle == "qmark" else statement.replace("?", "%s")


@lru_cache(maxsize=64)
def _inserting(table: str, columns: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608  # names are the schema's
