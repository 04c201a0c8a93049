"""A desk: one thread's place of work, with a tracker of its own that is replaced between two pieces of work.

Each thread opens the store for itself: the store's lock is per open database, and a mail server that takes its time
must not hold up polling.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tracker.app import Tracker, open_tracker
from tracker.settings import LoadedSettings

__all__ = ["Desk"]


class Desk:
    """Holds the tracker that the jobs of one thread work with."""

    def __init__(self, loaded: LoadedSettings) -> None:
        self._wanted: LoadedSettings | None = loaded
        self._tracker: Tracker | None = None
        self._busy = threading.Lock()
        self._handing = threading.Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Be at the desk; one job at a time is."""
        with self._busy:
            yield

    def tracker(self) -> Tracker:
        """The tracker for the next piece of work, opened anew when other settings were handed over.

        Raises `TrackerError` when that fails; it is tried again with the next piece of work.
        """
        wanted = self._wanted
        if wanted is not None:
            fresh = open_tracker(wanted)
            with self._handing:
                if self._wanted is wanted:
                    self._wanted = None
            old, self._tracker = self._tracker, fresh
            if old:
                old.close()
        assert self._tracker is not None
        return self._tracker

    def hand_over(self, loaded: LoadedSettings) -> None:
        """Have the next piece of work done with these settings; may be called from any thread."""
        with self._handing:
            self._wanted = loaded

    def await_end(self, seconds: float) -> bool:
        """Wait until nobody is at the desk; False when somebody still is."""
        if not self._busy.acquire(timeout=max(0.0, seconds)):
            return False
        self._busy.release()
        return True

    def close(self) -> None:
        """Release what the tracker holds."""
        tracker, self._tracker = self._tracker, None
        if tracker:
            tracker.close()
