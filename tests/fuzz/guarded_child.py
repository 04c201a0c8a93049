"""One parse in a process of its own, with the limits of the sandbox and a record of what it tried to open.

Forked from the test process, so that each of a hundred cases does not pay for the imports again.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tracker.model import Refused

DEADLINE_S = 10
MEMORY_BYTES = 1024**3
_WATCHED = {"socket.connect", "socket.getaddrinfo", "open", "subprocess.Popen", "os.system"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back, what was opened meanwhile (our own program files apart), and the child's peak memory in MiB."""

    value: Any
    opened: tuple[str, ...] = ()
    peak_mib: float = 0.0


def run_guarded(function: Callable[..., Any], *arguments: Any) -> Outcome:
    """Call `function` in a child; a crash, the memory limit and the deadline come back as `Refused`."""
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    child = context.Process(target=_serve, args=(theirs, function, arguments))
    child.start()
    theirs.close()
    try:
        if not ours.poll(DEADLINE_S):
            return Outcome(Refused(code="timeout", detail=f"not done after {DEADLINE_S} s"))
        return ours.recv()
    except EOFError:
        return Outcome(Refused(code="crashed", detail="the child died"))
    finally:
        child.kill()
        child.join()
        ours.close()


def _serve(answer: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_mapped_bytes() + MEMORY_BYTES,) * 2)
    opened: list[str] = []
    sys.addaudithook(lambda event, args: opened.append(f"{event} {args[0]}") if event in _WATCHED else None)
    try:
        value = function(*arguments)
    except MemoryError:
        value = Refused(code="memory", detail="out of memory")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the outcome
        value = Refused(code="crashed", detail=f"{type(error).__name__}: {error}"[:300])
    ours = tuple(f"open {folder}" for folder in (sys.prefix, sys.base_prefix, ROOT / "tracker"))
    foreign = tuple(event for event in opened if not event.startswith(ours))
    answer.send(Outcome(value, foreign, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def _mapped_bytes() -> int:
    """The address space already taken; what may come on top is the limit."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
