"""Fixtures every test folder shares."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import fresh_database, running_server

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")  # no test fails because the computer is busy
sys.path.insert(0, str(ROOT))  # so that `benchmarks` and `tests` import from any folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of evaluation data beside the checkout; tests that ask for it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the evaluation data folder ../shared is not beside this checkout")
    return SHARED


@pytest.fixture(scope="session")
def postgres() -> Iterator[str | None]:
    """The address of a PostgreSQL server: the one that is named, or one of our own; None where there is none."""
    named = os.environ.get("TRACKER_TEST_POSTGRES")
    if named:
        yield named
        return
    with running_server() as address:
        yield address


def server_for(request: pytest.FixtureRequest) -> str:
    """The server's address; skips the test where there is none."""
    server = request.getfixturevalue("postgres")
    if server is None:
        pytest.skip(
            "PostgreSQL is not installed (apt-get install postgresql), nor named by TRACKER_TEST_POSTGRES"
        )
    return str(server)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/tracker.db"
        return
    with fresh_database(server_for(request)) as address:
        yield address


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command run inside the test process sets up the program's logging, which the next test must not inherit."""
    logger = logging.getLogger("tracker")
    before = (logger.handlers[:], logger.level, logger.propagate)
    yield
    logger.handlers, level, logger.propagate = before
    logger.setLevel(level)
