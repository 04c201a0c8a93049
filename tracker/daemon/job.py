"""A job: work that the clock asks for again and again.

Whatever a piece of work meets is logged, and the next one tried; trouble that repeats waits longer each time. Signs of
life are kept, so that a job that hangs is noticed from outside.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tracker.app import Tracker
from tracker.daemon.desk import Desk
from tracker.errors import TrackerError

__all__ = ["Beat", "Job", "Work", "rest_after"]

_log = logging.getLogger(__name__)
_FIRST_REST = timedelta(seconds=5)
_LONGEST_REST = timedelta(minutes=5)

Beat = Callable[[], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is done `every` so often. `do` beats after each step and returns whether there is more to do at once.

    Without a beat for `patience` it hangs; the longest step is a mail server's answer (RFC 5321: ten minutes).
    """

    name: str
    do: Callable[[Tracker, Beat], bool]
    every: timedelta
    patience: timedelta = timedelta(minutes=15)


class Job:
    """One kind of work at one desk, until `is_stopping`."""

    def __init__(self, work: Work, desk: Desk, is_stopping: Callable[[], bool]) -> None:
        self.work = work
        self.desk = desk
        self.failures = 0
        self.rounds = 0
        self._is_stopping = is_stopping
        self._is_running = False
        self._beat_at = time.monotonic()
        self._rest_until = 0.0

    def run(self) -> None:
        """Work until there is nothing more to do; the clock calls this."""
        with self.desk.taken():
            self._beat()
            if time.monotonic() < self._rest_until:
                return
            self._is_running = True
            try:
                while not self._is_stopping() and self._piece():
                    self._beat()
            finally:
                self._is_running = False
                self._beat()

    @property
    def hangs(self) -> bool:
        """Whether the last sign of life is too long ago: of the work, or of the clock that should call it."""
        bearable = self.work.patience + (timedelta(0) if self._is_running else self.work.every)
        return time.monotonic() - self._beat_at > bearable.total_seconds()

    def _beat(self) -> None:
        self._beat_at = time.monotonic()

    def _piece(self) -> bool:
        """One piece of work; whether there is more. A bug or trouble is logged and stops nothing else."""
        try:
            more = self.work.do(self.desk.tracker(), self._beat)
        except TrackerError as error:
            facts = {"problem": str(error), "hint": error.hint}
            _log.error("%s failed", self.work.name, extra=facts)
        except Exception:  # noqa: BLE001 - around one job: a bug is logged with its traceback, the clock goes on
            _log.exception("%s failed", self.work.name)
        else:
            self.failures, self.rounds = 0, self.rounds + 1
            return more
        self.failures += 1
        self._rest_until = time.monotonic() + rest_after(self.failures).total_seconds()
        return False


def rest_after(failures: int) -> timedelta:
    """How long to leave work alone that failed so often in a row: nothing, then 5 s doubling to 5 minutes."""
    if failures < 2:
        return timedelta(0)
    return min(_FIRST_REST * (1 << min(failures - 2, 10)), _LONGEST_REST)
