"""Results that cost tens of milliseconds over a large archive, kept for a while.

What was read within a minute is handed out as it is. What is up to ten minutes old is handed out once more, while a
thread reads it anew; what is older is read before it is shown. Who changes what lies behind a result forgets it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from tracker.errors import TrackerError

__all__ = ["Lately"]

_FRESH_S: Final = 60.0
_OLD_S: Final = 600.0
_log = logging.getLogger(__name__)
_T = TypeVar("_T")
Key = tuple[str, ...]


class Lately:
    """Results by name; safe for threads. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: dict[Key, tuple[float, Any]] = {}
        self._renewing: set[Key] = set()
        self._forgotten = 0
        self._reader: ThreadPoolExecutor | None = None
        self._is_closed = False

    def get(self, key: Key, read: Callable[[], _T]) -> _T:
        """The result of this name as it was read lately, or is read now. Raises what `read` raises."""
        with self._lock:
            held = self._held.get(key)
        age = self._clock() - held[0] if held else _OLD_S + 1
        if held is None or age > _OLD_S:
            return self._read(key, read)
        if age > _FRESH_S:
            self._renew(key, read)
        found: _T = held[1]
        return found

    def forget(self, *keys: Key) -> None:
        """Read these anew when they are asked for next; without a name: all."""
        with self._lock:
            self._forgotten += 1
            for key in keys or tuple(self._held):
                self._held.pop(key, None)

    def close(self) -> None:
        """End the thread that reads; what it reads now it reads to the end."""
        with self._lock:
            reader, self._reader, self._is_closed = self._reader, None, True
        if reader:
            reader.shutdown(wait=True, cancel_futures=True)

    def _read(self, key: Key, read: Callable[[], _T]) -> _T:
        with self._lock:
            before = self._forgotten
        began = self._clock()
        found = read()
        with self._lock:
            if before == self._forgotten:  # else it may be what was to be forgotten
                self._held[key] = (began, found)
        return found

    def _renew(self, key: Key, read: Callable[[], object]) -> None:
        with self._lock:
            if key in self._renewing or self._is_closed:
                return
            self._renewing.add(key)
            self._reader = self._reader or ThreadPoolExecutor(1, thread_name_prefix="lately")
            self._reader.submit(self._renewed, key, read)

    def _renewed(self, key: Key, read: Callable[[], object]) -> None:
        try:
            self._read(key, read)
        except TrackerError as error:
            _log.warning("figures not read anew", extra={"problem": str(error)})
        finally:
            with self._lock:
                self._renewing.discard(key)
