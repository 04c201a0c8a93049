"""A dead man's switch: a web address that hears of every good round, and of trouble at once.

The addresses are those of healthchecks.io and its kin: the address itself for success, `/start` and `/fail` behind it.
The address is a secret of sorts and never logged.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future
from datetime import timedelta
from urllib.parse import urlsplit

from tracker.model import FetchFailed, FetchReason, FetchRequest, FetchResult
from tracker.ports import Fetcher

__all__ = ["Pinger", "ping_address"]

_log = logging.getLogger(__name__)


class Pinger:
    """Tells `url` how rounds end: the same news at most every `every`, a change at once."""

    def __init__(self, url: str, every: timedelta, fetcher: Fetcher) -> None:
        self._url = url
        self._every = every.total_seconds()
        self._fetcher = fetcher
        self._told: tuple[bool, float] | None = None
        self._is_lost = False

    def start(self) -> None:
        """Say that the daemon starts."""
        self._send("start")

    def tell(self, now: float, *, is_well: bool) -> None:
        """Say how things are at `now`, in seconds of a monotonic clock."""
        if self._told and self._told[0] is is_well and now - self._told[1] < self._every:
            return
        self._told = (is_well, now)
        self._send("" if is_well else "fail")

    def close(self) -> None:
        """Cut what is under way."""
        self._fetcher.close()

    def _send(self, word: str) -> None:
        request = FetchRequest(url=ping_address(self._url, word), purpose="ping")
        self._fetcher.submit(request).add_done_callback(self._heard)

    def _heard(self, future: Future[FetchResult]) -> None:
        """Log the first ping of an outage that is not answered, and the first that is again."""
        result = future.result()
        if (
            not isinstance(result, FetchFailed) or 200 <= (result.status or 0) < 300
        ):  # an empty answer will do
            if self._is_lost:
                _log.info("ping answered again")
            self._is_lost = False
        elif result.reason is not FetchReason.STOPPED and not self._is_lost:
            self._is_lost = True
            _log.warning("ping not answered", extra={"reason": result.detail})


def ping_address(url: str, word: str) -> str:
    """Put `word` behind the path of an address; a query stays where it is."""
    if not word:
        return url
    parts = urlsplit(url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{word}").geturl()
