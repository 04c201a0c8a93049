"""The daemon's life: begin, work by the clock, take up a changed configuration, end cleanly.

The main thread watches and waits for signals; three desks, each with a thread and a tracker of its own, do the work:
polling at one, alerts at another, digests and maintenance at the third, so that a slow mail server holds up no poll and
no alert. What is due stands in the store; this room keeps no times of its own.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import replace
from queue import Empty, SimpleQueue

from tracker.app import Tracker, make_fetcher, open_tracker
from tracker.daemon.clock import Clock
from tracker.daemon.desk import Desk
from tracker.daemon.job import Job, Work
from tracker.daemon.notify import Supervisor
from tracker.daemon.ping import Pinger
from tracker.daemon.rounds import PORTION, Rounds
from tracker.daemon.signals import STOP_SIGNALS, caught_signals
from tracker.errors import ConfigError, TrackerError
from tracker.settings import LoadedSettings

__all__ = ["run_daemon", "run_once", "run_worker"]

_log = logging.getLogger(__name__)
_LOOK_UP_S = 2.0  # how often the main thread looks after the jobs
_CUT_S = 3.0  # what cut work may take to come to its end, on a busy machine
_PARTLY_FAILED = 4
Reread = Callable[[], LoadedSettings]


def run_daemon(loaded: LoadedSettings, reread: Reread) -> int:
    """Poll, report and maintain until a signal ends it; the exit code. `reread` reads the configuration again.

    Call it on the main thread. Raises `LockHeld` when another daemon runs on this state, and as `open_tracker`.
    """
    return _Daemon(loaded, is_worker=False).run(reread)


def run_worker(loaded: LoadedSettings, reread: Reread) -> int:
    """Poll only, beside any number of others on this state; else as `run_daemon`."""
    return _Daemon(loaded, is_worker=True).run(reread)


def run_once(loaded: LoadedSettings) -> tuple[int, str]:
    """Do one round of everything that is due; the exit code, and what was done in a line. Raises as `run_daemon`."""
    return _Daemon(loaded, is_worker=False).once()


class _Daemon:
    """One run. `_stopping`: nothing new begins. `_cut`: what is under way is left."""

    def __init__(self, loaded: LoadedSettings, *, is_worker: bool) -> None:
        self._loaded = loaded
        self._is_worker = is_worker
        self._stopping = threading.Event()
        self._cut = threading.Event()
        self._rounds = Rounds(is_stopping=self._stopping.is_set, is_cut=self._cut.is_set)
        self._supervisor = Supervisor(os.environ)
        self._holder: Tracker | None = None
        self._pinger: Pinger | None = None
        self._jobs: tuple[Job, ...] = ()
        self._hung: set[str] = set()
        self._adopting = threading.Lock()  # a renewal must not bring back what a reload has just replaced

    def run(self, reread: Reread) -> int:
        """Work by the clock until a stop signal."""
        with caught_signals() as inbox, ExitStack() as stack:
            self._begin(stack)
            clock = Clock(self._jobs)
            clock.start()
            self._supervisor.ready()
            _log.info("worker started" if self._is_worker else "daemon started", extra={"pid": os.getpid()})
            try:
                code = self._live(inbox, clock, reread)
            finally:
                self._stopping.set()
                clock.stop()
                self._end()
        _log.info("stopped", extra={"done": self._rounds.summary()})
        return code

    def once(self) -> tuple[int, str]:
        """Do every job once."""
        with caught_signals() as inbox, ExitStack() as stack:
            self._begin(stack, limit=None)
            self._supervisor.ready()
            work = threading.Thread(target=self._do_all, name="once", daemon=True)
            work.start()
            while work.is_alive() and not self._stopping.is_set():
                work.join(0.05)
                if not inbox.empty() and inbox.get() in STOP_SIGNALS:
                    self._stopping.set()
            self._end()
        summary = self._rounds.summary()
        if any(job.failures for job in self._jobs):
            return TrackerError.exit_code, summary
        return (_PARTLY_FAILED if self._rounds.is_partly_failed else 0), summary

    def _do_all(self) -> None:
        for job in self._jobs:
            job.run()

    # ------------------------------------------------------------ beginning

    def _begin(self, stack: ExitStack, *, limit: int | None = PORTION) -> None:
        """Check that all is well, become the one daemon, lay out the work."""
        self._holder = stack.enter_context(open_tracker(self._loaded))  # of the lock, whatever is reloaded
        self._holder.check()
        if not self._is_worker:
            stack.enter_context(self._holder.only_daemon())
        tick = self._loaded.settings.daemon.tick
        rounds, polling = self._rounds, Desk(self._loaded)
        self._jobs = (self._job(rounds.poll(tick, limit=limit), polling),)
        if self._is_worker:
            self._jobs += (self._job(rounds.renewal(self._renew), polling),)
        else:
            desk = Desk(self._loaded)
            self._jobs += (
                self._job(rounds.alerts(), Desk(self._loaded)),
                self._job(rounds.digests(), desk),
                self._job(rounds.maintenance(self._renew), desk),
            )
        self._set_pinger()
        if self._pinger:
            self._pinger.start()

    def _job(self, work: Work, desk: Desk) -> Job:
        return Job(work, desk, self._stopping.is_set)

    def _set_pinger(self) -> None:
        if self._pinger:
            self._pinger.close()
        chosen = self._loaded.settings.daemon
        self._pinger = (
            Pinger(chosen.ping_url, chosen.ping_every, make_fetcher(self._loaded.settings))
            if chosen.ping_url
            else None
        )

    # ------------------------------------------------------------ living

    def _live(self, inbox: SimpleQueue[int], clock: Clock, reread: Reread) -> int:
        """Wait for signals and look after the jobs, until told to stop; the exit code."""
        watchdog = self._supervisor.watchdog
        pause = min(_LOOK_UP_S, watchdog.total_seconds() / 2) if watchdog else _LOOK_UP_S
        while True:
            try:
                number = inbox.get(timeout=pause)
            except Empty:
                clock.keep_time()
                self._look_after_jobs()
                if not self._is_alone():
                    _log.error(
                        "the lock on this state is lost: folder or database are gone or others, or the server let go"
                    )
                    return TrackerError.exit_code  # not 5: whoever supervises is to start it again
                continue
            if number in STOP_SIGNALS:
                return 0
            self._supervisor.reloading()
            self._reload(clock, reread)
            self._supervisor.ready()

    def _is_alone(self) -> bool:
        return self._is_worker or self._holder is None or self._holder.is_only_daemon()

    def _look_after_jobs(self) -> None:
        """Feed the watchdog while no job hangs, and tell the ping address how things are."""
        hung = {job.work.name for job in self._jobs if job.hangs}
        for name in sorted(hung - self._hung):
            _log.error("job hangs", extra={"job": name})
        for name in sorted(self._hung - hung):
            _log.warning("job works again", extra={"job": name})
        self._hung = hung
        if not hung:
            self._supervisor.alive()
        self._supervisor.status(f"{', '.join(sorted(hung))} hangs" if hung else self._rounds.summary())
        if self._pinger and (hung or any(job.rounds or job.failures for job in self._jobs)):
            is_well = not hung and not any(job.failures for job in self._jobs)
            self._pinger.tell(time.monotonic(), is_well=is_well)

    def _reload(self, clock: Clock, reread: Reread) -> None:
        """Take up the configuration as it stands now; a wrong one is said in the log and changes nothing."""
        try:
            loaded = reread()
            if loaded.settings.store.url != self._loaded.settings.store.url:
                raise ConfigError(
                    "[store] url has changed.", hint="Start the daemon anew to change the database."
                )
            with self._adopting:
                self._adopt(loaded)
                before, self._loaded = self._loaded, loaded
        except TrackerError as error:
            for problem in error.problems if isinstance(error, ConfigError) else ():
                _log.error("configuration wrong", extra={"problem": str(problem)})
            facts = {"problem": str(error), "hint": error.hint}
            _log.error("configuration not taken up; the old one stays", extra=facts)
            return
        tick = loaded.settings.daemon.tick
        if tick != before.settings.daemon.tick:
            clock.change("poll", tick)
            self._jobs[0].work = replace(self._jobs[0].work, every=tick)
        self._set_pinger()
        _log.info("configuration taken up")

    def _renew(self) -> None:
        """Have seeds, feed list and thresholds by volume read again, which days of running would leave behind."""
        with self._adopting:
            self._adopt(self._loaded)

    def _adopt(self, loaded: LoadedSettings) -> None:
        """Have all desks go on with these settings. Raises `TrackerError` when no tracker can be opened with them."""
        with open_tracker(loaded) as trial:
            trial.check()
        for job in self._jobs:
            job.desk.hand_over(loaded)

    # ------------------------------------------------------------ ending

    def _end(self) -> None:
        """Let work come to its end for the grace, then have it left; what even then does not end is abandoned."""
        self._supervisor.stopping()
        self._stopping.set()
        grace = self._loaded.settings.daemon.grace.total_seconds()
        last = threading.Timer(grace + _CUT_S, _abandon)
        last.daemon = True
        last.start()
        desks = {id(job.desk): job.desk for job in self._jobs}.values()
        if not _await_all(desks, grace):
            self._cut.set()
            _await_all(desks, _CUT_S)
        for desk in desks:
            desk.close()
        if self._pinger:
            self._pinger.close()
        last.cancel()


def _await_all(desks: Collection[Desk], seconds: float) -> bool:
    """Whether all work ended in time."""
    deadline = time.monotonic() + seconds
    return all(desk.await_end(deadline - time.monotonic()) for desk in desks)


def _abandon() -> None:
    """Leave work that would not end. Nothing is lost: what was not recorded is asked for again."""
    _log.warning("stopped in the middle of work; the next start takes it up again")
    os._exit(0)
