"""Fetch wide, parse in children: futures that lead from an address to a parsed feed or an extracted page.

Decides nothing about news. A page is asked for once in a run, however many feeds list it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from tracker.model import (
    ExtractedPage,
    Feed,
    Fetched,
    FetchFailed,
    FetchRequest,
    FetchResult,
    ParsedFeed,
    Refused,
)
from tracker.polling import PollPolicy
from tracker.ports import Fetcher, Sandbox

__all__ = ["Acquirer", "FeedAnswer", "PageAnswer", "body_hash"]

_A = TypeVar("_A")
_B = TypeVar("_B")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAnswer:
    """One poll's exchange: the HTTP result, and what the body parsed to (None: nothing to parse, or unchanged)."""

    result: FetchResult
    parsed: ParsedFeed | Refused | None = None
    body_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAnswer:
    """One page: its address after redirects, and the article on it or why there is none."""

    url: str
    page: ExtractedPage | Refused | FetchFailed


class Acquirer:
    """Starts exchanges and hands their bodies to the sandbox as they arrive. Lives for one run."""

    def __init__(self, fetcher: Fetcher, sandbox: Sandbox, policy: PollPolicy) -> None:
        self._fetcher = fetcher
        self._sandbox = sandbox
        self._policy = policy
        self._pages: dict[str, Future[PageAnswer]] = {}

    def feed(self, feed: Feed, now: datetime) -> Future[FeedAnswer]:
        """Poll a feed: conditionally, unless its last full document is too old."""
        state = feed.state
        recent = state.last_full_at is not None and now - state.last_full_at < self._policy.full_fetch_age
        validators = state.validators if recent else None
        exchange = self._fetcher.submit(FetchRequest(url=feed.url, purpose="feed", validators=validators))
        return _then(exchange, lambda result: self._parse(feed, result))

    def page(self, url: str, key: str) -> Future[PageAnswer]:
        """Fetch and extract a page; `key` (its canonical URL) is asked for once."""
        if key not in self._pages:
            exchange = self._fetcher.submit(FetchRequest(url=url, purpose="page"))
            self._pages[key] = _then(exchange, lambda result: self._extract(url, result))
        return self._pages[key]

    def _parse(self, feed: Feed, result: FetchResult) -> Future[FeedAnswer]:
        if not isinstance(result, Fetched):
            return _done(FeedAnswer(result=result))
        digest = body_hash(result.body)
        if digest == feed.state.body_hash:
            return _done(FeedAnswer(result=result, body_hash=digest))
        parsing = self._sandbox.parse_feed(result.body, result.url, result.headers.get("content-type", ""))
        return _then(
            parsing, lambda parsed: _done(FeedAnswer(result=result, parsed=parsed, body_hash=digest))
        )

    def _extract(self, url: str, result: FetchResult) -> Future[PageAnswer]:
        if isinstance(result, FetchFailed):
            return _done(PageAnswer(url=url, page=result))
        if not isinstance(result, Fetched):  # a page is never asked for conditionally
            return _done(
                PageAnswer(url=url, page=Refused(code="unexpected_304", detail="The server sent no page."))
            )
        final = result.url
        extracting = self._sandbox.extract_page(result.body, final, result.headers.get("content-type", ""))
        return _then(extracting, lambda page: _done(PageAnswer(url=final, page=page)))


def body_hash(body: bytes) -> str:
    """Names a body, so that an unchanged one is not parsed again."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _done(value: _A) -> Future[_A]:
    future: Future[_A] = Future()
    future.set_result(value)
    return future


def _then(first: Future[_A], step: Callable[[_A], Future[_B]]) -> Future[_B]:
    """The future of `step` applied to what `first` brings; an exception in either is the outcome's exception."""
    outcome: Future[_B] = Future()

    def pass_on(second: Future[_B]) -> None:
        error = second.exception()
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(second.result())

    def begin(ended: Future[_A]) -> None:
        error = ended.exception()
        if error is not None:
            outcome.set_exception(error)
            return
        try:
            second = step(ended.result())
        except RuntimeError as refused:  # the sandbox was closed meanwhile
            outcome.set_exception(refused)
        else:
            second.add_done_callback(pass_on)

    first.add_done_callback(begin)
    return outcome
