"""Children that read foreign documents, and the threads that keep them: one thread, one child, one socket each.

No size cap bounds what a megabyte of hostile markup costs a parser; killing the child does. Nothing is shared between
children, so the death of one (a crash, the system's memory killer) can neither lose another call nor block it.
`child.py` is the other end.
"""

from __future__ import annotations

import io
import os
import pickle
import socket
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from signal import SIGXCPU
from typing import Any

from tracker import model
from tracker.model import ExtractedPage, ParsedFeed, Refused
from tracker.sandbox.child import Call, Limits

__all__ = ["ProcessSandbox", "SandboxPolicy"]

FEED_PARSER = "tracker.feeds.parse:parse_feed"
PAGE_EXTRACTOR = "tracker.articles.extract:extract_page"

_START_S = 60.0
_JOIN_S = 5.0
_ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = """
import sys
if {root!r} not in sys.path:
    sys.path.insert(0, {root!r})
from tracker.sandbox.child import Limits, serve
serve({descriptor}, {parent}, {limits!r})
"""
_TIMES = {"datetime", "timedelta", "timezone"}

_STOPPED = Refused(
    code="stopped", detail="The program stopped before this was read; the next run reads it again."
)
_TIMEOUT = Refused(code="timeout", detail="Reading it took longer than one document may take.")
_TOO_LARGE = Refused(code="too_large", detail="It is larger than what is read.")
_CANNOT_START = Refused(
    code="crashed",
    detail="No process could be started to read it; the computer lacks memory or file descriptors.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxPolicy:
    """Limits of the children; `workers` 0 means one for each processor. A child is replaced after `max_calls`."""

    workers: int = 0
    deadline: timedelta = timedelta(seconds=10)
    memory_bytes: int = 2**30
    max_calls: int = 500
    body_bytes: int = 16 * 2**20
    answer_bytes: int = 32 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A call and the future that someone waits on."""

    call: Call
    future: Future[Any]


class ProcessSandbox:
    """The `Sandbox` port over child processes. Nothing is started before the first call.

    Results are handed over on the keeper threads: a callback on a future must be short.
    """

    def __init__(self, policy: SandboxPolicy | None = None) -> None:
        self._policy = policy or SandboxPolicy()
        self._workers = self._policy.workers or os.cpu_count() or 1
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._keepers: list[threading.Thread] = []
        self._children: set[_Child] = set()
        self._idle = 0
        self._is_closed = False

    def parse_feed(self, body: bytes, url: str, content_type: str) -> Future[ParsedFeed | Refused]:
        """Parse feed bytes in a child; ends in a value."""
        return self._run(FEED_PARSER, body, url, content_type)

    def extract_page(self, body: bytes, url: str, content_type: str) -> Future[ExtractedPage | Refused]:
        """Extract the article of page bytes in a child; ends in a value."""
        return self._run(PAGE_EXTRACTOR, body, url, content_type)

    def close(self) -> None:
        """Kill the children; every open future ends as refused with the code `stopped`. May be called twice."""
        with self._changed:
            self._is_closed = True
            waiting, self._jobs = self._jobs, deque()
            for child in self._children:
                child.kill()
            self._changed.notify_all()
        for job in waiting:
            _settle(job, _STOPPED)
        for keeper in self._keepers:
            keeper.join(_JOIN_S)

    def _run(self, function: str, *args: Any) -> Future[Any]:
        """Queue a call of "package.module:name"."""
        job = _Job(call=Call(function, args), future=Future())
        if any(isinstance(arg, bytes) and len(arg) > self._policy.body_bytes for arg in args):
            _settle(job, _TOO_LARGE)
        elif not self._enqueue(job):
            _settle(job, _STOPPED)
        return job.future

    def _enqueue(self, job: _Job) -> bool:
        with self._changed:
            if self._is_closed:
                return False
            self._jobs.append(job)
            if len(self._jobs) > self._idle and len(self._keepers) < self._workers:
                keeper = threading.Thread(target=self._keep, name="sandbox", daemon=True)
                self._keepers.append(keeper)
                keeper.start()
            self._changed.notify()
        return True

    def _keep(self) -> None:
        """A keeper thread: give jobs to one child, one at a time."""
        child: _Child | None = None
        while job := self._next_job():
            if not job.future.set_running_or_notify_cancel():
                continue
            child = self._kept(child) or self._start()
            answer = child.ask(job.call) if child else _CANNOT_START
            child = self._kept(child)
            job.future.set_result(_STOPPED if self._is_closed else answer)
        if child:
            self._discard(child)

    def _next_job(self) -> _Job | None:
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._jobs or self._is_closed)
            self._idle -= 1
            return None if self._is_closed else self._jobs.popleft()

    def _kept(self, child: _Child | None) -> _Child | None:
        """The child, if it may take another call; else it is discarded."""
        if child is None or child.is_usable:
            return child
        self._discard(child)
        return None

    def _start(self) -> _Child | None:
        """Start a child, known to `close`."""
        try:
            child = _Child(self._policy)
        except OSError:  # no memory or no descriptors left
            return None
        with self._changed:
            self._children.add(child)
            if self._is_closed:
                child.kill()
        return child

    def _discard(self, child: _Child) -> None:
        with self._changed:
            self._children.discard(child)
        child.bury()


class _Child:
    """One child process and our end of its socket. Raises OSError when it cannot be started."""

    def __init__(self, policy: SandboxPolicy) -> None:
        self._policy = policy
        self._calls = 0
        self._is_spent = False
        ours, theirs = socket.socketpair()
        limits = Limits(
            memory_bytes=policy.memory_bytes,
            cpu_seconds=policy.deadline.total_seconds(),
            answer_bytes=policy.answer_bytes,
        )
        boot = _BOOT.format(root=_ROOT, descriptor=theirs.fileno(), parent=os.getpid(), limits=limits)
        with theirs, ours:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and text
                [sys.executable, "-P", "-c", boot],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a parser's words about hostile bytes belong on no terminal
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for the parent
            )
            self._connection = Connection(ours.detach())
        if not self._connection.poll(_START_S) or not self._hears():
            self.kill()

    @property
    def is_usable(self) -> bool:
        """Whether the next call may go to this child."""
        return not self._is_spent and self._calls < self._policy.max_calls and self._process.poll() is None

    def ask(self, call: Call) -> Any:
        """Make one call; the answer, or why there is none."""
        self._calls += 1
        try:
            self._connection.send_bytes(pickle.dumps(call, pickle.HIGHEST_PROTOCOL))
            if not self._connection.poll(self._policy.deadline.total_seconds()):
                self.kill()
                return _TIMEOUT
            answer = _read_answer(self._connection.recv_bytes(2 * self._policy.answer_bytes))
        except (EOFError, OSError):
            return self._explain_death()
        self._is_spent = isinstance(answer, Refused) and answer.code in {"crashed", "memory"}
        return answer

    def kill(self) -> None:
        """End it at once."""
        self._is_spent = True
        self._process.kill()

    def bury(self) -> None:
        """End it and release what it held."""
        self.kill()
        self._process.wait()
        self._connection.close()

    def _hears(self) -> bool:
        """Whether the child has said that it is ready."""
        try:
            return self._connection.recv_bytes() == b""
        except (EOFError, OSError):
            return False

    def _explain_death(self) -> Refused:
        self.kill()
        status = self._process.wait()
        if status == -SIGXCPU:
            return _TIMEOUT
        cause = f"signal {-status}" if status < 0 else f"status {status}"
        return Refused(
            code="crashed",
            detail=f"The process that read it died ({cause}), perhaps for lack of memory; it is not read again soon.",
        )


class _AnswerReader(pickle.Unpickler):
    """Reads only values of our own vocabulary: a child that hostile bytes took over gains nothing by its answer."""

    def find_class(self, module_name: str, global_name: str) -> Any:
        """Allow the model and the times it holds."""
        is_model = module_name.startswith("tracker.model.") and global_name in model.__all__
        if is_model or (module_name == "datetime" and global_name in _TIMES):
            return super().find_class(module_name, global_name)
        raise pickle.UnpicklingError(f"{module_name}.{global_name} is not a value that a child may send")


def _read_answer(answer: bytes) -> Any:
    try:
        return _AnswerReader(io.BytesIO(answer)).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, TypeError, ValueError, KeyError, IndexError):
        return Refused(code="crashed", detail="The process that read it sent an answer that makes no sense.")


def _settle(job: _Job, refused: Refused) -> None:
    if job.future.set_running_or_notify_cancel():
        job.future.set_result(refused)
