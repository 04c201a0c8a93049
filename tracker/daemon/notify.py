"""What the supervisor is told: readiness, a status line, signs of life (the protocol of sd_notify(3)).

One datagram for each message, to the socket named by NOTIFY_SOCKET; without one every message is dropped. A supervisor
that cannot be reached changes nothing for the daemon.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping
from datetime import timedelta

__all__ = ["Supervisor"]

_log = logging.getLogger(__name__)


class Supervisor:
    """The other end of NOTIFY_SOCKET. `watchdog`: the longest silence it bears, None when it does not watch."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        named = environ.get("NOTIFY_SOCKET", "")
        self._address = (
            f"\0{named[1:]}" if named.startswith("@") else named
        )  # "@": an abstract name (unix(7))
        self.watchdog = _watchdog(environ)
        self._is_lost = False

    def ready(self) -> None:
        """Say that start-up, or a reload, has ended."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that a reload begins; `ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Feed the watchdog."""
        if self.watchdog:
            self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Say in one line what is going on."""
        self._send(f"STATUS={' '.join(text.split())}")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.setblocking(False)  # one that does not listen must not hold us up
                line.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            if not self._is_lost:
                _log.warning("supervisor not reached", extra={"reason": error.strerror or str(error)})
            self._is_lost = True
        else:
            self._is_lost = False


def _watchdog(environ: Mapping[str, str]) -> timedelta | None:
    """The time of WATCHDOG_USEC, when it is meant for this process (sd_watchdog_enabled(3))."""
    wanted, whose = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    if not wanted.isdecimal() or not int(wanted) or whose not in {"", str(os.getpid())}:
        return None
    return timedelta(microseconds=int(wanted))
