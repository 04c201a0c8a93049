"""The installation behind the pages: one open tracker, shared by the threads that answer, replaced when it has aged.

Reading goes side by side. What scores, judges or writes goes one at a time, because scoring keeps its statistics in
memory. A tracker that was handed other settings, or is an hour old (seeds, feed list and statistics move on), is
replaced; the old one is closed when the last request that uses it has ended.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tracker.app import Tracker, open_tracker
from tracker.settings import LoadedSettings

__all__ = ["Site"]

_OLD_S: Final = 3600.0


@dataclass(slots=True)
class _Opened:
    tracker: Tracker
    at: float
    users: int = 0


class Site:
    """Lends the tracker to requests; safe for threads. Raises what `open_tracker` raises."""

    def __init__(self, loaded: LoadedSettings) -> None:
        self._loaded = loaded
        self._working = threading.Lock()
        self._changing = threading.Lock()
        self._opened: _Opened | None = _Opened(open_tracker(loaded), time.monotonic())

    @property
    def loaded(self) -> LoadedSettings:
        """The settings in force."""
        return self._loaded

    @contextmanager
    def reading(self) -> Iterator[Tracker]:
        """Borrow the tracker to read; any number at once."""
        opened = self._borrowed()
        try:
            yield opened.tracker
        finally:
            self._returned(opened)

    @contextmanager
    def working(self) -> Iterator[Tracker]:
        """Borrow the tracker to score, judge, fetch or change something; one at a time."""
        with self._working, self.reading() as tracker:
            yield tracker

    def hand_over(self, loaded: LoadedSettings) -> None:
        """Answer the next requests with these settings."""
        with self._changing:
            self._loaded = loaded
            if self._opened:
                self._opened.at = -_OLD_S

    def close(self) -> None:
        """Close the tracker, at once or when the last request has ended."""
        with self._changing:
            opened, self._opened = self._opened, None
            unused = opened is not None and not opened.users
        if opened and unused:
            opened.tracker.close()

    def _borrowed(self) -> _Opened:
        with self._changing:
            opened = self._opened
            if opened is None or time.monotonic() - opened.at > _OLD_S:
                fresh = _Opened(open_tracker(self._loaded), time.monotonic())
                self._opened = fresh
                if opened and not opened.users:
                    opened.tracker.close()
                opened = fresh
            opened.users += 1
            return opened

    def _returned(self, opened: _Opened) -> None:
        with self._changing:
            opened.users -= 1
            unused = not opened.users and self._opened is not opened
        if unused:
            opened.tracker.close()
