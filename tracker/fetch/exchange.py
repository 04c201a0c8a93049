"""One exchange from the first request to its value: hops, conditions, statuses. Knows no HTTP library.

The opening of a hop, the clock and the site rules are handed in; `client.py` owns sockets, threads and time limits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from tracker.fetch.access import access_for, access_headers, access_of, access_refusal
from tracker.fetch.body import announced_length, read_body, read_start
from tracker.fetch.failures import TRANSPORT_ERRORS, Refusal, explain_error, explain_status
from tracker.fetch.headers import conditions_for, header_map, redirect_url, request_headers, retry_after
from tracker.fetch.policy import FetchPolicy
from tracker.fetch.protections import MAY_BE_PROTECTION, START_BYTES, explain_protection, protection_of
from tracker.fetch.target import Target, check_url
from tracker.model import Access, Fetched, FetchFailed, FetchReason, FetchRequest, FetchResult, NotModified

__all__ = ["Answer", "Courtesy", "Deadline", "Exchange", "FetchRefused", "Letter", "Wire", "failed", "linked"]

_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
_BODILESS = {204, 205, 206, 304}  # 206 was not asked for: a part is not the document
_DEFAULT_REST = timedelta(minutes=1)  # after a 429 that names no time
_DRAINED_BYTES = 16 * 1024  # a short unwanted body is read so that its connection can be used again
_SHARE_FOR_REFUSALS = 0.1  # of the deadline, for the first bytes of a refusal's page
_UNVOUCHED = "The server did not say where the document ends, so a cut-off end would go unnoticed."
_LOST_REDIRECT = Refusal(
    reason=FetchReason.BAD_URL,
    detail="The server redirects without a usable address; look for the page by hand.",
)
_TOO_MANY_REDIRECTS = Refusal(
    reason=FetchReason.REDIRECT_LIMIT,
    detail="The server redirects in circles or too often; look for the final address by hand.",
)
_POST_LEFT = Refusal(
    reason=FetchReason.REDIRECT_LIMIT,
    detail="The address redirects, and what is sent is not sent on; give the final address.",
)
_PING_LEFT = Refusal(
    reason=FetchReason.REDIRECT_LIMIT,
    detail="The address to ping redirects to another host; give the final address.",
)


_LED_INSIDE = {
    FetchReason.BLOCKED_ADDRESS: "into a private or reserved network",
    FetchReason.BLOCKED_PORT: "to a port that is no usual web port",
}


class Answer(Protocol):
    """A response whose headers have arrived."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers as sent."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """The body as sent, in pieces."""
        ...


@dataclass(slots=True)
class Letter:
    """The body of a POST on its way: `has_left` once the connection stands and the headers are out."""

    content: bytes
    has_left: bool = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.has_left = True
        yield self.content


Wire = Callable[
    [Target, list[tuple[bytes, bytes]], str | None, Letter | None], AbstractAsyncContextManager[Answer]
]
"""Ask one target once, through a proxy if one is named; raises one of `TRANSPORT_ERRORS`."""


class Deadline(Protocol):
    """When an exchange must be over, on the loop's clock (`asyncio.Timeout` is one)."""

    def when(self) -> float | None:
        """The instant."""
        ...

    def reschedule(self, when: float | None) -> None:
        """Move it."""
        ...


