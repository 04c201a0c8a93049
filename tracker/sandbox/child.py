"""What runs in a sandbox child: read a call, make it, send the answer, until the parent hangs up.

An exception is reported and ends the child, because its memory may be in any state. Limits are the system's, so that
they hold inside C code too: memory, processor time, and death with the parent.
"""

from __future__ import annotations

import ctypes
import importlib
import math
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from tracker.model import Refused

__all__ = ["Call", "Limits", "serve"]

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one child may use: bytes of address space, seconds of processor time a call, bytes of an answer."""

    memory_bytes: int
    cpu_seconds: float
    answer_bytes: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function as "package.module:name", imported in the child at first use, and its arguments."""

    function: str
    args: tuple[Any, ...]


def serve(descriptor: int, parent: int, limits: Limits) -> None:
    """Answer calls on an inherited socket until its other end is closed."""
    connection = Connection(descriptor)
    _die_with(parent)
    for ignored in (signal.SIGINT, signal.SIGTERM):  # the parent decides when to end, and kills
        signal.signal(ignored, signal.SIG_IGN)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    sys.excepthook = _reporter(connection, hard)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection.send_bytes(b"")  # ready
    if sys.platform == "linux":
        soft = limits.memory_bytes if hard == resource.RLIM_INFINITY else min(limits.memory_bytes, hard)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    while True:
        try:
            request = connection.recv_bytes()
        except (EOFError, ConnectionError):
            return
        connection.send_bytes(_answer(request, limits))


def _answer(request: bytes, limits: Limits) -> bytes:
    _limit_cpu(limits.cpu_seconds)
    call: Call = pickle.loads(request)  # noqa: S301 - from our own parent
    module, _, name = call.function.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    answer = pickle.dumps(function(*call.args), pickle.HIGHEST_PROTOCOL)
    if len(answer) <= limits.answer_bytes:
        return answer
    return _pickled(
        "too_large", f"What was read out of it is larger than {limits.answer_bytes // 2**20} MiB."
    )


def _pickled(code: str, detail: str) -> bytes:
    return pickle.dumps(Refused(code=code, detail=detail), pickle.HIGHEST_PROTOCOL)


def _reporter(
    connection: Connection, memory_ceiling: int
) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """Make the last act of a child that met an exception: say which, with the memory limit out of the way."""

    def report(kind: type[BaseException], _error: BaseException, _trace: TracebackType | None) -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory_ceiling, memory_ceiling))
        if issubclass(kind, MemoryError):
            connection.send_bytes(
                _pickled("memory", "Reading it takes more memory than one document may use.")
            )
        else:
            detail = f"Reading it failed in a way that nobody foresaw ({kind.__name__}); please report the address."
            connection.send_bytes(_pickled("crashed", detail))

    return report


def _limit_cpu(seconds: float) -> None:
    """Allow this much more processor time; a second line behind the parent's deadline."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    if hard == resource.RLIM_INFINITY or soft <= hard:
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _die_with(parent: int) -> None:
    """Ask the kernel to kill us when the parent ends, even by kill -9 (Linux); else the closed socket ends us."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)
