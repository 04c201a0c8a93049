"""The stores every contract test runs on: SQLite always, PostgreSQL where its programs are installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.conftest import server_for
from tests.postgres import fresh_database
from tracker.store import SqlStore, open_store


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, to be copied: making them takes longer than most tests."""
    path = tmp_path_factory.mktemp("prepared") / "tracker.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def template(postgres: str | None) -> Iterator[str | None]:
    """The name of a database with all tables on the PostgreSQL server."""
    if postgres is None:
        yield None
        return
    with fresh_database(postgres) as address:
        open_store(address).close()
        yield make_url(address).database


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with all tables and nothing in them."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("prepared"), tmp_path / "tracker.db")
        yield f"sqlite:///{tmp_path}/tracker.db"
        return
    server = server_for(request)
    with fresh_database(server, template=request.getfixturevalue("template")) as address:
        yield address


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    opened = open_store(store_url)
    yield opened
    opened.close()