class Courtesy(Protocol):
    """What sites ask of us."""

    async def turn(self, host: str, deadline: Deadline) -> FetchRefused | None:
        """Wait for the host's turn (the deadline waits, too), unless it rests or is too busy."""
        ...

    async def refusal_for(self, target: Target, access: Access, deadline: Deadline) -> FetchRefused | None:
        """Whether the site's robots.txt keeps us from this page."""
        ...

    def rest(self, host: str, seconds: float) -> None:
        """Leave this host alone for a while."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRefused:
    """A refusal of ours, and how long it will last when that is known."""

    refusal: Refusal
    rest: timedelta | None = None


@dataclass(slots=True, kw_only=True)
class _Route:
    """Where an exchange stands: the target asked now, how the redirects led there, and what opens `origin`."""

    target: Target
    spellings: set[str]
    origin: str
    access: Access
    deadline: Deadline
    letter: Letter | None
    is_new_host: bool = False
    hops: int = 0
    is_permanent: bool = True
    permanent_url: str | None = None
    conditions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """Everything exchanges need; `run` makes one."""

    policy: FetchPolicy
    wire: Wire
    courtesy: Courtesy
    clock_now: Callable[[], datetime]

    async def run(
        self, request: FetchRequest, target: Target, deadline: Deadline, letter: Letter | None = None
    ) -> FetchResult:
        """Follow `request`, whose checked form is `target`, to its end. Never raises a transport error.

        `letter` is the body of a POST; once it has left it is not sent again here.
        """
        route = _Route(
            target=target,
            spellings={request.url, target.url},
            origin=target.origin,
            access=access_of(request),
            deadline=deadline,
            letter=letter,
        )
        while True:
            result = await self._ask(request, route)
            is_lost = isinstance(result, FetchFailed) and result.reason is FetchReason.CONNECTION_LOST
            if is_lost and not (letter and letter.has_left):
                result = await self._ask(request, route)  # a kept connection may have died as we took it
            if result is not None:
                return result

    async def _ask(self, request: FetchRequest, route: _Route) -> FetchResult | None:
        """Ask the route's target; None when it led the route on."""
        access = access_for(route.access, route.target, route.origin)
        refused = await self._refused(request, route, access)
        if refused:
            return failed(request, refused.refusal, rest=refused.rest)
        route.conditions = conditions_for(request.validators, route.spellings)
        try:
            headers = request_headers(request, self.policy, route.conditions, access_headers(access))
            async with self.wire(route.target, headers, access.proxy, route.letter) as answer:
                return await self._judge(request, route, answer)
        except TRANSPORT_ERRORS as error:
            refusal = explain_error(error, after_headers=False)
            if route.hops:
                refusal = _led_on(refusal)
            elif request.is_link:
                refusal = linked(refusal)
            return failed(request, refusal)

    async def _refused(self, request: FetchRequest, route: _Route, access: Access) -> FetchRefused | None:
        """Whether we may ask at all, after waiting for the turn of a host that a redirect led to."""
        refusal = access_refusal(access, route.target, self.policy)
        if refusal:
            return FetchRefused(refusal=refusal)
        if route.is_new_host:
            refused = await self.courtesy.turn(route.target.host, route.deadline)
            if refused:
                return refused
            route.is_new_host = False
        if request.purpose == "page" and request.obey_robots:
            return await self.courtesy.refusal_for(route.target, access, route.deadline)
        return None

    async def _judge(self, request: FetchRequest, route: _Route, answer: Answer) -> FetchResult | None:
        """Tell by the status what came."""
        headers = header_map(answer.raw_headers)
        status = answer.status
        if request.purpose in {"ping", "post"} and 200 <= status < 300:
            await _drain(answer, headers)
            return _fetched(request, route, status, headers)
        start = await self._start_of(answer, headers)
        if 200 <= status < 300 and status not in _BODILESS and not protection_of(status, headers, start):
            return await self._take_body(request, route, answer, headers)
        if status in _REDIRECTS:
            return self._move_on(request, route, status, headers.get("location", ""))
        if status == 304 and route.conditions:
            return NotModified(request=request, url=route.target.url, headers=MappingProxyType(headers))
        return self._turned_away(request, route, status, (headers, start))

    async def _start_of(self, answer: Answer, headers: dict[str, str]) -> bytes:
        """The first bytes of a refusal that a protection service may have written; other short bodies are drained."""
        if 200 <= answer.status < 300 and answer.status not in _BODILESS:
            return b""
        if answer.status not in MAY_BE_PROTECTION:
            await _drain(answer, headers)
            return b""
        with suppress(*TRANSPORT_ERRORS):  # TimeoutError is one: a refusal that dawdles is one all the same
            async with asyncio.timeout(self.policy.total_deadline.total_seconds() * _SHARE_FOR_REFUSALS):
                return await read_start(answer.chunks(), START_BYTES)
        return b""

    def _turned_away(
        self, request: FetchRequest, route: _Route, status: int, said: tuple[dict[str, str], bytes]
    ) -> FetchFailed:
        """A status without a document, by its reason."""
        headers, start = said
        rest = retry_after(headers, self.clock_now())
        if status == 429:
            self.courtesy.rest(route.target.host, (rest or _DEFAULT_REST).total_seconds())
        protection = protection_of(status, headers, start)
        refusal = explain_protection(protection) if protection else explain_status(status)
        if status == 401 and route.target.origin != route.origin and access_headers(route.access):
            refusal = _left_behind(refusal, route.target.host)
        return failed(request, refusal, status=status, rest=rest, protection=protection)

    async def _take_body(
        self, request: FetchRequest, route: _Route, answer: Answer, headers: dict[str, str]
    ) -> FetchResult:
        caps = {
            "feed": self.policy.feed_cap_bytes,
            "page": self.policy.page_cap_bytes,
            "robots": self.policy.robots_cap_bytes,
        }
        try:
            body = await read_body(answer.chunks(), headers, caps[request.purpose])
        except TRANSPORT_ERRORS as error:
            body = explain_error(error, after_headers=True)
        if isinstance(body, Refusal):
            return failed(request, body, status=answer.status)
        if not body.content:
            return failed(request, explain_status(204), status=answer.status)
        protection = protection_of(answer.status, headers, body.content[:START_BYTES])
        if protection:
            refusal = explain_protection(protection)
            return failed(request, refusal, status=answer.status, protection=protection)
        return replace(
            _fetched(request, route, answer.status, headers),
            body=body.content,
            degraded="" if body.is_vouched else _UNVOUCHED,
        )

    def _move_on(
        self, request: FetchRequest, route: _Route, status: int, location: str
    ) -> FetchFailed | None:
        """Point the route at a redirect's target, judged like any other address."""
        if request.purpose == "post":
            return failed(request, _POST_LEFT, status=status)
        url = redirect_url(location, route.target.url)
        if url is None:
            return failed(request, _LOST_REDIRECT, status=status)
        target = check_url(url, self.policy)
        if isinstance(target, Refusal):
            return failed(request, _led_on(target), status=status)
        route.hops += 1
        if route.hops > self.policy.max_redirects:
            return failed(request, _TOO_MANY_REDIRECTS, status=status)
        route.is_new_host = target.host != route.target.host
        if route.is_new_host and request.purpose == "ping":
            return failed(request, _PING_LEFT, status=status)
        route.is_permanent = route.is_permanent and status in _PERMANENT
        if route.is_permanent:
            route.permanent_url = target.url
        route.target, route.spellings = target, {target.url}
        return None


