"""Lock files: one at a time over all processes and threads, and who is inside a purpose together.

`flock` locks belong to an open file, end with the process that holds them, and are shared by its threads: two threads
with one open file pass together, and either frees the other's lock. So a thread lock stands before the file's.
"""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

from tracker.errors import StoreBusy, StoreError

__all__ = ["BUSY_SECONDS", "Turn", "inside", "open_lock", "try_lock"]

BUSY_SECONDS = 30.0  # as long as we wait for others to finish writing
_PAUSE_S = 0.005


class Turn:
    """The right to write: one thread of one process has it at a time."""

    def __init__(self, path: Path) -> None:
        self._file = open_lock(path)
        self._threads = threading.Lock()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the turn until leaving. Raises `StoreBusy` when others keep it for `BUSY_SECONDS`."""
        deadline = time.monotonic() + BUSY_SECONDS
        if not self._threads.acquire(timeout=BUSY_SECONDS):
            raise _busy()
        try:
            while not try_lock(self._file):
                if time.monotonic() > deadline:
                    raise _busy()
                time.sleep(_PAUSE_S)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


@contextmanager
def inside(path: Path, if_alone: Callable[[], None]) -> Iterator[None]:
    """Be one of the processes inside a purpose; `if_alone` runs first when no other is, and none enters meanwhile."""
    with open_lock(path) as lock:
        if try_lock(lock):
            if_alone()
        fcntl.flock(lock, fcntl.LOCK_SH)  # waits at most until another's `if_alone` is done
        yield


def open_lock(path: Path, mode: Literal["a+b", "rb"] = "a+b") -> IO[bytes]:
    """Open a lock file, made when it is not there (not with "rb"). Raises `StoreError`."""
    try:
        return path.open(mode)
    except OSError as error:
        raise StoreError(
            f"The lock file {path} cannot be opened: {error.strerror}.",
            hint="Make the state folder writable for this user.",
        ) from error


def try_lock(file: IO[bytes], kind: int = fcntl.LOCK_EX) -> bool:
    """Take an open file's lock, if nobody is in the way."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _busy() -> StoreBusy:
    return StoreBusy(
        f"Another process or thread held the database for {BUSY_SECONDS:.0f} s.",
        hint="Try again; nothing was lost.",
    )
