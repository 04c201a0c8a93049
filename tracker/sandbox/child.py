"""The child's side: its limits, and the functions it may run.

Imported once by the server that children are forked from, so that a child which replaces a killed one starts at once.
"""

from __future__ import annotations

import ctypes
import resource
import signal
import sys

from tracker.articles.extract import extract_page
from tracker.feeds.parse import parse_feed

__all__ = ["confine", "extract_page", "parse_feed"]

_PR_SET_PDEATHSIG = 1  # prctl(2)


def confine(memory_bytes: int) -> None:
    """Limit this process's address space, leave Ctrl-C to the parent, and die with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
