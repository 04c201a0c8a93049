"""Signals as values in a queue, and the second stop signal, which ends the process at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType

__all__ = ["STOP_SIGNALS", "caught_signals"]

STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})


@contextmanager
def caught_signals() -> Iterator[SimpleQueue[int]]:
    """Put SIGHUP, SIGTERM and SIGINT into a queue while inside; call it on the main thread."""
    inbox: SimpleQueue[int] = SimpleQueue()  # its put may interrupt its get
    stops = 0

    def catch(number: int, _: FrameType | None) -> None:
        nonlocal stops
        stops += number in STOP_SIGNALS
        if stops > 1:
            os._exit(128 + number)
        inbox.put(number)

    former = {number: signal.signal(number, catch) for number in (*STOP_SIGNALS, signal.SIGHUP)}
    try:
        yield inbox
    finally:
        for number, action in former.items():
            signal.signal(number, action)
