"""The installation behind the pages: one open tracker, shared by the threads that answer, replaced when it has aged.

Reading goes side by side. What scores, judges or writes goes one at a time, because scoring keeps its statistics in
memory. What pages and judging need first is read ahead by a thread, from the first page on that a person opens
(`warm`). A tracker that was handed other settings is replaced at once; one that is an hour old (seeds, feed list and
statistics move on) when its successor is warm. The old one is closed when the last request that uses it has ended.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from tracker.app import Tracker, open_tracker
from tracker.errors import TrackerError
from tracker.model import WatchName
from tracker.settings import LoadedSettings

__all__ = ["Site"]

_log = logging.getLogger(__name__)
_OLD_S: Final = 3600.0
_SOON_S: Final = 0.1
"""How long a person's click waits for its turn to be learned from at once."""


@dataclass(slots=True, eq=False)
class _Opened:
    tracker: Tracker
    at: float
    users: int = 0
    is_warming: bool = False
    is_past: bool = False
    """Whether other settings are in force meanwhile."""


class Site:
    """Lends the tracker to requests; safe for threads. Raises what `open_tracker` raises.

    `ahead` is called whenever pages are read ahead.
    """

    def __init__(self, loaded: LoadedSettings, ahead: Callable[[], None]) -> None:
        self._loaded = loaded
        self._ahead = ahead
        self._working = threading.Lock()
        self._changing = threading.Lock()
        self._opened: _Opened | None = _Opened(open_tracker(loaded), time.monotonic())
        self._is_closed = False
        self._is_replacing = False

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

    @contextmanager
    def judging(self, watch: WatchName) -> Iterator[tuple[Tracker, bool]]:
        """Borrow the tracker to hear a word; whether it can be learned from in a moment, else it is only noted."""
        is_ours = self._working.acquire(timeout=_SOON_S)
        try:
            with self.reading() as tracker:
                yield tracker, is_ours and tracker.is_prepared(watch)
        finally:
            if is_ours:
                self._working.release()

    def warm(self, *, again: bool = False) -> None:
        """Have a thread read ahead what pages and judging need, once for each tracker; `again`: what was judged."""
        with self._changing:
            opened = self._opened
            if opened is None or opened.is_past or (opened.is_warming and not again):
                return
            opened.is_warming = True
            opened.users += 1
        threading.Thread(target=self._warm, args=(opened,), name="page-warm", daemon=True).start()

    def hand_over(self, loaded: LoadedSettings) -> None:
        """Answer the next requests with these settings."""
        with self._changing:
            self._loaded = loaded
            if self._opened:
                self._opened.is_past = True

    def close(self) -> None:
        """Close the tracker, at once or when the last request has ended."""
        with self._changing:
            self._is_closed = True
            opened, self._opened = self._opened, None
            unused = opened is not None and not opened.users
        if opened and unused:
            opened.tracker.close()

    def _borrowed(self) -> _Opened:
        with self._changing:
            opened = self._opened
            if opened is None or opened.is_past:
                fresh = _Opened(open_tracker(self._loaded), time.monotonic())
                self._opened = fresh
                if opened and not opened.users:
                    opened.tracker.close()
                opened = fresh
            elif time.monotonic() - opened.at > _OLD_S and not self._is_replacing:
                self._is_replacing = True
                threading.Thread(target=self._replace, name="page-renew", daemon=True).start()
            opened.users += 1
            return opened

    def _returned(self, opened: _Opened) -> None:
        with self._changing:
            opened.users -= 1
            unused = not opened.users and self._opened is not opened
        if unused:
            opened.tracker.close()

    def _warm(self, opened: _Opened) -> None:
        """Figures first, which need no turn; then what scoring keeps in memory."""
        try:
            if not self._is_closed:
                _read_figures(opened.tracker)
            self._ahead()
            with self._working:
                if not self._is_closed and not opened.is_past:
                    _read_scoring(opened.tracker)
        except TrackerError as error:  # who asks for the same will be told
            _log.debug("not read ahead", extra={"problem": str(error)})
        finally:
            self._returned(opened)

    def _replace(self) -> None:
        """Open a successor beside the tracker that has aged, and put it in its place once it is warm."""
        loaded = self._loaded
        try:
            fresh = _Opened(open_tracker(loaded), time.monotonic(), users=1, is_warming=True)
        except TrackerError as error:  # the old one goes on; the next request tries again
            _log.warning("page not renewed", extra={"problem": str(error)})
            with self._changing:
                self._is_replacing = False
            return
        try:
            _read_figures(fresh.tracker)
            _read_scoring(fresh.tracker)
        except TrackerError as error:  # who asks for the same will be told
            _log.debug("not read ahead", extra={"problem": str(error)})
        with self._changing:
            self._is_replacing = False
            old = self._opened
            is_wanted = not self._is_closed and loaded is self._loaded
            if is_wanted:
                self._opened = fresh
            unused = old if is_wanted and old and not old.users else None
        if unused:
            unused.tracker.close()
        self._returned(fresh)


def _read_figures(tracker: Tracker) -> None:
    """What pages show, and the feeds, which are kept as they are read."""
    tracker.prepare()
    tracker.feeds()


def _read_scoring(tracker: Tracker) -> None:
    """What judging needs, and the profiles that rest on it; in its turn."""
    tracker.prepare_judging()
    for watch in tracker.watches:
        tracker.profile(watch.name)
