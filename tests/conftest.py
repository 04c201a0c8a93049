"""Fixtures every test folder shares."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
sys.path.insert(0, str(ROOT))  # so that `benchmarks` and `tests` import from any folder


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of evaluation data beside the checkout; tests that ask for it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the evaluation data folder ../shared is not beside this checkout")
    return SHARED


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command run inside the test process sets up the program's logging, which the next test must not inherit."""
    logger = logging.getLogger("tracker")
    before = (logger.handlers[:], logger.level, logger.propagate)
    yield
    logger.handlers, level, logger.propagate = before
    logger.setLevel(level)
