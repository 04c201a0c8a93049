"""The clock that wakes jobs: APScheduler as a ticker, one thread for each desk.

In-memory interval jobs only, never late and never twice at once: what is due is decided by the job from times in the
store. The library's own defaults would drop a tick that comes a second late (a laptop that slept).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from tracker.daemon.job import Job

__all__ = ["Clock"]

_log = logging.getLogger(__name__)
_SET_BACK_S = 5.0  # less is a clock being set right bit by bit
_SOON = timedelta(minutes=1)  # work that is asked for more often than this is done at the start, too


class Clock:
    """Calls every job at its interval, from `start` to `stop`. `wall` tells seconds since the epoch."""

    def __init__(self, jobs: Iterable[Job], wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._ahead = wall() - time.monotonic()
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # that a job is still at work is no news
        self._scheduler = BackgroundScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        seats: set[str] = set()
        for job in jobs:
            seat = f"desk-{id(job.desk)}"
            if seat not in seats:
                self._scheduler.add_executor(ThreadPoolExecutor(1), seat)
                seats.add(seat)
            first = {"next_run_time": datetime.now(UTC)} if job.work.every < _SOON else {}
            seconds = job.work.every.total_seconds()
            self._scheduler.add_job(
                job.run, "interval", seconds=seconds, id=job.work.name, executor=seat, **first
            )

    def start(self) -> None:
        """Begin to call."""
        self._scheduler.start()

    def keep_time(self) -> None:
        """Call every job at once when the computer's clock was set back: the library would wait for as long again."""
        before, self._ahead = self._ahead, self._wall() - time.monotonic()
        if before - self._ahead < _SET_BACK_S:
            return
        _log.warning("the clock was set back", extra={"seconds": round(before - self._ahead)})
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))

    def change(self, name: str, every: timedelta) -> None:
        """Call a job at another interval from now on."""
        self._scheduler.reschedule_job(name, trigger="interval", seconds=every.total_seconds())

    def stop(self) -> None:
        """Call no more; what is at work goes on."""
        self._scheduler.shutdown(wait=False)
