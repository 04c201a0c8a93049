"""What is read ahead from the first page on that a person opens."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import Connection, Engine, event

from tests.integration.web.conftest import WATCH, Client


def asked_of_the_store(client: Client, project: Path, path: str) -> int:
    """How many statements the store runs to answer."""
    statements: list[str] = []

    def count(connection: Connection, cursor: object, statement: str, *rest: object) -> None:
        if str(project) in str(connection.engine.url):
            statements.append(statement)

    event.listen(Engine, "before_cursor_execute", count)
    try:
        assert client.get(path).status == 200
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    return len(statements)


def test_the_first_opening_of_a_profile_asks_for_no_more_than_the_next_one(
    client: Client, project: Path
) -> None:
    client.get("/")
    for thread in threading.enumerate():
        if thread.name == "page-warm":
            thread.join()
    with client.server.site.reading() as tracker:
        assert tracker.is_prepared(WATCH)
    first, second = (asked_of_the_store(client, project, f"/watches/{WATCH}/profile") for _ in range(2))
    assert first == second
    assert asked_of_the_store(client, project, "/feeds") > 0  # it does count