async def _drain(answer: Answer, headers: dict[str, str]) -> None:
    """Read a short unwanted body, so that its connection can be used again."""
    length = announced_length(headers)
    if answer.status in {204, 304} or (length is not None and length <= _DRAINED_BYTES):
        with suppress(*TRANSPORT_ERRORS):
            async for _ in answer.chunks():
                pass


def _fetched(request: FetchRequest, route: _Route, status: int, headers: dict[str, str]) -> Fetched:
    """Success, still without a body."""
    return Fetched(
        request=request,
        url=route.target.url,
        status=status,
        headers=MappingProxyType(headers),
        body=b"",
        permanent_url=route.permanent_url,
    )


def _led_on(refusal: Refusal) -> Refusal:
    """Why a redirect's target is not asked. Whoever wrote the redirect chose it: nobody is talked into opening it."""
    where = _LED_INSIDE.get(refusal.reason)
    if where:
        detail = f"The server redirects {where}, where nobody follows it; if this stays, do without it."
    elif refusal.reason in {FetchReason.BAD_URL, FetchReason.BLOCKED_SCHEME}:
        detail = f"The server redirects to an address we do not open. {refusal.detail}"
    else:
        return refusal
    return Refusal(reason=refusal.reason, detail=detail)


def linked(refusal: Refusal) -> Refusal:
    """Why a document's link is not asked. Whoever wrote it chose the address: nobody is talked into opening it."""
    where = _LED_INSIDE.get(refusal.reason)
    if where is None:
        return refusal
    detail = f"The link leads {where}, where nobody follows it; only its publisher can mend that."
    return Refusal(reason=refusal.reason, detail=detail)


def _left_behind(refusal: Refusal, host: str) -> Refusal:
    """Explain a login that was not sent on."""
    detail = (
        f"A redirect led to {host}, which wants a login (401); a feed's login is sent to its own address only. "
        "If you trust that site, follow the address it redirects to and give the login for that one."
    )
    return Refusal(reason=refusal.reason, detail=detail)


def failed(
    request: FetchRequest,
    refusal: Refusal,
    *,
    status: int | None = None,
    rest: timedelta | None = None,
    protection: str = "",
) -> FetchFailed:
    """A refusal as the exchange's result."""
    return FetchFailed(
        request=request,
        reason=refusal.reason,
        detail=refusal.detail,
        status=status,
        retry_after=rest,
        protection=protection,
    )
