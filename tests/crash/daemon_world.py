"""A daemon in a process that may be killed at any of its steps once a signal has reached it.

Run as a program, it reads one job a line and forks a child that does it, as `kill_world.py` does. A job's `signal` comes
to the daemon while it polls, or when all is polled (`when`: "polling", "idle"); one that is killed nowhere ends by itself,
with a stop signal, once everything is polled.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.crash.forking import Forker, serve
from tests.crash.kill_world import (
    FILE_EVENTS,
    WORK,
    WRITES,
    Inline,
    World,
    _after,
    _before,
    _told,
    _trace,
    rows,
)
from tracker.app import installation
from tracker.app.front import Tracker
from tracker.daemon import life, run_daemon
from tracker.daemon.clock import Clock
from tracker.daemon.desk import Desk
from tracker.daemon.rounds import Rounds
from tracker.settings import LoadedSettings, load_settings
from tracker.store import presence

__all__ = ["RELOADING", "STOPPING", "Daemon"]

_Mark = Callable[[Callable[[], None]], None]
RELOADING: dict[str, _Mark] = {
    "before_reading": lambda die: _before(life._Daemon, "_reload", die),
    "after_reading": lambda die: _before(life._Daemon, "_adopt", die),
    "in_trial": lambda die: _before(Tracker, "check", die),
    "between_desks": lambda die: _after(Desk, "hand_over", die),
    "before_saying_so": lambda die: _after(life._Daemon, "_adopt", die),
    "at_a_desk": lambda die: _before(Desk, "tracker", die),
    "after_reload": lambda die: _after(life._Daemon, "_reload", die),
}
STOPPING: dict[str, _Mark] = {
    "told_to": lambda die: _before(Clock, "stop", die),
    "clock_stopped": lambda die: _after(Clock, "stop", die),
    "waiting_for_work": lambda die: _before(Desk, "await_end", die),
    "work_ended": lambda die: _after(Desk, "await_end", die),
    "before_closing_a_desk": lambda die: _before(Desk, "close", die),
    "between_desks": lambda die: _after(Desk, "close", die),
    "lock_still_held": lambda die: _after(life._Daemon, "_end", die),
    "before_closing_the_holder": lambda die: _before(Tracker, "__exit__", die),
    "at_the_end": lambda die: _after(Tracker, "__exit__", die),
}
_SIGNALS = {"HUP": signal.SIGHUP, "TERM": signal.SIGTERM}


class _Signalled:
    """Whether the signal has come, and what is to happen from then on."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._lock = threading.Lock()
        self.has_come = False
        self.passes = 0

    def come(self) -> None:
        """Send the job's signal to this process, once."""
        with self._lock:
            if self.has_come or "signal" not in self._job:
                return
            self.has_come = True
        if self._job.get("kill_after") is not None:
            threading.Timer(self._job["kill_after"], _die).start()
        os.kill(os.getpid(), _SIGNALS[self._job["signal"]])

    def passed(self) -> None:
        """Count a write, a commit or a file since the signal, and die at the one that the job says."""
        with self._lock:
            self.passes += self.has_come
            if self.has_come and self.passes == self._job.get("die_at"):
                _die()

    def at_point(self) -> None:
        if self.has_come:
            _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def do_job(job: dict[str, Any]) -> None:
    """Be the daemon, and die where the job says."""
    world = World(Path(job["folder"]))
    signalled = _Signalled(job)
    installation.make_sandbox = lambda _: Inline()  # type: ignore[assignment,return-value]
    if job.get("point"):
        (RELOADING if job["signal"] == "HUP" else STOPPING)[job["point"]](signalled.at_point)
    if job.get("careless"):
        _careless()

    def at_statement(statement: str) -> None:
        if statement.startswith("INSERT INTO entry") and job.get("when") == "polling":
            signalled.come()
        if statement.startswith(WRITES):
            signalled.passed()

    _trace(at_statement)
    sys.addaudithook(lambda name, _: signalled.passed() if name in FILE_EVENTS else None)
    _end_when_polled(world, job, signalled)
    code = run_daemon(_settings(world, job["opml"]), lambda: _settings(world, "more.opml"))
    assert code == 0, code
    (world.folder / "passed").write_text(str(signalled.passes))


def _settings(world: World, name: str) -> LoadedSettings:
    """The configuration with one of two lists of feeds: "more.opml" is the one to which a person has added a feed."""
    opml = world.folder / "config" / name
    flags = {
        "TRACKER_DAEMON__TICK": "100ms",
        "TRACKER_DAEMON__GRACE": "5m",  # work comes to its end, however busy the computer is
        "TRACKER_HTTP__TOTAL_TIMEOUT": "60s",
        "TRACKER_FEEDS__OPML": str(opml),
    }
    return load_settings(world.folder / "config/tracker.toml", flags, world.folder)


def _end_when_polled(world: World, job: dict[str, Any], signalled: _Signalled) -> None:
    """Note what is stored after each piece of work; once all is polled that will be, stop, unless it was told to."""
    real = Rounds._note_polls
    is_told = job.get("signal") == "TERM"

    def note(self: Rounds, report: Any) -> None:
        nonlocal is_told
        real(self, report)
        _told(world)
        polled = rows(world.store_url, "SELECT count(DISTINCT feed_id) FROM poll")[0][0]
        if polled >= job["feeds_before"] and job.get("when") == "idle":
            signalled.come()
        if polled >= job["feeds"] and not is_told:
            is_told = True
            os.kill(os.getpid(), signal.SIGTERM)

    Rounds._note_polls = note  # type: ignore[method-assign]


def _careless() -> None:
    """What must not be: a lock that is only a file with a name in it, which outlives its holder."""

    def try_lock(lock: Any, kind: int = 0) -> bool:
        lock.seek(0)
        return not lock.read()

    presence.try_lock = try_lock  # type: ignore[assignment]


# ------------------------------------------------------------ the parent's side


class Daemon:
    """Runs daemons in children of a process of its own."""

    def __init__(self) -> None:
        self._forker = Forker("tests.crash.daemon_world")

    def run(self, world: World, **job: Any) -> bool:
        """Be a daemon until it ends; whether it was killed."""
        self._forker.start({"folder": str(world.folder), **job})
        status = self._forker.status()
        assert status in {0, -signal.SIGKILL}, f"the daemon failed: {status}"
        return status != 0

    def warm(self, world: World) -> None:
        """Load in the process itself what is loaded at first need."""
        self._forker.start({"folder": str(world.folder), "here": True})
        assert self._forker.status() == 0

    def close(self) -> None:
        self._forker.close()


if __name__ == "__main__":
    serve(do_job, lambda job: WORK["fetch"](World(Path(job["folder"])), lambda _: None))
