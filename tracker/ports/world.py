"""What the engine needs of time, network, children and mail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Protocol

from tracker.model import (
    Delivery,
    ExtractedPage,
    FetchRequest,
    FetchResult,
    Message,
    ParsedFeed,
    Refused,
)

__all__ = ["Clock", "Fetcher", "Mailer", "Sandbox"]


class Clock(Protocol):
    """The time of day, aware, in UTC."""

    def now(self) -> datetime:
        """Return the present instant."""
        ...


class Fetcher(Protocol):
    """Polite HTTP exchanges, many at once."""

    def submit(self, request: FetchRequest) -> Future[FetchResult]:
        """Queue one exchange. The future always ends in a value, never in an exception; queueing thousands is cheap."""
        ...

    def close(self) -> None:
        """Cut running exchanges (they end as `stopped`) and release sockets."""
        ...


class Sandbox(Protocol):
    """Pure parsing functions run in killable children with a deadline and a memory limit."""

    def parse_feed(self, body: bytes, url: str, content_type: str) -> Future[ParsedFeed | Refused]:
        """Parse feed bytes."""
        ...

    def extract_page(self, body: bytes, url: str, content_type: str) -> Future[ExtractedPage | Refused]:
        """Extract the article from page bytes."""
        ...

    def close(self) -> None:
        """End the children."""
        ...


class Mailer(Protocol):
    """Hands a message to a mail system."""

    def send(
        self,
        message: Message,
        mime: bytes,
        recipients: Sequence[str],
        handing_over: Callable[[Sequence[str]], None] = ...,
    ) -> tuple[Delivery, ...]:
        """Send fixed bytes to each recipient; a verdict each, in order. Raises `MailError` when misconfigured.

        `handing_over` is called with those who will get the message just before it can no longer be called back; what
        it raises stops the message. It is not called where the same bytes sent again make no second copy.
        """
        ...
