"""The stores every contract test runs on: SQLite always, PostgreSQL where its programs are installed."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.postgres import running_server
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
    name = f"tracker_{uuid.uuid4().hex[:10]}"
    admin = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def store(store_url: str) -> Iterator[SqlStore]:
    opened = open_store(store_url)
    yield opened
    opened.close()
