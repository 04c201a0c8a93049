"""The daemon: the front door on a clock, until told to stop. Start with `life.py`.

Knows nothing of news: what is due, and what to do about it, is the front door's business.
"""

from __future__ import annotations

from tracker.daemon.life import run_daemon, run_once, run_worker

__all__ = ["run_daemon", "run_once", "run_worker"]
