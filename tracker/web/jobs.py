"""Work that takes longer than a request: one piece at a time, each with a tracker and a thread of its own.

Its progress is read by pages and by the stream of events. What ends in an expected failure says so in a sentence.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from tracker.app import Progress, Tracker, open_tracker
from tracker.errors import TrackerError
from tracker.web.site import Site

__all__ = ["Job", "Jobs"]

_log = logging.getLogger(__name__)
Work = Callable[[Tracker, Callable[[Progress], None]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of work: what it is, how far it is, and what it came to once it `is_over`."""

    name: str
    path: str
    done: int = 0
    total: int = 0
    said: str = ""
    is_over: bool = False
    is_failed: bool = False


class Jobs:
    """Runs work in the background. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job: Job | None = None

    @property
    def latest(self) -> Job | None:
        """The piece of work that runs, or the last one that ran."""
        return self._job

    def start(self, job: Job, site: Site, work: Work) -> bool:
        """Begin a piece of work; False when another still runs."""
        with self._lock:
            if self._job is not None and not self._job.is_over:
                return False
            self._job = job
        threading.Thread(target=self._run, args=(job, site, work), name="page-work", daemon=True).start()
        return True

    def _run(self, job: Job, site: Site, work: Work) -> None:
        ended = replace(job, is_over=True, is_failed=True, said="It ended unexpectedly; the log says more.")
        try:
            with open_tracker(site.loaded) as tracker:
                said = work(tracker, self._note)
            ended = replace(job, is_over=True, said=said)
        except TrackerError as error:
            _log.warning("work of the page failed", extra={"job": job.name, "problem": str(error)})
            ended = replace(ended, said="It could not be done; the log says more.")
        finally:
            site.hand_over(site.loaded)  # what pages had read before is past
            with self._lock:
                now = self._job or job
                self._job = replace(ended, done=now.done, total=now.total)

    def _note(self, progress: Progress) -> None:
        with self._lock:
            if self._job is not None:
                self._job = replace(self._job, done=progress.done, total=progress.total)
