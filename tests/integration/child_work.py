"""Functions for sandbox children to be tried with."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from decimal import Decimal
from pathlib import Path


def echo(value):
    return value


def pid():
    return os.getpid()


def sleep(seconds):
    time.sleep(seconds)
    return "woke"


def meet(folder, count):
    """Come to a folder, and wait until so many are there."""
    place = Path(folder)
    (place / str(os.getpid())).touch()
    while len(list(place.iterdir())) < count:
        time.sleep(0.01)
    return "met"


def spin():
    """Burn time inside C code that no Python signal handler interrupts."""
    return sum(range(10**12))


def hoard(size):
    return len(bytearray(size))


def fail():
    raise ValueError("secret words of the document")


def recurse(depth=0):
    return recurse(depth + 1)


def segfault():
    ctypes.string_at(0)


def kill_myself():
    os.kill(os.getpid(), signal.SIGKILL)


def leave():
    os._exit(3)


def answer_of(size):
    return b"x" * size


def foreign_value():
    return Decimal(1)


def print_much():
    print("\x1b[31m" * 1000, flush=True)
    sys.stderr.write("x" * 100_000)
    return "done"


def loaded_modules():
    return sorted(name for name in sys.modules if name in {"trafilatura", "feedparser", "httpx", "lxml"})


def ignores_signals():
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    return "alive"
