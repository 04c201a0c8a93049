"""One exchange from the first request to its value: hops, conditions, statuses. Knows no HTTP library.

The opening of a hop, the clock and the site rules are handed in; `client.py` owns sockets, threads and time limits.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol

from tracker.fetch.body import announced_length, read_body
from tracker.fetch.failures import TRANSPORT_ERRORS, Refusal, explain_error, explain_status
from tracker.fetch.headers import conditions_for, header_map, redirect_url, request_headers, retry_after
from tracker.fetch.policy import FetchPolicy
from tracker.fetch.target import Target, check_url
from tracker.model import Fetched, FetchFailed, FetchReason, FetchRequest, FetchResult, NotModified

__all__ = ["Answer", "Courtesy", "Exchange", "Wire", "failed"]

_REDIRECTS = {301, 302, 303, 307, 308}
_PERMANENT = {301, 308}
_BODILESS = {204, 205, 206, 304}  # 206 was not asked for: a part is not the document
_DEFAULT_REST = timedelta(minutes=1)  # after a 429 that names no time
_DRAINED_BYTES = 16 * 1024  # a short unwanted body is read so that its connection can be used again
_UNVOUCHED = "The server did not say where the document ends, so a cut-off end would go unnoticed."
_LOST_REDIRECT = Refusal(
    reason=FetchReason.BAD_URL,
    detail="The server redirects without a usable address; look for the page by hand.",
)
_TOO_MANY_REDIRECTS = Refusal(
    reason=FetchReason.REDIRECT_LIMIT,
    detail="The server redirects in circles or too often; look for the final address by hand.",
)


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


Wire = Callable[[Target, list[tuple[bytes, bytes]]], AbstractAsyncContextManager[Answer]]
"""Ask one target once; raises one of `TRANSPORT_ERRORS`."""


class Courtesy(Protocol):
    """What sites ask of us."""

    async def refusal_for(self, target: Target) -> Refusal | None:
        """Whether the site's robots.txt keeps us from this page."""
        ...

    def rest(self, host: str, seconds: float) -> None:
        """Leave this host alone for a while."""
        ...


@dataclass(slots=True, kw_only=True)
class _Route:
    """Where an exchange stands: the target asked now, and how the redirects led there."""

    target: Target
    spellings: set[str]
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

    async def run(self, request: FetchRequest, target: Target) -> FetchResult:
        """Follow `request`, whose checked form is `target`, to its end. Never raises a transport error."""
        route = _Route(target=target, spellings={request.url, target.url})
        while True:
            result = await self._ask(request, route)
            if isinstance(result, FetchFailed) and result.reason is FetchReason.CONNECTION_LOST:
                result = await self._ask(request, route)  # a kept connection may have died as we took it
            if result is not None:
                return result

    async def _ask(self, request: FetchRequest, route: _Route) -> FetchResult | None:
        """Ask the route's target; None when it led the route on."""
        if request.purpose == "page":
            refusal = await self.courtesy.refusal_for(route.target)
            if refusal:
                return failed(request, refusal)
        route.conditions = conditions_for(request.validators, route.spellings)
        try:
            headers = request_headers(request, self.policy, route.conditions)
            async with self.wire(route.target, headers) as answer:
                return await self._judge(request, route, answer)
        except TRANSPORT_ERRORS as error:
            return failed(request, explain_error(error, after_headers=False))

    async def _judge(self, request: FetchRequest, route: _Route, answer: Answer) -> FetchResult | None:
        """Tell by the status what came."""
        headers = header_map(answer.raw_headers)
        status = answer.status
        if 200 <= status < 300 and status not in _BODILESS:
            return await self._take_body(request, route, answer, headers)
        await _drain(answer, headers)
        if status in _REDIRECTS:
            return self._move_on(request, route, status, headers.get("location", ""))
        if status == 304 and route.conditions:
            return NotModified(request=request, url=route.target.url, headers=MappingProxyType(headers))
        rest = retry_after(headers, self.clock_now())
        if status == 429:
            self.courtesy.rest(route.target.host, (rest or _DEFAULT_REST).total_seconds())
        return failed(request, explain_status(status), status=status, rest=rest)

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
        return Fetched(
            request=request,
            url=route.target.url,
            status=answer.status,
            headers=MappingProxyType(headers),
            body=body.content,
            permanent_url=route.permanent_url,
            degraded="" if body.is_vouched else _UNVOUCHED,
        )

    def _move_on(
        self, request: FetchRequest, route: _Route, status: int, location: str
    ) -> FetchFailed | None:
        """Point the route at a redirect's target, judged like any other address."""
        url = redirect_url(location, route.target.url)
        if url is None:
            return failed(request, _LOST_REDIRECT, status=status)
        target = check_url(url, self.policy)
        if isinstance(target, Refusal):
            detail = f"The server redirects to an address we do not open. {target.detail}"
            return failed(request, Refusal(reason=target.reason, detail=detail), status=status)
        route.hops += 1
        if route.hops > self.policy.max_redirects:
            return failed(request, _TOO_MANY_REDIRECTS, status=status)
        route.is_permanent = route.is_permanent and status in _PERMANENT
        if route.is_permanent:
            route.permanent_url = target.url
        route.target, route.spellings = target, {target.url}
        return None


async def _drain(answer: Answer, headers: dict[str, str]) -> None:
    """Read a short unwanted body, so that its connection can be used again."""
    length = announced_length(headers)
    if answer.status in _BODILESS or (length is not None and length <= _DRAINED_BYTES):
        with suppress(*TRANSPORT_ERRORS):
            async for _ in answer.chunks():
                pass


def failed(
    request: FetchRequest, refusal: Refusal, *, status: int | None = None, rest: timedelta | None = None
) -> FetchFailed:
    """A refusal as the exchange's result."""
    return FetchFailed(
        request=request, reason=refusal.reason, detail=refusal.detail, status=status, retry_after=rest
    )
