"""Pure parsing functions in children with a deadline and a memory limit: an answer, or `Refused` with its reason.

No size cap bounds what a megabyte of hostile markup costs a parser (reliability design, findings 2, 4 and 11); killing
the child does. Children are made at the first call and replaced when killed.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

from pebble import ProcessExpired, ProcessPool

from tracker.model import ExtractedPage, ParsedFeed, Refused

__all__ = ["ProcessSandbox", "SandboxPolicy"]

_T = TypeVar("_T")
_CALLS_PER_CHILD = 500  # a fresh child now and then, so that no leak of a C library lasts
_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxPolicy:
    """Limits of the children. `workers` 0 means one for each processor; `deadline` is for one document."""

    workers: int = 0
    deadline: timedelta = timedelta(seconds=10)
    memory_bytes: int = 2**30


class ProcessSandbox:
    """Implements `tracker.ports.Sandbox`."""

    def __init__(self, policy: SandboxPolicy) -> None:
        self._policy = policy
        self._pool: ProcessPool | None = None
        self._closed = False

    def parse_feed(self, body: bytes, url: str, content_type: str) -> Future[ParsedFeed | Refused]:
        """Parse feed bytes."""
        return self.run("parse_feed", body, url, content_type)

    def extract_page(self, body: bytes, url: str, content_type: str) -> Future[ExtractedPage | Refused]:
        """Extract the article from page bytes."""
        return self.run("extract_page", body, url, content_type)

    def run(self, function: str | Callable[..., _T], *arguments: object) -> Future[_T | Refused]:
        """Run a function in a child: one of `child.py` by name, or any that can be pickled. Never an exception."""
        outcome: Future[_T | Refused] = Future()
        if self._closed:
            outcome.set_result(Refused(code="stopped", detail="The program is stopping."))
            return outcome
        call = _call_named if isinstance(function, str) else function
        named = (function, *arguments) if isinstance(function, str) else arguments
        running = self._children().schedule(call, args=named, timeout=self._policy.deadline.total_seconds())
        running.add_done_callback(lambda ended: outcome.set_result(self._answer(ended)))
        return outcome

    def close(self) -> None:
        """End the children; what still runs is refused as stopped."""
        self._closed = True
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join(_STOP_SECONDS)
            self._pool = None

    def _children(self) -> ProcessPool:
        if self._pool is None:
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["tracker.sandbox.child"])
            self._pool = ProcessPool(
                max_workers=self._policy.workers or os.cpu_count() or 1,
                max_tasks=_CALLS_PER_CHILD,
                initializer=_confine,
                initargs=[self._policy.memory_bytes],
                context=context,
            )
        return self._pool

    def _answer(self, ended: Future[Any]) -> Any:
        if ended.cancelled():
            return Refused(code="stopped", detail="The program is stopping.")
        error = ended.exception()
        return ended.result() if error is None else self._refusal(error)

    def _refusal(self, error: BaseException) -> Refused:
        seconds = self._policy.deadline.total_seconds()
        if isinstance(error, TimeoutError):
            return Refused(code="timeout", detail=f"The document could not be read within {seconds:g} s.")
        if isinstance(error, MemoryError):
            megabytes = self._policy.memory_bytes // 2**20
            return Refused(
                code="memory", detail=f"Reading the document takes more than {megabytes} MB of memory."
            )
        if isinstance(error, ProcessExpired):
            return Refused(
                code="crashed", detail="Reading the document crashed the reader, which was restarted."
            )
        return Refused(
            code="crashed", detail=f"The document could not be read ({type(error).__name__}: {error})."
        )


def _confine(memory_bytes: int) -> None:
    from tracker.sandbox import child  # never imported by the parent: it loads both parsers

    child.confine(memory_bytes)


def _call_named(name: str, *arguments: object) -> object:
    from tracker.sandbox import child

    return cast("Callable[..., object]", getattr(child, name))(*arguments)
