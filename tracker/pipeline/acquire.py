"""Fetch wide, parse in children: futures that lead from an address to a parsed feed or an extracted page.

Decides nothing about news. A page is asked for once in a run, however many feeds list it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlsplit

from tracker.model import (
    Access,
    ExtractedPage,
    Feed,
    Fetched,
    FetchFailed,
    FetchReason,
    FetchRequest,
    FetchResult,
    ParsedFeed,
    Refused,
)
from tracker.polling import PollPolicy, https_url_to_try, validators_to_send
from tracker.ports import Fetcher, Sandbox

__all__ = ["Acquirer", "FeedAnswer", "PageAnswer", "awaited", "body_hash", "never"]

_LOOK_UP_S = 0.2  # how long a wait for the network may delay a stop

_A = TypeVar("_A")
_B = TypeVar("_B")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAnswer:
    """One poll's exchange: the HTTP result, and what the body parsed to (None: nothing to parse, or unchanged).

    `https_url` is the address that was asked in place of an http one where nobody listens any more.
    """

    result: FetchResult
    parsed: ParsedFeed | Refused | None = None
    body_hash: str = ""
    https_url: str | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the program was stopping, so that this says nothing of the feed."""
        return _is_cut(self.result) or _is_cut(self.parsed)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageAnswer:
    """One page: its address after redirects, and the article on it or why there is none."""

    url: str
    page: ExtractedPage | Refused | FetchFailed

    @property
    def is_cut(self) -> bool:
        """Whether the program was stopping, so that this says nothing of the page."""
        return _is_cut(self.page)


class Acquirer:
    """Starts exchanges and hands their bodies to the sandbox as they arrive. Lives for one round of feeds.

    `access` tells by feed URL how a feed is reached; pages never carry it.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        sandbox: Sandbox,
        policy: PollPolicy,
        access: Mapping[str, Access] = MappingProxyType({}),
    ) -> None:
        self._fetcher = fetcher
        self._sandbox = sandbox
        self._policy = policy
        self._access = access
        self._pages: dict[tuple[str, bool], Future[PageAnswer]] = {}

    def feed(self, feed: Feed, now: datetime) -> Future[FeedAnswer]:
        """Poll a feed: conditionally where its validators can be trusted; now and then by https where http is dead."""
        https = https_url_to_try(feed, now, self._policy)
        url = https or feed.url
        validators = validators_to_send(feed.state, now, self._policy, url)
        access = self._access_to(feed, url)
        request = FetchRequest(url=url, purpose="feed", validators=validators, access=access)
        answer = _then(
            self._fetcher.submit(request), lambda result: self._parse(result, feed.state.body_hash)
        )
        return _then(answer, lambda found: _done(replace(found, https_url=https))) if https else answer

    def document(self, feed: Feed, url: str) -> Future[FeedAnswer]:
        """Read another document of a feed whole: an older page of it."""
        request = FetchRequest(url=url, purpose="feed", access=self._access_to(feed, url), is_link=True)
        return _then(self._fetcher.submit(request), self._parse)

    def page(
        self, url: str, key: str, *, obey_robots: bool = True, is_link: bool = False
    ) -> Future[PageAnswer]:
        """Fetch and extract a page; `key` (its canonical URL) is asked for once. `is_link`: a document named it."""
        name = (key, obey_robots)
        if name not in self._pages:
            request = FetchRequest(url=url, purpose="page", obey_robots=obey_robots, is_link=is_link)
            exchange = self._fetcher.submit(request)
            self._pages[name] = _then(exchange, lambda result: self._extract(url, result))
        return self._pages[name]

    def _access_to(self, feed: Feed, url: str) -> Access | None:
        """Credentials go to the feed's own host and port, or to its https twin, and nowhere else."""
        given = self._access.get(feed.url)
        if given is None or url == feed.url:
            return given
        own, asked = urlsplit(feed.url), urlsplit(url)
        is_same = (asked.scheme, asked.netloc) == (own.scheme, own.netloc)
        is_twin = (
            asked.scheme == "https" and asked.hostname == own.hostname and asked.port in {None, own.port}
        )
        return given if is_same or is_twin else None

    def _parse(self, result: FetchResult, known_hash: str = "") -> Future[FeedAnswer]:
        """Parse a body, unless it is the one that was read last time."""
        if not isinstance(result, Fetched):
            return _done(FeedAnswer(result=result))
        digest = body_hash(result.body)
        if digest == known_hash:
            return _done(FeedAnswer(result=result, body_hash=digest))
        parsing = self._sandbox.parse_feed(result.body, result.url, result.headers.get("content-type", ""))
        head = replace(result, body=b"")  # megabytes that nobody asks for again
        return _then(parsing, lambda parsed: _done(FeedAnswer(result=head, parsed=parsed, body_hash=digest)))

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


def never() -> bool:
    """Whether to stop: no."""
    return False


def awaited(future: Future[_A], stop: Callable[[], bool]) -> _A | None:
    """What a future brings; None when `stop` turned true before it came."""
    while not future.done():
        if stop():
            return None
        wait((future,), timeout=_LOOK_UP_S)
    return future.result()


def body_hash(body: bytes) -> str:
    """Names a body, so that an unchanged one is not parsed again."""
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _is_cut(outcome: object) -> bool:
    if isinstance(outcome, FetchFailed):
        return outcome.reason is FetchReason.STOPPED
    return isinstance(outcome, Refused) and outcome.code == FetchReason.STOPPED


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
        except Exception as error:  # noqa: BLE001 - a callback's exception is lost: whoever waits is to meet it
            outcome.set_exception(error)
        else:
            second.add_done_callback(pass_on)

    first.add_done_callback(begin)
    return outcome
