"""Statements handed to the driver as text: the same rows and the same errors on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection

from tests.contract.test_bands import conn
from tracker.errors import StoreError
from tracker.store.direct import insert_row, inserted_id, run, run_many, select_rows
from tracker.store.engine import translated

__all__ = ["conn"]


def test_rows_are_written_and_read_back_with_their_ids(conn: Connection) -> None:
    story = {"title": "What is 100 %?", "terms": "{}", "opened_at": 1, "last_at": 2}
    first, second = inserted_id(conn, "story", story), inserted_id(conn, "story", story)
    assert second == first + 1
    insert_row(conn, "sentence", {"slot": 7, "n": 1})
    run_many(conn, "INSERT INTO sentence (slot, n) VALUES (?, ?)", [(8, 2), (9, 3)])
    run(conn, "UPDATE sentence SET n = n + ? WHERE slot = ?", (10, 8))
    assert select_rows(conn, "SELECT slot, n FROM sentence WHERE slot > ? ORDER BY slot", (7,)) == [
        (8, 12),
        (9, 3),
    ]
    assert select_rows(conn, "SELECT title FROM story WHERE id=?", (second,)) == [("What is 100 %?",)]


def test_what_the_database_refuses_is_an_error_of_the_store(conn: Connection) -> None:
    with pytest.raises(StoreError, match="refused"), translated():
        run(conn, "INSERT INTO sentence (slot, n) VALUES (?, ?)", (1, None))
