"""Virtual time: an event loop that leaps to its next timer, and a clock that reads it.

The simulation has one thread. Whoever waits for a future drives the loop until it is done (`pumping`), so that a month
passes as fast as its work is done, and twice in the same way.
"""

from __future__ import annotations

import asyncio
import selectors
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from benchmarks.citizenship.log import instant


class _Leaping(selectors.DefaultSelector):
    """Never waits: the time it was to wait passes at once."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("somebody waits for something that will never come")
        self.loop.seconds += max(0.0, timeout)
        if self.loop.is_stepping:
            self.loop.stop()
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose `time()` is the simulated time in seconds since the start."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.is_stepping = False
        selector = _Leaping()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        """The `Clock` port."""
        return instant(self.seconds)

    def run_until(self, is_done: Callable[[], bool], timeout: float | None) -> None:
        """Go from event to event until `is_done`, at most `timeout` simulated seconds."""
        until = None if timeout is None else self.seconds + timeout
        self.is_stepping = True
        try:
            while not is_done() and (until is None or self.seconds < until):
                self.run_forever()
        finally:
            self.is_stepping = False

    def sleep_until(self, at: float) -> None:
        """Let time pass; what is due meanwhile happens."""
        if at > self.seconds:
            self.run_until_complete(asyncio.sleep(at - self.seconds))


class StandingClock:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return instant(self.seconds)

    def sleep_until(self, at: float) -> None:
        self.seconds = max(self.seconds, at)


@contextmanager
def pumping(loop: VirtualLoop) -> Iterator[None]:
    """Within this block, waiting for a future or event drives the loop: there is no other thread to do it."""
    plain_result, plain_wait = Future.result, threading.Event.wait

    def result(future: Future[Any], timeout: float | None = None) -> Any:
        if not future.done() and not loop.is_running():
            loop.run_until(future.done, timeout)
        return plain_result(future, 0.0)

    def wait(event: threading.Event, timeout: float | None = None) -> bool:
        if not event.is_set() and not loop.is_running():
            loop.run_until(event.is_set, timeout)
        return plain_wait(event, 0.0)

    Future.result, threading.Event.wait = result, wait  # type: ignore[method-assign]
    try:
        yield
    finally:
        Future.result, threading.Event.wait = plain_result, plain_wait  # type: ignore[method-assign]
