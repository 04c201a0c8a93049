"""The ticker goes on when the computer's clock is set back."""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import Any

import pytest

from tests.patience import PATIENCE_S
from tracker.daemon.clock import Clock
from tracker.daemon.job import Job, Work


class Room:
    """A desk that nobody else wants."""

    @contextmanager
    def taken(self):
        yield

    def tracker(self) -> Any:
        return None


@pytest.mark.parametrize(
    ("set_back", "is_called"), [(3600.0, True), (0.0, False), (-3600.0, False), (1.0, False)]
)
def test_jobs_are_called_at_once_after_the_clock_was_set_back(set_back: float, *, is_called: bool):
    called, moved = Event(), [0.0]

    def do(*_: object) -> bool:
        called.set()
        return False

    job = Job(Work(name="hourly", do=do, every=timedelta(hours=1)), Room(), lambda: False)
    clock = Clock([job], wall=lambda: time.time() - moved[0])
    clock.start()
    moved[0] = set_back
    clock.keep_time()
    in_time = called.wait(PATIENCE_S if is_called else 0.3)
    clock.stop()
    assert in_time is is_called
