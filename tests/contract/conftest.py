"""The stores every contract test runs on: SQLite always, PostgreSQL where its programs are installed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

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


def _server(request: pytest.FixtureRequest) -> str:
    server = request.getfixturevalue("postgres")
    if server is None:
        pytest.skip(
            "PostgreSQL is not installed (apt-get install postgresql), nor named by TRACKER_TEST_POSTGRES"
        )
    return str(server)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with all tables and nothing in them."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("prepared"), tmp_path / "tracker.db")
        yield f"sqlite:///{tmp_path}/tracker.db"
        return
    server = _server(request)
    with fresh_database(server, template=request.getfixturevalue("template")) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/tracker.db"
        return
    with fresh_database(_server(request)) as address:
        yield address


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    opened = open_store(store_url)
    yield opened
    opened.close()
