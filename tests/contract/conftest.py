"""The stores every contract test runs on: SQLite always, PostgreSQL where its programs are installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import fresh_database, running_server
from tracker.store import SqlStore, open_store


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | None]:
    named = os.environ.get("TRACKER_TEST_POSTGRES")
    if named:
        yield named
        return
    with running_server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/tracker.db"
        return
    server = request.getfixturevalue("postgres")
    if server is None:
        pytest.skip(
            "PostgreSQL is not installed (apt-get install postgresql), nor named by TRACKER_TEST_POSTGRES"
        )
    with fresh_database(server) as address:
        yield address


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    opened = open_store(store_url)
    yield opened
    opened.close()
